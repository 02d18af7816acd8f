// Rules on nodes that pass all their elements on, under another shape or in another order: no arithmetic, so every engine
// keeps the bits.
import { P } from 'ts-pattern';
import { type Rule, rule } from '../../../graph/rewrite.ts';
import type { NodeView } from '../../../graph/view.ts';
import { asReshape, INT32, type Dims, dimsOf, inFront, intOf, newInts, numbersOf, passOn, sameDims, sameShape } from './common.ts';

const RESHAPES = ['Reshape', 'ExpandDims', 'Squeeze'];
/** A node that only gives its elements another shape, and cannot fail. */
function reshapes(v: NodeView): boolean {
  const [x, ...rest] = v.inputs as [NodeView, ...NodeView[]];
  return RESHAPES.includes(v.op) && !v.waits && v.shape.isFullyDefined && x.shape.isFullyDefined && v.shape.numElements === x.shape.numElements && rest.every((x) => x.constant !== undefined);
}
/** The order of axes of a transposition that cannot fail. */
function permutation(v: NodeView): Dims | undefined {
  const p = v.op === 'Transpose' ? numbersOf(v.inputs[1]) : undefined, rank = v.inputs[0]?.shape.ndims;
  return p && (rank === null || rank === p.length) && p.every((d) => d >= 0 && d < p.length) && new Set(p).size === p.length ? p : undefined;
}
/** The axes that a node turns round. */
function reversed(v: NodeView): ReadonlySet<number> | undefined {
  const rank = v.inputs[0]?.shape.ndims ?? undefined, axes = v.op === 'ReverseV2' && rank !== undefined ? numbersOf(v.inputs[1])?.map((d) => inFront(d, rank)) : undefined;
  const all = axes?.every((d) => d !== undefined) ? new Set(axes as number[]) : undefined;
  return all?.size === axes?.length ? all : undefined;
}
/** Whether a constant has a number throughout. */
const all = (v: NodeView | undefined, n: number): boolean => numbersOf(v)?.every((d) => d === n) ?? false;

export const moveRules: readonly Rule[] = [
  rule('Identity(x) -> x', ['Identity', 'Snapshot', 'StopGradient', 'PreventGradient', 'PlaceholderWithDefault'], { inputs: [P.any] }, passOn),
  rule('Cast(x) to its own dtype -> x', 'Cast', { inputs: [P.any] }, (v) => (v.dtype !== undefined && v.dtype === v.inputs[0]!.dtype ? passOn(v) : undefined)),
  // A shape that comes with the run may be wrong: then the node has an error to report, whatever its static shape is.
  rule('Reshape(x) to its own shape -> x', ['Reshape', 'BroadcastTo'], { inputs: [P.any, { op: 'Const' }] }, (v) => (sameShape(v, v.inputs[0]!) ? passOn(v) : undefined)),
  rule('Squeeze(x) of no dimension -> x', 'Squeeze', { inputs: [P.any] }, (v) => (sameShape(v, v.inputs[0]!) ? passOn(v) : undefined)),
  rule('Reshape(Reshape(x)) of the shape of x -> x', RESHAPES, { inputs: P.any }, (v) => {
    const inner = v.inputs[0]!;
    return reshapes(v) && reshapes(inner) && sameShape(v, inner.inputs[0]!) ? { use: inner.inputs[0]!.tensor } : undefined;
  }),
  rule('Reshape(Reshape(x), shape) -> Reshape(x, shape)', 'Reshape', { inputs: [P.any, { op: 'Const' }] }, (v) => {
    const [inner, shape] = v.inputs as [NodeView, NodeView];
    return reshapes(inner) && reshapes(v) ? { become: { op: 'Reshape', input: [inner.inputs[0]!.tensor, shape.tensor], attr: v.attr } } : undefined;
  }),
  rule('Squeeze(Reshape(x)) -> Reshape(x, shape)', ['Squeeze', 'ExpandDims'], { inputs: P.any }, (v) => {
    const inner = v.inputs[0]!;
    return reshapes(v) && reshapes(inner) ? asReshape(v, inner.inputs[0]!.tensor) : undefined;
  }),
  rule('Transpose(x, 0 1 2 ..) -> x', 'Transpose', { inputs: [P.any, { op: 'Const' }] }, (v) => (permutation(v)?.every((d, i) => d === i) ? passOn(v) : undefined)),
  rule('Transpose(Transpose(x, p), inverse of p) -> x', 'Transpose', { inputs: [{ op: 'Transpose', waits: false }, { op: 'Const' }] }, (v) => {
    const [inner, p, q] = [v.inputs[0]!, permutation(v.inputs[0]!), permutation(v)];
    return p && q && p.length === q.length && q.every((d, i) => p[d] === i) ? { use: inner.inputs[0]!.tensor } : undefined;
  }),
  rule('Transpose(x) that only moves axes of one -> Reshape(x)', 'Transpose', { inputs: [P.any, { op: 'Const' }] }, (v) => {
    const [x, p] = [dimsOf(v.inputs[0]), permutation(v)], moved = p?.filter((d) => x?.[d] !== 1);
    return x && v.shape.isFullyDefined && moved?.every((d, i) => i === 0 || moved[i - 1]! < d) && !p!.every((d, i) => d === i) ? asReshape(v, v.inputs[0]!.tensor) : undefined;
  }),
  rule('Transpose(Transpose(x, p), q) -> Transpose(x, p of q)', 'Transpose', { inputs: [{ op: 'Transpose', waits: false }, { op: 'Const' }] }, (v) => {
    const [inner, p, q] = [v.inputs[0]!, permutation(v.inputs[0]!), permutation(v)];
    if (!p || !q || p.length !== q.length || q.every((d, i) => p[d] === i)) return undefined;
    const both = newInts(v, 'perm', q.map((d) => p[d]!));
    return { become: { op: 'Transpose', input: [inner.inputs[0]!.tensor, both.name], attr: { ...v.attr, Tperm: INT32 } }, make: [both] };
  }),
  rule('ReverseV2(x) of axes of one -> x', 'ReverseV2', { inputs: [P.any, { op: 'Const' }] }, (v) => {
    const [x, axes] = [dimsOf(v.inputs[0]), reversed(v)];
    return x && axes && [...axes].every((d) => x[d]! <= 1) ? passOn(v) : undefined;
  }),
  rule('ReverseV2(ReverseV2(x, a), a) -> x', 'ReverseV2', { inputs: [{ op: 'ReverseV2', waits: false }, { op: 'Const' }] }, (v) => {
    const [inner, a, b] = [v.inputs[0]!, reversed(v.inputs[0]!), reversed(v)];
    return a && b && a.size === b.size && [...a].every((d) => b.has(d)) ? { use: inner.inputs[0]!.tensor } : undefined;
  }),
  rule('ReverseV2(ReverseV2(x, a), b) -> ReverseV2(x, either)', 'ReverseV2', { inputs: [{ op: 'ReverseV2', waits: false }, { op: 'Const' }] }, (v) => {
    const [inner, a, b] = [v.inputs[0]!, reversed(v.inputs[0]!), reversed(v)];
    if (!a || !b) return undefined;
    const once = newInts(v, 'axis', [...[...a].filter((d) => !b.has(d)), ...[...b].filter((d) => !a.has(d))].sort((x, y) => x - y));
    return { become: { op: 'ReverseV2', input: [inner.inputs[0]!.tensor, once.name], attr: { ...v.attr, Tidx: INT32 } }, make: [once] };
  }),
  rule('Tile(Tile(x, m), n) -> Tile(x, m of n)', 'Tile', { inputs: [{ op: 'Tile', waits: false }, { op: 'Const' }] }, (v) => {
    const [inner, m, n] = [v.inputs[0]!, numbersOf(v.inputs[0]!.inputs[1]), numbersOf(v.inputs[1])];
    if (!m || m.length !== n?.length || !v.shape.isFullyDefined || !inner.shape.isFullyDefined) return undefined;
    const both = newInts(v, 'multiples', m.map((d, i) => d * n[i]!));
    return { become: { op: 'Tile', input: [inner.inputs[0]!.tensor, both.name], attr: { ...v.attr, Tmultiples: INT32 } }, make: [both] };
  }),
  rule('BroadcastTo(BroadcastTo(x), shape) -> BroadcastTo(x, shape)', 'BroadcastTo', { inputs: [{ op: 'BroadcastTo', waits: false }, { op: 'Const' }] }, (v) => {
    const inner = v.inputs[0]!;
    return inner.inputs[1]?.constant && inner.inputs[0]!.shape.isFullyDefined && v.shape.isFullyDefined && inner.shape.isFullyDefined ? { become: { op: 'BroadcastTo', input: [inner.inputs[0]!.tensor, v.inputs[1]!.tensor], attr: v.attr } } : undefined;
  }),
  rule('Pack(x) -> Reshape(x)', 'Pack', { inputs: [P.any] }, (v) => (v.shape.isFullyDefined && v.inputs[0]!.shape.isFullyDefined && v.shape.ndims === v.inputs[0]!.shape.ndims! + 1 ? asReshape(v, v.inputs[0]!.tensor) : undefined)),
  rule('Unpack(x) of one -> Reshape(x)', 'Unpack', { inputs: [P.any] }, (v) => {
    const x = dimsOf(v.inputs[0]), axis = x && inFront(intOf(v, 'axis'), x.length);
    return x && axis !== undefined && intOf(v, 'num') === 1 && x[axis] === 1 && v.shape.isFullyDefined && sameDims(v.shape.dims as Dims, x.toSpliced(axis, 1)) ? asReshape(v, v.inputs[0]!.tensor) : undefined;
  }),
  rule('Pad(x) by nothing -> x', ['Pad', 'PadV2', 'MirrorPad', 'Slice', 'Tile'], { inputs: P.any }, (v) => (
    all(v.inputs[1], v.op === 'Tile' ? 1 : 0) && (v.op !== 'Slice' || v.inputs[2]!.op === 'Const') && sameShape(v, v.inputs[0]!) && v.dtype === v.inputs[0]!.dtype ? passOn(v) : undefined)),
];
