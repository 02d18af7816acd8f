// Statuses of calls and of runs, and TF's error classes. Codes are gRPC's and TF's alike (core/lib/core/error_codes.proto).
import {
  AbortedError, AlreadyExistsError, CancelledError, DataLossError, DeadlineExceededError, type ErrorDetail, FailedPreconditionError, InternalError, InternalFault, InvalidArgumentError, NotFoundError, NotImplementedError,
  OpError, OutOfRangeError, PermissionDeniedError, ResourceExhaustedError, TfError, UnauthenticatedError, UnavailableError, UnimplementedError, UnknownError,
} from '../../graph/errors.ts';

const CLASSES = new Map([
  CancelledError, UnknownError, InvalidArgumentError, DeadlineExceededError, NotFoundError, AlreadyExistsError, PermissionDeniedError, ResourceExhaustedError, FailedPreconditionError, AbortedError, OutOfRangeError,
  UnimplementedError, InternalError, UnavailableError, DataLossError, UnauthenticatedError,
].map((c) => [c.code, c]));

/** The error a status means; a code that TF does not know is UnknownError. */
export function errorOf(code: number, message: string, detail?: ErrorDetail): OpError { return new (CLASSES.get(code) ?? UnknownError)(message, detail); }

/** The status of an error: code, and TF's part of the message. */
export interface Status { readonly code: number; readonly message: string }
export function statusOf(e: unknown): Status {
  if (e instanceof OpError) return { code: e.errorCode, message: e.text };
  if (e instanceof NotImplementedError) return { code: UnimplementedError.code, message: e.text };
  if (e instanceof TfError && !(e instanceof InternalFault)) return { code: InvalidArgumentError.code, message: e.text };
  return { code: InternalError.code, message: e instanceof TfError ? e.text : e instanceof Error ? e.message : String(e) };
}
