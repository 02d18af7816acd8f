// What programs are compiled for, and by what: the engine and mode, the reference kernels, the passes.
import type { Graph } from '../../graph/graph.ts';
import type { Engine } from '../engines/engine.ts';
import type { KernelDef } from '../kernels/kernel.ts';
import type { Program } from './program.ts';

/** A pass over programs: a pure function that logs every firing. */
export interface Pass {
  readonly name: string;
  /** What holds afterwards. */
  readonly leaves: string;
  readonly run: (p: Program, target: Target) => Program;
}

/** Kernels and passes, which a session may be given in place of its own. */
export interface Toolchain {
  readonly kernels: ReadonlyMap<string, KernelDef>;
  /** The passes between resolveState and lower, in order. */
  readonly passes: readonly Pass[];
}

export interface Target extends Toolchain {
  readonly engine: Engine;
  readonly mode: 'exact' | 'fast';
  readonly graph: Graph;
}
