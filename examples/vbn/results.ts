// What the example finds out: plain data, printed by console.ts and drawn by report/.
import type { Options } from './options.ts';

/** One claim, and whether it held. */
export interface Check { readonly claim: string; readonly ok: boolean; readonly evidence: string }

/** Two values that should be equal. */
export interface Comparison { readonly what: string; readonly sameBits: boolean; readonly maxDifference: number; readonly hashes: readonly [string, string] }

/** ||a - b|| of the gradients of one variable beside ||a||. */
export interface GradientRow { readonly variable: string; readonly norm: number; readonly distance: number }
export interface Gradients {
  readonly rows: readonly GradientRow[];
  readonly bound: number;
  /** Largest ||a - b||, and the same over the largest ||a||. */
  readonly worst: number;
  readonly share: number;
  readonly ok: boolean;
}

/** Loss before each step of two models trained alike. */
export interface Trace {
  readonly label: string;
  readonly names: readonly [string, string];
  readonly losses: readonly [readonly number[], readonly number[]];
  /** Largest relative difference of the losses over the steps. */
  readonly worst: number;
}

/** What `tf.test.equivalence` said. */
export interface ToolReport { readonly same: boolean; readonly verdict: string }

export interface EntryResult {
  readonly nodes: { readonly one: number; readonly two: number };
  readonly withTraining: { readonly one: number; readonly two: number };
  readonly tool: ToolReport;
  readonly outputs: Comparison;
  readonly gradients: Gradients;
  readonly traces: readonly Trace[];
  readonly checks: readonly Check[];
}

/** One of the puzzle's four calls: hashes of the bits of what it returned. */
export interface PuzzleCall { readonly call: string; readonly o1: string | null; readonly o2: string | null; readonly gradients: string | null; readonly weights: string }
export interface PuzzleRound { readonly when: string; readonly calls: readonly PuzzleCall[] }

export interface PuzzleResult {
  readonly nodes: number;
  readonly outputs: Comparison;
  readonly rounds: readonly PuzzleRound[];
  readonly gradients: Gradients;
  readonly referenceGradient: Comparison;
  /** With copied weights, and with those each program gets of its own from one graph seed. */
  readonly tool: { readonly copied: ToolReport; readonly own: ToolReport };
  readonly original: { readonly differs: number; readonly scale: number };
  readonly checks: readonly Check[];
}

/** Training with every step restarted from one state; the shares are of the largest gradient or update of the step. */
export interface RestartedRun {
  readonly optimizer: string;
  readonly trainableReference: boolean;
  readonly trace: Trace;
  /** Steps whose losses had the same bits, and whose optimizers made the same bits of the same gradients. */
  readonly lossBits: number;
  readonly stepBits: number;
  readonly gradients: number;
  readonly updates: number;
  /** As `updates`, for the variables whose gradient is only rounding noise. */
  readonly noise: number;
}

/** The first step in which ReLU units were on in one run and off in the other; `inputs` is how far from zero they were. */
export interface Switch { readonly step: number; readonly units: number; readonly of: number; readonly inputs: number }
/** Relative distance of the losses of two runs; the largest up to the first switch and after it. */
export interface Drift { readonly gaps: readonly number[]; readonly first: Switch | null; readonly before: number; readonly after: number | null }
/** The single model against a copy of itself that started with one weight moved by one ulp. */
export interface Control { readonly variable: string; readonly element: number; readonly drift: Drift }
export interface FreeRun {
  readonly optimizer: string;
  readonly trace: Trace;
  readonly drift: Drift;
  readonly controls: readonly Control[];
}

export interface AccuracyPoint { readonly step: number; readonly values: readonly [number, number] }
export interface TrainingResult {
  /** Kernels of one training step of both models, and how many of them the chosen engine runs. */
  readonly kernels: { readonly all: number; readonly engine: number };
  readonly restarted: readonly RestartedRun[];
  readonly adam: FreeRun;
  readonly momentum: FreeRun;
  /** Validation accuracy during `adam`. */
  readonly accuracy: readonly AccuracyPoint[];
  readonly data: { readonly training: number; readonly validation: number; readonly reference: number; readonly majority: number };
  readonly checks: readonly Check[];
}

export interface LintFinding { readonly rule: string; readonly message: string; readonly where: string; readonly remedy: string }
export interface MistakeResult {
  readonly name: string;
  readonly what: string;
  readonly inText: boolean;
  readonly accuracy: number;
  readonly loss: number;
  /** ||dL/dw - correct dL/dw|| / ||correct dL/dw|| at the same weights and batch; null where the weights have other shapes. */
  readonly gradientChange: number | null;
  /** How far training moved the reference images, over their norm. */
  readonly referenceMoved: number;
  readonly losses: readonly number[];
  /** What else the mistake does, measured. */
  readonly note: string;
  readonly lint: readonly LintFinding[];
}
/** A mistake that does not run: what the user is told, and the line it points to. */
export interface Refusal { readonly name: string; readonly what: string; readonly expected: boolean; readonly error: string; readonly where: string; readonly remedy: string }
export interface MistakesResult {
  readonly correct: MistakeResult;
  readonly mistakes: readonly MistakeResult[];
  readonly refused: readonly Refusal[];
  readonly checks: readonly Check[];
}

export interface RecordedTrace {
  readonly optimizer: string;
  readonly rewriter: Trace;
  readonly plain: Trace;
  readonly ours: Trace;
  /** Largest |single - double| over all weights but biases before a normaliser, after the last step. */
  readonly weightGaps: { readonly rewriter: number; readonly plain: number; readonly ours: number };
  /** Largest relative distance of our losses from TensorFlow's without its rewriter. */
  readonly fromPlain: number;
}
export interface RecordsResult { readonly optimizers: readonly RecordedTrace[]; readonly checks: readonly Check[] }

export interface Graphs { readonly entryOne: string; readonly entryTwo: string; readonly single: string; readonly double: string }

export interface Results {
  readonly options: Options;
  readonly entry: EntryResult;
  readonly puzzle: PuzzleResult;
  readonly training: TrainingResult;
  readonly mistakes: MistakesResult;
  readonly records: RecordsResult;
  /** Graphviz text of the programs. */
  readonly graphs: Graphs;
  readonly verdict: readonly string[];
  readonly ok: boolean;
  readonly seconds: number;
}
