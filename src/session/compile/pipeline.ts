// The pass pipeline, in order, in one array: prune -> resolveState -> fold -> takeBranches -> unguard -> simplify -> relax -> layout -> open -> mergeCommon -> skipUnneeded -> narrow -> sweep -> fuse -> (lower ->
// schedule -> memory). Each pass is a pure function over a Program and logs every firing. Exact mode allows only what
// keeps every bit; what a pass assumes about arithmetic is that of the target's own kernels.
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { TensorShape } from '../../graph/shape.ts';
import type { Plan } from '../plan.ts';
import { mergeCommon } from './cse.ts';
import { foldConstants, foldSeen } from './fold.ts';
import { fuse } from './fuse/fuse.ts';
import { open } from './fuse/open.ts';
import { layout } from './layout.ts';
import { unguard } from './lives.ts';
import { lower } from './lower.ts';
import { planMemory } from './memory.ts';
import { narrow } from './narrow.ts';
import { prune, type Request } from './prune.ts';
import { type Program, type ProgramFeed, type ProgramNode, sweep } from './program.ts';
import { Learning, type Refit } from './refit.ts';
import { relax } from './relax.ts';
import { schedule } from './schedule.ts';
import { simplify } from './simplify.ts';
import { skipUnneeded } from './skip.ts';
import { argName, resolveState } from './state.ts';
import { takeBranches } from './take_branches.ts';
import type { Pass, Target } from './target.ts';

/** The passes between resolveState and lower, in order. */
export const passes: readonly Pass[] = [
  { name: 'fold', leaves: 'no pure node has only constant inputs (up to the size limit); shapes known from the feeds are constants', run: foldConstants },
  { name: 'takeBranches', leaves: 'nothing reads the side of a Switch that a constant rules out, unless that is asked for', run: takeBranches },
  { name: 'unguard', leaves: 'no node waits for a branch that something it reads lies in', run: unguard },
  { name: 'simplify', leaves: 'no node that only passes its input on, and no pair of nodes that cancel, unless others wait for them', run: simplify },
  { name: 'relax', leaves: 'in mode fast: no division by a constant, no power that has an op of its own, no two constants added or multiplied one after the other', run: relax },
  { name: 'layout', leaves: 'where the engine wants channels last: no convolution with channels first beside others that do without turning; no nodes between a transposition and its inverse that could be computed without both', run: layout },
  { name: 'open', leaves: 'where nodes are fused: no op that is a formula over others (batch normalisation, L2Loss)', run: open },
  { name: 'mergeCommon', leaves: 'no two pure nodes with the same op, attrs and inputs; no two equal constants', run: mergeCommon },
  { name: 'skipUnneeded', leaves: 'no node that others only wait for, unless it has an effect or can fail', run: skipUnneeded },
  { name: 'narrow', leaves: 'no slice of a matrix product that nothing else reads', run: narrow },
  { name: 'sweep', leaves: 'every node is used, kept, fetched or committed', run: sweep },
  { name: 'fuse', leaves: 'elementwise nodes that read each other, of one shape and with no other node between them, are one node, with the ops over rows (softmax, sums of the last axis) of what they make', run: fuse },
];

/** What is to be compiled. Shapes of feeds are those of the values, or what is statically known. */
export interface CompileRequest {
  readonly fetches: readonly Tensor[];
  readonly targets: readonly Operation[];
  readonly feeds: readonly { readonly tensor: Tensor; readonly shape: TensorShape }[];
  /** The feeds come in parts: nodes that need different ones stay apart. */
  readonly inParts?: boolean;
  /** What the engine gathers plans in. */
  readonly together?: object;
}

/** Observes the program after each pass (tests verify it there). */
export type PassObserver = (pass: string, p: Program) => void;

/** The part of compiling that asks for no shapes of feeds: requests that differ in those only may share it. */
export interface Resolved { readonly program: Program; readonly nodeCount: number }
export function resolve(request: CompileRequest, target: Target): Resolved {
  const asked: Request = { fetches: request.fetches, targets: request.targets, feeds: new Set(request.feeds.map((f) => f.tensor)) };
  const ops = prune(asked);
  return { program: sweep(resolveState(ops, asked, feedsOf(request), (op) => target.kernels.get(op)?.writes)), nodeCount: ops.length };
}
function feedsOf(request: CompileRequest): ProgramFeed[] { return request.feeds.map((f) => ({ tensor: f.tensor.name, node: argName(f.tensor), type: { dtype: f.tensor.dtype.baseDtype, shape: f.shape } })); }

/** Compiles a run into a plan. */
export function compile(request: CompileRequest, target: Target, observe?: PassObserver, resolved?: Resolved): Plan { return compileKept(request, target, observe, resolved).plan; }

/** A plan, and what makes it fit feeds of other shapes, or why nothing does. */
export interface Compiled { readonly plan: Plan; readonly refit: Refit | string }
export function compileKept(request: CompileRequest, target: Target, observe?: PassObserver, resolved = resolve(request, target), refits = false): Compiled {
  const learning = refits ? learningOf(request, target, resolved.program) : 'it was not asked for';
  const { program, nodeCount } = buildProgram(request, target, observe, resolved, typeof learning === 'string' ? undefined : learning);
  const order: ProgramNode[] = schedule(program);
  const kernels = lower(program, order, target);
  const lowered = target.engine.group?.(kernels, { mode: target.mode, inParts: request.inParts ?? false, together: request.together, device: (node) => target.graph.find(node)?.device ?? '' }) ?? kernels;
  const { steps, peakBytes, layout } = planMemory(lowered.slots, lowered.constants, lowered.steps, target.engine.slack);
  const plan: Plan = {
    engine: target.engine.name,
    why: target.engine.why ?? null,
    mode: target.mode,
    threads: target.engine.threads ?? 1,
    threadsWhy: target.engine.threadsWhy ?? null,
    feeds: request.feeds.map((f) => ({ tensor: f.tensor.name, dtype: f.tensor.dtype.baseDtype, shape: f.shape })),
    fetches: request.fetches.map((t) => t.name),
    targets: request.targets.map((o) => o.name),
    slots: lowered.slots,
    constants: lowered.constants,
    steps,
    conditional: program.conditional,
    nodeCount,
    peakBytes,
    layout,
    relaxed: target.mode === 'exact' ? [] : [...(target.engine.relaxed === undefined ? [] : [target.engine.relaxed]), ...firedRules(program, 'relax')],
    warnings: program.warnings,
    log: program.log,
  };
  return { plan, refit: typeof learning === 'string' ? learning : learning.plan(plan, program, kernels) };
}

/** Primes: sizes so many times as large are no others by chance, and can be divided where these can. */
const OTHER = [31, 37, 41, 43, 47];
/** Or why there is nothing to learn. */
function learningOf(request: CompileRequest, target: Target, program: Program): Learning | string {
  const open = request.feeds.filter((f) => !f.tensor.shape.isFullyDefined), sizes: number[] = [];
  /** The same for sizes that are the same, of which most are batches and lengths that several feeds share. */
  const other = (d: number): number => { let i = sizes.indexOf(d); if (i < 0) i = sizes.push(d) - 1; return d * OTHER[i % OTHER.length]!; };
  const fed = new Map(open.map(({ tensor, shape }) => [argName(tensor), new TensorShape(shape.dims?.map((d, i) => (d === null || tensor.shape.dims?.[i] === d ? d : other(d))) ?? null)]));
  if (fed.size === 0) return 'no feed has an open shape';
  if (target.mode !== 'exact' || target.engine.fitsAnyShape !== true) return `plans of ${target.engine.name} in mode ${target.mode} are made for shapes`;
  if (request.inParts || !request.feeds.every((f) => f.shape.isFullyDefined)) return 'it was compiled for any shape';
  return new Learning(target, withFeeds(program, request), fed);
}

/** The rules of a pass that fired, with how often. */
function firedRules(p: Program, pass: string): string[] {
  const times = new Map<string, number>();
  for (const l of p.log) if (l.pass === pass) times.set(l.rule, (times.get(l.rule) ?? 0) + 1);
  return [...times].map(([rule, n]) => (n === 1 ? rule : `${rule}, ${n} times`));
}

/** Everything before lowering. */
export function buildProgram(request: CompileRequest, target: Target, observe?: PassObserver, resolved = resolve(request, target), learning?: Learning): Resolved {
  let program = withFeeds(resolved.program, request);
  observe?.('resolveState', program);
  for (const pass of target.passes) {
    if (request.inParts && pass.run === fuse) continue;
    program = learning && pass.run === foldConstants ? foldSeen(program, target, learning.seen) : pass.run(program, target);
    observe?.(pass.name, program);
  }
  return { program, nodeCount: resolved.nodeCount };
}
function withFeeds(program: Program, request: CompileRequest): Program {
  const feeds = feedsOf(request), types = new Map(program.types);
  for (const f of feeds) types.set(f.node, [f.type]);
  return { ...program, feeds, types };
}
