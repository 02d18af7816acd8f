// The plan: all the executor knows. Plain data: steps over integer slots, where each slot is written by one step and
// lives from there to its `free`. plan_print.ts prints it, execute.ts runs it.
//
// Conditionals: a slot may hold "dead" instead of a value. Every step passes that on (an input or a guard is dead: so are
// its outputs), `switch` makes it, `merge` ends it. Nothing else is needed for any Switch/Merge graph, structured or not.
//
// Loops will be one more step over the same parts. A frame (the nodes between the Enters and the Exits of one frame
// name) is cut out of the program and compiled into a plan of its own, whose feeds are its Enters (loop variables and
// constants) and whose fetches are the inputs of its NextIterations and Exits:
//   { kind: 'loop', frame, enters: Slot[], body: Plan, next: [fetch, feed][], exits: [fetch, Slot][], parallel, guards }
// The executor runs `body` with feeds = enters; as long as a NextIteration comes back alive it runs it again with feeds =
// those (constants again); an Exit's value is that of the iteration in which it is alive. Merges at the head of a frame
// take the Enter first and the NextIteration later, so inside `body` they are its feeds, the Switch by LoopCond is a
// `switch`, and what it turns off is dead. A loop whose Enters are dead is not run: its Exits are dead. Nested frames are
// loops within `body`. Variables written inside belong to the state of the loop: they become one more pair in `next` and
// leave through the loop's outputs, so that the versions of resolveState stay what they are. Prune cuts at NextIteration
// (the only back edge, traverse.ts), and a graph whose frames are not nested like this is refused.
import type { DType } from '../graph/dtype.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { RewriteLogEntry } from '../graph/rewrite.ts';
import type { TensorShape } from '../graph/shape.ts';
import type { DeviceCall, Over } from './engines/engine.ts';
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
/** A variable's value from before the run. `reader`: the node that asks (null: a direct fetch); optional: that there is none fails only where it is used. */
export interface ReadStep extends From { readonly kind: 'read'; readonly variable: string; readonly reader: string | null; readonly optional: boolean; /** What stands for the value when there is none. */ readonly initial: NDArray | null; readonly retval: number; readonly out: Slot }
/** Whether a variable had a value before the run; with `input`: whether that slot holds one. */
export interface HasValueStep extends From { readonly kind: 'hasValue'; readonly variable: string; readonly input: Slot | null; readonly out: Slot; readonly guards: readonly Slot[] }
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
  /** Outputs that may lie where inputs lie that nobody reads later. */
  readonly over?: readonly Over[];
}
/** Several nodes computed at once. Values between them exist only when the engine cannot: then `parts` run one by one. */
export interface FusedStep extends From {
  readonly kind: 'fused';
  readonly parts: readonly KernelStep[];
  readonly call: DeviceCall;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  /** Whether results may take the place of inputs: not where a product reads them while results are written. */
  readonly inPlace: boolean;
  /** Results that take the place of an input nobody reads later, as positions among outputs and inputs. */
  readonly takes: readonly Take[];
}
export interface Take { readonly output: number; readonly input: number }
/** Several kernels as one call of the engine. Variables it reads and writes itself are not among its inputs. */
export interface CallStep extends From {
  readonly kind: 'call';
  /** The engine's own form of it. */
  readonly call: object;
  /** What may be done to it on the way; null: nothing. */
  readonly how: string | null;
  readonly inputs: readonly Slot[];
  readonly outputs: readonly Slot[];
  readonly outputDtypes: readonly DType[];
  /** `slot`: what the kernels below call its value; `reader`: the node that reads it. */
  readonly variables: readonly { readonly variable: string; readonly dtype: DType; readonly node: string; readonly reader: string; readonly slot: Slot; readonly written: boolean }[];
  readonly guards: readonly Slot[];
  /** What it computes, in order, with the constants in it: for reading, and to say what failed. */
  readonly body: readonly KernelStep[];
  readonly constants: readonly Resident[];
}
/** The new value of a variable is a given value: checks the shape, copies nothing. */
export interface AssignStep extends From { readonly kind: 'assign'; readonly variable: string; readonly shape: TensorShape; readonly validate: boolean; readonly input: Slot; readonly base: Slot | null; readonly out: Slot; readonly guards: readonly Slot[] }
/** The same value elsewhere. */
export interface MoveStep extends From { readonly kind: 'move'; readonly input: Slot; readonly out: Slot; readonly to: 'host' | 'device' }
/** A placeholder nobody fed: fails, unless it lies in a branch that is not taken. */
export interface UnfedStep extends From { readonly kind: 'unfed'; readonly out: Slot; readonly guards: readonly Slot[] }
/** Switch: the value on the side the predicate chooses, dead on the other. */
export interface SwitchStep extends From { readonly kind: 'switch'; readonly input: Slot; readonly pred: Slot; readonly outputs: readonly [Slot, Slot]; /** Dead when the Switch itself is: for those that wait for it. */ readonly token: Slot | null; readonly guards: readonly Slot[] }
/** Merge: the first value that is not dead (of several live ones the first in the list), and its index. */
export interface MergeStep extends From { readonly kind: 'merge'; readonly inputs: readonly Slot[]; readonly out: Slot; readonly index: Slot; readonly strict: boolean }
/** The value, unless a guard is dead; `strict`: an uninitialized variable fails here. */
export interface GuardStep extends From { readonly kind: 'guard'; readonly input: Slot; readonly out: Slot; readonly strict: boolean; readonly guards: readonly Slot[] }
/** The variable's value for the next run (nothing when dead). */
export interface CommitStep extends From { readonly kind: 'commit'; readonly variable: string; readonly input: Slot }
/** A value for the caller. */
export interface FetchStep extends From { readonly kind: 'fetch'; readonly tensor: string; readonly index: number; readonly input: Slot }
/** These slots are not read any more. */
export interface FreeStep extends From { readonly kind: 'free'; readonly slots: readonly Slot[] }

export type Step =
  | FeedStep | ReadStep | HasValueStep | KernelStep | FusedStep | CallStep | AssignStep | MoveStep | UnfedStep
  | SwitchStep | MergeStep | GuardStep | CommitStep | FetchStep | FreeStep;

/** A constant: made once, there in every run. */
export interface Resident extends From { readonly slot: Slot; readonly value: NDArray }

/** Where values of known size lie in memory that a run has to itself: bytes from its start, by slot (undefined: anywhere).
 * `with`: the slot whose memory it is (its own, or that of the value it shares or replaces). */
export interface Layout { readonly bytes: number; readonly at: readonly ({ readonly offset: number; readonly with: Slot } | undefined)[] }

/** A compiled run. */
export interface Plan {
  /** Engine and mode it was compiled for. */
  readonly engine: string;
  /** Why that engine serves in place of the one a session would have; null when it does not. */
  readonly why: string | null;
  readonly mode: 'exact' | 'fast';
  /** Threads a kernel may use: part of the numerics on engines that say so. */
  readonly threads: number;
  /** Why there are fewer than were asked for; null: there are not. */
  readonly threadsWhy: string | null;
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
  /** null: the engine puts values where it likes. */
  readonly layout: Layout | null;
  /** What mode fast changed that mode exact forbids; nothing in mode exact. */
  readonly relaxed: readonly string[];
  readonly warnings: readonly string[];
  readonly log: readonly RewriteLogEntry[];
}

/** Slots a step reads. */
export function reads(s: Step): readonly Slot[] {
  switch (s.kind) {
    case 'feed': case 'read': case 'free': return [];
    case 'unfed': return s.guards;
    case 'hasValue': return s.input === null ? s.guards : [s.input, ...s.guards];
    case 'fused': return s.inputs;
    case 'kernel': case 'call': return s.guards.length === 0 ? s.inputs : [...s.inputs, ...s.guards];
    case 'assign': return [s.input, ...(s.base === null ? [] : [s.base]), ...s.guards];
    case 'switch': return [s.input, s.pred, ...s.guards];
    case 'merge': return s.inputs;
    case 'guard': return [s.input, ...s.guards];
    case 'move': case 'commit': case 'fetch': return [s.input];
    default: return s satisfies never;
  }
}

/** Slots a step writes. */
export function writes(s: Step): readonly Slot[] {
  switch (s.kind) {
    case 'feed': case 'read': case 'hasValue': case 'unfed': case 'assign': case 'move': case 'guard': return [s.out];
    case 'kernel': case 'fused': case 'call': return s.outputs;
    case 'switch': return s.token === null ? s.outputs : [...s.outputs, s.token];
    case 'merge': return [s.out, s.index];
    case 'commit': case 'fetch': case 'free': return [];
    default: return s satisfies never;
  }
}
