// Files as kernels read them, in TensorFlow's words where that fails. Follows core/platform/posix/{posix_file_system,error}.cc (1.15).
import { FailedPreconditionError, InvalidArgumentError, NotFoundError, OpError, PermissionDeniedError, ResourceExhaustedError, UnknownError } from '../graph/errors.ts';
import type { KernelHost } from './kernels/kernel.ts';

/** What kernels do with files. */
export type Files = Required<{ readonly [K in 'readFile' | 'appendFile']: NonNullable<KernelHost[K]> }>;

const CODES: Readonly<Record<string, readonly [typeof OpError, string]>> = {
  ENOENT: [NotFoundError, 'No such file or directory'], ENXIO: [NotFoundError, 'No such device or address'], EACCES: [PermissionDeniedError, 'Permission denied'], EPERM: [PermissionDeniedError, 'Operation not permitted'],
  EROFS: [PermissionDeniedError, 'Read-only file system'], EISDIR: [FailedPreconditionError, 'Is a directory'], ENOTDIR: [FailedPreconditionError, 'Not a directory'], ENAMETOOLONG: [InvalidArgumentError, 'File name too long'],
  ELOOP: [UnknownError, 'Too many levels of symbolic links'], ENOSPC: [ResourceExhaustedError, 'No space left on device'], EMFILE: [ResourceExhaustedError, 'Too many open files'],
};

const hostFs = (): typeof import('node:fs') | undefined => (typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function' ? process.getBuiltinModule('node:fs') : undefined);
/** Does something with a file; what the system refuses is an error in TensorFlow's words. */
export function told<R>(path: string, action: () => R): R {
  try { return action(); } catch (e) {
    if (e instanceof OpError) throw e;
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
