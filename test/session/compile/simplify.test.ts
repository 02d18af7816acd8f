// Every rule of simplify alone: what the program looks like before and after, where the rule must not fire, and that no
// bit of the result changes, whatever the values.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { RuleSet } from '../../../src/graph/rewrite.ts';
import { applyOp, op1 } from '../../../src/ops/op_def_library.ts';
import { sweep as sweepProgram } from '../../../src/session/compile/program.ts';
import { simplifyBy, simplifyRules } from '../../../src/session/compile/simplify.ts';
import type { Pass } from '../../../src/session/compile/target.ts';
import { lines, programs, runWith, targetOn } from '../../support/compile.ts';
import { Random } from '../../support/random.ts';
import { SPECIAL } from '../../support/random_program.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

type Build = (x: tf.Tensor) => tf.Tensor;
interface Row {
  /** Programs in which the rule fires: how they are built from a fed [2, 3] tensor, and what is left of them. */
  readonly fires: readonly (readonly [build: Build, before: readonly string[], after: readonly string[]])[];
  /** Programs in which it must not. */
  readonly rests?: readonly Build[];
  readonly dtypes?: readonly tf.DType[];
}

const ints = (...v: number[]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
const fedShape = (x: tf.Tensor): tf.Tensor => tf.placeholder(tf.int32, [x.shape.ndims!], { name: 'to' });
const swap = (x: tf.Tensor): tf.Tensor => op1('Transpose', [x, ints(1, 0)], {}, 'turn');
const sum = (x: tf.Tensor): tf.Tensor => op1(x.dtype === tf.bool ? 'LogicalOr' : 'AddV2', [x, x], {}, 'sum');
const added = (dtype: string): string => (dtype === 'bool' ? 'LogicalOr' : 'AddV2');
const X = '_arg_x_0';

const NUMBERS = [tf.float32, tf.float64, tf.int32, tf.int64];
const int = (v: number): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
const pads = (n: number): tf.Tensor => tf.constant([[0, n], [0, 0]], { dtype: tf.int32 });
/** A constant of the dtype of x. */
const number = (x: tf.Tensor, v: number, shape: readonly number[] = []): tf.Tensor => tf.constant(x.dtype === tf.bool ? v !== 0 : v, { dtype: x.dtype, shape });

/** Rows by rule. Each program ends in `sum`, so that what is taken away is used by something. */
const passes = (op: string, attrs: Parameters<typeof op1>[2] = {}): readonly [Build, string[], string[]] =>
  [(x) => sum(op1(op, [x], attrs, 'y')), [`y = ${op}(${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]];
const ROWS: Readonly<Record<string, Row>> = {
  'Identity(x) -> x': {
    fires: [passes('Identity'), passes('Snapshot'), passes('StopGradient'), passes('PreventGradient'), passes('PlaceholderWithDefault', { shape: new tf.TensorShape([null, 3]) })],
  },
  'Cast(x) to its own dtype -> x': {
    fires: [[(x) => sum(op1('Cast', [x], { DstT: x.dtype }, 'y')), [`y = Cast(${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('Cast', [x], { DstT: x.dtype === tf.int64 ? tf.int32 : tf.int64 })],
  },
  'Reshape(x) to its own shape -> x': {
    fires: [
      [(x) => sum(op1('Reshape', [x, ints(2, 3)], {}, 'y')), [`y = Reshape(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('Reshape', [x, ints(-1, 3)], {}, 'y')), [`y = Reshape(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('BroadcastTo', [x, ints(2, 3)], {}, 'y')), [`y = BroadcastTo(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => op1('Reshape', [x, ints(3, 2)]), (x) => op1('Reshape', [x, fedShape(x)]), (x) => op1('BroadcastTo', [x, ints(4, 2, 3)]), (x) => op1('BroadcastTo', [x, fedShape(x)])],
  },
  'Squeeze(x) of no dimension -> x': {
    fires: [[(x) => sum(op1('Squeeze', [x], {}, 'y')), [`y = Squeeze(${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('Squeeze', [op1('Reshape', [x, ints(1, 6)])])],
  },
  'Neg(Neg(x)) -> x': {
    fires: [
      [(x) => sum(op1('Neg', [op1('Neg', [x], {}, 'in')], {}, 'y')), [`in = Neg(${X})`, 'y = Neg(in)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => op1('AddV2', [op1('Neg', [op1('Neg', [x], {}, 'in')], {}, 'y'), op1('Neg', [x], {}, 'in2')], {}, 'sum'), [`in = Neg(${X})`, 'y = Neg(in)', `in2 = Neg(${X})`, 'sum = AddV2(y, in2)'], [`in2 = Neg(${X})`, `sum = AddV2(${X}, in2)`]],
    ],
    rests: [(x) => op1('Neg', [op1('Abs', [op1('Neg', [x])])])],
    dtypes: [tf.float32, tf.float64, tf.int32],
  },
  'LogicalNot(LogicalNot(x)) -> x': {
    fires: [[(x) => sum(op1('LogicalNot', [op1('LogicalNot', [x], {}, 'in')], {}, 'y')), [`in = LogicalNot(${X})`, 'y = LogicalNot(in)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('LogicalNot', [x])],
    dtypes: [tf.bool],
  },
  'Transpose(x, 0 1 2 ..) -> x': {
    fires: [[(x) => sum(op1('Transpose', [x, ints(0, 1)], {}, 'y')), [`y = Transpose(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [swap, (x) => op1('Transpose', [x, fedShape(x)])],
  },
  'Transpose(Transpose(x, p), inverse of p) -> x': {
    fires: [
      [(x) => sum(op1('Transpose', [swap(x), ints(1, 0)], {}, 'y')), [`turn = Transpose(${X}, Const)`, 'y = Transpose(turn, Const_1)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      // A turn of three axes and its inverse, which is not itself.
      [(x) => op1('Transpose', [op1('Transpose', [op1('Reshape', [x, ints(2, 3, 1)], {}, 'three'), ints(1, 2, 0)], {}, 'turn'), ints(2, 0, 1)], {}, 'y'),
        [`three = Reshape(${X}, Const)`, 'turn = Transpose(three, Const_1)', 'y = Transpose(turn, Const_2)'], [`three = Reshape(${X}, Const)`]],
    ],
    rests: [(x) => { const three = op1('Reshape', [x, ints(2, 3, 1)]); return op1('Transpose', [op1('Transpose', [three, ints(1, 2, 0)]), ints(1, 2, 0)]); }],
  },
  'Reshape(Reshape(x), shape) -> Reshape(x, shape)': {
    fires: [
      [(x) => op1('Reshape', [op1('Reshape', [x, ints(6)], {}, 'in'), ints(3, -1)], {}, 'y'), [`in = Reshape(${X}, Const)`, 'y = Reshape(in, Const_1)'], [`y = Reshape(${X}, Const_1)`]],
      [(x) => op1('Reshape', [op1('ExpandDims', [x, int(0)], {}, 'in'), ints(6)], {}, 'y'), [`in = ExpandDims(${X}, Const)`, 'y = Reshape(in, Const_1)'], [`y = Reshape(${X}, Const_1)`]],
    ],
    rests: [(x) => op1('Reshape', [op1('Reshape', [x, fedShape(x)]), ints(6)]), (x) => op1('Reshape', [swap(x), ints(6)])],
  },
  'Sum(x) of single elements -> x': {
    fires: [
      [(x) => sum(op1('Sum', [x, tf.constant([], { dtype: tf.int32 })], {}, 'y')), [`y = Sum(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => op1('Prod', [op1('Reshape', [x, ints(6, 1)], {}, 'tall'), ints(1)], { keep_dims: true }, 'y'), [`tall = Reshape(${X}, Const)`, 'y = Prod(tall, Const_1)'], [`tall = Reshape(${X}, Const)`]],
    ],
    rests: [(x) => op1('Sum', [x, ints(0)]), (x) => op1('Sum', [op1('Reshape', [x, ints(6, 1)]), ints(1)]), (x) => op1('Max', [x, tf.constant([], { dtype: tf.int32 })])],
    dtypes: NUMBERS,
  },
  'Reshape(Sum(x)) with axes of one -> Sum(x) that keeps its axes': {
    fires: [
      [(x) => op1('Reshape', [op1('Sum', [x, ints(1)], {}, 's'), ints(2, 1)], {}, 'y'), [`s = Sum(${X}, Const)`, 'y = Reshape(s, Const_1)'], [`y = Sum(${X}, Const)`]],
      [(x) => op1('ExpandDims', [op1('Mean', [x, ints(0)], {}, 's'), int(0)], {}, 'y'), [`s = Mean(${X}, Const)`, 'y = ExpandDims(s, Const_1)'], [`y = Mean(${X}, Const)`]],
      [(x) => op1('Reshape', [op1('Max', [x, ints(0, -1)], {}, 's'), ints(1, 1)], {}, 'y'), [`s = Max(${X}, Const)`, 'y = Reshape(s, Const_1)'], [`y = Max(${X}, Const)`]],
    ],
    rests: [
      (x) => op1('Reshape', [op1('Sum', [x, ints(1)]), ints(1, 2)]), (x) => op1('ExpandDims', [op1('Sum', [x, ints(0)]), int(1)]),
      (x) => { const s = op1('Sum', [x, ints(1)]); return op1('AddV2', [op1('Reshape', [s, ints(2, 1)]), s]); }, (x) => op1('Reshape', [op1('Sum', [x, fedShape(x)]), ints(2, 1)]),
    ],
    dtypes: NUMBERS,
  },
  'Squeeze(ExpandDims(x)) of the shape of x -> x': {
    fires: [[(x) => sum(op1('Squeeze', [op1('ExpandDims', [x, int(1)], {}, 'in')], {}, 'y')), [`in = ExpandDims(${X}, Const)`, 'y = Squeeze(in)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('ExpandDims', [op1('ExpandDims', [x, int(1)]), int(0)])],
  },
  'Cast(Cast(x)) back through a dtype that holds it -> x': {
    fires: [[(x) => sum(op1('Cast', [op1('Cast', [x], { DstT: x.dtype === tf.int32 ? tf.int64 : tf.float64 }, 'in')], { DstT: x.dtype }, 'y')), [`in = Cast(${X})`, 'y = Cast(in)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('Cast', [op1('Cast', [x], { DstT: tf.int64 })], { DstT: x.dtype })],
    dtypes: [tf.float32, tf.int32, tf.bool],
  },
  'Mul(x, 1) -> x': {
    fires: [
      [(x) => sum(op1('Mul', [x, number(x, 1)], {}, 'y')), [`y = Mul(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('Mul', [number(x, 1, [2, 3]), x], {}, 'y')), [`y = Mul(Const, ${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => op1('Mul', [x, number(x, 1, [4, 2, 3])]), (x) => op1('Mul', [x, number(x, 0)])],
    dtypes: NUMBERS,
  },
  'RealDiv(x, 1) -> x': {
    fires: [[(x) => sum(op1('RealDiv', [x, number(x, 1)], {}, 'y')), [`y = RealDiv(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('RealDiv', [number(x, 1), x]), (x) => op1('FloorDiv', [x, number(x, 1)])],
    dtypes: [tf.float32, tf.float64],
  },
  'AddV2(x, -0) -> x': {
    fires: [[(x) => op1('Neg', [op1('AddV2', [x, number(x, -0)], {}, 'y')], {}, 'sum'), [`y = AddV2(${X}, Const)`, 'sum = Neg(y)'], [`sum = Neg(${X})`]]],
    rests: [(x) => op1('AddV2', [x, number(x, 0)])], // -0 + 0 is 0
    dtypes: [tf.float32, tf.float64],
  },
  'Sub(x, 0) -> x': {
    fires: [[(x) => op1('Neg', [op1('Sub', [x, number(x, 0)], {}, 'y')], {}, 'sum'), [`y = Sub(${X}, Const)`, 'sum = Neg(y)'], [`sum = Neg(${X})`]]],
    rests: [(x) => op1('Sub', [number(x, 0), x]), (x) => op1('Sub', [x, number(x, -0)])],
    dtypes: NUMBERS,
  },
  'AddN(x) -> x': {
    fires: [[(x) => sum(op1('AddN', [[x]], {}, 'y')), [`y = AddN(${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('AddN', [[x, x]])],
    dtypes: NUMBERS,
  },
  'Pad(x) by nothing -> x': {
    fires: [
      [(x) => sum(op1('Pad', [x, pads(0)], {}, 'y')), [`y = Pad(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('Tile', [x, ints(1, 1)], {}, 'y')), [`y = Tile(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('Slice', [x, ints(0, 0), ints(2, -1)], {}, 'y')), [`y = Slice(${X}, Const, Const_1)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => op1('Pad', [x, pads(1)]), (x) => op1('Slice', [x, fedShape(x), ints(2, 3)])],
  },
  'ConcatV2(Split(x)) -> x': {
    fires: [[(x) => sum(op1('ConcatV2', [applyOp('Split', [int(1), x], { num_split: 3 }, 'in').outputs, int(-1)], {}, 'y')), [`in = Split(Const, ${X})`, 'y = ConcatV2(in, in:1, in:2, Const_1)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [
      (x) => { const [a, b, c] = applyOp('Split', [int(1), x], { num_split: 3 }).outputs as [tf.Tensor, tf.Tensor, tf.Tensor]; return op1('ConcatV2', [[a, c, b], int(1)]); },
      (x) => op1('ConcatV2', [applyOp('Split', [int(0), x], { num_split: 2 }).outputs, int(1)]),
    ],
  },
  'Pack(Unpack(x)) -> x': {
    fires: [[(x) => sum(op1('Pack', [applyOp('Unpack', [x], { num: 3, axis: 1 }, 'in').outputs], { axis: 1 }, 'y')), [`in = Unpack(${X})`, 'y = Pack(in, in:1, in:2)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('Pack', [applyOp('Unpack', [x], { num: 3, axis: 1 }).outputs], { axis: 0 }), (x) => op1('Pack', [applyOp('Unpack', [x], { num: 2 }).outputs.slice(0, 1)])],
  },
  'Select(constant condition, x, y) -> x or y': {
    fires: [
      [(x) => sum(op1('Select', [tf.constant(true), x, number(x, 1, [2, 3])], {}, 'y')), [`y = Select(Const, ${X}, Const_1)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('Select', [tf.constant([[false, false, false], [false, false, false]]), number(x, 1, [2, 3]), x], {}, 'y')), [`y = Select(Const, Const_1, ${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => op1('Select', [tf.constant([true, false]), x, number(x, 1, [2, 3])])],
  },
};

const alone = (name: string): Pass => {
  const rules = new RuleSet(simplifyRules.filter((r) => r.name === name));
  return { name: 'simplify', leaves: '', run: (p) => simplifyBy(rules, p) };
};
const sweep = (p: Pass): Pass[] => [p, { name: 'sweep', leaves: '', run: (q) => sweepProgram(q) }];
const DTYPES = [tf.float32, tf.float64, tf.int32, tf.int64, tf.bool];

function valuesOf(dtype: tf.DType, r: Random): tf.NDArray {
  const pick = (): number => (dtype.isFloating ? (r.bool(0.7) ? r.pick(SPECIAL) : 4 * r.next() - 2) : r.pick([0, 1, -1, 7, -2147483648, 2147483647]));
  const v = Array.from({ length: 6 }, pick);
  const data = dtype === tf.float32 ? Float32Array.from(v) : dtype === tf.float64 ? Float64Array.from(v) : dtype === tf.int32 ? Int32Array.from(v) : dtype === tf.int64 ? BigInt64Array.from(v, BigInt) : Uint8Array.from(v, (x) => x & 1);
  return new tf.NDArray(dtype, [2, 3], data);
}

test('there is a row for every rule', () => {
  expect(Object.keys(ROWS)).toEqual(simplifyRules.map((r) => r.name));
});

describe.each(Object.entries(ROWS))('%s', (name, row) => {
  const dtypes = row.dtypes ?? DTYPES;
  const place = (dtype: tf.DType): tf.Tensor => tf.placeholder(dtype, [2, 3], { name: 'x' });

  test('before and after', () => {
    for (const [build, before, after] of row.fires) {
      tf.resetDefaultGraph();
      const dtype = dtypes[0]!;
      const x = place(dtype);
      const y = build(x);
      const all = programs([y], [[x, valuesOf(dtype, new Random(1))]], targetOn(x.graph, 'reference', sweep(alone(name))));
      const named = (l: readonly string[]): string[] => l.map((s) => s.replace('ADD', added(dtype.name)));
      expect(lines(all.get('resolveState')!)).toEqual(named(before));
      expect(lines(all.get('sweep')!)).toEqual(named(after));
      expect(all.get('sweep')!.log.map((l) => `${l.pass}: ${l.rule}`)).toEqual([`simplify: ${name}`]);
    }
  });

  test('does not fire where it must not', () => {
    for (const build of row.rests ?? []) {
      tf.resetDefaultGraph();
      const x = place(dtypes[0]!);
      const all = programs([build(x)], [[x, valuesOf(dtypes[0]!, new Random(1))]], targetOn(x.graph, 'reference', sweep(alone(name))));
      expect(all.get('sweep')!.log).toEqual([]);
    }
  });

  test('does not take away what waits, or is waited for, where values can be dead', () => {
    for (const [build, before] of row.fires) {
      tf.resetDefaultGraph();
      const x = place(dtypes[0]!);
      const on = tf.placeholder(tf.bool, [], { name: 'on' });
      const taken = applyOp('Switch', [on, on], {}, 'taken').outputs[1]!;
      const y = tf.controlDependencies([taken], () => build(x));
      const other = applyOp('Merge', [[op1('Identity', [taken]), applyOp('Switch', [on, on]).outputs[0]!]]).outputs[0]!;
      const all = programs([y, other], [[x, valuesOf(dtypes[0]!, new Random(1))], [on, new tf.NDArray(tf.bool, [], Uint8Array.of(1))]], targetOn(x.graph, 'reference', sweep(alone(name))));
      const left = new Set(Object.keys(all.get('sweep')!.nodes));
      for (const l of before) expect(left).toContain(l.split(' ')[0]);
    }
  });

  test('no bit changes, fetched or not, for random and special values of every dtype', async () => {
    for (const [build] of row.fires) {
      for (const dtype of dtypes) {
        for (let seed = 1; seed <= 8; seed++) {
          tf.resetDefaultGraph();
          const x = place(dtype);
          const y = build(x);
          const feeds = [[x, valuesOf(dtype, new Random(seed))]] as const;
          for (const fetches of [[y], x.graph.getOperations().flatMap((o) => (o.type === 'Placeholder' ? [] : o.outputs))]) {
            expect(await runWith([alone(name)], fetches, feeds), `${dtype.name}, seed ${seed}`).toEqual(await runWith([], fetches, feeds));
          }
        }
      }
    }
  });
});
