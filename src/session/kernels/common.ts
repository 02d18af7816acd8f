// Small helpers every kernel file uses: attrs with TF's defaults, shapes and strides, index tensors as plain numbers.
import { type DType } from '../../graph/dtype.ts';
import { InternalFault, InvalidArgumentError } from '../../graph/errors.ts';
import { type AttrInt, type AttrValue, type ListAttr } from '../../graph/node_def.ts';
import { NDArray, allocate, countOf } from '../../graph/ndarray.ts';
import { type KernelNode } from './kernel.ts';

type Kind = AttrValue['kind'];
type ValueOf<K extends Kind> = Extract<AttrValue, { kind: K }>['value'];

/** Value of an attr of a known kind; `fallback` stands for TF's default where the NodeDef leaves it out. */
export function attrOf<K extends Kind>(node: KernelNode, name: string, kind: K, fallback?: ValueOf<K>): ValueOf<K> {
  const a = node.attr[name];
  if (a === undefined) {
    if (fallback !== undefined) return fallback;
    throw new InvalidArgumentError(`NodeDef missing attr '${name}' from Op<name=${node.op}>`);
  }
  if (a.kind !== kind) throw new InternalFault(`attr ${name} of ${node.op} is a ${a.kind}, not a ${kind}`);
  return a.value as ValueOf<K>;
}

export function boolAttr(node: KernelNode, name: string, fallback?: boolean): boolean { return attrOf(node, name, 'b', fallback); }
export function floatAttr(node: KernelNode, name: string, fallback?: number): number { return attrOf(node, name, 'f', fallback); }
export function intAttr(node: KernelNode, name: string, fallback?: number): number { return Number(attrOf(node, name, 'i', fallback)); }
/** An int64 attr without loss (seeds). */
export function int64Attr(node: KernelNode, name: string, fallback: bigint): bigint { return BigInt(attrOf<'i'>(node, name, 'i', fallback as AttrInt)); }
export function typeAttr(node: KernelNode, name: string, fallback?: DType): DType { return attrOf(node, name, 'type', fallback).baseDtype; }
export function stringAttr(node: KernelNode, name: string, fallback?: string): string {
  const s = attrOf(node, name, 's', fallback);
  return typeof s === 'string' ? s : new TextDecoder().decode(s);
}
/** A list(int) attr; an absent one is empty. */
export function intsAttr(node: KernelNode, name: string): number[] {
  const list: ListAttr = attrOf(node, name, 'list', {});
  return (list.i ?? []).map(Number);
}

/** The error of a kernel that cannot take its inputs. */
export function invalid(text: string): InvalidArgumentError { return new InvalidArgumentError(text); }

/** n copies of a value. */
export function repeat<T>(n: number, value: T): T[] { return Array.from({ length: countOf(n) }, () => value); }

/** 0, 1, ..., n - 1. */
export function intsUpTo(n: number): number[] { return Array.from({ length: countOf(n) }, (_, i) => i); }

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number { let n = 1; for (const d of shape) n *= d; return n; }

/** Row-major strides in elements. */
export function stridesOf(shape: readonly number[]): number[] {
  const s = repeat(shape.length, 1);
  let n = 1;
  for (let i = shape.length - 1; i >= 0; i--) { s[i] = n; n *= shape[i]!; }
  return s;
}

/** Calls f with every index of a box, in order. */
export function eachIndex(dims: readonly number[], f: (at: readonly number[]) => void): void {
  const at = dims.map(() => 0);
  if (dims.includes(0)) return;
  for (;;) {
    f(at);
    let d = dims.length - 1;
    while (d >= 0 && at[d] === dims[d]! - 1) at[d--] = 0;
    if (d < 0) return;
    at[d]!++;
  }
}

/** TensorShape::DebugString: `[2,3]`. */
export function shapeText(shape: readonly number[]): string { return `[${shape.join(',')}]`; }

export function sameShape(a: readonly number[], b: readonly number[]): boolean { return a.length === b.length && a.every((d, i) => d === b[i]); }

/** The elements of an index tensor (int32 or int64, any integer type) as numbers, flat. */
export function toNumbers(a: NDArray): number[] {
  const d = a.data as ArrayLike<number | bigint>;
  const out = repeat(d.length, 0);
  for (let i = 0; i < d.length; i++) out[i] = Number(d[i]!);
  return out;
}
export function toNumber(a: NDArray): number { return Number((a.data as ArrayLike<number | bigint>)[0]!); }

/** SliceDebugString: a flat position as TF prints it, `[1,0]`; nothing in a scalar. */
export function indexText(flat: number, shape: readonly number[]): string {
  const at: number[] = [];
  for (let d = shape.length - 1, k = flat; d >= 0; d--) { at.unshift(k % shape[d]!); k = Math.floor(k / shape[d]!); }
  return at.length === 0 ? '' : `[${at.join(',')}]`;
}
/** Index vectors (the last axis of `indices`, `depth` long) as flat positions among the first `depth` axes of `shape`; `what` is what messages call that shape. */
export function flatIndices(indices: NDArray, depth: number, shape: readonly number[], what: string): number[] {
  const outer = indices.shape.slice(0, -1), strides = stridesOf(shape.slice(0, depth)), v = toNumbers(indices);
  return Array.from({ length: sizeOf(outer) }, (_, k) => {
    let flat = 0;
    for (let j = 0; j < depth; j++) {
      const i = v[k * depth + j]!;
      if (!(i >= 0 && i < shape[j]!)) throw invalid(`indices${indexText(k, outer)} = [${v.slice(k * depth, (k + 1) * depth).join(', ')}] does not index into ${what} ${shapeText(shape)}`);
      flat += i * strides[j]!;
    }
    return flat;
  });
}

/** An index tensor of the given integer dtype. */
export function fromNumbers(dtype: DType, shape: readonly number[], values: ArrayLike<number>): NDArray {
  const data = allocate(dtype, values.length) as Int32Array;
  if (dtype.storage === 'i64' || dtype.storage === 'u64') for (let i = 0; i < values.length; i++) (data as unknown as BigInt64Array)[i] = BigInt(values[i]!);
  else data.set(values);
  return new NDArray(dtype, shape, data);
}

/** Zeroed (for strings: empty) array. */
export function zeros(dtype: DType, shape: readonly number[]): NDArray { return new NDArray(dtype, shape, allocate(dtype, sizeOf(shape))); }

/** Resolves a possibly negative axis. */
export function normalAxis(axis: number, rank: number, text: () => string): number {
  const a = axis < 0 ? axis + rank : axis;
  if (!(a >= 0 && a < rank)) throw new InvalidArgumentError(text());
  return a;
}

/** Numpy's broadcast of two shapes; undefined if they do not broadcast. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out = repeat(rank, 1);
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) return undefined;
    out[i] = x === 1 ? y : x;
  }
  return out;
}

/** Strides that read an array of shape `from` as if it had the (broadcast) shape `to`: 0 where it repeats. */
export function broadcastStrides(from: readonly number[], to: readonly number[]): number[] {
  const own = stridesOf(from);
  return to.map((_, i) => {
    const j = i - (to.length - from.length);
    return j < 0 || from[j] === 1 ? 0 : own[j]!;
  });
}
