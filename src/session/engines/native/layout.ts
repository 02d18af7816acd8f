// NCHW in NHWC: TensorFlow's CPU kernels are made for channels last, so what is channels first in the graph is computed
// the other way round, with transposes only at the borders. Whether a node is turned depends on its ancestors alone
// (their forms, constants and shapes), never on who uses it: bits do not depend on the fetch set.
//
// A value has one form it is made in: as in the graph, or `turned` (its axes N, H, W, C). Convolutions and pools with
// data_format NCHW make turned values; elementwise ops, reductions and moves keep the form of what they get.
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

/** Where each axis of the turned form comes from, and the way back. */
const TURN = [0, 2, 3, 1], BACK = [0, 3, 1, 2];
const turned = <T>(list: readonly T[]): T[] => TURN.map((a) => list[a]!);

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

  constructor(c: LayoutContext) { this.#c = c; }

  /** The value in the graph's form, when it is made turned. */
  back(x: Slot): Ref | undefined {
    return this.#made.has(x) ? this.#transpose(this.#turned.get(x)!, BACK, 'back') : undefined;
  }

  /** Adds the step's node turned, if that is how it is made. `add` adds a node for these inputs. */
  take(s: KernelStep, add: (inputs: readonly Ref[], attrs: AttrMap) => (k: number) => Ref): boolean {
    if (s.inputs.some((x) => this.#near.has(x))) for (const o of s.outputs) this.#near.add(o);
    const made = this.#conv(s, add) ?? this.#bias(s, add) ?? this.#elementwise(s, add) ?? this.#reduction(s, add) ?? this.#perAxis(s, add) ?? this.#concat(s, add) ?? this.#reshape(s, add);
    return made ?? false;
  }

  // --- kinds of nodes: true when made, undefined when not theirs ------------------------------------------------------
  #conv(s: KernelStep, add: Add): true | undefined {
    if (!CONVS.has(s.node.op) || !isNchw(s) || !s.inputs.concat(s.outputs).every((x) => this.#c.slot(x).shape.ndims !== null)) return undefined;
    const [op, filter] = [s.node.op, /^(Depthwise)?[Cc]onv2d/i.test(s.node.op)];
    const sizes = op === 'AvgPoolGrad' || op.endsWith('BackpropInput') ? 0 : -1; // the input that is a shape
    const plain = filter ? 1 : -1; // filters and their shapes stay
    const inputs = s.inputs.map((x, i) => (i === sizes ? this.#vector(x) : i === plain ? this.#c.ref(x) : this.#turn(x)));
    const out = add(inputs, turnAttrs(s.node.attr));
    if (op.endsWith('BackpropFilter')) return this.#plain(s, out);
    return this.#put(s, out);
  }
  #bias(s: KernelStep, add: Add): true | undefined {
    if ((s.node.op !== 'BiasAdd' && s.node.op !== 'BiasAddGrad') || !isNchw(s) || !this.#made.has(s.inputs[0]!)) return undefined;
    const out = add([this.#turn(s.inputs[0]!), ...s.inputs.slice(1).map((x) => this.#c.ref(x))], turnAttrs(s.node.attr));
    return s.node.op === 'BiasAdd' ? this.#put(s, out) : this.#plain(s, out);
  }
  #elementwise(s: KernelStep, add: Add): true | undefined {
    if (!ELEMENTWISE.has(s.node.op) || !s.inputs.some((x) => this.#made.has(x))) return undefined;
    const ranks = s.inputs.map((x) => this.#c.slot(x).shape.ndims);
    // What broadcasts along W alone is rare: it stays as it is.
    if (ranks.some((r, i) => r === null || r > 4 || (r < 4 && r !== 3 && this.#c.slot(s.inputs[i]!).shape.numElements !== 1))) return undefined;
    return this.#put(s, add(s.inputs.map((x, i) => (ranks[i] === 4 ? this.#turn(x) : ranks[i] === 3 ? this.#transpose(this.#c.ref(x), [1, 2, 0], 'turn') : this.#c.ref(x))), s.node.attr));
  }
  #reduction(s: KernelStep, add: Add): true | undefined {
    const axes = this.#numbers(s.inputs[1]);
    if (!REDUCTIONS.has(s.node.op) || !this.#made.has(s.inputs[0]!) || !axes) return undefined;
    const at = axes.map((a) => BACK[a < 0 ? a + 4 : a]!);
    const keep = s.node.attr['keep_dims'];
    const keeps = keep?.kind === 'b' && keep.value;
    // Axes that stay must stay in order.
    const rest = [0, 1, 2, 3].map((a) => BACK[a]!).filter((a) => !at.includes(a));
    if (!keeps && rest.some((a, i) => i > 0 && a < rest[i - 1]!)) return undefined;
    const out = add([this.#turn(s.inputs[0]!), this.#c.body.constant(`${s.nodes[0]!}/axes`, ints(at))], s.node.attr);
    return keeps ? this.#put(s, out) : this.#plain(s, out);
  }
  #perAxis(s: KernelStep, add: Add): true | undefined {
    if (!PER_AXIS.has(s.node.op) || this.#c.slot(s.inputs[0]!).shape.ndims !== 4) return undefined;
    const spread = s.node.op === 'Tile' && this.#near.has(s.inputs[0]!); // the gradient of a mean
    if (!this.#made.has(s.inputs[0]!) && !spread) return undefined;
    const others = s.inputs.slice(1).map((x) => { const n = this.#numbers(x); return n && n.length % 4 === 0 ? this.#c.body.constant(`${s.nodes[0]!}/turned`, turnedRows(this.#c.constant(x)!)) : this.#c.slot(x).shape.ndims === 0 ? this.#c.ref(x) : undefined; });
    if (others.some((r) => r === undefined)) return undefined;
    return this.#put(s, add([this.#turn(s.inputs[0]!), ...(others as Ref[])], s.node.attr));
  }
  #concat(s: KernelStep, add: Add): true | undefined {
    if (s.node.op !== 'ConcatV2') return undefined;
    const values = s.inputs.slice(0, -1), axis = this.#numbers(s.inputs.at(-1));
    if (!axis || !values.some((x) => this.#made.has(x))) return undefined;
    const at = BACK[axis[0]! < 0 ? axis[0]! + 4 : axis[0]!]!;
    return this.#put(s, add([...values.map((x) => this.#turn(x)), this.#c.body.constant(`${s.nodes[0]!}/axis`, new NDArray(int32, [], Int32Array.of(at)))], s.node.attr));
  }
  /** [C] or [1,C] to [1,C,1,1] and the like: no element moves, whichever form. */
  #reshape(s: KernelStep, add: Add): true | undefined {
    const dims = this.#c.slot(s.outputs[0] ?? -1)?.shape.dims;
    if (s.node.op !== 'Reshape' || !this.#near.has(s.inputs[0]!) || dims?.length !== 4 || dims[2] !== 1 || dims[3] !== 1 || dims.includes(null)) return undefined;
    return this.#put(s, add([this.#c.ref(s.inputs[0]!), this.#c.body.constant(`${s.nodes[0]!}/turned`, ints(turned(dims as number[])))], s.node.attr));
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
    if (!r) this.#turned.set(x, r = this.#transpose(this.#c.ref(x), TURN, 'turn'));
    return r;
  }
  #transpose(r: Ref, perm: readonly number[], what: string): Ref {
    const name = r.text.split(':')[0]!;
    return this.#c.body.add('Transpose', `${name}/${what}`, [r, this.#c.body.constant(`${name}/${what}/perm`, ints(perm))], {}).out(0);
  }
  /** A shape of four axes. */
  #vector(x: Slot): Ref {
    const n = this.#numbers(x);
    const name = `${this.#c.ref(x).text.split(':')[0]!}/turned`;
    if (n) return this.#c.body.constant(name, turnedRows(this.#c.constant(x)!));
    return this.#c.body.add('GatherV2', name, [this.#c.ref(x), this.#c.body.constant(`${name}/order`, ints(TURN)), this.#c.body.constant(`${name}/axis`, new NDArray(int32, [], Int32Array.of(0)))], {}).out(0);
  }
  #numbers(x: Slot | undefined): number[] | undefined {
    const c = x === undefined ? undefined : this.#c.constant(x);
    return c && (c.dtype.isInteger ? Array.from(c.data as ArrayLike<number | bigint>, Number) : undefined);
  }
}

type Add = (inputs: readonly Ref[], attrs: AttrMap) => (k: number) => Ref;

function isNchw(s: KernelStep): boolean { const f = s.node.attr['data_format']; return f?.kind === 's' && String(f.value) === 'NCHW'; }
function ints(values: readonly number[]): NDArray { return new NDArray(int32, [values.length], Int32Array.from(values)); }

/** Rows of a vector or a matrix with one row an axis, in the turned order. */
function turnedRows(a: NDArray): NDArray {
  const row = a.size / 4;
  const data = (a.data as Int32Array).slice();
  TURN.forEach((from, to) => { for (let j = 0; j < row; j++) data[to * row + j] = (a.data as Int32Array)[from * row + j]!; });
  return new NDArray(a.dtype, a.shape, data);
}

/** Attrs with one entry an axis, and the format's name. */
function turnAttrs(attrs: AttrMap): AttrMap {
  const out: Record<string, AttrValue> = { ...attrs, data_format: attr.s('NHWC') };
  for (const k of ['strides', 'ksize', 'dilations']) {
    const v = attrs[k];
    if (v?.kind === 'list' && v.value.i?.length === 4) out[k] = attr.list({ i: turned(v.value.i) });
  }
  const pads = attrs['explicit_paddings'];
  if (pads?.kind === 'list' && pads.value.i?.length === 8) out['explicit_paddings'] = attr.list({ i: TURN.flatMap((a) => pads.value.i!.slice(2 * a, 2 * a + 2)) });
  return out;
}
