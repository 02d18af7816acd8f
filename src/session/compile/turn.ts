// What a node is when the arrays it works on are held with their axes in another order. A row says which of its inputs are
// such arrays (images), which of its outputs, and what its attrs and constant arguments are then. Every element keeps its
// bits: sums take their terms in the same order, or there is no row.
import { attr, type AttrMap } from '../../graph/node_def.ts';
import { int32 } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { toNumbers } from '../kernels/common.ts';
import { dataInputs, type Program, type ProgramNode, shapeOf } from './program.ts';

type Dims = readonly number[];
export interface Turned {
  /** Input positions that are held in the other order; those of lower rank are broadcast. */
  readonly images: readonly number[];
  /** Whether an output is. */
  readonly out: (port: number) => boolean;
  readonly attr?: AttrMap;
  /** Arguments that are other constants then. */
  readonly args?: ReadonlyMap<number, NDArray>;
  /** They have so many numbers for every axis. */
  readonly vectors?: number;
}

/** A node under an order: axis i of what is held is axis `order[i]`. */
class Question {
  readonly #p: Program;
  readonly n: ProgramNode;
  readonly order: Dims;
  readonly inputs: readonly string[];
  constructor(p: Program, n: ProgramNode, order: Dims) {
    this.#p = p;
    this.n = n;
    this.order = order;
    this.inputs = dataInputs(n);
  }
  get rank(): number { return this.order.length; }
  dims(i: number): Dims | undefined { const s = shapeOf(this.#p, this.inputs[i]!); return s.isFullyDefined ? (s.dims as Dims) : undefined; }
  /** The numbers of a constant input. */
  numbers(i: number): Dims | undefined {
    const c = this.#p.constants.get(this.inputs.at(i) ?? '');
    return c?.dtype.isInteger ? toNumbers(c) : undefined;
  }
  /** Where an axis is held. */
  place(axis: number): number | undefined { const d = axis < 0 ? axis + this.rank : axis; return d >= 0 && d < this.rank ? this.order.indexOf(d) : undefined; }
  places(axes: Dims | undefined): Dims | undefined { const p = axes?.map((d) => this.place(d)); return p?.every((d) => d !== undefined) ? (p as Dims) : undefined; }
  /** Whether these axes follow each other in the same order. */
  keeps(axes: ReadonlySet<number>): boolean { return this.order.filter((d) => axes.has(d)).every((d, i, all) => i === 0 || all[i - 1]! < d); }
  list(name: string): Dims | undefined { const a = this.n.attr[name]; return a?.kind === 'list' ? (a.value.i ?? []).map(Number) : undefined; }
  text(name: string): string { const a = this.n.attr[name]; return a?.kind === 's' ? String(a.value) : ''; }
  /** Whether channels are first, and are held last, all else in order. */
  get channelsLast(): boolean { return this.text('data_format').startsWith('NC') && this.order.every((d, i) => d === (i === 0 ? 0 : i === this.rank - 1 ? 1 : i + 1)); }
  get #lastFormat(): AttrMap { return { data_format: attr.s(this.rank === 5 ? 'NDHWC' : 'NHWC') }; }
  /** Attrs with channels last. */
  formatted(): AttrMap {
    const attrs: Record<string, AttrMap[string]> = { ...this.n.attr, ...this.#lastFormat };
    for (const name of ['strides', 'dilations', 'ksize']) { const l = this.list(name); if (l?.length === this.rank) attrs[name] = attr.list({ i: this.order.map((d) => l[d]!) }); }
    const zeros = this.list('explicit_paddings');
    if (zeros?.length === 2 * this.rank) attrs['explicit_paddings'] = attr.list({ i: this.order.flatMap((d) => [zeros[2 * d]!, zeros[2 * d + 1]!]) });
    return attrs;
  }
  /** A vector with one number an axis. */
  vector(i: number, width = 1): NDArray | undefined {
    const v = this.numbers(i);
    return v?.length === width * this.rank ? turnedVector(v, this.order, width) : undefined;
  }
}
/** `width` numbers for each axis, under an order. */
export function turnedVector(v: Dims, order: Dims, width: number): NDArray { return ints(order.flatMap((d) => v.slice(width * d, width * (d + 1))), width === 1 ? [order.length] : [order.length, width]); }
function ints(v: Dims, shape: Dims = [v.length]): NDArray { return new NDArray(int32, shape, Int32Array.from(v)); }
type Row = (q: Question) => Turned | undefined;

const first = (port: number): boolean => port === 0, every = (): boolean => true, none = (): boolean => false;
const elementwise: Row = (q) => ({ images: q.inputs.map((_, i) => i), out: every });
/** Channels first become channels last. */
const windows = (images: readonly number[], out: Turned['out'], sizes?: number): Row => (q) => {
  if (!q.channelsLast) return undefined;
  const given = sizes === undefined ? undefined : q.vector(sizes);
  return sizes === undefined || given ? { images, out, attr: q.formatted(), ...(given ? { args: new Map([[sizes!, given]]), vectors: 1 } : {}) } : undefined;
};
/** One argument that has a number (`width` numbers) for every axis. */
const arguments_ = (at: readonly number[], width = 1): Row => (q) => {
  const args = new Map<number, NDArray>();
  for (const i of at) { const v = q.vector(i, width); if (!v) return undefined; args.set(i, v); }
  return { images: [0], out: every, args, vectors: width };
};
/** An axis that is an argument. */
const axis = (at: number, images: (n: number) => readonly number[], scalar = true): Row => (q) => {
  const i = at < 0 ? q.inputs.length + at : at, places = q.places(q.numbers(i));
  return places ? { images: images(q.inputs.length), out: every, args: new Map([[i, ints(places, scalar ? [] : [places.length])]]) } : undefined;
};
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const fold: Row = (q) => {
  const axes = q.numbers(1), places = q.places(axes);
  if (!places) return undefined;
  const gone = new Set(axes!.map((d) => (d < 0 ? d + q.rank : d))), keep = q.n.attr['keep_dims']?.value === true;
  const rest = new Set(range(0, q.rank).filter((d) => !gone.has(d)));
  return q.keeps(gone) && (keep || q.keeps(rest)) ? { images: [0], out: keep ? every : none, args: new Map([[1, ints([...places].sort((a, b) => a - b))]]) } : undefined;
};
/** The axis of the channels of a bias. */
const bias = (out: Turned['out'], sums: boolean): Row => (q) => {
  const channel = q.text('data_format').startsWith('NC') ? 1 : q.rank - 1, at = q.place(channel)!;
  if ((at !== 1 && at !== q.rank - 1) || (sums && !q.keeps(new Set(range(0, q.rank).filter((d) => d !== channel))))) return undefined;
  return { images: [0], out, attr: { ...q.n.attr, data_format: attr.s(at === q.rank - 1 ? 'NHWC' : 'NCHW') } };
};

const ELEMENTWISE = `Neg Abs Sign Square Sqrt Rsqrt Reciprocal Inv Exp Expm1 Log Log1p Tanh Sigmoid Sin Cos Tan Relu Relu6 Elu Selu Softplus Softsign LeakyRelu Floor Ceil Round Rint Erf LogicalNot Invert
 Cast Identity Snapshot StopGradient PreventGradient ZerosLike OnesLike IsNan IsInf IsFinite
 Add AddV2 Sub Mul RealDiv Div DivNoNan Maximum Minimum SquaredDifference Pow Greater GreaterEqual Less LessEqual Equal NotEqual LogicalAnd LogicalOr AddN AccumulateNV2 SelectV2
 ReluGrad Relu6Grad EluGrad SeluGrad LeakyReluGrad SoftplusGrad SoftsignGrad TanhGrad SigmoidGrad SqrtGrad RsqrtGrad ReciprocalGrad InvGrad`.split(/\s+/);
/** Ops that make an element of those at its place, of whatever broadcasts. */
export const ELEMENT_BY_ELEMENT: ReadonlySet<string> = new Set(ELEMENTWISE);
const ROWS: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(ELEMENTWISE.map((op) => [op, elementwise])),
  // A condition of one axis chooses rows.
  Select: (q) => { const c = q.dims(0); return c && (c.length === 0 || c.length === q.rank) ? elementwise(q) : undefined; },
  BiasAdd: bias(every, false), BiasAddGrad: bias(none, true),
  ...Object.fromEntries(['Sum', 'Mean', 'Prod', 'Max', 'Min', 'All', 'Any'].map((op) => [op, fold])),
  Conv2D: windows([0], every), Conv2DBackpropInput: windows([2], every, 0), Conv2DBackpropFilter: windows([0, 2], none),
  DepthwiseConv2dNative: windows([0], every), DepthwiseConv2dNativeBackpropInput: windows([2], every, 0), DepthwiseConv2dNativeBackpropFilter: windows([0, 2], none),
  Conv3D: windows([0], every), Conv3DBackpropInputV2: windows([2], every, 0), Conv3DBackpropFilterV2: windows([0, 2], none),
  MaxPool: windows([0], every), MaxPoolGrad: windows([0, 1, 2], every), AvgPool: windows([0], every), AvgPoolGrad: windows([1], every, 0),
  FusedBatchNorm: windows([0], first), FusedBatchNormV2: windows([0], first), FusedBatchNormV3: windows([0], first),
  FusedBatchNormGrad: windows([0, 1], first), FusedBatchNormGradV2: windows([0, 1], first), FusedBatchNormGradV3: windows([0, 1], first),
  Slice: arguments_([1, 2]), Tile: arguments_([1]), BroadcastTo: (q) => (q.dims(0)?.length === q.rank ? arguments_([1])(q) : undefined),
  Pad: arguments_([1], 2), PadV2: arguments_([1], 2), MirrorPad: arguments_([1], 2),
  ConcatV2: axis(-1, (n) => range(0, n - 1)), Concat: axis(0, (n) => range(1, n)), Split: axis(0, () => [1]), SplitV: axis(2, () => [0]), ReverseV2: axis(1, () => [0], false),
};
/** Ops that turn channels first round, and back, where the engine computes with channels last. */
export const CHANNEL_OPS: ReadonlySet<string> = new Set(Object.keys(ROWS).filter((op) => /Conv|Pool|BatchNorm/.test(op)));

/** The node under an order of the axes of what it works on; undefined: it has to be as it is. */
export function turned(p: Program, n: ProgramNode, order: Dims): Turned | undefined {
  const row = ROWS[n.op];
  if (!row) return undefined;
  const q = new Question(p, n, order), t = row(q), outs = p.types.get(n.name)!;
  if (!t) return undefined;
  const held = (s: (typeof outs)[number]['shape']): boolean => s.isFullyDefined && s.ndims === order.length;
  if (!outs.every((o, port) => !t.out(port) || held(o.shape))) return undefined;
  // Some input is an image of that rank; others may broadcast.
  const shapes = t.images.map((i) => shapeOf(p, q.inputs[i]!));
  return shapes.every((s) => s.isFullyDefined && s.ndims! <= order.length) && shapes.some((s) => s.ndims === order.length) && (!CHANNEL_OPS.has(n.op) || shapes.every((s) => s.ndims === order.length)) ? t : undefined;
}
