// What an engine offers the executor: a place for values and kernels that run there. The `reference` engine is the one
// without a place of its own: all its values are NDArrays and all its kernels are the reference kernels.
import type { DType } from '../../graph/dtype.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import type { TfjsNode } from '../../ops/registry.ts';
import type { Lowered } from '../compile/lower.ts';
import type { GeneratedCode } from '../generated_code.ts';
import type { KernelState } from '../kernels/kernel.ts';
import type { CallStep, Plan } from '../plan.ts';
import type { VariableStore } from '../variables.ts';

/** A value in the engine's memory; only the engine looks inside. */
export interface DeviceValue { readonly dataId: object; readonly shape: readonly number[]; readonly dtype: string }

/** Places for values, by slot of the plan: a value that is made with the dtype and the shape of one lies there. */
export type Places = readonly (DeviceValue | undefined)[];
/** The places of a plan in memory that the runs of a session take turns with. */
export interface Area {
  /** For the run that starts now; undefined: there is not enough memory, values go anywhere. */
  open(): Places | undefined;
}

/** A kernel call decided while compiling. */
export interface DeviceCall {
  /** Name of the engine's kernel. */
  readonly kernel: string;
  /** Engine's input name -> position among the step's inputs. */
  readonly inputs: Readonly<Record<string, number>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  /** The input whose memory the output (its elements under another shape or dtype) shares. */
  readonly shares?: number;
  /** The first so many outputs are the inputs at their positions with some rows changed: each may be written where that lies. */
  readonly changes?: number;
}
/** Output of a call that may be written where an input lies, of which nobody reads what it was. `undone`: it is a variable's value
 * from before the run, which comes back when the run fails. */
export interface Over { readonly output: number; readonly input: number; readonly undone: boolean }
/** What was done to a value from before the run; one of the two is called. */
export interface Change { undo(): void; keep(): void }

/** What the engine may ask of a node when it decides whether it runs it. */
export interface DeviceNode extends TfjsNode {
  readonly name: string;
  readonly op: string;
  readonly outputDtypes: readonly DType[];
  /** False when a shape is known only at run time. */
  readonly shapesKnown: boolean;
}

/** Nodes that become one step. Values are numbered: the inputs of the step first, then the outputs of the nodes in order. */
export interface FusedNodes {
  readonly inputs: number;
  readonly nodes: readonly { readonly node: DeviceNode; /** Numbers of the values it reads. */ readonly inputs: readonly number[] }[];
  /** Numbers of the values that leave the step. */
  readonly results: readonly number[];
}

/** A node at the end of a step. Ends of one step are of one `kind`; `flat`: what the step reads must have its shape, or be one element. */
export interface End { readonly kind: string; readonly flat: boolean }

/** What an engine offers that computes several nodes in one step. */
export interface Fusion {
  /** Whether the node may be one of them. */
  joins(node: DeviceNode): boolean;
  /** Instructions that computing an element of the node takes, in vectors. */
  cost(node: DeviceNode): number;
  /** Whether the node only names parts of its input, which the others can read where they lie. */
  reads(node: DeviceNode): boolean;
  /** Whether such parts are only read by what has their shape. */
  fills(node: DeviceNode): boolean;
  /** Whether the node may be one of them where they work on the rows of its first input. `folds`: it makes one element of each row;
   * `outside`: positions of inputs that the step must not make. */
  rows(node: DeviceNode): { readonly folds: boolean; readonly outside: readonly number[] } | undefined;
  /** Whether the node may begin such a step, which takes its result as it is made. */
  starts(node: DeviceNode): boolean;
  /** The same of a sum of these products, all of them used only there: they belong to the beginning. */
  sums(node: DeviceNode, terms: readonly DeviceNode[]): boolean;
  /** How the node may end such a step: it adds up what the step makes. */
  ends(node: DeviceNode): End | undefined;
  /** Whether the node may end such a step by putting values of its shape side by side. */
  gathers(node: DeviceNode): boolean;
  /** Parts come first, then the beginning; the ends come last. */
  place(nodes: FusedNodes): DeviceCall;
  /** The call of the same nodes over other shapes; undefined: they do not go together in the same way. */
  again(call: DeviceCall, nodes: FusedNodes): DeviceCall | undefined;
  /** The call of nodes that differ from those of another call in their names only; `last`: the last one's. */
  named(call: DeviceCall, last: string): DeviceCall;
  /** The results, or undefined when the nodes have to run one by one (mostly because shapes do not fit: then one of them
   * fails). A result may lie where the input it takes lay, if nobody else owns that: it has the input's dataId then. */
  run(call: DeviceCall, inputs: readonly DeviceValue[], takes: readonly { readonly output: number; readonly input: number }[], places?: Places, outputs?: readonly number[]): readonly DeviceValue[] | undefined;
  /** What `run`, which has run with such values, does when they always lie where these lie; undefined: it does more than compute. */
  bind?(call: DeviceCall, inputs: readonly DeviceValue[], takes: readonly { readonly output: number; readonly input: number }[], outputs: readonly DeviceValue[]): (() => void) | undefined;
}

/** How kernels may be joined. `inParts`: steps that need different feeds must stay apart, for a partial run. */
export interface GroupOptions { readonly mode: 'exact' | 'fast'; readonly inParts: boolean; /** Where other plans are that this one shall be with. */ readonly together?: object | undefined; /** Where the graph wants a node. */ readonly device: (node: string) => string }

/** What the host's memory is called where an engine's would be named. */
export const HOST_ALLOCATOR = 'cpu';
/** TF's name of this process, or of an engine's device in it. */
export function deviceName(allocator: string): string { return `/job:localhost/replica:0/task:0/device:${allocator === HOST_ALLOCATOR ? 'CPU:0' : allocator}`; }

/** Numbers of live values, for leak tests. */
export interface MemoryInfo { readonly tensors: number; readonly bytes: number }

/** Thrown by `run` when code must first be compiled without blocking; the call is made again when that is done. So a kernel
 * has all its code before it writes into anything but its own new values. */
export class NotReady {
  readonly ready: Promise<void>;
  /** Another reason to wait than code. */
  readonly why: string | undefined;
  constructor(ready: Promise<void>, why?: string) { this.ready = ready; this.why = why; }
}

/** Calls of a node that the engine left to the reference kernel; with `op` 'fused': of fused nodes, ending with this one, that it left to the single kernels. */
export interface Declined { readonly node: string; readonly op: string; readonly calls: number }
/** What a plan does not say before it runs. */
export interface EngineReport {
  readonly code: GeneratedCode;
  readonly declined: readonly Declined[];
  /** The most bytes in use at once for values and scratch of the run, in the engine's own units of allocation. */
  readonly peakBytes: number;
}

export interface Engine {
  /** `reference`, `tfjs:cpu`. */
  readonly name: string;
  /** Why it serves in place of the engine a session would have. */
  readonly why?: string;
  /** Whether constants may be computed while compiling by the reference kernels for every op (same arithmetic), or only where bits cannot differ. */
  readonly foldsAll: boolean;
  /** Threads a kernel may use; absent: one. */
  readonly threads?: number;
  /** Why there are fewer than were asked for; null: there are not. */
  readonly threadsWhy?: string | null;
  /** In mode fast: what its arithmetic does that mode exact forbids, or why nothing. */
  readonly relaxed?: string | undefined;
  /** Whether its kernels of images compute with channels last, and turn those with channels first round and back. */
  readonly channelsLast?: boolean;
  /** Whether it minds where the graph wants a node. */
  readonly hasDevices?: boolean;
  /** Whether values of this dtype live on the device. */
  accepts(dtype: DType): boolean;
  /** Whether calls of single kernels are the same for any shapes, and whether there are any does not depend on them. */
  readonly fitsAnyShape?: boolean;
  /** The same call for another plan. */
  again?(call: DeviceCall): DeviceCall;
  /** How the engine runs the node, or why it does not. */
  place(node: DeviceNode, mode: 'exact' | 'fast'): DeviceCall | string;
  /** Loads what has to be loaded; after that the other methods may be called. */
  prepare(): Promise<void>;
  /** The same without waiting; throws when that is impossible. */
  prepareSync(): void;
  /** Whether `upload` and `download` copy: then no array is shared with the host. */
  readonly copies?: boolean;
  /** `at`: the place for it. */
  upload(a: NDArray, at?: DeviceValue): DeviceValue;
  /** Puts the elements of an array where a value of its dtype and shape lies. */
  put?(a: NDArray, at: DeviceValue): void;
  download(v: DeviceValue, dtype: DType): NDArray | Promise<NDArray>;
  downloadSync(v: DeviceValue, dtype: DType): NDArray;
  /** Runs a kernel; `state` is the node's (the position of its random stream). The outputs go to the places of these slots, or `over` inputs (it adds to `changes`). May throw NotReady. */
  run(call: DeviceCall, inputs: readonly DeviceValue[], state: KernelState, places?: Places, outputs?: readonly number[], over?: readonly Over[], changes?: Change[]): readonly DeviceValue[];
  /** Bytes that must follow every value in an area; absent: the engine has no areas. */
  readonly slack?: number;
  /** Makes the area of a plan that has a layout. */
  area?(plan: Plan): Area | undefined;
  /** Calls `play`, which runs kernels on blank values, with code that does nothing, and compiles what they asked for; returns what must be awaited. */
  rehearse?(play: () => void): Promise<void> | undefined;
  /** Watches a run that starts now; the function returned ends that. */
  watch?(): () => EngineReport;
  /** Absent: every node is a step of its own. */
  readonly fusion?: Fusion;
  /** Engines that run many kernels at once: makes calls of the kernel steps. */
  group?(lowered: Lowered, options: GroupOptions): Lowered;
  /** Runs a call; writes the variables that are its own. Throws CallFailure when it fails. `sync`: nothing may be awaited. */
  call?(s: CallStep, inputs: readonly DeviceValue[], variables: VariableStore, sync: boolean): readonly DeviceValue[] | Promise<readonly DeviceValue[]>;
  /** What plans that are compiled from now on gather in; undefined: these are together already. */
  together?(plans: readonly (Plan | undefined)[]): object | undefined;
  /** Gets ready what a plan needs before its first run. */
  open?(plan: Plan): void;
  /** A plan will not run any more. */
  discard?(plan: Plan): void;
  /** One more owner of a value. */
  retain(v: DeviceValue): DeviceValue;
  /** One owner less; the memory goes with the last. */
  free(v: DeviceValue): void;
  /** Takes a tensor of the engine's own library as a value, when it lives on this device. */
  adopt(tensor: object): DeviceValue | undefined;
  /** Dtypes whose values can be handed out as tensors of the engine's own library. */
  readonly exposes: ReadonlySet<DType>;
  /** Hands a value out as such a tensor, which then owns it. */
  expose(v: DeviceValue): unknown;
  memory(): MemoryInfo;
  /** The session is closed: all of its values have been freed. */
  close?(): void;
}

/** A call of the engine failed. `node`: the graph's node it happened in, where the engine knows. */
export class CallFailure extends Error {
  readonly node: string | undefined;
  constructor(text: string, node: string | undefined) {
    super(text);
    this.node = node;
  }
}
