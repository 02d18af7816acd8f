// Rules of products: transposed factors and padded images.
import * as tf from 'tfgraph';
import { op1 } from '../../../../src/ops/op_def_library.ts';
import { productRules } from '../../../../src/session/compile/rules/products.ts';
import { FLOATS, fedShape, int, ints, NUMBERS, ruleSuite, X, type Rows } from '../../../support/rule_rows.ts';

const swap = (x: tf.Tensor): tf.Tensor => op1('Transpose', [x, ints(1, 0)], {}, 'turn');

const ROWS: Rows = {
  'MatMul(Transpose(x), y) -> MatMul(x, y) that transposes x': {
    fires: [
      [(x) => op1('MatMul', [swap(x), x], {}, 'y'),
        [`turn = Transpose(${X}, Const)`, `y = MatMul(turn, ${X})`], [`y = MatMul(${X}, ${X})`]],
      [(x) => op1('BatchMatMulV2', [op1('Transpose', [op1('Reshape', [x, ints(1, 2, 3)], {}, 'r'), ints(0, 2, 1)], {}, 'in'), x], {}, 'y'),
        [`r = Reshape(${X}, Const)`, 'in = Transpose(r, Const_1)', `y = BatchMatMulV2(in, ${X})`], [`r = Reshape(${X}, Const)`, `y = BatchMatMulV2(r, ${X})`]],
      [(x) => op1('MatMul', [swap(x), op1('Reshape', [x, ints(3, 2)], {}, 'r')], { transpose_a: true }, 'y'),
        [`turn = Transpose(${X}, Const)`, `r = Reshape(${X}, Const_1)`, 'y = MatMul(turn, r)'], [`r = Reshape(${X}, Const_1)`, `y = MatMul(${X}, r)`]],
    ],
    rests: [(x) => op1('BatchMatMul', [op1('Transpose', [op1('Reshape', [x, ints(1, 2, 3)]), ints(1, 0, 2)]), op1('Reshape', [x, ints(2, 3, 1)])])],
    dtypes: NUMBERS,
    engines: ['wasm'],
  },
  'MatMul(x, Transpose(y)) -> MatMul(x, y) that transposes y': {
    fires: [
      [(x) => op1('MatMul', [x, swap(x)], {}, 'y'),
        [`turn = Transpose(${X}, Const)`, `y = MatMul(${X}, turn)`], [`y = MatMul(${X}, ${X})`]],
    ],
    rests: [(x) => op1('MatMul', [x, op1('Transpose', [x, fedShape(x)])])],
    dtypes: NUMBERS,
    engines: ['wasm'],
  },
  'Transpose(MatMul(x, y)) -> MatMul(y, x)': {
    fires: [
      [(x) => op1('Transpose', [op1('MatMul', [op1('Neg', [x], {}, 'a'), x], { transpose_a: true }, 'in'), ints(1, 0)], {}, 'y'),
        [`a = Neg(${X})`, `in = MatMul(a, ${X})`, 'y = Transpose(in, Const)'], [`a = Neg(${X})`, `y = MatMul(${X}, a)`]],
      [(x) => op1('Transpose', [op1('BatchMatMulV2', [op1('Reshape', [x, ints(1, 3, 2)], {}, 'a'), x], {}, 'in'), ints(0, 2, 1)], {}, 'y'),
        [`a = Reshape(${X}, Const)`, `in = BatchMatMulV2(a, ${X})`, 'y = Transpose(in, Const_1)'], [`a = Reshape(${X}, Const)`, `y = BatchMatMulV2(${X}, a)`]],
    ],
    rests: [(x) => { const m = op1('MatMul', [x, x], { transpose_a: true }); return op1('AddV2', [op1('Transpose', [m, ints(1, 0)]), m]); }],
    dtypes: NUMBERS,
    engines: ['wasm'],
  },
  'Conv2D(Pad(x)) -> Conv2D(x) that pads': {
    fires: [
      [(x) => op1('Conv2D', [op1('Pad', [op1('Reshape', [x, ints(1, 2, 3, 1)], {}, 'image'), tf.constant([[0, 0], [1, 2], [0, 1], [0, 0]], { dtype: tf.int32 })], {}, 'in'), op1('Reshape', [op1('Slice', [x, ints(0, 0), ints(2, 2)], {}, 's'), ints(2, 2, 1, 1)], {}, 'filter')], { strides: [1, 1, 1, 1], padding: 'VALID' }, 'y'),
        [`image = Reshape(${X}, Const)`, 'in = Pad(image, Const_1)', `s = Slice(${X}, Const_2, Const_3)`, 'filter = Reshape(s, Const_4)', 'y = Conv2D(in, filter)'], [`image = Reshape(${X}, Const)`, `s = Slice(${X}, Const_2, Const_3)`, 'filter = Reshape(s, Const_4)', 'y = Conv2D(image, filter)']],
      [(x) => op1('Conv2D', [op1('Pad', [op1('Reshape', [x, ints(1, 2, 3, 1)], {}, 'image'), tf.constant([[0, 0], [1, 2], [0, 1], [0, 0]], { dtype: tf.int32 })], {}, 'in'), op1('Reshape', [op1('Slice', [x, ints(0, 0), ints(2, 2)], {}, 's'), ints(2, 2, 1, 1)], {}, 'filter')], { strides: [1, 2, 2, 1], padding: 'SAME' }, 'y'),
        [`image = Reshape(${X}, Const)`, 'in = Pad(image, Const_1)', `s = Slice(${X}, Const_2, Const_3)`, 'filter = Reshape(s, Const_4)', 'y = Conv2D(in, filter)'], [`image = Reshape(${X}, Const)`, `s = Slice(${X}, Const_2, Const_3)`, 'filter = Reshape(s, Const_4)', 'y = Conv2D(image, filter)']],
      [(x) => op1('Conv2D', [op1('Pad', [op1('Reshape', [x, ints(1, 2, 3, 1)], {}, 'image'), tf.constant([[0, 0], [1, 2], [0, 1], [0, 0]], { dtype: tf.int32 })], {}, 'in'), op1('Reshape', [op1('Slice', [x, ints(0, 0), ints(2, 2)], {}, 's'), ints(2, 2, 1, 1)], {}, 'filter')], { strides: [1, 1, 1, 1], padding: 'EXPLICIT', explicit_paddings: [0, 0, 0, 1, 1, 1, 0, 0] }, 'y'),
        [`image = Reshape(${X}, Const)`, 'in = Pad(image, Const_1)', `s = Slice(${X}, Const_2, Const_3)`, 'filter = Reshape(s, Const_4)', 'y = Conv2D(in, filter)'], [`image = Reshape(${X}, Const)`, `s = Slice(${X}, Const_2, Const_3)`, 'filter = Reshape(s, Const_4)', 'y = Conv2D(image, filter)']],
      [(x) => op1('Conv2D', [op1('Pad', [op1('Reshape', [x, ints(1, 1, 2, 3)], {}, 'image'), tf.constant([[0, 0], [0, 0], [1, 0], [2, 1]], { dtype: tf.int32 })], {}, 'in'), op1('Reshape', [op1('Slice', [x, ints(0, 0), ints(2, 2)], {}, 's'), ints(2, 2, 1, 1)], {}, 'filter')], { strides: [1, 1, 1, 1], padding: 'SAME', data_format: 'NCHW' }, 'y'),
        [`image = Reshape(${X}, Const)`, 'in = Pad(image, Const_1)', `s = Slice(${X}, Const_2, Const_3)`, 'filter = Reshape(s, Const_4)', 'y = Conv2D(in, filter)'], [`image = Reshape(${X}, Const)`, `s = Slice(${X}, Const_2, Const_3)`, 'filter = Reshape(s, Const_4)', 'y = Conv2D(image, filter)']],
      [(x) => op1('Conv2DBackpropFilter', [op1('Pad', [op1('Reshape', [x, ints(1, 2, 3, 1)], {}, 'image'), tf.constant([[0, 0], [1, 0], [2, 0], [0, 0]], { dtype: tf.int32 })], {}, 'in'), ints(2, 2, 1, 1), op1('Reshape', [op1('ConcatV2', [[x, op1('Slice', [x, ints(0, 0), ints(2, 1)], {}, 's')], int(1)], {}, 'c'), ints(1, 2, 4, 1)], {}, 'dy')], { strides: [1, 1, 1, 1], padding: 'VALID' }, 'y'),
        [`image = Reshape(${X}, Const)`, 'in = Pad(image, Const_1)', `s = Slice(${X}, Const_3, Const_4)`, `c = ConcatV2(${X}, s, Const_5)`, 'dy = Reshape(c, Const_6)', 'y = Conv2DBackpropFilter(in, Const_2, dy)'], [`image = Reshape(${X}, Const)`, `s = Slice(${X}, Const_3, Const_4)`, `c = ConcatV2(${X}, s, Const_5)`, 'dy = Reshape(c, Const_6)', 'y = Conv2DBackpropFilter(image, Const_2, dy)']],
    ],
    rests: [(x) => op1('Conv2D', [op1('Pad', [op1('Reshape', [x, ints(1, 2, 3, 1)], {}, 'image'), tf.constant([[0, 0], [1, 2], [0, 1], [0, 1]], { dtype: tf.int32 })], {}, 'in'), op1('Reshape', [op1('Slice', [x, ints(0, 0), ints(2, 2)], {}, 's'), ints(2, 1, 2, 1)], {}, 'filter')], { strides: [1, 1, 1, 1], padding: 'VALID' }, 'y'),
      (x) => op1('Conv2D', [op1('Pad', [op1('Reshape', [x, ints(1, 2, 3, 1)], {}, 'image'), tf.constant([[1, 0], [1, 2], [0, 1], [0, 0]], { dtype: tf.int32 })], {}, 'in'), op1('Reshape', [op1('Slice', [x, ints(0, 0), ints(2, 2)], {}, 's'), ints(2, 2, 1, 1)], {}, 'filter')], { strides: [1, 1, 1, 1], padding: 'VALID' }, 'y')],
    dtypes: FLOATS,
    engines: ['wasm'],
  },
  'Slice(Conv2DBackpropInput(y)) without a border -> Conv2DBackpropInput(y) that pads': {
    fires: [
      [(x) => op1('Slice', [op1('Conv2DBackpropInput', [ints(1, 3, 4, 1), op1('Reshape', [op1('Slice', [x, ints(0, 0), ints(2, 2)], {}, 's'), ints(2, 2, 1, 1)], {}, 'filter'), op1('Reshape', [x, ints(1, 2, 3, 1)], {}, 'dy')], { strides: [1, 1, 1, 1], padding: 'VALID' }, 'in'), ints(0, 1, 0, 0), ints(1, -1, 3, 1)], {}, 'y'),
        [`s = Slice(${X}, Const_1, Const_2)`, 'filter = Reshape(s, Const_3)', `dy = Reshape(${X}, Const_4)`, 'in = Conv2DBackpropInput(Const, filter, dy)', 'y = Slice(in, Const_5, Const_6)'], [`s = Slice(${X}, Const_1, Const_2)`, 'filter = Reshape(s, Const_3)', `dy = Reshape(${X}, Const_4)`, 'y = Conv2DBackpropInput(y@sizes, filter, dy)']],
      [(x) => op1('Slice', [op1('Conv2DBackpropInput', [ints(1, 2, 3, 1), op1('Reshape', [op1('Slice', [x, ints(0, 0), ints(2, 2)], {}, 's'), ints(2, 2, 1, 1)], {}, 'filter'), op1('Reshape', [x, ints(1, 2, 3, 1)], {}, 'dy')], { strides: [1, 1, 1, 1], padding: 'SAME' }, 'in'), ints(0, 1, 0, 0), ints(1, -1, 3, 1)], {}, 'y'),
        [`s = Slice(${X}, Const_1, Const_2)`, 'filter = Reshape(s, Const_3)', `dy = Reshape(${X}, Const_4)`, 'in = Conv2DBackpropInput(Const, filter, dy)', 'y = Slice(in, Const_5, Const_6)'], [`s = Slice(${X}, Const_1, Const_2)`, 'filter = Reshape(s, Const_3)', `dy = Reshape(${X}, Const_4)`, 'y = Conv2DBackpropInput(y@sizes, filter, dy)']],
      [(x) => op1('Slice', [op1('Conv2DBackpropInput', [ints(1, 3, 6, 1), op1('Reshape', [op1('Slice', [x, ints(0, 0), ints(2, 2)], {}, 's'), ints(2, 2, 1, 1)], {}, 'filter'), op1('Reshape', [x, ints(1, 2, 3, 1)], {}, 'dy')], { strides: [1, 2, 2, 1], padding: 'SAME' }, 'in'), ints(0, 1, 0, 0), ints(1, -1, 3, 1)], {}, 'y'),
        [`s = Slice(${X}, Const_1, Const_2)`, 'filter = Reshape(s, Const_3)', `dy = Reshape(${X}, Const_4)`, 'in = Conv2DBackpropInput(Const, filter, dy)', 'y = Slice(in, Const_5, Const_6)'], [`s = Slice(${X}, Const_1, Const_2)`, 'filter = Reshape(s, Const_3)', `dy = Reshape(${X}, Const_4)`, 'y = Conv2DBackpropInput(y@sizes, filter, dy)']],
    ],
    rests: [(x) => op1('Slice', [op1('Conv2DBackpropInput', [ints(1, 2, 3, 2), op1('Reshape', [x, ints(1, 1, 2, 3)]), op1('Tile', [op1('Reshape', [x, ints(1, 2, 1, 3)]), ints(1, 1, 3, 1)])], { strides: [1, 1, 1, 1], padding: 'VALID' }), ints(0, 0, 0, 1), ints(1, -1, 3, 1)])],
    dtypes: FLOATS,
    engines: ['wasm'],
  },
};

ruleSuite([...productRules], ROWS);
