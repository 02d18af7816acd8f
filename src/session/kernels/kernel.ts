// What a reference kernel is: a pure function from input values to output values. The `reference` engine is the table
// of these, and the numeric contract is what they compute. Constant folding runs the very same functions.
import { type AttrMap } from '../../graph/node_def.ts';
import { type NDArray } from '../../graph/ndarray.ts';

/** What a kernel may know of its node. */
export interface KernelNode {
  readonly name: string;
  readonly op: string;
  readonly attr: AttrMap;
}

/** State that belongs to one node in one session (the position of a random stream); survives from run to run.
 * The session commits it only when the run succeeds. */
export interface KernelState {
  /** Returns this node's state, made by `init` on first use. */
  get<T>(init: () => T): T;
  /** Sets the state the next run will see. */
  set<T>(value: T): void;
  /** The run, as an identity; absent where there is none. */
  readonly run?: object;
  /** What lies outside of the session; absent where nothing may be asked of it (folding). */
  readonly host?: KernelHost;
}
/** What a session lets its kernels reach. */
export interface KernelHost {
  /** The bytes of a file. Errors: NotFoundError. Absent: this host has no files. */
  readonly readFile?: ((path: string) => Uint8Array) | undefined;
  /** Writes behind the end of a file, which it makes. Absent: this host has no files. */
  readonly appendFile?: ((path: string, text: string) => void) | undefined;
  /** The function of the program behind a token of the graph. */
  readonly hostFunction?: ((token: string) => ((...args: never[]) => unknown) | undefined) | undefined;
}

/**
 * Computes all outputs of a node. Inputs are never written to. Where an op writes variables (Assign, ApplyAdam) the
 * inputs hold their current values and the result is the new value of each written input, in the order of
 * `writes`; the op's own output is the first of them.
 */
export type Kernel = (inputs: readonly NDArray[], node: KernelNode, state: KernelState) => readonly NDArray[];

export interface KernelDef {
  readonly op: string;
  readonly kernel: Kernel;
  /** Indices of inputs (refs) whose variables the op writes. Absent: the op writes nothing. */
  readonly writes?: readonly number[];
}
