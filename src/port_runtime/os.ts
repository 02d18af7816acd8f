// `os` and `os.path` of Python, on Node's files.
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import * as nodePath from 'node:path';

const stat = (p: string): ReturnType<typeof statSync> | undefined => statSync(p, { throwIfNoEntry: false });
export const path = {
  join: (...parts: readonly string[]): string => parts.reduce((a, b) => (b.startsWith('/') ? b : a === '' || a.endsWith('/') ? a + b : `${a}/${b}`)),
  exists: (p: string): boolean => existsSync(p), isfile: (p: string): boolean => stat(p)?.isFile() ?? false, isdir: (p: string): boolean => stat(p)?.isDirectory() ?? false, getsize: (p: string): number => Number(stat(p)?.size ?? 0),
  basename: (p: string): string => p.slice(p.lastIndexOf('/') + 1), dirname: (p: string): string => { const d = p.slice(0, p.lastIndexOf('/') + 1); return /^\/+$/.test(d) ? d : d.replace(/\/+$/, ''); },
  abspath: (p: string): string => nodePath.resolve(p), realpath: (p: string): string => (existsSync(p) ? realpathSync(p) : nodePath.resolve(p)), expanduser: (p: string): string => p.replace(/^~(?=\/|$)/, homedir()),
  splitext: (p: string): [string, string] => { const e = nodePath.extname(p); return [e === '' ? p : p.slice(0, -e.length), e]; }, split: (p: string): [string, string] => [p.slice(0, Math.max(0, p.lastIndexOf('/'))), p.slice(p.lastIndexOf('/') + 1)],
} as const;
export const sep = '/';
export function makedirs(p: string, options: boolean | { readonly exist_ok?: boolean } = {}): void { void options; mkdirSync(p, { recursive: true }); }
export function mkdir(p: string): void { mkdirSync(p); }
export const listdir = (p = '.'): string[] => readdirSync(p);
export const remove = (p: string): void => rmSync(p);
export const rmdir = (p: string): void => rmdirSync(p);
export const rename = (a: string, b: string): void => renameSync(a, b);
export const getcwd = (): string => process.cwd();
export const getpid = (): number => process.pid;
/** The environment as a dict. */
export const environ: Map<string, string> = new Map(Object.entries(process.env).map(([k, v]) => [k, v ?? '']));
