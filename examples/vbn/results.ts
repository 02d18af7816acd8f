// What the example finds out: plain data, printed by console.ts and drawn by report/.
import type { Options } from './options.ts';

/** One claim, and whether it held. */
export interface Check { readonly claim: string; readonly ok: boolean; readonly evidence: string }

/** Two values that should be equal. */
export interface Comparison { readonly what: string; readonly sameBits: boolean; readonly maxDifference: number; readonly hashes: readonly [string, string] }

/** ||a - b|| of the gradients of one variable beside ||a||. */
export interface GradientRow { readonly variable: string; readonly norm: number; readonly distance: number }
export interface Gradients { readonly rows: readonly GradientRow[]; readonly bound: number; readonly worst: number; readonly ok: boolean }

/** Loss before each step of two models trained alike. */
export interface Trace {
  readonly label: string;
  readonly names: readonly [string, string];
  readonly losses: readonly [readonly number[], readonly number[]];
  /** Largest |a - b| / |a| over the steps. */
  readonly worst: number;
}

export interface EntryResult {
  readonly nodes: { readonly one: number; readonly two: number };
  readonly withTraining: { readonly one: number; readonly two: number };
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
  readonly original: { readonly differs: number; readonly scale: number };
  readonly checks: readonly Check[];
}

export interface AccuracyPoint { readonly step: number; readonly values: readonly number[] }
export interface TrainingResult {
  readonly traces: readonly Trace[];
  readonly accuracy: readonly AccuracyPoint[];
  readonly weightGap: { readonly weights: number; readonly biasesBeforeNorm: number };
  readonly final: { readonly loss: readonly [number, number]; readonly accuracy: readonly [number, number] };
  readonly data: { readonly training: number; readonly validation: number; readonly reference: number; readonly majority: number };
  readonly checks: readonly Check[];
}

export interface LintFinding { readonly rule: string; readonly message: string; readonly where: string; readonly remedy: string }
export interface MistakeResult {
  readonly name: string;
  readonly what: string;
  readonly accuracy: number;
  readonly loss: number;
  /** ||dL/dw - correct dL/dw|| / ||correct dL/dw|| at the same weights and batch. */
  readonly gradientChange: number;
  readonly losses: readonly number[];
  /** What else the mistake does, measured. */
  readonly note: string;
  readonly lint: readonly LintFinding[];
}
export interface MistakesResult { readonly correct: MistakeResult; readonly mistakes: readonly MistakeResult[]; readonly checks: readonly Check[] }

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
