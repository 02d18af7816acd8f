// TF's error classes, Python's error classes, and how a message is put together: TF's text first, verbatim, then a
// blank line and ours (node, op type, user line, fetch set, remedy). Follows tensorflow/python/framework/errors_impl.py.

/** What we add below TF's text. */
export interface ErrorDetail {
  /** Graph node the error belongs to. */
  readonly node?: string;
  /** Its op type. */
  readonly op?: string;
  /** Where the user created it (`file:line`), see creation sites. */
  readonly site?: string;
  /** What the failed run was asked to fetch. */
  readonly fetches?: readonly string[];
  /** How much memory was asked for, and what holds the rest. */
  readonly memory?: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** TF's text, then a blank line and the details that are known. */
export function composeMessage(text: string, d: ErrorDetail | undefined): string {
  if (!d) return text;
  const lines: string[] = [];
  if (d.node !== undefined) lines.push(`node: ${d.node}${d.op === undefined ? '' : ` (op: ${d.op})`}`);
  if (d.site !== undefined) lines.push(`created at: ${d.site}`);
  if (d.fetches !== undefined) lines.push(`fetches: ${d.fetches.join(', ')}`);
  if (d.memory !== undefined) lines.push(`memory: ${d.memory}`);
  if (d.remedy !== undefined) lines.push(`remedy: ${d.remedy}`);
  return lines.length === 0 ? text : `${text}\n\n${lines.join('\n')}`;
}

/** Base of every error the library throws on purpose; `text` is TF's own part of the message. */
export class TfError extends Error {
  readonly text: string;
  readonly detail: ErrorDetail;
  constructor(text: string, detail?: ErrorDetail) {
    super(composeMessage(text, detail));
    this.text = text;
    this.detail = detail ?? {};
    this.name = new.target.name;
  }
  /** The same error with more detail; used where the run or the user's line is known only further out. */
  with(detail: ErrorDetail): this {
    const ctor = this.constructor as new (text: string, detail?: ErrorDetail) => this;
    const e = new ctor(this.text, { ...this.detail, ...detail });
    if (this.stack !== undefined) e.stack = this.stack.replace(this.message, () => e.message);
    return e;
  }
}

// Python's own classes.
export class ValueError extends TfError {}
export class TypeError extends TfError {}
export class KeyError extends TfError {}
export class LookupError extends TfError {}
export class RuntimeError extends TfError {}
export class AttributeError extends TfError {}
export class AssertionError extends TfError {}
/** A graph element that exists but may not be fetched or fed (`tf.python.framework.errors.InaccessibleTensorError`). */
export class InaccessibleTensorError extends ValueError {}
/** Something TF has and tfgraph does not have yet; listed in docs/API.md. */
export class NotImplementedError extends TfError {}

/** `tf.errors.OpError`: an error of a run, with TF's numeric code. */
export class OpError extends TfError {
  static readonly code: number = 2;
  get errorCode(): number { return (this.constructor as typeof OpError).code; }
  get nodeName(): string | undefined { return this.detail.node; }
}
export class CancelledError extends OpError { static override readonly code = 1; }
export class UnknownError extends OpError { static override readonly code = 2; }
export class InvalidArgumentError extends OpError { static override readonly code = 3; }
export class DeadlineExceededError extends OpError { static override readonly code = 4; }
export class NotFoundError extends OpError { static override readonly code = 5; }
export class AlreadyExistsError extends OpError { static override readonly code = 6; }
export class PermissionDeniedError extends OpError { static override readonly code = 7; }
export class ResourceExhaustedError extends OpError { static override readonly code = 8; }
export class FailedPreconditionError extends OpError { static override readonly code = 9; }
export class AbortedError extends OpError { static override readonly code = 10; }
export class OutOfRangeError extends OpError { static override readonly code = 11; }
export class UnimplementedError extends OpError { static override readonly code = 12; }
export class InternalError extends OpError { static override readonly code = 13; }
export class UnavailableError extends OpError { static override readonly code = 14; }
export class DataLossError extends OpError { static override readonly code = 15; }
export class UnauthenticatedError extends OpError { static override readonly code = 16; }

/** A file or byte stream that is not what it claims to be; says where (byte offset or line). */
export class DecodeError extends DataLossError {}

/** A fault of ours, never of the user's. */
export class InternalFault extends TfError {
  constructor(text: string, detail?: ErrorDetail) { super(`internal: ${text}`, detail); }
}
