// `tf.errors`: TensorFlow's error classes, and Python's own, which its functions throw.
export {
  AbortedError, AlreadyExistsError, CancelledError, DataLossError, DeadlineExceededError, FailedPreconditionError, InternalError, InvalidArgumentError, NotFoundError,
  OpError, OutOfRangeError, PermissionDeniedError, ResourceExhaustedError, UnauthenticatedError, UnavailableError, UnimplementedError, UnknownError,
} from '../graph/errors.ts';
export { AssertionError, AttributeError, KeyError, LookupError, NotImplementedError, RuntimeError, TypeError, ValueError } from '../graph/errors.ts';
export { DecodeError, type ErrorDetail, InaccessibleTensorError, TfError } from '../graph/errors.ts';
