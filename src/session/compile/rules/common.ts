// What rules ask of nodes, and the nodes they make.
import { int32, type DType } from '../../../graph/dtype.ts';
import { NDArray } from '../../../graph/ndarray.ts';
import { attr, type AttrMap } from '../../../graph/node_def.ts';
import type { Edit, NewNode } from '../../../graph/rewrite.ts';
import { TensorShape } from '../../../graph/shape.ts';
import type { NodeView } from '../../../graph/view.ts';
import { toNumbers } from '../../kernels/common.ts';

export type Dims = readonly number[];
/** The type of the integers that rules make. */
export const INT32 = attr.type(int32);

/** The node's input in its place. */
export const passOn = (v: NodeView): Edit => ({ use: v.inputs[0]!.tensor });

/** Same static shape, fully known. */
export function sameShape(a: NodeView, b: NodeView): boolean { return a.shape.isFullyDefined && a.shape.equals(b.shape); }
/** Input i, when the node has its dtype and shape. */
export function sameAs(v: NodeView, i: number): Edit | undefined { return sameShape(v, v.inputs[i]!) && v.dtype === v.inputs[i]!.dtype ? { use: v.inputs[i]!.tensor } : undefined; }
/** Sizes, when all are known. */
export function dimsOf(v: NodeView | undefined): Dims | undefined { return v?.shape.isFullyDefined ? (v.shape.dims as Dims) : undefined; }
export const sameDims = (a: Dims, b: Dims): boolean => a.length === b.length && a.every((d, i) => d === b[i]);

/** The numbers of a constant of integers. */
export function numbersOf(v: NodeView | undefined): Dims | undefined {
  const c = v?.constant;
  return c?.dtype.isInteger ? toNumbers(c) : undefined;
}
/** The axis a constant names, counted from the front. */
export function axisOf(v: NodeView | undefined, rank: number): number | undefined {
  const d = numbersOf(v);
  return d?.length === 1 ? inFront(d[0]!, rank) : undefined;
}
export function inFront(axis: number, rank: number): number | undefined { const a = axis < 0 ? axis + rank : axis; return a >= 0 && a < rank ? a : undefined; }
/** An integer attr. */
export function intOf(v: NodeView, name: string, otherwise = 0): number { const a = v.attr[name]; return a?.kind === 'i' ? Number(a.value) : otherwise; }

/** A constant that a rule makes for a node. */
export function newConstant(of: NodeView, what: string, value: NDArray): NewNode { return { name: `${of.name}@${what}`, op: 'Const', input: [], device: '', attr: {}, value }; }
export function newInts(of: NodeView, what: string, values: Dims, shape: Dims = [values.length]): NewNode { return newConstant(of, what, new NDArray(int32, shape, Int32Array.from(values))); }
/** A node before another. */
export function newNode(of: NodeView, what: string, op: string, input: readonly string[], attr: AttrMap, dtype: DType, shape: Dims | TensorShape): NewNode {
  return { name: `${of.name}@${what}`, op, input, device: of.def.device, attr, type: { dtype, shape: shape instanceof TensorShape ? shape : new TensorShape(shape) } };
}
/** The node as a Reshape of x to its own shape. */
export function asReshape(v: NodeView, x: string): Edit {
  const shape = { ...newInts(v, 'shape', v.shape.dims as Dims), shapeOf: v.tensor };
  return { become: { op: 'Reshape', input: [x, shape.name], attr: { T: attr.type(v.dtype!), Tshape: INT32 } }, make: [shape] };
}
