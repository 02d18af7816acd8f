// `tf.test`: are two graphs the same program? By structure (equal up to names), by bits and units in the last place of
// outputs, by gradients, and by training steps from equal weights. Not a TensorFlow symbol; `assertEqualGraphDef` is
// TensorFlow's `assert_equal_graph_def` (core/util/equal_graph_def.h).
import { assertEqualGraphDef as assertEqualDefs, type AssertEqualOptions } from '../graph/equal.ts';
import { AssertionError, ValueError } from '../graph/errors.ts';
import { Graph } from '../graph/graph.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { GraphDef } from '../graph/node_def.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { convertToTensor, type TensorLike } from '../ops/convert.ts';
import { gradients } from '../ops/gradients_impl.ts';
import type { Variable } from '../ops/variables.ts';
import { assignValues } from './copy_weights.ts';
import { type GradientPair, measureGradients, measureOutputs, measureTraining, type Sides } from './equivalence/evidence.ts';
import { feedCount, type Feeds } from './equivalence/feeds.ts';
import { type Pairing, pairVariables, type Program, type Resolved, resolveProgram, type StateVariable, variablesOf } from './equivalence/program.ts';
import { Report } from './equivalence/report.ts';
import { compareStructure } from './equivalence/structure.ts';
import { Session } from './session.ts';

export type { Feeds, FeedSet } from './equivalence/feeds.ts';
export type { Program } from './equivalence/program.ts';
export type { GradientEvidence, OutputEvidence, Report, TrainingEvidence } from './equivalence/report.ts';
export type { StructureDifference, StructureEvidence } from './equivalence/structure.ts';

/** An optimizer, as far as this module needs one. */
export interface Minimizes { minimize(loss: Tensor, options: { varList: readonly Variable[] }): Operation }

export interface EquivalenceOptions {
  /** Number of random feeds (default 3), the feeds, or a function of the run's number; values by input position, or by
   * the names of the first program's inputs. Training takes them in turn. */
  readonly feeds?: Feeds;
  /** Seed of random feeds. */
  readonly seed?: number;
  /** `copy` (default): the second program gets the first one's weights, by name below the scopes. `own`: each keeps its own. */
  readonly weights?: 'copy' | 'own';
  /** Compare gradients of the losses (default: when both programs have a loss). */
  readonly gradients?: boolean;
  /** Compare training: builds one optimizer per program, runs the steps on copies of the weights. */
  readonly training?: { readonly optimizer: () => Minimizes; readonly steps: number };
  /** Sessions whose current weights the comparison starts from; they are only read. Default: initial values. */
  readonly sessions?: readonly [Session, Session];
  /** Engine of the comparison's own sessions. */
  readonly engine?: string;
  readonly tolerance?: {
    /** Allowed |a - b| of outputs as a fraction of the largest value. Default 1e-5. */
    readonly outputs?: number;
    /** Allowed ||a - b|| of a gradient as a fraction of the largest ||g||. Default 1e-5. */
    readonly gradients?: number;
    /** Allowed relative difference of losses and weights, per step. Default 1e-5. */
    readonly training?: number;
  };
}

/** Compares two programs and reports with evidence. Gradients and training add nodes to the graphs, as `tf.gradients`
 * and `minimize` do; variables of other sessions are not touched. */
export async function equivalence(a: Program, b: Program, options: EquivalenceOptions = {}): Promise<Report> {
  const [p, q] = [resolveProgram(a), resolveProgram(b)];
  const structure = compareStructure(ends(p), ends(q));
  const pairing = pairVariables(p.state, q.state, a.scope, b.scope);
  const withLoss = p.loss !== undefined && q.loss !== undefined;
  if (options.training && !withLoss) throw new ValueError('Comparing training needs the loss of both programs.', { remedy: 'add { loss } to both programs' });
  const trained = withLoss ? trainedPairs(p, q, pairing) : { pairs: [], oneSided: [] };
  const wantGradients = (options.gradients ?? withLoss) && withLoss;
  const unpaired = [...pairing.onlyA, ...pairing.onlyB, ...(wantGradients || options.training ? trained.oneSided : [])];
  if (p.inputs.length !== q.inputs.length || p.outputs.length !== q.outputs.length) {
    throw new ValueError(`The programs have ${p.inputs.length} and ${q.inputs.length} input(s), ${p.outputs.length} and ${q.outputs.length} output(s): ${listing(p)} / ${listing(q)}.`, { remedy: 'give both programs the inputs and outputs that correspond' });
  }
  // Copying half of the weights would compare nothing.
  if (pairing.onlyA.length + pairing.onlyB.length > 0 && (options.weights ?? 'copy') === 'copy') {
    return new Report({ engine: 'not run', structure, unpaired, outputs: undefined, gradients: undefined, training: undefined });
  }

  const gradientPairs = wantGradients || options.training ? buildGradients(p, q, trained.pairs) : [];
  const steps = options.training ? [p, q].map((r) => buildStep(r, options.training!.optimizer)) : undefined;
  const [s, t] = [openSession(p, options), openSession(q, options)];
  try {
    const start = async (): Promise<void> => {
      await initialize(s, p, steps?.[0]?.op);
      await initialize(t, q, steps?.[1]?.op);
      await setWeights(s, t, p, q, pairing, options);
    };
    await start();
    const runs: Sides = { a: { session: s, inputs: p.inputs, outputs: outputsOf(p) }, b: { session: t, inputs: q.inputs, outputs: outputsOf(q) }, feeds: options.feeds, seed: options.seed ?? 1 };
    const n = feedCount(options.feeds, 3);
    const { outputs: tolOut = 1e-5, gradients: tolGrad = 1e-5, training: tolTrain = 1e-5 } = options.tolerance ?? {};
    const outputs = await measureOutputs(runs, n, tolOut);
    const grads = wantGradients ? await measureGradients(runs, gradientPairs, n, tolGrad) : undefined;
    const training = steps && await measureTraining(runs, trained.pairs.map((x) => x.name),
      { loss: p.loss!, step: steps[0]!.op, gradients: gradientPairs.map((g) => g.a), weights: trained.pairs.map((x) => x.a.ref) },
      { loss: q.loss!, step: steps[1]!.op, gradients: gradientPairs.map((g) => g.b), weights: trained.pairs.map((x) => x.b.ref) },
      options.training!.steps, tolTrain, steps[0]!.optimizer);
    return new Report({ engine: `${s.engine}, ${s.mode}`, structure, unpaired, outputs, gradients: grads, training });
  } finally {
    s.close();
    t.close();
  }
}

/** Throws AssertionError with the whole report unless two programs are the same; returns the report. */
export async function assertEquivalent(a: Program, b: Program, options: EquivalenceOptions = {}): Promise<Report> {
  const r = await equivalence(a, b, options);
  if (!r.same) throw new AssertionError(String(r));
  return r;
}

/** `tf.test.assert_equal_graph_def`: throws AssertionError with TF's text for the first node that differs, and the line
 * that made it when graphs (not GraphDefs) are given. Node order, versions and colocation do not count. */
export function assertEqualGraphDef(actual: Graph | GraphDef, expected: Graph | GraphDef, options: AssertEqualOptions = {}): void {
  const def = (g: Graph | GraphDef): GraphDef => (g instanceof Graph ? g.asGraphDef() : g);
  try {
    assertEqualDefs(def(actual), def(expected), options);
  } catch (e) {
    const name = e instanceof AssertionError ? /[Nn]ode(?: named)? '(?:\{\{node )?([^'}]+)/.exec(e.text)?.[1] : undefined;
    const op = name === undefined ? undefined : [actual, expected].map((g) => (g instanceof Graph ? g.find(name) : undefined)).find((o) => o);
    throw op && e instanceof AssertionError ? e.with({ node: op.name, op: op.type, ...(op.site ? { site: op.site.location } : {}) }) : e;
  }
}

function ends(p: Resolved): { inputs: readonly Tensor[]; outputs: readonly Tensor[] } { return { inputs: p.inputs, outputs: outputsOf(p) }; }
function outputsOf(p: Resolved): readonly Tensor[] { return p.loss && !p.outputs.includes(p.loss) ? [...p.outputs, p.loss] : p.outputs; }
function listing(p: Resolved): string { return [...p.inputs, ...p.outputs].map((t) => t.name).join(', '); }

interface TrainedPairs { readonly pairs: Pairing['pairs']; readonly oneSided: readonly string[] }

function trainedPairs(p: Resolved, q: Resolved, pairing: Pairing): TrainedPairs {
  const names = (r: Resolved): Set<string> => new Set(r.trained.map((v) => v.name));
  const [inA, inB] = [names(p), names(q)];
  return {
    pairs: pairing.pairs.filter((x) => inA.has(x.a.name) && inB.has(x.b.name)),
    oneSided: pairing.pairs.filter((x) => inA.has(x.a.name) !== inB.has(x.b.name)).map((x) => `${x.name} (trained in ${inA.has(x.a.name) ? 'the first' : 'the second'} only)`),
  };
}

function buildGradients(p: Resolved, q: Resolved, pairs: TrainedPairs['pairs']): GradientPair[] {
  const build = (r: Resolved, vs: readonly StateVariable[]): (Tensor | null)[] => r.graph.isolated(() =>
    gradients(r.loss!, vs.map((v) => v.ref)).map((g) => (g === null ? null : g instanceof Tensor ? g : convertToTensor(g as unknown as TensorLike))));
  const x = build(p, pairs.map((v) => v.a));
  const y = build(q, pairs.map((v) => v.b));
  return pairs.map((v, i) => ({ name: v.name, a: x[i]!, b: y[i]! }));
}

function buildStep(p: Resolved, make: () => Minimizes): { op: Operation; optimizer: string } {
  return p.graph.isolated(() => {
    const varList = p.trained.flatMap((v) => (v.variable ? [v.variable] : []));
    if (varList.length === 0) throw new ValueError('Comparing training needs the variables of both programs.', { remedy: 'an imported graph has none: build the program, or compare gradients' });
    const optimizer = make();
    return { op: optimizer.minimize(p.loss!, { varList }), optimizer: optimizer.constructor.name };
  });
}

function openSession(p: Resolved, options: EquivalenceOptions): Session {
  return new Session({ graph: p.graph, ...(options.engine === undefined ? {} : { engine: options.engine }) });
}

/** Runs the initializers of the variables that outputs, loss and the training step need. */
async function initialize(s: Session, p: Resolved, step: Operation | undefined): Promise<void> {
  const needed = new Set<Operation>();
  const stack: Operation[] = [...outputsOf(p).map((t) => t.op), ...(step ? [step] : [])];
  for (let op = stack.pop(); op; op = stack.pop()) {
    if (needed.has(op)) continue;
    needed.add(op);
    stack.push(...op.inputs.map((t) => t.op), ...op.controlInputs);
  }
  const ops = variablesOf(p.graph).flatMap((v) => (needed.has(v.ref.op) && v.initializer ? [v.initializer] : []));
  if (ops.length > 0) await s.run(ops);
}

type Value = NDArray | number | bigint | boolean | string;
async function setWeights(s: Session, t: Session, p: Resolved, q: Resolved, pairing: Pairing, options: EquivalenceOptions): Promise<void> {
  const given = options.sessions;
  if (given) {
    await transfer(given[0], s, p.state, p.state);
    await transfer(given[1], t, q.state, q.state);
  }
  if ((options.weights ?? 'copy') === 'copy') await transfer(s, t, pairing.pairs.map((x) => x.a), pairing.pairs.map((x) => x.b));
}

async function transfer(from: Session, to: Session, sources: readonly StateVariable[], targets: readonly StateVariable[]): Promise<void> {
  if (sources.length === 0) return;
  const fixed = targets.find((v) => !v.initializer);
  if (fixed) throw new ValueError(`Variable '${fixed.name}' has no initializer in its graph, so it cannot be given a value.`, { node: fixed.name, remedy: 'compare graphs that contain the initializers (graph.as_graph_def() of a training graph does)' });
  const values = await from.run(sources.map((v) => v.ref)) as Value[];
  await assignValues(to, targets.map((v, i) => [{ initializer: v.initializer! }, values[i]!]));
}
