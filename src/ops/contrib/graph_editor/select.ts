// Choosing operations and tensors: by regular expression, by walking the graph, by boundary.
// Follows contrib/graph_editor/select.py and python/ops/op_selector.py (1.15).
import { TypeError, ValueError } from '../../../graph/errors.ts';
import { Graph, pythonTypeName } from '../../../graph/graph.ts';
import { Operation, Tensor } from '../../../graph/tensor.ts';
import { api, isOptions } from '../../api.ts';
import { ControlOutputs, getConsumingOps, makeListOfOp, makeListOfT, type OpsLike, type TensorsLike } from './util.ts';

/** A regular expression of names; strings are compiled. `(?#ts)` in front restricts it to tensors, `(?#ops)` to operations. */
export type Pattern = string | RegExp;

/** `can_be_regex`. */
export const canBeRegex = api('canBeRegex', ['obj'], (p: { obj: unknown }): boolean => typeof p.obj === 'string' || p.obj instanceof RegExp, { required: 1 });
/** `make_regex`. Errors: ValueError for other objects. */
export const makeRegex = api('makeRegex', ['obj'], (p: { obj: Pattern }): RegExp => {
  if (p.obj instanceof RegExp) return p.obj;
  if (typeof p.obj !== 'string') throw new ValueError(`Expected a string or a regex, got: <class '${pythonTypeName(p.obj)}'>`);
  return new RegExp(p.obj.replace(/\(\?#[^)]*\)/g, ''));
}, { required: 1 });

type Filter<T> = true | ((x: T) => boolean);

/** `filter_ts`: inputs and outputs of the operations that pass a filter. */
export const filterTs = api('filterTs', ['ops', 'positiveFilter'], (p: { ops: OpsLike; positiveFilter: Filter<Tensor> }): Tensor[] => {
  const ops = makeListOfOp(p.ops);
  const ts = [...new Set([...ops.flatMap((op) => [...op.inputs]), ...ops.flatMap((op) => [...op.outputs])])];
  return p.positiveFilter === true ? ts : ts.filter(p.positiveFilter);
}, { required: 2 });
/** `filter_ts_from_regex`: those whose names match. */
export const filterTsFromRegex = api('filterTsFromRegex', ['ops', 'regex'], (p: { ops: OpsLike; regex: Pattern }): Tensor[] => { const re = makeRegex(p.regex); return filterTs(p.ops, (t) => re.test(t.name)); }, { required: 2 });
/** `filter_ops`: the operations that pass a filter. */
export const filterOps = api('filterOps', ['ops', 'positiveFilter'], (p: { ops: OpsLike; positiveFilter: Filter<Operation> }): Operation[] => {
  const ops = makeListOfOp(p.ops);
  return p.positiveFilter === true ? ops : ops.filter(p.positiveFilter);
}, { required: 2 });
/** `filter_ops_from_regex`: those whose names match. */
export const filterOpsFromRegex = api('filterOpsFromRegex', ['ops', 'regex'], (p: { ops: OpsLike; regex: Pattern }): Operation[] => { const re = makeRegex(p.regex); return filterOps(p.ops, (op) => re.test(op.name)); }, { required: 2 });
/** `get_name_scope_ops`: the operations under a name scope (a regular expression, as in TF). */
export const getNameScopeOps = api('getNameScopeOps', ['ops', 'scope'], (p: { ops: OpsLike; scope: string }): Operation[] => filterOpsFromRegex(p.ops, `^${p.scope.replace(/\/$/, '')}(/.*)?$`), { required: 2 });

// --- walking -------------------------------------------------------------------------------------------------------

/** Whether control dependencies count: `controlIos` means both directions. */
export interface Controls { controlInputs?: boolean; controlOutputs?: ControlOutputs | null; controlIos?: ControlOutputs | null }
/** `check_cios`. Errors: TypeError for other objects; ValueError when both are given. */
export const checkCios = api('checkCios', ['controlInputs', 'controlOutputs', 'controlIos'], (p: Controls): [boolean, ControlOutputs | null] => {
  const check = (c: unknown): void => { if (!(c instanceof ControlOutputs)) throw new TypeError(`Expected a util.ControlOutputs, got: <class '${pythonTypeName(c)}'>`); };
  let [inputs, outputs] = [p.controlInputs ?? false, p.controlOutputs ?? null];
  if (p.controlIos) {
    check(p.controlIos);
    if (outputs) throw new ValueError('control_outputs should be None when using control_ios.');
    [inputs, outputs] = [true, p.controlIos];
  } else if (outputs) check(outputs);
  outputs?.update();
  return [inputs, outputs];
});

/** `get_ops_ios`: every operation connected to one of the given ones. */
export const getOpsIos = api('getOpsIos', ['ops', 'controlInputs', 'controlOutputs', 'controlIos'], (p: Controls & { ops: OpsLike }): Operation[] => {
  const [inputs, outputs] = checkCios(p.controlInputs, p.controlOutputs, p.controlIos);
  const out = new Set<Operation>();
  for (const op of makeListOfOp(p.ops)) {
    for (const t of op.inputs) out.add(t.op);
    for (const t of op.outputs) for (const c of t.consumers()) out.add(c);
    for (const c of outputs?.get(op) ?? []) out.add(c);
    if (inputs) for (const c of op.controlInputs) out.add(c);
  }
  return [...out];
}, { required: 1 });

/** `compute_boundary_ts`: tensors that come from outside, that are used outside (or nowhere), and that stay inside. */
export const computeBoundaryTs = api('computeBoundaryTs', ['ops'], (p: { ops: OpsLike }): [Tensor[], Tensor[], Tensor[]] => {
  const ops = new Set(makeListOfOp(p.ops));
  const inputs = [...new Set([...ops].flatMap((op) => [...op.inputs]))];
  const outputs = [...ops].flatMap((op) => [...op.outputs]);
  const inside = inputs.filter((t) => ops.has(t.op));
  const onlyInside = new Set(inside.filter((t) => t.consumers().every((c) => ops.has(c))));
  return [inputs.filter((t) => !ops.has(t.op)), outputs.filter((t) => !onlyInside.has(t)), inside];
}, { required: 1 });

interface WithinArgs extends Controls { ops: OpsLike; seedOps: OpsLike; boundaryOps?: OpsLike; inclusive?: boolean }
/** `get_within_boundary_ops`: what is connected to the seeds without crossing the boundary. Errors: ValueError when a seed
 * lies on the boundary. */
export const getWithinBoundaryOps = api('getWithinBoundaryOps', ['ops', 'seedOps', 'boundaryOps', 'inclusive', 'controlInputs', 'controlOutputs', 'controlIos'], (p: WithinArgs): Operation[] => {
  const [inputs, outputs] = checkCios(p.controlInputs, p.controlOutputs, p.controlIos);
  const boundary = new Set(makeListOfOp(p.boundaryOps ?? []));
  const found = new Set(makeListOfOp(p.seedOps, { allowGraph: false }));
  for (const op of found) if (boundary.has(op)) throw new ValueError('Boundary is intersecting with the seeds.');
  for (let wave = [...found]; wave.length > 0;) {
    const next: Operation[] = [];
    for (const op of getOpsIos(wave, inputs, outputs)) {
      if (found.has(op)) continue;
      if (!boundary.has(op)) next.push(op); else if (p.inclusive ?? true) found.add(op);
    }
    for (const op of next) found.add(op);
    wave = next;
  }
  return makeListOfOp(p.ops).filter((op) => found.has(op));
}, { required: 2 });

interface WalkArgs { seedOps: OpsLike | TensorsLike; inclusive?: boolean; withinOps?: OpsLike | null; withinOpsFn?: ((op: Operation) => boolean) | null; stopAtTs?: TensorsLike }

function walk(p: WalkArgs, ofTensors: (ts: Tensor[]) => Operation[], next: (op: Operation, stop: ReadonlySet<Tensor>) => Iterable<Operation>): Operation[] {
  const list = p.seedOps instanceof Operation || p.seedOps instanceof Tensor ? [p.seedOps] : p.seedOps instanceof Graph ? p.seedOps : [...p.seedOps];
  if (Array.isArray(list) && list.length === 0) return [];
  const all = Array.isArray(list) && list[0] instanceof Tensor ? ofTensors(makeListOfT(list as Tensor[], { allowGraph: false })) : makeListOfOp(list as Operation[], { allowGraph: false });
  const within = p.withinOps && (p.withinOps instanceof Graph || p.withinOps instanceof Operation || [...p.withinOps].length > 0) ? new Set(makeListOfOp(p.withinOps, { allowGraph: false })) : undefined;
  const seeds = new Set(all.filter((op) => !within || within.has(op)));
  const stop = new Set(makeListOfT(p.stopAtTs ?? []));
  const found = new Set(seeds);
  for (let wave = [...seeds]; wave.length > 0;) {
    const fresh = new Set<Operation>();
    for (const op of wave) for (const o of next(op, stop)) if (!found.has(o) && (!within || within.has(o)) && (p.withinOpsFn?.(o) ?? true)) fresh.add(o);
    for (const o of fresh) found.add(o);
    wave = [...fresh];
  }
  return [...found].filter((op) => p.inclusive !== false || !seeds.has(op));
}

/** `get_forward_walk_ops`: what the seeds (or the users of seed tensors) lead to. */
export const getForwardWalkOps = api('getForwardWalkOps', ['seedOps', 'inclusive', 'withinOps', 'withinOpsFn', 'stopAtTs', 'controlOutputs'], (p: WalkArgs & { controlOutputs?: ControlOutputs | null }): Operation[] => {
  const [, control] = checkCios(false, p.controlOutputs);
  return walk(p, getConsumingOps, (op, stop) => [...op.outputs.filter((t) => !stop.has(t)).flatMap((t) => [...t.consumers()]), ...control?.get(op) ?? []]);
}, { required: 1 });
/** `get_backward_walk_ops`: what the seeds (or the operations of seed tensors) depend on. */
export const getBackwardWalkOps = api('getBackwardWalkOps', ['seedOps', 'inclusive', 'withinOps', 'withinOpsFn', 'stopAtTs', 'controlInputs'], (p: WalkArgs & { controlInputs?: boolean }): Operation[] =>
  walk(p, (ts) => ts.map((t) => t.op), (op, stop) => [...op.inputs.filter((t) => !stop.has(t)).map((t) => t.op), ...(p.controlInputs ? op.controlInputs : [])]), { required: 1 });

interface WalksArgs extends Controls {
  forwardSeedOps: WalkArgs['seedOps']; backwardSeedOps: WalkArgs['seedOps']; forwardInclusive?: boolean; backwardInclusive?: boolean;
  withinOps?: OpsLike | null; withinOpsFn?: WalkArgs['withinOpsFn'];
}
const WALKS = ['forwardSeedOps', 'backwardSeedOps', 'forwardInclusive', 'backwardInclusive', 'withinOps', 'withinOpsFn', 'controlInputs', 'controlOutputs', 'controlIos'] as const;
function walks(p: WalksArgs): [Operation[], Operation[]] {
  const [inputs, outputs] = checkCios(p.controlInputs, p.controlOutputs, p.controlIos);
  const common = { withinOps: p.withinOps ?? null, withinOpsFn: p.withinOpsFn ?? null };
  return [
    getForwardWalkOps({ seedOps: p.forwardSeedOps, inclusive: p.forwardInclusive ?? true, ...common, controlOutputs: outputs }),
    getBackwardWalkOps({ seedOps: p.backwardSeedOps, inclusive: p.backwardInclusive ?? true, ...common, controlInputs: inputs }),
  ];
}
/** `get_walks_intersection_ops`: what lies between the seeds. */
export const getWalksIntersectionOps = api('getWalksIntersectionOps', WALKS, (p: WalksArgs): Operation[] => { const [f, b] = walks(p); const back = new Set(b); return f.filter((op) => back.has(op)); }, { required: 2 });
/** `get_walks_union_ops`: what either walk reaches. */
export const getWalksUnionOps = api('getWalksUnionOps', WALKS, (p: WalksArgs): Operation[] => { const [f, b] = walks(p); return [...new Set([...f, ...b])]; }, { required: 2 });

// --- selecting -----------------------------------------------------------------------------------------------------

/** Keywords of `select_ops` and `select_ts`. */
export interface SelectOptions<T> { graph?: Graph | null; positiveFilter?: ((x: T) => boolean) | null; restrictOpsRegex?: boolean; restrictTsRegex?: boolean }
/** Regular expressions, and operations or tensors or lists of them. */
export type Selected = Pattern | Operation | Tensor | Iterable<Operation | Tensor>;
type SelectArgs<T> = [...Selected[], SelectOptions<T>] | Selected[];

function split<T>(args: readonly unknown[]): [Selected[], SelectOptions<T>] {
  const last = args[args.length - 1];
  const options = isOptions(last) ? last as SelectOptions<T> : {};
  for (const k of Object.keys(options)) if (!['graph', 'positiveFilter', 'restrictOpsRegex', 'restrictTsRegex'].includes(k)) throw new ValueError(`Wrong keywords argument: ${k}.`);
  if (options.graph && !(options.graph instanceof Graph)) throw new TypeError(`Expected a tf.Graph, got: <class '${pythonTypeName(options.graph)}'>`);
  return [(isOptions(last) ? args.slice(0, -1) : args) as Selected[], options];
}

function select<T extends Operation | Tensor>(args: readonly unknown[], other: string, own: string, restricted: boolean, byRegex: (g: Graph, re: RegExp) => T[], plain: (x: never) => T[]): T[] {
  const [items, o] = split<T>(args);
  const out = new Set<T>();
  for (const a of items) {
    let found: T[];
    if (canBeRegex(a)) {
      if (!o.graph) throw new ValueError("Use the keyword argument 'graph' to use regex.");
      const text = typeof a === 'string' ? a : (a as RegExp).source;
      if (text.startsWith(other) || restricted && !text.startsWith(own)) continue;
      found = byRegex(o.graph, makeRegex(a as Pattern));
    } else found = plain(a as never);
    for (const x of found) if (o.positiveFilter?.(x) ?? true) out.add(x);
  }
  return [...out];
}

/** `select_ops(*args, graph=, positive_filter=)`: operations by regular expression or given; tensors are ignored.
 * Errors: ValueError for a regular expression without `graph` and for unknown options; TypeError for other objects. */
export function selectOps(...args: SelectArgs<Operation>): Operation[] {
  const [, o] = split<Operation>(args);
  return select<Operation>(args, '(?#ts)', '(?#ops)', o.restrictOpsRegex ?? false, filterOpsFromRegex, (x) => makeListOfOp(x as OpsLike, { ignoreTs: true }));
}
/** `select_ts(*args, graph=, positive_filter=)`: tensors; operations are ignored. Errors: as `selectOps`. */
export function selectTs(...args: SelectArgs<Tensor>): Tensor[] {
  const [, o] = split<Tensor>(args);
  return select<Tensor>(args, '(?#ops)', '(?#ts)', o.restrictTsRegex ?? false, filterTsFromRegex, (x) => makeListOfT(x as TensorsLike, { ignoreOps: true }));
}
/** `select_ops_and_ts`: both; regular expressions mean tensors only with `(?#ts)` in front. */
export function selectOpsAndTs(...args: SelectArgs<Operation | Tensor>): [Operation[], Tensor[]] {
  const [items, o] = split<Operation | Tensor>(args);
  return [selectOps(...items, { ...o, restrictOpsRegex: false }), selectTs(...items, { ...o, restrictTsRegex: true })];
}
