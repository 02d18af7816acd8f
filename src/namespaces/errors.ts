// `tf.errors`: TensorFlow's error classes, and Python's own, which its functions throw.
export {
  AbortedError, AlreadyExistsError, CancelledError, DataLossError, DeadlineExceededError, FailedPreconditionError, InternalError, InvalidArgumentError, NotFoundError,
  OpError, OutOfRangeError, PermissionDeniedError, ResourceExhaustedError, UnauthenticatedError, UnavailableError, UnimplementedError, UnknownError,
} from '../graph/errors.ts';
export {
  ABORTED, ALREADY_EXISTS, CANCELLED, DATA_LOSS, DEADLINE_EXCEEDED, errorCodeFromExceptionType, exceptionTypeFromErrorCode, FAILED_PRECONDITION, INTERNAL, INVALID_ARGUMENT, NOT_FOUND, OK,
  OUT_OF_RANGE, PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNAUTHENTICATED, UNAVAILABLE, UNIMPLEMENTED, UNKNOWN,
} from '../graph/error_codes.ts';
export { AssertionError, AttributeError, KeyError, LookupError, NotImplementedError, RuntimeError, TypeError, ValueError } from '../graph/errors.ts';
export { DecodeError, type ErrorDetail, InaccessibleTensorError, TfError } from '../graph/errors.ts';
