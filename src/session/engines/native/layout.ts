// NCHW in NHWC, or the other way round: TensorFlow's CPU kernels are made for channels last and cuDNN for channels first, so
// what the graph has otherwise is computed turned, with transposes only at the borders. Whether a node is turned depends on
// its ancestors alone (their forms, constants and shapes), never on who uses it: bits do not depend on the fetch set.
//
// A value has one form it is made in: as in the graph, or `turned`. Convolutions and pools of the graph's format make turned
// values; elementwise ops, reductions and moves keep the form of what they get.
import { int32 } from '../../../graph/dtype.ts';
import { attr, type AttrMap, type AttrValue } from '../../../graph/node_def.ts';
import { NDArray } from '../../../graph/ndarray.ts';
import type { KernelStep, Slot, SlotInfo } from '../../plan.ts';
import type { Body, Ref } from './body.ts';

/** What the pass may ask of the call it works for. */
export interface LayoutContext {
  readonly body: Body;
  /** The value in the graph's form. */
  readonly ref: (x: Slot) => Ref;
  readonly slot: (x: Slot) => SlotInfo;
  readonly constant: (x: Slot) => NDArray | undefined;
}

/** From which format to which. */
export interface Turn {
  readonly from: 'NCHW' | 'NHWC';
  readonly to: 'NCHW' | 'NHWC';
  /** Where each axis of the turned form comes from, and the way back. */
  readonly turn: readonly number[];
  readonly back: readonly number[];
  /** The same of values without N. */
  readonly inner: readonly number[];
  /** The axes H and W in the graph. */
  readonly wide: readonly [number, number];
}
export const TO_LAST: Turn = { from: 'NCHW', to: 'NHWC', turn: [0, 2, 3, 1], back: [0, 3, 1, 2], inner: [1, 2, 0], wide: [2, 3] };
export const TO_FIRST: Turn = { from: 'NHWC', to: 'NCHW', turn: [0, 3, 1, 2], back: [0, 2, 3, 1], inner: [2, 0, 1], wide: [1, 2] };
const turned = <T>(list: readonly T[], turn: readonly number[]): T[] => turn.map((a) => list[a]!);

const CONVS = new Set(['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'DepthwiseConv2dNative', 'DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter', 'MaxPool', 'MaxPoolGrad', 'AvgPool', 'AvgPoolGrad']);
const ELEMENTWISE = new Set([
  'Identity', 'Snapshot', 'StopGradient', 'PreventGradient', 'Cast', 'Abs', 'Neg', 'Square', 'Sqrt', 'Rsqrt', 'Reciprocal', 'Inv', 'Exp', 'Expm1', 'Log', 'Log1p', 'Tanh', 'Sigmoid', 'Sign', 'Erf',
  'Relu', 'Relu6', 'Elu', 'Selu', 'LeakyRelu', 'Softplus', 'Softsign', 'ZerosLike', 'OnesLike', 'Floor', 'Ceil', 'Round', 'LogicalNot',
  'Add', 'AddV2', 'AddN', 'Sub', 'Mul', 'Div', 'RealDiv', 'MulNoNan', 'DivNoNan', 'Maximum', 'Minimum', 'SquaredDifference', 'Pow', 'FloorDiv', 'FloorMod', 'Less', 'LessEqual', 'Greater', 'GreaterEqual', 'Equal', 'NotEqual', 'LogicalAnd', 'LogicalOr',
  'ReluGrad', 'Relu6Grad', 'EluGrad', 'SeluGrad', 'LeakyReluGrad', 'SoftplusGrad', 'SoftsignGrad', 'TanhGrad', 'SigmoidGrad', 'SqrtGrad', 'RsqrtGrad', 'ReciprocalGrad', 'InvGrad', 'Select',
]);
const REDUCTIONS = new Set(['Sum', 'Mean', 'Max', 'Min', 'Prod', 'All', 'Any']);
/** Moves whose other inputs are vectors with one entry an axis. */
const PER_AXIS = new Set(['Slice', 'Pad', 'PadV2', 'MirrorPad', 'Tile']);

export class Layout {
  readonly #c: LayoutContext;
  /** Turned forms: those values are made in, and those made of others for somebody who wants them. */
  readonly #turned = new Map<Slot, Ref>();
  readonly #made = new Set<Slot>();
  /** Values with a turned one among their ancestors. */
  readonly #near = new Set<Slot>();

  readonly #t: Turn;

  constructor(c: LayoutContext, turn: Turn) {
    this.#c = c;
    this.#t = turn;
  }

  /** The value in the graph's form, when it is made turned. */
  back(x: Slot): Ref | undefined {
    return this.#made.has(x) ? this.#transpose(this.#turned.get(x)!, this.#t.back, 'back') : undefined;
  }

  /** Adds the step's node turned, if that is how it is made. `add` adds a node for these inputs. */
  take(s: KernelStep, add: (inputs: readonly Ref[], attrs: AttrMap) => (k: number) => Ref): boolean {
    if (s.inputs.some((x) => this.#near.has(x))) for (const o of s.outputs) this.#near.add(o);
    const made = this.#conv(s, add) ?? this.#bias(s, add) ?? this.#elementwise(s, add) ?? this.#reduction(s, add) ?? this.#perAxis(s, add) ?? this.#concat(s, add) ?? this.#reshape(s, add);
    return made ?? false;
  }

  // --- kinds of nodes: true when made, undefined when not theirs ------------------------------------------------------
  #conv(s: KernelStep, add: Add): true | undefined {
    if (!CONVS.has(s.node.op) || !this.#isFrom(s) || !s.inputs.concat(s.outputs).every((x) => this.#c.slot(x).shape.ndims !== null)) return undefined;
    const [op, filter] = [s.node.op, /^(Depthwise)?[Cc]onv2d/i.test(s.node.op)];
    const sizes = op === 'AvgPoolGrad' || op.endsWith('BackpropInput') ? 0 : -1; // the input that is a shape
    const plain = filter ? 1 : -1; // filters and their shapes stay
    const inputs = s.inputs.map((x, i) => (i === sizes ? this.#vector(x) : i === plain ? this.#c.ref(x) : this.#turn(x)));
    const out = add(inputs, this.#attrs(s.node.attr));
    if (op.endsWith('BackpropFilter')) return this.#plain(s, out);
    return this.#put(s, out);
  }
  #bias(s: KernelStep, add: Add): true | undefined {
    if ((s.node.op !== 'BiasAdd' && s.node.op !== 'BiasAddGrad') || !this.#isFrom(s) || !this.#made.has(s.inputs[0]!)) return undefined;
    const out = add([this.#turn(s.inputs[0]!), ...s.inputs.slice(1).map((x) => this.#c.ref(x))], this.#attrs(s.node.attr));
    return s.node.op === 'BiasAdd' ? this.#put(s, out) : this.#plain(s, out);
  }
  #elementwise(s: KernelStep, add: Add): true | undefined {
    if (!ELEMENTWISE.has(s.node.op) || !s.inputs.some((x) => this.#made.has(x))) return undefined;
    const forms: Ref[] = [];
    for (const x of s.inputs) {
      const { ndims, numElements } = this.#c.slot(x).shape;
      // A vector is one value a channel only where channels come last; what broadcasts along W is rare, and stays as it is.
      if (ndims === 4) forms.push(this.#turn(x));
      else if (ndims === 3) forms.push(this.#transpose(this.#c.ref(x), this.#t.inner, 'turn'));
      else if (ndims !== null && ndims < 3 && numElements === 1) forms.push(this.#c.ref(x));
      else if (ndims === 1 && this.#t.from === 'NHWC' && s.node.op !== 'Select') forms.push(this.#channels(x));
      else return undefined;
    }
    return this.#put(s, add(forms, s.node.attr));
  }
  #reduction(s: KernelStep, add: Add): true | undefined {
    const axes = this.#numbers(s.inputs[1]);
    if (!REDUCTIONS.has(s.node.op) || !this.#made.has(s.inputs[0]!) || !axes) return undefined;
    const at = axes.map((a) => this.#t.back[a < 0 ? a + 4 : a]!);
    const keep = s.node.attr['keep_dims'];
    const keeps = keep?.kind === 'b' && keep.value;
    // Axes that stay must stay in order.
    const rest = [0, 1, 2, 3].map((a) => this.#t.back[a]!).filter((a) => !at.includes(a));
    if (!keeps && rest.some((a, i) => i > 0 && a < rest[i - 1]!)) return undefined;
    const out = add([this.#turn(s.inputs[0]!), this.#c.body.constant(`${s.nodes[0]!}/axes`, ints(at))], s.node.attr);
    return keeps ? this.#put(s, out) : this.#plain(s, out);
  }
  #perAxis(s: KernelStep, add: Add): true | undefined {
    if (!PER_AXIS.has(s.node.op) || this.#c.slot(s.inputs[0]!).shape.ndims !== 4) return undefined;
    const spread = s.node.op === 'Tile' && this.#near.has(s.inputs[0]!); // the gradient of a mean
    if (!this.#made.has(s.inputs[0]!) && !spread) return undefined;
    const others = s.inputs.slice(1).map((x) => { const n = this.#numbers(x); return n && n.length % 4 === 0 ? this.#c.body.constant(`${s.nodes[0]!}/turned`, turnedRows(this.#c.constant(x)!, this.#t.turn)) : this.#c.slot(x).shape.ndims === 0 ? this.#c.ref(x) : undefined; });
    if (others.some((r) => r === undefined)) return undefined;
    return this.#put(s, add([this.#turn(s.inputs[0]!), ...(others as Ref[])], s.node.attr));
  }
  #concat(s: KernelStep, add: Add): true | undefined {
    if (s.node.op !== 'ConcatV2') return undefined;
    const values = s.inputs.slice(0, -1), axis = this.#numbers(s.inputs.at(-1));
    if (!axis || !values.some((x) => this.#made.has(x))) return undefined;
    const at = this.#t.back[axis[0]! < 0 ? axis[0]! + 4 : axis[0]!]!;
    return this.#put(s, add([...values.map((x) => this.#turn(x)), this.#c.body.constant(`${s.nodes[0]!}/axis`, new NDArray(int32, [], Int32Array.of(at)))], s.node.attr));
  }
  /** [C] or [1,C] to [1,C,1,1], [1,1,1,C] and the like: no element moves, whichever form. */
  #reshape(s: KernelStep, add: Add): true | undefined {
    const dims = this.#c.slot(s.outputs[0] ?? -1)?.shape.dims;
    if (s.node.op !== 'Reshape' || !this.#near.has(s.inputs[0]!) || dims?.length !== 4 || this.#t.wide.some((a) => dims[a] !== 1) || dims.includes(null)) return undefined;
    return this.#put(s, add([this.#c.ref(s.inputs[0]!), this.#c.body.constant(`${s.nodes[0]!}/turned`, ints(turned(dims as number[], this.#t.turn)))], s.node.attr));
  }

  // --- forms ---------------------------------------------------------------------------------------------------------
  #put(s: KernelStep, out: (k: number) => Ref): true {
    s.outputs.forEach((o, k) => { this.#turned.set(o, out(k)); this.#made.add(o); this.#near.add(o); });
    return true;
  }
  /** Results that have no axes to turn. */
  #plain(s: KernelStep, out: (k: number) => Ref): true {
    s.outputs.forEach((o, k) => { this.plain.set(o, out(k)); this.#near.add(o); });
    return true;
  }
  /** Results in the graph's form of nodes that were made here. */
  readonly plain = new Map<Slot, Ref>();

  #turn(x: Slot): Ref {
    let r = this.#turned.get(x);
    if (!r) this.#turned.set(x, r = this.#transpose(this.#c.ref(x), this.#t.turn, 'turn'));
    return r;
  }
  #transpose(r: Ref, perm: readonly number[], what: string): Ref {
    const name = r.text.split(':')[0]!;
    return this.#c.body.add('Transpose', `${name}/${what}`, [r, this.#c.body.constant(`${name}/${what}/perm`, ints(perm))], {}).out(0);
  }
  /** A value for each channel, beside values whose channels come first. */
  #channels(x: Slot): Ref {
    const r = this.#c.ref(x), name = `${r.text.split(':')[0]!}/channels`;
    return this.#c.body.add('Reshape', name, [r, this.#c.body.constant(`${name}/shape`, ints([-1, 1, 1]))], {}).out(0);
  }
  #isFrom(s: KernelStep): boolean {
    const f = s.node.attr['data_format'];
    if ((f?.kind === 's' ? String(f.value) : 'NHWC') !== this.#t.from) return false;
    // Half floats are for cuDNN's kernels with channels last.
    return this.#t.from === 'NCHW' || this.#c.slot(s.outputs[0]!).dtype.size >= 4;
  }
  /** Attrs with one entry an axis, and the format's name. */
  #attrs(attrs: AttrMap): AttrMap {
    const { turn, to } = this.#t, out: Record<string, AttrValue> = { ...attrs, data_format: attr.s(to) };
    for (const k of ['strides', 'ksize', 'dilations']) {
      const v = attrs[k];
      if (v?.kind === 'list' && v.value.i?.length === 4) out[k] = attr.list({ i: turned(v.value.i, turn) });
    }
    const pads = attrs['explicit_paddings'];
    if (pads?.kind === 'list' && pads.value.i?.length === 8) out['explicit_paddings'] = attr.list({ i: turn.flatMap((a) => pads.value.i!.slice(2 * a, 2 * a + 2)) });
    return out;
  }
  /** A shape of four axes. */
  #vector(x: Slot): Ref {
    const n = this.#numbers(x);
    const name = `${this.#c.ref(x).text.split(':')[0]!}/turned`;
    if (n) return this.#c.body.constant(name, turnedRows(this.#c.constant(x)!, this.#t.turn));
    return this.#c.body.add('GatherV2', name, [this.#c.ref(x), this.#c.body.constant(`${name}/order`, ints(this.#t.turn)), this.#c.body.constant(`${name}/axis`, new NDArray(int32, [], Int32Array.of(0)))], {}).out(0);
  }
  #numbers(x: Slot | undefined): number[] | undefined {
    const c = x === undefined ? undefined : this.#c.constant(x);
    return c && (c.dtype.isInteger ? Array.from(c.data as ArrayLike<number | bigint>, Number) : undefined);
  }
}

type Add = (inputs: readonly Ref[], attrs: AttrMap) => (k: number) => Ref;

function ints(values: readonly number[]): NDArray { return new NDArray(int32, [values.length], Int32Array.from(values)); }

/** Rows of a vector or a matrix with one row an axis, in the turned order. */
function turnedRows(a: NDArray, turn: readonly number[]): NDArray {
  const row = a.size / 4;
  const data = (a.data as Int32Array).slice();
  turn.forEach((from, to) => { for (let j = 0; j < row; j++) data[to * row + j] = (a.data as Int32Array)[from * row + j]!; });
  return new NDArray(a.dtype, a.shape, data);
}
