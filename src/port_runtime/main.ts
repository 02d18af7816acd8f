// The program as Python sees itself: its name, its arguments, its files.
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Dynamic } from './dynamic.ts';
import { FileNotFoundError } from './errors.ts';

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
/** Standard output is written at once. */
export function flush(): void { /* nothing is held back */ }
export const maxInt = Number.MAX_SAFE_INTEGER;
export const versionInfo = [3, 7, 0];
export const sysPath: string[] = [];
export function exit(code: Dynamic = 0): never { process.exit(typeof code === 'number' ? code : 1); }
export function warn(message: unknown): void { console.error(String(message)); }

/** `open(path, mode)`: files read or written as a whole; bytes with `b`. */
export function open(path: string, mode = 'r'): Dynamic {
  let written: Uint8Array[] = [];
  let content: string | Uint8Array = '';
  if (mode.includes('r')) {
    try { content = mode.includes('b') ? new Uint8Array(readFileSync(path)) : readFileSync(path, 'utf8'); } catch { throw new FileNotFoundError(`[Errno 2] No such file or directory: '${path}'`); }
  }
  let line = 0;
  const lines = (): string[] => { const text = content as string; return text.split(/(?<=\n)/).filter((l) => l !== ''); };
  const read = (): Dynamic => content;
  const write = (s: string | Uint8Array): number => { written.push(typeof s === 'string' ? Buffer.from(s) : s); return s.length; };
  const close = (): void => { if (/[wa]/.test(mode)) writeFileSync(path, Buffer.concat(written), { flag: mode.includes('a') ? 'a' : 'w' }); written = []; };
  return { name: path, read, readline: () => lines()[line++] ?? '', readlines: () => { const rest = lines().slice(line); line = Infinity; return rest; }, write, writelines: (x: Iterable<string>) => { for (const s of x) write(s); }, flush: () => { /* written when closed */ }, close, [Symbol.iterator]: () => lines()[Symbol.iterator](), [Symbol.dispose]: close };
}
/** One line from standard input. */
export function input(prompt = ''): string {
  process.stdout.write(prompt);
  return readFileSync(0, 'utf8').split('\n')[0] ?? '';
}
