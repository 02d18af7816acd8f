// Files as kernels read them, in TensorFlow's words where that fails. Follows core/platform/posix/{posix_file_system,error}.cc (1.15).
import { FailedPreconditionError, NotFoundError, OpError, PermissionDeniedError, UnknownError } from '../graph/errors.ts';

const CODES: Readonly<Record<string, readonly [typeof OpError, string]>> = {
  ENOENT: [NotFoundError, 'No such file or directory'], EACCES: [PermissionDeniedError, 'Permission denied'], EISDIR: [FailedPreconditionError, 'Is a directory'],
  ENOTDIR: [FailedPreconditionError, 'Not a directory'], EPERM: [PermissionDeniedError, 'Operation not permitted'],
};

/** Reads a whole file; undefined where the host has no file system. */
export function hostFiles(): ((path: string) => Uint8Array) | undefined {
  const fs = typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function' ? process.getBuiltinModule('node:fs') : undefined;
  if (!fs) return undefined;
  return (path) => {
    try { return fs.readFileSync(path); } catch (e) {
      const code = (e as { code?: string }).code ?? '';
      const [ErrorClass, text] = CODES[code] ?? [UnknownError, code];
      throw new ErrorClass(`${path}; ${text}`);
    }
  };
}
