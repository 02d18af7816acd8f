// Random programs for the compile passes: full of what rules look for (identities, casts and reshapes to what is already
// there, pairs that cancel, twins, constant and shape arithmetic, outputs of splits), of several dtypes, with writes,
// random ops, control edges and conditionals in between, fed with the values that tell implementations apart.
import * as tf from 'tfgraph';
import { applyOp, op1 } from '../../src/ops/op_def_library.ts';
import { Random } from './random.ts';

export interface RandomProgram {
  readonly graph: tf.Graph;
  readonly fetchable: readonly tf.Tensor[];
  readonly targets: readonly tf.Operation[];
  readonly feeds: readonly (readonly [tf.Tensor, tf.NDArray])[];
  readonly init: tf.Operation;
}

/** Signed zeros, NaN, infinities, denormals, limits. */
export const SPECIAL = [0, -0, NaN, Infinity, -Infinity, 1e-45, -1e-45, 1.1754943508222875e-38, 3.4028234663852886e38, -3.4028234663852886e38, 1, -1, 0.1, -2.5, 16777217];
const INTEGERS = [0, 1, -1, 7, -2147483648, 2147483647, 65536];

const FLOATS = [tf.float32, tf.float64];

export function randomProgram(seed: number): RandomProgram {
  const graph = new tf.Graph();
  return graph.asDefault(() => new Builder(graph, new Random(seed)).build());
}

class Builder {
  readonly #graph: tf.Graph;
  readonly #r: Random;
  readonly #feeds: (readonly [tf.Tensor, tf.NDArray])[] = [];
  /** Tensors of shape [2, 3], by dtype. */
  readonly #pool = new Map<tf.DType, tf.Tensor[]>();
  readonly #ints: tf.Tensor[] = [];
  readonly #variables: tf.Variable[] = [];
  readonly #targets: tf.Operation[] = [];
  #pred!: tf.Tensor;

  constructor(graph: tf.Graph, r: Random) { this.#graph = graph; this.#r = r; }

  build(): RandomProgram {
    const r = this.#r;
    for (const dtype of [...FLOATS, tf.int32, tf.bool]) {
      const open = tf.placeholder(dtype, r.bool() ? [2, 3] : [null, 3]);
      this.#feeds.push([open, this.#array(dtype)]);
      this.#pool.set(dtype, [open, tf.constant(this.#array(dtype)), tf.constant(this.#array(dtype))]);
    }
    this.#pred = tf.placeholder(tf.bool, []);
    this.#feeds.push([this.#pred, new tf.NDArray(tf.bool, [], Uint8Array.of(r.int(2)))]);
    this.#variables.push(new tf.Variable(this.#array(tf.float32)), new tf.Variable(this.#array(tf.int32)));
    const before = this.#graph.getOperations().length;
    const steps = r.between(10, 40);
    const conditional = r.bool(0.3);
    for (let i = 0; i < steps; i++) {
      const control = this.#made(before);
      tf.controlDependencies(r.bool(0.15) && control.length > 0 ? [r.pick(control)] : [], () => { this.#step(conditional); });
    }
    const ops = this.#made(before);
    const fetchable = ops.flatMap((o) => o.outputs).filter((t) => !t.dtype.isRef && !/Switch/.test(t.op.type));
    return { graph: this.#graph, fetchable, targets: this.#targets, feeds: this.#feeds, init: tf.globalVariablesInitializer() };
  }

  #made(from: number): tf.Operation[] { return this.#graph.getOperations().slice(from).filter((o) => o.type !== 'Switch'); }
  #array(dtype: tf.DType): tf.NDArray {
    const values = Array.from({ length: 6 }, () => this.#r.pick(dtype.isFloating ? SPECIAL : INTEGERS));
    const data = dtype === tf.float32 ? Float32Array.from(values) : dtype === tf.float64 ? Float64Array.from(values) : dtype === tf.int32 ? Int32Array.from(values) : Uint8Array.from(values, (v) => v & 1);
    return new tf.NDArray(dtype, [2, 3], data);
  }

  #step(conditional: boolean): void {
    const r = this.#r;
    const dtype = r.pick([tf.float32, tf.float32, tf.float64, tf.int32, tf.bool]);
    const pool = this.#pool.get(dtype)!;
    const x = r.pick(pool);
    const add = (t: tf.Tensor): void => { pool.push(t); };
    const ints = (...v: number[]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
    const shapeOf = (t: tf.Tensor): tf.Tensor => op1('Shape', [t], { out_type: tf.int32 });
    const numeric = dtype !== tf.bool;
    switch (r.int(conditional ? 21 : 20)) {
      case 0: return add(op1(r.pick(['Identity', 'Snapshot', 'StopGradient', 'PreventGradient']), [x]));
      case 1: return add(op1('PlaceholderWithDefault', [x], { shape: new tf.TensorShape([null, 3]) }));
      case 2: return add(op1('Cast', [x], { DstT: dtype }));
      case 3: return add(op1('Reshape', [x, r.bool() ? ints(2, 3) : r.bool() ? ints(-1, 3) : shapeOf(r.pick(pool))]));
      case 4: return add(op1('Reshape', [op1('Reshape', [x, ints(3, 2)]), r.bool() ? shapeOf(x) : ints(2, 3)]));
      case 5: return add(op1('Squeeze', [op1('ExpandDims', [x, tf.constant(r.int(3), { dtype: tf.int32 })])]));
      case 6: case 7: return numeric ? add(r.bool() ? op1('Neg', [x]) : op1('Neg', [op1('Neg', [x])])) : add(r.bool() ? op1('LogicalNot', [x]) : op1('LogicalNot', [op1('LogicalNot', [x])]));
      case 8: return add(op1('Transpose', [x, ints(0, 1)]));
      case 9: return add(op1('Transpose', [op1('Transpose', [x, ints(1, 0)]), ints(1, 0)]));
      case 10: return add(op1('BroadcastTo', [x, r.bool() ? ints(2, 3) : shapeOf(x)]));
      case 11: case 12: {
        const y = r.pick(pool);
        for (let twins = r.between(1, 2); twins > 0; twins--) add(numeric ? op1(r.pick(['AddV2', 'Mul', 'Sub', 'Maximum']), [x, y]) : op1('LogicalAnd', [x, y]));
        return;
      }
      case 13: {
        const parts = applyOp('Split', [tf.constant(0, { dtype: tf.int32 }), x], { num_split: 2 }).outputs;
        return add(op1('ConcatV2', [r.bool() ? parts : [parts[1]!, parts[0]!], tf.constant(0, { dtype: tf.int32 })]));
      }
      case 14: {
        this.#ints.push(r.pick([(): tf.Tensor => op1('Size', [x], { out_type: tf.int32 }), (): tf.Tensor => op1('Rank', [x]), (): tf.Tensor => shapeOf(x).at(r.int(2))])());
        const n = r.pick(this.#ints);
        if (dtype !== tf.bool) add(op1('AddV2', [x, op1('Cast', [op1('AddV2', [n, r.pick(this.#ints)]), ], { DstT: dtype })]));
        return;
      }
      case 15: return add(op1('Cast', [r.pick(this.#pool.get(r.pick([tf.float32, tf.int32, tf.bool]))!)], { DstT: dtype }));
      case 16: {
        const v = r.pick(this.#variables);
        const own = this.#pool.get(v.dtype.baseDtype)!;
        if (r.bool()) own.push(v.value());
        else {
          const w = op1(r.pick(['Assign', 'AssignAdd', 'AssignSub']), [v.ref(), r.pick(own)]);
          if (r.bool()) this.#targets.push(w.op);
          own.push(op1('Identity', [w]));
        }
        if (r.bool(0.3)) this.#pool.get(tf.float32)!.push(op1('RandomUniform', [ints(2, 3)], { dtype: tf.float32, seed: 1, seed2: r.int(3) }));
        return;
      }
      case 17: { // parts put together and taken again
        const y = r.pick(pool), along = r.int(2), axis = tf.constant(along, { dtype: tf.int32 }), both = op1('ConcatV2', [[x, y], axis]);
        if (r.bool()) return add(applyOp('Split', [axis, both], { num_split: 2 }).outputs[r.int(2)]!);
        const begin = [0, 0].with(along, r.int(3 + along));
        return add(r.bool() ? op1('Slice', [both, ints(...begin), ints(2, 3)]) : op1('StridedSlice', [both, ints(...begin), ints(begin[0]! + 2, begin[1]! + 3), ints(1, 1)]));
      }
      case 18: {
        const wide = r.bool() && dtype !== tf.bool ? op1('Pad', [x, tf.constant([[1, 0], [2, 1]], { dtype: tf.int32 })]) : op1('Tile', [x, ints(2, 3)]);
        return add(op1('Slice', [op1('Slice', [wide, ints(0, 1), ints(3, 5)]), r.pick([ints(1, 1), ints(0, 0), ints(1, 2)]), ints(2, 3)]));
      }
      case 19: {
        const turn = op1('Transpose', [x, ints(1, 0)]), between = numeric ? r.pick(['Neg', 'Square', 'Identity']) : 'LogicalNot';
        if (r.bool(0.3)) return add(op1('Transpose', [op1(between, [turn]), ints(1, 0)]));
        if (numeric && r.bool()) return add(op1(r.pick(['AddV2', 'Sub']), [op1('Neg', [x]), op1('Neg', [r.pick(pool)])]));
        if (dtype.isFloating && r.bool()) return add(op1('MatMul', [op1('MatMul', [x, turn]), r.pick(pool)], {}));
        return add(op1('ReverseV2', [op1('ReverseV2', [op1('Transpose', [turn, ints(1, 0)]), ints(r.int(2))]), ints(r.int(2))]));
      }
      default: {
        if (r.bool()) return add(this.#branches(x, pool, numeric));
        const [no, yes] = applyOp('Switch', [x, this.#pred]).outputs as readonly tf.Tensor[] as [tf.Tensor, tf.Tensor];
        const twist = (t: tf.Tensor): tf.Tensor => (numeric ? op1('Neg', [op1('Neg', [op1('Identity', [t])])]) : op1('LogicalNot', [op1('Identity', [t])]));
        return add(op1('Merge', [[twist(no), numeric ? op1('AddV2', [yes, r.pick(pool)]) : op1('Identity', [yes])]]));
      }
    }
  }

  /** A conditional as TensorFlow builds it: pivots, control edges from them, constants and shapes of the branches' own. */
  #branches(x: tf.Tensor, pool: readonly tf.Tensor[], numeric: boolean): tf.Tensor {
    const r = this.#r;
    const [off, on] = applyOp('Switch', [this.#pred, this.#pred]).outputs as readonly [tf.Tensor, tf.Tensor];
    const branch = (i: number, pivot: tf.Tensor): tf.Tensor => tf.controlDependencies([pivot], () => {
      const entered = r.bool() ? applyOp('Switch', [x, this.#pred]).outputs[i]! : x;
      const own = tf.constant(this.#array(x.dtype));
      const y = r.pick([own, op1('Identity', [entered]), op1('Reshape', [entered, op1('Shape', [own])])]);
      if (!numeric) return op1('LogicalNot', [op1('LogicalNot', [y])]);
      return r.pick([(): tf.Tensor => op1('Neg', [op1('Neg', [y])]), (): tf.Tensor => op1('AddV2', [y, own]), (): tf.Tensor => op1('Mul', [y, r.pick(pool)])])();
    });
    return op1('Merge', [[branch(0, op1('Identity', [off])), branch(1, op1('Identity', [on]))]]);
  }
}
