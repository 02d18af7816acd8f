// `tf.errors`: the numbers of the error classes. Follows python/framework/errors_impl.py (1.15).
import * as errors from './errors.ts';

export const OK = 0, CANCELLED = 1, UNKNOWN = 2, INVALID_ARGUMENT = 3, DEADLINE_EXCEEDED = 4, NOT_FOUND = 5, ALREADY_EXISTS = 6, PERMISSION_DENIED = 7, RESOURCE_EXHAUSTED = 8, FAILED_PRECONDITION = 9,
  ABORTED = 10, OUT_OF_RANGE = 11, UNIMPLEMENTED = 12, INTERNAL = 13, UNAVAILABLE = 14, DATA_LOSS = 15, UNAUTHENTICATED = 16;

/** A class of `tf.errors` with a number. */
type ErrorClass = typeof errors.OpError;
const CLASSES: readonly ErrorClass[] = [
  errors.CancelledError, errors.UnknownError, errors.InvalidArgumentError, errors.DeadlineExceededError, errors.NotFoundError, errors.AlreadyExistsError, errors.PermissionDeniedError, errors.ResourceExhaustedError,
  errors.FailedPreconditionError, errors.AbortedError, errors.OutOfRangeError, errors.UnimplementedError, errors.InternalError, errors.UnavailableError, errors.DataLossError, errors.UnauthenticatedError,
];
/** `tf.errors.exception_type_from_error_code`. Errors: KeyError for a number without a class. */
export function exceptionTypeFromErrorCode(code: number): ErrorClass {
  const c = CLASSES[code - 1];
  if (!c) throw new errors.KeyError(String(code));
  return c;
}
/** `tf.errors.error_code_from_exception_type`; for other classes an UnknownError is returned, as in TensorFlow. */
export function errorCodeFromExceptionType(cls: ErrorClass): number | errors.UnknownError {
  const i = CLASSES.indexOf(cls);
  return i < 0 ? new errors.UnknownError('Unknown class exception') : i + 1;
}
