// The plan: all the executor knows. Plain data: steps over integer slots, where each slot is written by one step and
// lives from there to its `free`. plan_print.ts prints it, execute.ts runs it.
import type { DType } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { RewriteLogEntry } from '../graph/rewrite.ts';
import type { TensorShape } from '../graph/shape.ts';
import type { DeviceCall } from './engines/engine.ts';
import type { Kernel, KernelNode } from './kernels/kernel.ts';

/** Index into the values of a run. */
export type Slot = number;

/** What is known of a slot while compiling. */
export interface SlotInfo {
  readonly dtype: DType;
  readonly shape: TensorShape;
  /** `host`: an NDArray; `device`: a value of the engine. */
  readonly place: 'host' | 'device';
}

/** Every step names the graph nodes it came from. */
interface From { readonly nodes: readonly string[] }

/** A fed value. */
export interface FeedStep extends From { readonly kind: 'feed'; readonly tensor: string; readonly index: number; readonly out: Slot }
/** A variable's value from before the run. `reader`: the node that asks (null: a direct fetch); optional: dead when there is none. */
export interface ReadStep extends From { readonly kind: 'read'; readonly variable: string; readonly reader: string | null; readonly optional: boolean; readonly retval: number; readonly out: Slot }
/** Whether a variable had a value before the run. */
export interface HasValueStep extends From { readonly kind: 'hasValue'; readonly variable: string; readonly out: Slot }
/** One kernel. `why` says why it runs on `reference` though the engine is another. */
export interface KernelStep extends From {
  readonly kind: 'kernel';
  readonly node: KernelNode;
  readonly kernel: Kernel;
  readonly call: DeviceCall | null;
  readonly why: string | null;
  readonly inputs: readonly Slot[];
  readonly inputDtypes: readonly DType[];
  readonly outputs: readonly Slot[];
  /** Slots whose deadness makes this step dead (control edges). */
  readonly guards: readonly Slot[];
}
/** The new value of a variable is a given value: checks the shape, copies nothing. */
export interface AssignStep extends From { readonly kind: 'assign'; readonly variable: string; readonly shape: TensorShape; readonly validate: boolean; readonly input: Slot; readonly base: Slot | null; readonly out: Slot; readonly guards: readonly Slot[] }
/** The same value elsewhere. */
export interface MoveStep extends From { readonly kind: 'move'; readonly input: Slot; readonly out: Slot; readonly to: 'host' | 'device' }
/** A placeholder nobody fed: fails. */
export interface UnfedStep extends From { readonly kind: 'unfed'; readonly out: Slot }
/** Switch: the value on the side the predicate chooses, dead on the other. */
export interface SwitchStep extends From { readonly kind: 'switch'; readonly input: Slot; readonly pred: Slot; readonly outputs: readonly [Slot, Slot]; readonly guards: readonly Slot[] }
/** Merge: the first value that is not dead, and its index. */
export interface MergeStep extends From { readonly kind: 'merge'; readonly inputs: readonly Slot[]; readonly out: Slot; readonly index: Slot; readonly guards: readonly Slot[] }
/** The value, unless the gate is dead. */
export interface GuardStep extends From { readonly kind: 'guard'; readonly input: Slot; readonly gate: Slot; readonly out: Slot }
/** The variable's value for the next run (nothing when dead). */
export interface CommitStep extends From { readonly kind: 'commit'; readonly variable: string; readonly input: Slot }
/** A value for the caller. */
export interface FetchStep extends From { readonly kind: 'fetch'; readonly tensor: string; readonly index: number; readonly input: Slot }
/** These slots are not read any more. */
export interface FreeStep extends From { readonly kind: 'free'; readonly slots: readonly Slot[] }

export type Step =
  | FeedStep | ReadStep | HasValueStep | KernelStep | AssignStep | MoveStep | UnfedStep
  | SwitchStep | MergeStep | GuardStep | CommitStep | FetchStep | FreeStep;

/** A constant: made once, there in every run. */
export interface Resident extends From { readonly slot: Slot; readonly value: NDArray }

/** A compiled run. */
export interface Plan {
  /** Engine and mode it was compiled for. */
  readonly engine: string;
  readonly mode: 'exact' | 'fast';
  readonly feeds: readonly { readonly tensor: string; readonly dtype: DType; readonly shape: TensorShape }[];
  readonly fetches: readonly string[];
  readonly targets: readonly string[];
  readonly slots: readonly SlotInfo[];
  readonly constants: readonly Resident[];
  readonly steps: readonly Step[];
  /** Whether values can be dead. */
  readonly conditional: boolean;
  /** Graph nodes the run needs. */
  readonly nodeCount: number;
  /** Greatest number of bytes of values alive at once, variables and constants left out; null where a size is unknown. */
  readonly peakBytes: number | null;
  readonly warnings: readonly string[];
  readonly log: readonly RewriteLogEntry[];
}

/** Slots a step reads. */
export function reads(s: Step): readonly Slot[] {
  switch (s.kind) {
    case 'feed': case 'read': case 'hasValue': case 'unfed': case 'free': return [];
    case 'kernel': return s.guards.length === 0 ? s.inputs : [...s.inputs, ...s.guards];
    case 'assign': return [s.input, ...(s.base === null ? [] : [s.base]), ...s.guards];
    case 'switch': return [s.input, s.pred, ...s.guards];
    case 'merge': return [...s.inputs, ...s.guards];
    case 'guard': return [s.input, s.gate];
    case 'move': case 'commit': case 'fetch': return [s.input];
    default: return s satisfies never;
  }
}

/** Slots a step writes. */
export function writes(s: Step): readonly Slot[] {
  switch (s.kind) {
    case 'feed': case 'read': case 'hasValue': case 'unfed': case 'assign': case 'move': case 'guard': return [s.out];
    case 'kernel': case 'switch': return s.outputs;
    case 'merge': return [s.out, s.index];
    case 'commit': case 'fetch': case 'free': return [];
    default: return s satisfies never;
  }
}
