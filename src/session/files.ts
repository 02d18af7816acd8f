// Files as kernels read them, in TensorFlow's words where that fails. Follows core/platform/posix/{posix_file_system,error}.cc (1.15).
import { FailedPreconditionError, NotFoundError, OpError, PermissionDeniedError, UnknownError } from '../graph/errors.ts';

const CODES: Readonly<Record<string, readonly [typeof OpError, string]>> = {
  ENOENT: [NotFoundError, 'No such file or directory'], EACCES: [PermissionDeniedError, 'Permission denied'], EISDIR: [FailedPreconditionError, 'Is a directory'],
  ENOTDIR: [FailedPreconditionError, 'Not a directory'], EPERM: [PermissionDeniedError, 'Operation not permitted'],
};

const hostFs = (): typeof import('node:fs') | undefined => (typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function' ? process.getBuiltinModule('node:fs') : undefined);
function told<R>(path: string, action: () => R): R {
  try { return action(); } catch (e) {
    const code = (e as { code?: string }).code ?? '';
    const [ErrorClass, text] = CODES[code] ?? [UnknownError, code];
    throw new ErrorClass(`${path}; ${text}`);
  }
}

/** Reads a whole file; undefined where the host has no file system. */
export function hostFiles(): ((path: string) => Uint8Array) | undefined {
  const fs = hostFs();
  return fs && ((path) => told(path, () => fs.readFileSync(path)));
}
/** Writes behind the end of a file; undefined where the host has no file system. */
export function hostAppend(): ((path: string, text: string) => void) | undefined {
  const fs = hostFs();
  return fs && ((path, text) => { told(path, () => { fs.appendFileSync(path, text); }); });
}
