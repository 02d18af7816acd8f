// What a shape function sees: static input shapes, attrs, inputs whose values are known while building. Errors carry
// TF's text with its suffix (op name, type, input shapes). Follows core/framework/shape_inference.{h,cc}.
import { ValueError } from '../graph/errors.ts';
import type { AttrValue } from '../graph/node_def.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type Dim, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import type { DType } from '../graph/dtype.ts';
import { evaluateConstant, evaluateShape } from './constant_value.ts';

/** Static shapes of the outputs from what is known of the inputs. */
export type ShapeFn = (c: ShapeContext) => readonly TensorShape[];

export class ShapeContext {
  readonly op: Operation;
  readonly #asValue = new Map<number, NDArray>();
  readonly #asShape = new Map<number, TensorShape>();
  constructor(op: Operation) { this.op = op; }

  get numInputs(): number { return this.op.inputs.length; }
  /** Static shape of an input. */
  input(i: number): TensorShape { return this.op.inputs[i]!.shape; }
  inputs(): readonly Tensor[] { return this.op.inputs; }
  dtype(i: number): DType { return this.op.inputs[i]!.dtype; }
  /** Value of an input when its sub-graph is constant. */
  value(i: number): NDArray | undefined {
    const v = evaluateConstant(this.op.inputs[i]!);
    if (v) this.#asValue.set(i, v);
    return v;
  }
  /** A shape-valued input (rank-1 ints) as a static shape: -1 and unknown elements become null. */
  valueAsShape(i: number): TensorShape {
    const s = evaluateShape(this.op.inputs[i]!);
    if (s.dims !== null) this.#asShape.set(i, s);
    return s;
  }

  attr(name: string): AttrValue {
    const a = this.op.attr(name);
    if (!a) throw new ValueError(`No attr named '${name}' in ${this.op.name}`);
    return a;
  }
  int(name: string): number { const a = this.attr(name); return a.kind === 'i' ? Number(a.value) : 0; }
  bool(name: string): boolean { const a = this.attr(name); return a.kind === 'b' && a.value; }
  str(name: string): string { const a = this.attr(name); return a.kind === 's' ? String(a.value) : ''; }
  ints(name: string): number[] { const a = this.attr(name); return a.kind === 'list' ? (a.value.i ?? []).map(Number) : []; }
  shapeAttr(name: string): TensorShape { const a = this.attr(name); return a.kind === 'shape' ? a.value : UNKNOWN_SHAPE; }

  /** Throws ValueError with TF's text and TF's suffix. */
  fail(text: string): never {
    const { op } = this;
    let s = `${text} for '${op.name}' (op: '${op.type}') with input shapes: ${op.inputs.map((t) => t.shape.debug).join(', ')}`;
    const values = [...this.#asValue].filter(([i]) => !this.#asShape.has(i)).sort(([i], [j]) => i - j).map(([i, v]) => `input[${i}] = <${summarize(v)}>`);
    if (values.length > 0) s += ` and with computed input tensors: ${values.join(', ')}`;
    const shapes = [...this.#asShape].sort(([i], [j]) => i - j).map(([i, v]) => `input[${i}] = ${v.debug}`);
    if (shapes.length > 0) s += ` and with input tensors computed as partial shapes: ${shapes.join(',')}`;
    throw new ValueError(`${s}.`, { node: op.name, op: op.type, site: op.site?.location });
  }

  /** The shape itself when its rank is right or unknown (then of that rank); TF's text otherwise. */
  withRank(s: TensorShape, rank: number, context = ''): TensorShape {
    if (s.dims === null) return new TensorShape(Array<Dim>(rank).fill(null));
    if (s.dims.length !== rank) this.fail(`Shape must be rank ${rank} but is rank ${s.dims.length}${context}`);
    return s;
  }
  withRankAtLeast(s: TensorShape, rank: number): TensorShape {
    if (s.dims !== null && s.dims.length < rank) this.fail(`Shape must be at least rank ${rank} but is rank ${s.dims.length}`);
    return s;
  }
  withRankAtMost(s: TensorShape, rank: number): TensorShape {
    if (s.dims !== null && s.dims.length > rank) this.fail(`Shape must be at most rank ${rank} but is rank ${s.dims.length}`);
    return s;
  }
  /** A size that must have a value. */
  withValue(d: Dim, value: number): number {
    if (d !== null && d !== value) this.fail(`Dimension must be ${value} but is ${d}`);
    return value;
  }
  /** Two sizes that must agree: the known one. */
  mergeDim(a: Dim, b: Dim): Dim {
    if (a === null) return b;
    if (b === null || a === b) return a;
    return this.fail(`Dimensions must be equal, but are ${a} and ${b}`);
  }
  /** Two shapes that must agree; `context` is appended to TF's text. */
  merge(a: TensorShape, b: TensorShape, context = ''): TensorShape {
    if (a.dims === null) return b;
    if (b.dims === null) return a;
    if (a.dims.length !== b.dims.length) this.fail(`Shapes must be equal rank, but are ${a.dims.length} and ${b.dims.length}${context}`);
    return new TensorShape(a.dims.map((d, i) => {
      const e = b.dims![i]!;
      if (d !== null && e !== null && d !== e) this.fail(`Dimension ${i} in both shapes must be equal, but are ${d} and ${e}. Shapes are ${a.debug} and ${b.debug}.${context}`);
      return d ?? e;
    }));
  }
}

/** C++'s Tensor::SummarizeValue. */
function summarize(v: NDArray): string {
  const flat = Array.from({ length: Math.min(v.size, 256) }, (_, i) => String(v.flat(i)));
  if (v.shape.length <= 1) return flat.join(' ');
  let k = 0;
  const build = (axis: number): string => {
    if (axis === v.shape.length - 1) return `[${flat.slice(k, k += v.shape[axis]!).join(' ')}]`;
    return `[${Array.from({ length: v.shape[axis]! }, () => build(axis + 1)).join('')}]`;
  };
  return Array.from({ length: v.shape[0]! }, () => build(1)).join('');
}
