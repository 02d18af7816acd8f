// Broadcasting: broadcast_to and what gradients of broadcasting ops are made of. Follows array_ops.py, array_grad.py,
// math_grad.py (SmartBroadcastGradientArgs) and core/util/bcast.h.
import { getDefaultGraph, type Graph } from '../graph/graph.ts';
import type { Dim } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { api } from './api.ts';
import { shapeTensor } from './array_shape.ts';
import { grad1, inputOf, int32Vector, knownShape, sameDims } from './building.ts';
import type { TensorLike } from './convert.ts';
import { applyOp, op1 } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { replaceDim, vector } from './shape_fns.ts';

defineOp('BroadcastTo', {
  shape: (c) => {
    c.withRank(c.input(1), 1);
    let out = c.valueAsShape(1);
    const s = c.input(0);
    if (out.dims === null || s.dims === null) return [out];
    if (out.dims.length < s.dims.length) c.fail(`Cannot broadcast a tensor with shape ${s.debug} shape ${out.debug}`);
    const offset = out.dims.length - s.dims.length;
    for (let i = s.dims.length - 1; i >= 0; i--) {
      const d = s.dims[i]!;
      if (d !== null && d > 1) out = replaceDim(out, offset + i, c.mergeDim(d, out.dims![offset + i]!));
    }
    return [out];
  },
  grad: grad1((op, g) => {
    const shape = shapeTensor(inputOf(op, 0));
    const axes = applyOp('BroadcastGradientArgs', [inputOf(op, 1), shape]).outputs[1]!;
    return [op1('Reshape', [op1('Sum', [g, axes], { keep_dims: true }), shape]), null];
  }),
  // TensorFlow.js has no kernel for it on any backend: it tiles.
  tfjs: { kernel: 'Tile', inputs: { x: 0 }, exact: true, attrs: (n) => {
    const [to, from] = [n.constant(1), n.inputShapes[0]!];
    if (to?.size !== from.length) return undefined;
    const reps = from.map((d, i) => Number(to.flat(i)) / d);
    return reps.every(Number.isInteger) ? { reps } : undefined;
  } },
});
/** `tf.broadcast_to`: the input repeated to fill `shape` by numpy's rules. */
export const broadcastTo = api('broadcastTo', ['input', 'shape', 'name'], (p: { input: TensorLike; shape: TensorLike; name?: string | null }) => op1('BroadcastTo', [p.input, p.shape], undefined, p.name), { required: 2 });

defineOp('BroadcastArgs', {
  shape: (c) => {
    const [a, b] = [c.withRank(c.input(0), 1).dims![0]!, c.withRank(c.input(1), 1).dims![0]!];
    return [vector(a === null || b === null ? null : Math.max(a, b))];
  },
});
/** `tf.broadcast_dynamic_shape`: the broadcast of two shape vectors. */
export const broadcastDynamicShape = api('broadcastDynamicShape', ['shapeX', 'shapeY'], (p: { shapeX: TensorLike; shapeY: TensorLike }) => op1('BroadcastArgs', [p.shapeX, p.shapeY]), { required: 2 });

defineOp('BroadcastGradientArgs', { shape: (c) => { c.withRank(c.input(0), 1); c.withRank(c.input(1), 1); return [vector(null), vector(null)]; }, grad: null });

/** The axes over which the gradients of two broadcast operands are summed. */
export function broadcastReductions(x: readonly number[], y: readonly number[]): [x: number[], y: number[]] {
  const [rx, ry]: [number[], number[]] = [[], []];
  if (sameDims(x, y)) return [rx, ry];
  const n = Math.max(x.length, y.length);
  for (let i = 0; i < n; i++) {
    const [a, b] = [x[i - n + x.length] ?? 1, y[i - n + y.length] ?? 1];
    if (a === 1) rx.push(i);
    if (b === 1) ry.push(i);
  }
  return [rx, ry];
}

/** How the gradient of one operand is brought back to its shape. */
export interface BroadcastOperand { readonly shape: TensorLike; readonly axes: TensorLike; readonly reduce: boolean }
const CACHE: unique symbol = Symbol('tfgraph.broadcastGradientArgs');
function cacheOf(graph: Graph): Map<string, [number[], number[]]> { return graph.extra(CACHE, () => new Map<string, [number[], number[]]>()); }

/** `SmartBroadcastGradientArgs`: with static shapes the axes are computed now (once per pair of shapes and graph; the
 * nodes stay behind as in TF) and operands of the gradient's own shape are left alone. */
export function broadcastOperands(x: Tensor, y: Tensor, grad: Tensor): [BroadcastOperand, BroadcastOperand] {
  const [sx, sy] = [knownShape(x), knownShape(y)];
  if (!sx || !sy) return broadcastOperandsAtRun(x, y, false);
  const g: readonly Dim[] | null = grad.shape.dims;
  const differs = (s: readonly number[]): boolean => g === null || !sameDims(s, g);
  const cache = cacheOf(getDefaultGraph());
  const key = `${sx.join(',')};${sy.join(',')}`;
  let axes = cache.get(key);
  if (!axes) {
    applyOp('BroadcastGradientArgs', [int32Vector(sx), int32Vector(sy)]);
    cache.set(key, axes = broadcastReductions(sx, sy));
  }
  return [
    { shape: int32Vector(sx), axes: int32Vector(axes[0]), reduce: differs(sx) },
    { shape: int32Vector(sy), axes: int32Vector(axes[1]), reduce: differs(sy) },
  ];
}
/** The plain form: shapes and axes as tensors. */
export function broadcastOperandsAtRun(x: Tensor, y: Tensor, optimize = true): [BroadcastOperand, BroadcastOperand] {
  const sx = shapeTensor(x, { optimize });
  const sy = shapeTensor(y, { optimize });
  const r = applyOp('BroadcastGradientArgs', [sx, sy]).outputs;
  return [{ shape: sx, axes: r[0]!, reduce: true }, { shape: sy, axes: r[1]!, reduce: true }];
}
/** Sums a gradient over the broadcast axes and gives it the operand's shape. */
export function reduceTo(g: Tensor, to: BroadcastOperand): Tensor { return op1('Reshape', [op1('Sum', [g, to.axes]), to.shape]); }
