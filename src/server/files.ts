// Files that ops of a server's clients reach: those below one directory, or none. A path is refused by where it leads (`..`
// and symbolic links followed), before anybody learns whether something is there.
import * as fs from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InvalidArgumentError, PermissionDeniedError, ValueError } from '../graph/errors.ts';
import { type Files, told } from '../session/files.ts';

const OPTION = '--root';
const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
const refuse = (path: string, why: string): never => { throw new PermissionDeniedError(`${path}; Permission denied: ${why}`); };

/** The files of a server that was not told of any. */
const noFiles = (path: string): never => refuse(path, `this server reaches no files, it was started without ${OPTION} DIR`);

/** The files below a directory; relative paths start there. Without one every access is PermissionDeniedError, as is one that
 * leads elsewhere, or to what is no regular file. Errors: ValueError when `root` is not a directory. */
export function filesBelow(root: string | null): Files {
  if (root === null) return { readFile: noFiles, appendFile: noFiles };
  const top = directory(root);
  return {
    readFile: (path) => told(path, () => opened(path, placeOf(top, path), O_RDONLY, (fd) => fs.readFileSync(fd))),
    appendFile: (path, text) => { told(path, () => { opened(path, placeOf(top, path), O_WRONLY | O_APPEND | O_CREAT, (fd) => { fs.appendFileSync(fd, text); }); }); },
  };
}

function directory(root: string): string {
  try {
    const real = fs.realpathSync(root);
    if (fs.statSync(real).isDirectory()) return real;
  } catch { /* said below */ }
  throw new ValueError(`${OPTION}: '${root}' is not a directory.`);
}

/** Where a path leads, links followed as far as there is something. */
function placeOf(top: string, path: string): string {
  if (path.includes('\0')) throw new InvalidArgumentError(`A file's name holds a zero byte: ${JSON.stringify(path)}`);
  for (let known = resolve(top, path), rest = ''; ; rest = join(basename(known), rest), known = dirname(known)) {
    let real: string;
    try { real = fs.realpathSync(known); } catch { continue; } // of what is not there, or may not be seen, its directory decides
    return isBelow(top, real) ? join(real, rest) : refuse(path, `this server reaches files below its ${OPTION} only`);
  }
}
function isBelow(top: string, path: string): boolean {
  const way = relative(top, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Opens a place without following a link that came there since, and never waits for the other end of a pipe. */
function opened<R>(path: string, place: string, flags: number, use: (fd: number) => R): R {
  const fd = fs.openSync(place, flags | O_NOFOLLOW | O_NONBLOCK, 0o666);
  try {
    const is = fs.fstatSync(fd);
    return is.isFile() || is.isDirectory() ? use(fd) : refuse(path, 'not a regular file');
  } finally { fs.closeSync(fd); }
}
