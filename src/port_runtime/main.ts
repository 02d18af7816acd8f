// The program as Python sees itself: its name, its arguments, its files.
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Dynamic } from './dynamic.ts';
import { IOError } from './errors.ts';
import { splitLines } from './text.ts';

/** Whether a module is what node was asked to run: `__name__ == '__main__'`. */
export function isMain(url: string): boolean {
  const script = process.argv[1];
  if (script === undefined) return false;
  try { return realpathSync(fileURLToPath(url)) === realpathSync(script); } catch { return false; }
}
export const moduleName = (url: string): string => (isMain(url) ? '__main__' : fileURLToPath(url).replace(/^.*\/|\.\w+$/g, ''));
export const moduleFile = (url: string): string => fileURLToPath(url);
/** `sys.argv`. */
export const sysArgv: string[] = process.argv.slice(1);
export const argv = sysArgv;
export const [stdout, stderr] = [process.stdout, process.stderr];
export const maxInt = Number.MAX_SAFE_INTEGER;
export const versionInfo = [3, 7, 0];
export const sysPath: string[] = [];
export function exit(code: Dynamic = 0): never { process.exit(typeof code === 'number' ? code : 1); }
export function warn(message: unknown): void { console.error(String(message)); }

/** `open(path, mode)`: text files, read or written as a whole. */
export function open(path: string, mode = 'r'): Dynamic {
  let written = '';
  let text: string | undefined;
  const read = (): string => { try { return text ??= readFileSync(path, 'utf8'); } catch (e) { throw new IOError((e as Error).message); } };
  const close = (): void => { if (/[wa]/.test(mode)) writeFileSync(path, written, { flag: mode.includes('a') ? 'a' : 'w' }); written = ''; };
  return { read, readlines: () => splitLines(read()).map((l) => `${l}\n`), write: (s: string) => { written += s; }, close, [Symbol.iterator]: () => splitLines(read()).map((l) => `${l}\n`)[Symbol.iterator](), [Symbol.dispose]: close };
}
/** One line from standard input. */
export function input(prompt = ''): string {
  process.stdout.write(prompt);
  return readFileSync(0, 'utf8').split('\n')[0] ?? '';
}
