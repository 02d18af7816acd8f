// Python's exceptions that TensorFlow's functions do not throw.
import { TfError } from '../graph/errors.ts';

export { IndexError } from '../graph/shape.ts';
export class StopIteration extends TfError {}
export class OSError extends TfError {}
/** Python 3's name for it is OSError. */
export const IOError = OSError;
export class FileNotFoundError extends OSError {}
export class ImportError extends TfError {}
export class NameError extends TfError {}
export class ZeroDivisionError extends TfError {}
export class EOFError extends TfError {}
export class KeyboardInterrupt extends TfError {}
export class SystemExit extends TfError {}
