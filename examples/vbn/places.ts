// Places in source files as text that reads the same on every machine: relative to the package.
import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's root, from wherever this file was compiled to. */
export function packageRoot(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'package.json'))) {
    const up = dirname(dir);
    if (up === dir) throw new Error('package.json not found above the example; run it from a checkout of the repository');
    dir = up;
  }
  return dir;
}

/** A place in the example, as opposed to one in the library. */
export const USER_CODE = /^(build\/)?examples\/vbn\/\w+\.[jt]s:\d+:\d+$/;

/** Turns the absolute paths in a text into paths below the package. */
export function shorten(text: string): string {
  const root = packageRoot();
  return text.replace(/(?:file:\/\/)?(\/[^\s,()]+?)(?=:\d+:\d+)/g, (_, path: string) => relative(root, path).replaceAll('\\', '/'));
}

/** The innermost line of one of our files that an error passed through. */
export function placeOf(e: Error, file: string): string {
  const frame = (e.stack ?? '').split('\n').map(shorten).find((l) => l.includes(`/${file}.`));
  return /([^\s()]+:\d+:\d+)/.exec(frame ?? '')?.[1] ?? 'unknown place';
}
