// Where things lie: one folder per TensorFlow in the user's cache, with lib/ (the two libraries and the compiled addon, which
// find each other and ../nvidia by their own place), include/ and, written last, a manifest. Without a manifest that fits,
// nothing is installed.
import { nodeModules } from '../node.ts';
import type { System } from './system.ts';

/** What an installation says of itself. */
export interface Manifest {
  readonly tensorflow: string;
  readonly gpu: boolean;
  /** Package the addon's sources are from. */
  readonly addon: string;
  /** Node's native interface it was compiled for. */
  readonly napi: number;
  readonly arch: string;
  /** Changes made to the sources, by name. */
  readonly patches: readonly string[];
  /** Files by path in the folder, with their sizes. */
  readonly files: Readonly<Record<string, number>>;
}

export interface Installation { readonly dir: string; readonly addon: string; readonly manifest: Manifest }

export const MANIFEST = 'installed.json';
export const ADDON = 'lib/tfjs_binding.node';
export const CC = 'lib/libtensorflow_cc.so.2';
export const FRAMEWORK = 'lib/libtensorflow_framework.so.2';

type Places = Pick<System, 'env' | 'home'>;

const join = (...parts: string[]): string => nodeModules().path.join(...parts);

/** The folder of all installations. */
export function cacheRoot(s: Places): string {
  const base = s.env['XDG_CACHE_HOME'];
  return join(base !== undefined && base !== '' ? base : join(s.home, '.cache'), 'tfgraph', 'native');
}
export function installDir(s: Places, version: string, gpu: boolean): string { return join(cacheRoot(s), `tensorflow${gpu ? '-gpu' : ''}-${version}`); }

/** The installation in a folder: undefined when there is none or a file of it is missing or cut. */
export function readInstallation(dir: string): Installation | undefined {
  const { readFileSync, statSync } = nodeModules().fs;
  let manifest: Manifest;
  try { manifest = JSON.parse(readFileSync(join(dir, MANIFEST), 'utf8')) as Manifest; } catch { return undefined; }
  if (typeof manifest.tensorflow !== 'string' || typeof manifest.files !== 'object') return undefined;
  for (const [file, size] of Object.entries(manifest.files)) {
    try { if (statSync(join(dir, file)).size !== size) return undefined; } catch { return undefined; }
  }
  return { dir, addon: join(dir, ADDON), manifest };
}

/** All whole installations, newest TensorFlow first. */
export function installations(s: Places): Installation[] {
  const root = cacheRoot(s);
  const { existsSync, readdirSync } = nodeModules().fs;
  if (!existsSync(root)) return [];
  const all = readdirSync(root).map((d) => readInstallation(join(root, d))).filter((i) => i !== undefined);
  return all.sort((a, b) => compareVersions(b.manifest.tensorflow, a.manifest.tensorflow) || Number(b.manifest.gpu) - Number(a.manifest.gpu));
}
/** Folders there that are no whole installation: what an interrupted install has left. */
export function broken(s: Places): string[] {
  const root = cacheRoot(s);
  const { existsSync, readdirSync } = nodeModules().fs;
  return existsSync(root) ? readdirSync(root).filter((d) => !readInstallation(join(root, d))).map((d) => join(root, d)) : [];
}

export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((v) => v.split('.').map(Number)) as [number[], number[]];
  for (let i = 0; i < Math.max(x.length, y.length); i++) if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) - (y[i] ?? 0);
  return 0;
}
