// simplify: rules that keep every bit of every node and need no arithmetic: nodes that pass their input on, pairs that
// cancel. They see values only (variables are resolved before), so an Identity has no meaning left but its name. Where
// values can be dead, a node that waits can be dead though its input is not, so it is never taken out of the way.
import { P } from 'ts-pattern';
import { type NodeView } from '../../graph/view.ts';
import { Rewriting, type Rule, rule, RuleSet } from '../../graph/rewrite.ts';
import { attr } from '../../graph/node_def.ts';
import { parseInput } from '../../graph/names.ts';
import { adopt, inOrder, type Program, shapeOf, typeOf } from './program.ts';

const passOn = (v: NodeView): { use: string } => ({ use: v.inputs[0]!.tensor });

/** Same static shape, fully known. */
function sameShape(a: NodeView, b: NodeView): boolean { return a.shape.isFullyDefined && a.shape.equals(b.shape); }

/** Whether v is a constant of this number throughout. */
function isAll(v: NodeView | undefined, x: 0 | 1): boolean { return v?.isAll(x) ?? false; }
/** Whether v is a constant of negative zeros throughout (of zeros where there is but one). */
function isAllNegativeZero(v: NodeView | undefined): boolean { return v?.isAll(v.dtype?.isFloating ? -0 : 0) ?? false; }
/** Input i, when the node has its dtype and shape. */
function sameAs(v: NodeView, i: number): { use: string } | undefined { return sameShape(v, v.inputs[i]!) && v.dtype === v.inputs[i]!.dtype ? { use: v.inputs[i]!.tensor } : undefined; }

/** Dtypes whose every value a dtype holds. */
const HOLDS: Readonly<Record<string, ReadonlySet<string>>> = {
  float64: new Set(['float32', 'int32', 'uint32', 'int16', 'uint16', 'int8', 'uint8', 'bool']),
  float32: new Set(['int16', 'uint16', 'int8', 'uint8', 'bool']),
  int64: new Set(['int32', 'uint32', 'int16', 'uint16', 'int8', 'uint8', 'bool']),
  int32: new Set(['int16', 'uint16', 'int8', 'uint8', 'bool']),
};
const FOLDS = ['Sum', 'Mean', 'Prod', 'Max', 'Min'];
const RESHAPES = ['Reshape', 'ExpandDims', 'Squeeze'];
/** A node that only gives its elements another shape, and cannot fail. */
function reshapes(v: NodeView): boolean {
  const [x, ...rest] = v.inputs as [NodeView, ...NodeView[]];
  return RESHAPES.includes(v.op) && !v.waits && v.shape.isFullyDefined && x.shape.isFullyDefined && v.shape.numElements === x.shape.numElements && rest.every((x) => x.constant !== undefined);
}
/** Whether the inputs are all the outputs of one node, in order. */
function allOf(parts: readonly NodeView[], op: string): NodeView | undefined {
  const [first] = parts;
  if (first?.op !== op || first.waits) return undefined;
  const count = first.attr[op === 'Split' ? 'num_split' : 'num'];
  return count?.kind === 'i' && Number(count.value) === parts.length && parts.every((x, i) => x.name === first.name && x.port === i) ? first : undefined;
}
/** The axis a constant names, counted from the front. */
function axisOf(v: NodeView | undefined, rank: number): number | undefined { const c = v?.constant, d = c?.size === 1 ? Number(c.flat(0)) : undefined; return d !== undefined && d < 0 ? d + rank : d; }

function permutation(v: NodeView): readonly number[] | undefined {
  const c = v.inputs[1]?.constant;
  return c && Array.from({ length: c.size }, (_, i) => Number(c.flat(i)));
}

export const simplifyRules: readonly Rule[] = [
  rule('Identity(x) -> x', ['Identity', 'Snapshot', 'StopGradient', 'PreventGradient', 'PlaceholderWithDefault'], { inputs: [P.any] }, passOn),
  rule('Cast(x) to its own dtype -> x', 'Cast', { inputs: [P.any] }, (v) => (v.dtype !== undefined && v.dtype === v.inputs[0]!.dtype ? passOn(v) : undefined)),
  // A shape that comes with the run may be wrong: then the node has an error to report, whatever its static shape is.
  rule('Reshape(x) to its own shape -> x', ['Reshape', 'BroadcastTo'], { inputs: [P.any, { op: 'Const' }] }, (v) => (sameShape(v, v.inputs[0]!) ? passOn(v) : undefined)),
  rule('Squeeze(x) of no dimension -> x', 'Squeeze', { inputs: [P.any] }, (v) => (sameShape(v, v.inputs[0]!) ? passOn(v) : undefined)),
  rule('Neg(Neg(x)) -> x', 'Neg', { inputs: [{ op: 'Neg', waits: false }] }, (v) => ({ use: v.inputs[0]!.inputs[0]!.tensor })),
  rule('LogicalNot(LogicalNot(x)) -> x', 'LogicalNot', { inputs: [{ op: 'LogicalNot', waits: false }] }, (v) => ({ use: v.inputs[0]!.inputs[0]!.tensor })),
  rule('Transpose(x, 0 1 2 ..) -> x', 'Transpose', { inputs: [P.any, { op: 'Const' }] }, (v) => (permutation(v)?.every((d, i) => d === i) ? passOn(v) : undefined)),
  rule('Transpose(Transpose(x, p), inverse of p) -> x', 'Transpose', { inputs: [{ op: 'Transpose', waits: false }, { op: 'Const' }] }, (v) => {
    const [inner, p, q] = [v.inputs[0]!, permutation(v.inputs[0]!), permutation(v)];
    return p && q && p.length === q.length && q.every((d, i) => p[d] === i) ? { use: inner.inputs[0]!.tensor } : undefined;
  }),
  rule('Reshape(Reshape(x), shape) -> Reshape(x, shape)', 'Reshape', { inputs: [P.any, { op: 'Const' }] }, (v) => {
    const [inner, shape] = v.inputs as [NodeView, NodeView];
    return reshapes(inner) && reshapes(v) ? { become: { op: 'Reshape', input: [inner.inputs[0]!.tensor, shape.tensor], attr: v.attr } } : undefined;
  }),
  rule('Sum(x) of single elements -> x', ['Sum', 'Prod'], { inputs: [P.any, { op: 'Const' }] }, (v) => sameAs(v, 0)),
  // A fold and what puts the axes back that it took away: gradients of broadcasts are such pairs.
  rule('Reshape(Sum(x)) with axes of one -> Sum(x) that keeps its axes', ['Reshape', 'ExpandDims'], { inputs: [P.any, { op: 'Const' }] }, (v) => {
    const sum = v.inputs[0]!, [x, axes] = sum.inputs as [NodeView, NodeView];
    if (!FOLDS.includes(sum.op) || !sum.soleUser || sum.waits || sum.attr['keep_dims']?.value === true || !axes.constant || !x.shape.isFullyDefined || !v.shape.isFullyDefined) return undefined;
    const rank = x.shape.ndims!, gone = new Set(Array.from({ length: axes.constant.size }, (_, i) => { const d = Number(axes.constant!.flat(i)); return d < 0 ? d + rank : d; }));
    return v.shape.ndims === rank && x.shape.dims!.every((d, i) => v.shape.dims![i] === (gone.has(i) ? 1 : d)) ? { become: { op: sum.op, input: [x.tensor, axes.tensor], attr: { ...sum.attr, keep_dims: attr.b(true) } } } : undefined;
  }),
  rule('Squeeze(ExpandDims(x)) of the shape of x -> x', ['Squeeze', 'ExpandDims'], { inputs: P.any }, (v) => {
    const inner = v.inputs[0]!;
    return reshapes(v) && reshapes(inner) && sameShape(v, inner.inputs[0]!) ? { use: inner.inputs[0]!.tensor } : undefined;
  }),
  rule('Cast(Cast(x)) back through a dtype that holds it -> x', 'Cast', { inputs: [{ op: 'Cast', waits: false }] }, (v) => {
    const [inner, x] = [v.inputs[0]!, v.inputs[0]!.inputs[0]!];
    return v.dtype === x.dtype && HOLDS[inner.dtype?.name ?? '']?.has(x.dtype?.name ?? '') ? { use: x.tensor } : undefined;
  }),
  rule('Mul(x, 1) -> x', 'Mul', { inputs: [P.any, P.any] }, (v) => (isAll(v.inputs[1], 1) ? sameAs(v, 0) : isAll(v.inputs[0], 1) ? sameAs(v, 1) : undefined)),
  rule('RealDiv(x, 1) -> x', ['RealDiv', 'Div', 'FloorDiv', 'TruncateDiv'], { inputs: [P.any, { op: 'Const' }] }, (v) => (isAll(v.inputs[1], 1) && (v.op !== 'FloorDiv' || v.dtype?.isInteger) ? sameAs(v, 0) : undefined)),
  // -0 + 0 is 0, but x + -0 and x - 0 are x, whatever x.
  rule('AddV2(x, -0) -> x', ['AddV2', 'Add'], { inputs: [P.any, P.any] }, (v) => (isAllNegativeZero(v.inputs[1]) ? sameAs(v, 0) : isAllNegativeZero(v.inputs[0]) ? sameAs(v, 1) : undefined)),
  rule('Sub(x, 0) -> x', 'Sub', { inputs: [P.any, { op: 'Const' }] }, (v) => (isAll(v.inputs[1], 0) ? sameAs(v, 0) : undefined)),
  rule('AddN(x) -> x', ['AddN', 'AccumulateNV2'], { inputs: [P.any] }, passOn),
  rule('Pad(x) by nothing -> x', ['Pad', 'PadV2', 'MirrorPad', 'Slice', 'Tile'], { inputs: P.any }, (v) => (isAll(v.inputs[1], v.op === 'Tile' ? 1 : 0) && (v.op !== 'Slice' || v.inputs[2]!.op === 'Const') ? sameAs(v, 0) : undefined)),
  rule('ConcatV2(Split(x)) -> x', 'ConcatV2', { inputs: P.any }, (v) => {
    const split = allOf(v.inputs.slice(0, -1), 'Split'), rank = v.shape.ndims;
    if (!split || rank === null || !sameShape(v, split.inputs[1]!)) return undefined;
    const [a, b] = [axisOf(v.inputs.at(-1), rank), axisOf(split.inputs[0], rank)];
    return a !== undefined && a === b ? { use: split.inputs[1]!.tensor } : undefined;
  }),
  rule('Pack(Unpack(x)) -> x', 'Pack', { inputs: P.any }, (v) => {
    const whole = allOf(v.inputs, 'Unpack');
    return whole && sameShape(v, whole.inputs[0]!) && String(v.attr['axis']?.value ?? 0) === String(whole.attr['axis']?.value ?? 0) ? { use: whole.inputs[0]!.tensor } : undefined;
  }),
  rule('Select(constant condition, x, y) -> x or y', ['Select', 'SelectV2'], { inputs: [{ op: 'Const' }, P.any, P.any] }, (v) => {
    const c = v.inputs[0]!.constant!;
    if (c.size === 0 || !sameShape(v.inputs[1]!, v.inputs[2]!)) return undefined;
    const first = c.flat(0);
    for (let i = 1; i < c.size; i++) if (c.flat(i) !== first) return undefined;
    return c.shape.length === 0 || v.inputs[0]!.shape.equals(v.shape) ? sameAs(v, first ? 1 : 2) : undefined;
  }),
];
const standard = new RuleSet(simplifyRules);

export function simplify(p: Program): Program { return simplifyBy(standard, p); }

/** Applies a set of rules to a fixed point. */
export function simplifyBy(rules: RuleSet, p: Program, pass = 'simplify'): Program {
  const fetched = new Set(p.fetches.map((f) => parseInput(f.value).name));
  const r = new Rewriting(pass, p.nodes, {
    isFetched: (name) => fetched.has(name),
    constant: (name) => p.constants.get(name),
    dtype: (t) => typeOf(p, t)?.dtype,
    shape: (t) => shapeOf(p, t),
  });
  rules.apply(r, inOrder(p).map((n) => n.name), { made: (n, root) => ({ ...root, ...n, at: root.at - 0.5 }) });
  return adopt(p, r.finish());
}
