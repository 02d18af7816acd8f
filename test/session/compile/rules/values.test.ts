// Rules of values: arithmetic that leaves a value as it is, choices that are made, functions that settle.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { op1 } from '../../../../src/ops/op_def_library.ts';
import { valueRules, droppingValues, exactRules } from '../../../../src/session/compile/rules/values.ts';
import { FLOATS, fedShape, int, ints, number, NUMBERS, ruleSuite, sum, X, type Rows } from '../../../support/rule_rows.ts';

const ROWS: Rows = {
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
  'Conj(Conj(x)) -> x': {
    fires: [
      [(x) => op1('Real', [op1('Conj', [op1('Conj', [op1('Complex', [x, x], {}, 'z')], {}, 'in')], {}, 'y')], {}, 'r'),
        [`z = Complex(${X}, ${X})`, 'in = Conj(z)', 'y = Conj(in)', 'r = Real(y)'], [`z = Complex(${X}, ${X})`, 'r = Real(z)']],
    ],
    rests: [(x) => op1('Real', [op1('Conj', [op1('Complex', [x, x])])])],
    dtypes: [tf.float32, tf.float64],
  },
  'LogicalNot(Equal(x, y)) -> NotEqual(x, y)': {
    fires: [
      [(x) => op1('LogicalNot', [op1('Equal', [x, op1('Neg', [x], {}, 'n')], {}, 'in')], {}, 'y'),
        [`n = Neg(${X})`, `in = Equal(${X}, n)`, 'y = LogicalNot(in)'], [`n = Neg(${X})`, `y = NotEqual(${X}, n)`]],
      [(x) => op1('LogicalNot', [op1('NotEqual', [x, x], {}, 'in')], {}, 'y'),
        [`in = NotEqual(${X}, ${X})`, 'y = LogicalNot(in)'], [`y = Equal(${X}, ${X})`]],
    ],
    rests: [(x) => op1('LogicalNot', [op1('Less', [x, x])])],
    dtypes: NUMBERS,
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
  'Cast(Cast(x)) back through a dtype that holds it -> x': {
    fires: [[(x) => sum(op1('Cast', [op1('Cast', [x], { DstT: x.dtype === tf.int32 ? tf.int64 : tf.float64 }, 'in')], { DstT: x.dtype }, 'y')), [`in = Cast(${X})`, 'y = Cast(in)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('Cast', [op1('Cast', [x], { DstT: tf.int64 })], { DstT: x.dtype })],
    dtypes: [tf.float32, tf.int32, tf.bool],
  },
  'Cast(Cast(x)) through a dtype that holds it -> Cast(x)': {
    fires: [
      [(x) => op1('Cast', [op1('Cast', [x], { DstT: tf.float64 }, 'in')], { DstT: x.dtype === tf.uint8 ? tf.int8 : tf.uint8 }, 'y'),
        [`in = Cast(${X})`, 'y = Cast(in)'], [`y = Cast(${X})`]],
      [(x) => op1('Cast', [op1('Cast', [x], { DstT: x.dtype === tf.float32 ? tf.float64 : tf.int64 }, 'in')], { DstT: tf.int16 }, 'y'),
        [`in = Cast(${X})`, 'y = Cast(in)'], [`y = Cast(${X})`]],
      [(x) => op1('Cast', [op1('Cast', [x], { DstT: tf.float64 }, 'in')], { DstT: tf.uint64 }, 'y'),
        [`in = Cast(${X})`, 'y = Cast(in)'], [`y = Cast(${X})`]],
      [(x) => op1('Cast', [op1('Cast', [x], { DstT: tf.float64 }, 'in')], { DstT: x.dtype === tf.int32 ? tf.float32 : tf.int32 }, 'y'),
        [`in = Cast(${X})`, 'y = Cast(in)'], [`y = Cast(${X})`]],
      [(x) => op1('Cast', [op1('Cast', [x], { DstT: tf.float64 }, 'in')], { DstT: tf.int64 }, 'y'),
        [`in = Cast(${X})`, 'y = Cast(in)'], [`y = Cast(${X})`]],
      [(x) => op1('Cast', [op1('Cast', [x], { DstT: tf.float64 }, 'in')], { DstT: tf.uint32 }, 'y'),
        [`in = Cast(${X})`, 'y = Cast(in)'], [`y = Cast(${X})`]],
    ],
    rests: [(x) => op1('Cast', [op1('Cast', [x], { DstT: tf.int32 })], { DstT: tf.int64 }),
      (x) => op1('Cast', [op1('Cast', [x], { DstT: tf.float64 })], { DstT: tf.float16 })],
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
  'LogicalAnd(x, true) -> x': {
    fires: [
      [(x) => sum(op1('LogicalAnd', [x, tf.constant(true)], {}, 'y')),
        [`y = LogicalAnd(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('LogicalOr', [tf.constant([false, false, false]), x], {}, 'y')),
        [`y = LogicalOr(Const, ${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => op1('LogicalAnd', [x, tf.constant(false)]),
      (x) => op1('LogicalOr', [x, tf.constant(true)]),
      (x) => op1('LogicalAnd', [x, tf.constant(true, { shape: [1, 1, 1] })])],
    dtypes: [tf.bool],
  },
  'Maximum(x, x) -> x': {
    fires: [
      [(x) => sum(op1('Maximum', [x, x], {}, 'y')),
        [`y = Maximum(${X}, ${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('Minimum', [x, x], {}, 'y')),
        [`y = Minimum(${X}, ${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => op1('Maximum', [x, op1('Neg', [x])])],
    dtypes: [tf.float32, tf.float64, tf.int32, tf.int64],
  },
  'AddN(x) -> x': {
    fires: [[(x) => sum(op1('AddN', [[x]], {}, 'y')), [`y = AddN(${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('AddN', [[x, x]])],
    dtypes: NUMBERS,
  },
  'Select(constant condition, x, y) -> x or y': {
    fires: [
      [(x) => sum(op1('Select', [tf.constant(true), x, number(x, 1, [2, 3])], {}, 'y')), [`y = Select(Const, ${X}, Const_1)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('Select', [tf.constant([[false, false, false], [false, false, false]]), number(x, 1, [2, 3]), x], {}, 'y')), [`y = Select(Const, Const_1, ${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => op1('Select', [tf.constant([true, false]), x, number(x, 1, [2, 3])])],
  },
  'Select(condition, x, x) -> x': {
    fires: [
      [(x) => sum(op1('Select', [op1('Equal', [x, x], {}, 'c'), x, x], {}, 'y')),
        [`c = Equal(${X}, ${X})`, `y = Select(c, ${X}, ${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => op1('SelectV2', [op1('Equal', [op1('Pack', [[x, x]]), x]), x, x])],
    dtypes: NUMBERS,
  },
  'AddV2(x, Neg(y)) -> Sub(x, y)': {
    fires: [
      [(x) => op1('AddV2', [x, op1('Neg', [op1('Abs', [x], {}, 'a')], {}, 'in')], {}, 'y'),
        [`a = Abs(${X})`, 'in = Neg(a)', `y = AddV2(${X}, in)`], [`a = Abs(${X})`, `y = Sub(${X}, a)`]],
      [(x) => op1('AddV2', [op1('Neg', [x], {}, 'in'), op1('Abs', [x], {}, 'a')], {}, 'y'),
        [`in = Neg(${X})`, `a = Abs(${X})`, 'y = AddV2(in, a)'], [`a = Abs(${X})`, `y = Sub(a, ${X})`]],
      [(x) => op1('AddV2', [op1('Neg', [x], {}, 'in'), x], {}, 'y'),
        [`in = Neg(${X})`, `y = AddV2(in, ${X})`], [`y = Sub(${X}, ${X})`]],
    ],
    rests: [(x) => op1('AddV2', [x, op1('Abs', [x])])],
    dtypes: NUMBERS,
    engines: ['wasm'],
  },
  'Sub(x, Neg(y)) -> AddV2(x, y)': {
    fires: [
      [(x) => op1('Sub', [x, op1('Neg', [x], {}, 'in')], {}, 'y'),
        [`in = Neg(${X})`, `y = Sub(${X}, in)`], [`y = AddV2(${X}, ${X})`]],
    ],
    rests: [(x) => op1('Sub', [op1('Neg', [x]), x])],
    dtypes: NUMBERS,
    engines: ['wasm'],
  },
  'Mul(Neg(x), Neg(y)) -> Mul(x, y)': {
    fires: [
      [(x) => op1('Mul', [op1('Neg', [x], {}, 'a'), op1('Neg', [op1('Abs', [x], {}, 'in')], {}, 'b')], {}, 'y'),
        [`a = Neg(${X})`, `in = Abs(${X})`, 'b = Neg(in)', 'y = Mul(a, b)'], [`in = Abs(${X})`, `y = Mul(${X}, in)`]],
    ],
    rests: [(x) => op1('Mul', [op1('Neg', [x]), x])],
    dtypes: NUMBERS,
    engines: ['wasm'],
  },
  'Square(Neg(x)) -> Square(x)': {
    fires: [
      [(x) => op1('Square', [op1('Neg', [x], {}, 'in')], {}, 'y'),
        [`in = Neg(${X})`, 'y = Square(in)'], [`y = Square(${X})`]],
      [(x) => op1('Abs', [op1('Neg', [x], {}, 'in')], {}, 'y'),
        [`in = Neg(${X})`, 'y = Abs(in)'], [`y = Abs(${X})`]],
      [(x) => op1('Square', [op1('Abs', [x], {}, 'in')], {}, 'y'),
        [`in = Abs(${X})`, 'y = Square(in)'], [`y = Square(${X})`]],
    ],
    rests: [(x) => op1('Sign', [op1('Neg', [x])])],
    dtypes: NUMBERS,
    engines: ['wasm'],
  },
  'Relu(Relu(x)) -> Relu(x)': {
    fires: [
      [(x) => sum(op1('Abs', [op1('Abs', [x], {}, 'in')], {}, 'y')),
        [`in = Abs(${X})`, 'y = Abs(in)', 'sum = ADD(y, y)'], [`in = Abs(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('Relu', [op1('Relu', [x], {}, 'in')], {}, 'y')),
        [`in = Relu(${X})`, 'y = Relu(in)', 'sum = ADD(y, y)'], [`in = Relu(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('Relu6', [op1('Relu6', [x], {}, 'in')], {}, 'y')),
        [`in = Relu6(${X})`, 'y = Relu6(in)', 'sum = ADD(y, y)'], [`in = Relu6(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('Floor', [op1('Floor', [x], {}, 'in')], {}, 'y')),
        [`in = Floor(${X})`, 'y = Floor(in)', 'sum = ADD(y, y)'], [`in = Floor(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('Ceil', [op1('Ceil', [x], {}, 'in')], {}, 'y')),
        [`in = Ceil(${X})`, 'y = Ceil(in)', 'sum = ADD(y, y)'], [`in = Ceil(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('Rint', [op1('Rint', [x], {}, 'in')], {}, 'y')),
        [`in = Rint(${X})`, 'y = Rint(in)', 'sum = ADD(y, y)'], [`in = Rint(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('Round', [op1('Round', [x], {}, 'in')], {}, 'y')),
        [`in = Round(${X})`, 'y = Round(in)', 'sum = ADD(y, y)'], [`in = Round(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('Sign', [op1('Sign', [x], {}, 'in')], {}, 'y')),
        [`in = Sign(${X})`, 'y = Sign(in)', 'sum = ADD(y, y)'], [`in = Sign(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('ZerosLike', [op1('ZerosLike', [x], {}, 'in')], {}, 'y')),
        [`in = ZerosLike(${X})`, 'y = ZerosLike(in)', 'sum = ADD(y, y)'], [`in = ZerosLike(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('OnesLike', [op1('OnesLike', [x], {}, 'in')], {}, 'y')),
        [`in = OnesLike(${X})`, 'y = OnesLike(in)', 'sum = ADD(y, y)'], [`in = OnesLike(${X})`, 'sum = ADD(in, in)']],
    ],
    rests: [(x) => op1('Neg', [op1('Neg', [x])])],
    dtypes: FLOATS,
    engines: ['wasm'],
  },
  'AddV2(x, 0) of an x that is never -0 -> x': {
    fires: [
      [(x) => sum(op1('AddV2', [op1('Abs', [x], {}, 'in'), number(x, 0)], {}, 'y')),
        [`in = Abs(${X})`, 'y = AddV2(in, Const)', 'sum = ADD(y, y)'], [`in = Abs(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('AddV2', [op1('Square', [x], {}, 'in'), number(x, 0)], {}, 'y')),
        [`in = Square(${X})`, 'y = AddV2(in, Const)', 'sum = ADD(y, y)'], [`in = Square(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('AddV2', [op1('Exp', [x], {}, 'in'), number(x, 0)], {}, 'y')),
        [`in = Exp(${X})`, 'y = AddV2(in, Const)', 'sum = ADD(y, y)'], [`in = Exp(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('AddV2', [op1('Sigmoid', [x], {}, 'in'), number(x, 0)], {}, 'y')),
        [`in = Sigmoid(${X})`, 'y = AddV2(in, Const)', 'sum = ADD(y, y)'], [`in = Sigmoid(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('AddV2', [op1('Softmax', [x], {}, 'in'), number(x, 0)], {}, 'y')),
        [`in = Softmax(${X})`, 'y = AddV2(in, Const)', 'sum = ADD(y, y)'], [`in = Softmax(${X})`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('AddV2', [number(x, 0, [3, 1]), op1('MatMul', [op1('Reshape', [x, ints(3, 2)], {}, 'r'), op1('Reshape', [x, ints(2, 3)], {}, 's')], {}, 'in')], {}, 'y')),
        [`r = Reshape(${X}, Const_1)`, `s = Reshape(${X}, Const_2)`, 'in = MatMul(r, s)', 'y = AddV2(Const, in)', 'sum = ADD(y, y)'], [`r = Reshape(${X}, Const_1)`, `s = Reshape(${X}, Const_2)`, 'in = MatMul(r, s)', 'sum = ADD(in, in)']],
    ],
    rests: [(x) => op1('AddV2', [op1('Relu', [x]), number(x, 0)]),
      (x) => op1('AddV2', [op1('Abs', [x]), number(x, 0, [2, 2, 3])])],
    dtypes: FLOATS,
    engines: ['wasm'],
  },
  'Mul(x, -1) -> Neg(x)': {
    fires: [
      [(x) => op1('Mul', [x, number(x, -1)], {}, 'y'),
        [`y = Mul(${X}, Const)`], [`y = Neg(${X})`]],
    ],
    rests: [(x) => op1('Mul', [x, number(x, -1, [2, 2, 3])]),
      (x) => op1('Mul', [x, number(x, -2)])],
    dtypes: NUMBERS,
    engines: ['wasm'],
  },
  'RealDiv(x, power of two) -> Mul(x, its reciprocal)': {
    fires: [
      [(x) => op1('RealDiv', [x, number(x, 2048)], {}, 'y'),
        [`y = RealDiv(${X}, Const)`], [`y = Mul(${X}, y@reciprocal)`]],
      [(x) => op1('RealDiv', [x, number(x, -0.25)], {}, 'y'),
        [`y = RealDiv(${X}, Const)`], [`y = Mul(${X}, y@reciprocal)`]],
      [(x) => op1('RealDiv', [x, number(x, 2 ** 126)], {}, 'y'),
        [`y = RealDiv(${X}, Const)`], [`y = Mul(${X}, y@reciprocal)`]],
      [(x) => op1('RealDiv', [x, number(x, 2 ** -126)], {}, 'y'),
        [`y = RealDiv(${X}, Const)`], [`y = Mul(${X}, y@reciprocal)`]],
      [(x) => op1('RealDiv', [x, tf.constant([1, 4, -0.5], { dtype: x.dtype })], {}, 'y'),
        [`y = RealDiv(${X}, Const)`], [`y = Mul(${X}, y@reciprocal)`]],
    ],
    rests: [(x) => op1('RealDiv', [x, number(x, 3)]),
      (x) => op1('RealDiv', [x, number(x, 0)]),
      (x) => op1('RealDiv', [x, number(x, 2 ** 127)]),
      (x) => op1('RealDiv', [x, number(x, Infinity)])],
    dtypes: FLOATS,
    engines: ['wasm'],
  },
  'AddN(AddN(x, y), z) -> AddN(x, y, z)': {
    fires: [
      [(x) => op1('AddN', [[op1('AddN', [[x, op1('Neg', [x], {}, 'a')]], {}, 'in'), op1('Abs', [x], {}, 'b')]], {}, 'y'),
        [`a = Neg(${X})`, `in = AddN(${X}, a)`, `b = Abs(${X})`, 'y = AddN(in, b)'], [`a = Neg(${X})`, `b = Abs(${X})`, `y = AddN(${X}, a, b)`]],
      [(x) => op1('AddN', [[op1('AddV2', [x, op1('Neg', [x], {}, 'a')], {}, 'in'), op1('Abs', [x], {}, 'b')]], {}, 'y'),
        [`a = Neg(${X})`, `in = AddV2(${X}, a)`, `b = Abs(${X})`, 'y = AddN(in, b)'], [`a = Neg(${X})`, `b = Abs(${X})`, `y = AddN(${X}, a, b)`]],
    ],
    rests: [(x) => op1('AddN', [[x, op1('AddN', [[x, op1('Abs', [x])]])]]),
      (x) => { const in2 = op1('AddN', [[x, x]]); return op1('AddN', [[in2, in2]]); }],
    dtypes: NUMBERS,
    engines: ['wasm'],
  },
  'Mul(Tile(x), y) that broadcasts x -> Mul(x, y)': {
    fires: [
      [(x) => op1('Mul', [op1('Tile', [op1('Slice', [x, ints(0, 0), ints(1, 3)], {}, 's'), ints(2, 1)], {}, 'in'), x], {}, 'y'),
        [`s = Slice(${X}, Const, Const_1)`, 'in = Tile(s, Const_2)', `y = Mul(in, ${X})`], [`s = Slice(${X}, Const, Const_1)`, `y = Mul(s, ${X})`]],
      [(x) => op1('Sub', [x, op1('BroadcastTo', [op1('Slice', [x, ints(0, 1), ints(2, 1)], {}, 's'), ints(2, 3)], {}, 'in')], {}, 'y'),
        [`s = Slice(${X}, Const, Const_1)`, 'in = BroadcastTo(s, Const_2)', `y = Sub(${X}, in)`], [`s = Slice(${X}, Const, Const_1)`, `y = Sub(${X}, s)`]],
    ],
    rests: [(x) => op1('Mul', [op1('Tile', [op1('Slice', [x, ints(0, 0), ints(1, 3)]), ints(2, 1)]), number(x, 2)]),
      (x) => op1('Mul', [op1('Tile', [x, ints(2, 1)]), number(x, 2, [4, 3])])],
    dtypes: NUMBERS,
    engines: ['wasm'],
  },
  'Slice(f(x, y)) -> f(Slice(x), Slice(y))': {
    fires: [
      [(x) => op1('Slice', [op1('Exp', [x], {}, 'in'), ints(1, 0), ints(1, -1)], {}, 'y'),
        [`in = Exp(${X})`, 'y = Slice(in, Const, Const_1)'], [`y@part0 = Slice(${X}, y@begin0, y@size0)`, 'y = Exp(y@part0)']],
      [(x) => op1('Slice', [op1('Sub', [x, tf.constant([[1, 2, 3]], { dtype: x.dtype })], {}, 'in'), ints(0, 1), ints(2, 2)], {}, 'y'),
        [`in = Sub(${X}, Const)`, 'y = Slice(in, Const_1, Const_2)'], [`y@part0 = Slice(${X}, y@begin0, y@size0)`, 'y@part1 = Slice(Const, y@begin1, y@size1)', 'y = Sub(y@part0, y@part1)']],
      [(x) => op1('Slice', [op1('Mul', [number(x, 2), x], {}, 'in'), ints(0, 0), ints(0, 2)], {}, 'y'),
        [`in = Mul(Const, ${X})`, 'y = Slice(in, Const_1, Const_2)'], [`y@part1 = Slice(${X}, y@begin1, y@size1)`, 'y = Mul(Const, y@part1)']],
    ],
    rests: [(x) => { const e = op1('Exp', [x]); return op1('AddV2', [op1('Slice', [e, ints(0, 0), ints(1, 3)]), e]); }, (x) => op1('Slice', [op1('Softmax', [x]), ints(0, 0), ints(1, 3)]),
      (x) => op1('Slice', [op1('Exp', [x]), fedShape(x), ints(1, 1)])],
    dtypes: FLOATS,
    engines: ['wasm'],
  },
  'ReverseV2(f(x)) -> f(ReverseV2(x))': {
    fires: [[(x) => op1('ReverseV2', [op1('Tanh', [x], {}, 'in'), ints(1)], {}, 'y'), [`in = Tanh(${X})`, 'y = ReverseV2(in, Const)'], [`y@reversed = ReverseV2(${X}, Const)`, 'y = Tanh(y@reversed)']]],
    rests: [(x) => { const t = op1('Tanh', [x]); return op1('AddV2', [op1('ReverseV2', [t, ints(0)]), t]); }, (x) => op1('ReverseV2', [op1('AddV2', [x, x]), ints(0)])],
    dtypes: FLOATS,
    engines: ['wasm'],
  },
};

ruleSuite([...valueRules, ...droppingValues, ...exactRules], ROWS, droppingValues);

test.each(['reference', 'wasm'])('a part of no rows of one row has no rows: %s', (engine) => {
  tf.resetDefaultGraph();
  const x = tf.placeholder(tf.float32, [1, 3]), none = tf.slice(tf.exp(x), [0, 0], [0, 3]);
  using sess = new tf.Session({ engine });
  expect((sess.runSync(none, [[x, [[1, 2, 3]]]]) as tf.NDArray).shape).toEqual([0, 3]);
});
