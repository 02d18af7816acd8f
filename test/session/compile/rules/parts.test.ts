// Rules of parts: slices, splits, concatenations, paddings, gathers of ranges.
import * as tf from 'tfgraph';
import { applyOp, op1 } from '../../../../src/ops/op_def_library.ts';
import { partRules, droppingParts } from '../../../../src/session/compile/rules/parts.ts';
import { fedShape, int, ints, number, ruleSuite, sum, X, type Rows } from '../../../support/rule_rows.ts';

const pads = (n: number): tf.Tensor => tf.constant([[0, n], [0, 0]], { dtype: tf.int32 });

const ROWS: Rows = {
  'StridedSlice(x) of steps of one -> Slice(x)': {
    fires: [
      [(x) => op1('StridedSlice', [x, ints(0, 1), ints(2, -1), ints(1, 1)], {}, 'y'),
        [`y = StridedSlice(${X}, Const, Const_1, Const_2)`], [`y = Slice(${X}, y@begin, y@size)`]],
      [(x) => op1('StridedSlice', [x, ints(1), ints(0), ints(1)], { end_mask: 1 }, 'y'),
        [`y = StridedSlice(${X}, Const, Const_1, Const_2)`], [`y = Slice(${X}, y@begin, y@size)`]],
    ],
    rests: [(x) => op1('StridedSlice', [x, ints(0, 0), ints(2, 3), ints(1, 2)]),
      (x) => op1('StridedSlice', [x, ints(0), ints(1), ints(1)], { shrink_axis_mask: 1 }),
      (x) => op1('StridedSlice', [x, ints(0), ints(1), ints(1)], { new_axis_mask: 1 }),
      (x) => op1('StridedSlice', [x, fedShape(x), ints(1, 1), ints(1, 1)])],
  },
  'Slice(Slice(x)) -> Slice(x)': {
    fires: [
      [(x) => op1('Slice', [op1('Slice', [x, ints(0, 1), ints(-1, 2)], {}, 'in'), ints(1, 1), ints(1, -1)], {}, 'y'),
        [`in = Slice(${X}, Const, Const_1)`, 'y = Slice(in, Const_2, Const_3)'], [`y = Slice(${X}, y@begin, y@size)`]],
      [(x) => op1('StridedSlice', [op1('Slice', [x, ints(0, 1), ints(-1, 2)], {}, 'in'), ints(1), ints(2), ints(1)], { shrink_axis_mask: 1 }, 'y'),
        [`in = Slice(${X}, Const, Const_1)`, 'y = StridedSlice(in, Const_2, Const_3, Const_4)'], [`y = StridedSlice(${X}, y@begin, y@end, y@strides)`]],
      [(x) => op1('StridedSlice', [op1('StridedSlice', [x, ints(0, 0), ints(2, 3), ints(1, 2)], {}, 'in'), ints(0, 1), ints(2, 2), ints(1, 1)], {}, 'y'),
        [`in = StridedSlice(${X}, Const, Const_1, Const_2)`, 'y = StridedSlice(in, Const_3, Const_4, Const_5)'], [`y = StridedSlice(${X}, y@begin, y@end, y@strides)`]],
    ],
    rests: [(x) => op1('Slice', [op1('StridedSlice', [x, ints(0), ints(1), ints(1)], { shrink_axis_mask: 1 }), ints(1), ints(2)]),
      (x) => op1('StridedSlice', [op1('StridedSlice', [x, ints(1, 0), ints(-3, 3), ints(-1, 1)]), ints(0, 1), ints(2, 2), ints(1, 1)]),
      (x) => op1('Slice', [op1('Slice', [x, fedShape(x), ints(1, 2)]), ints(0, 1), ints(1, 1)])],
  },
  'Slice(Pad(x)) inside x -> Slice(x)': {
    fires: [
      [(x) => op1('Slice', [op1('Pad', [x, pads(1)], {}, 'in'), ints(1, 1), ints(1, 2)], {}, 'y'),
        [`in = Pad(${X}, Const)`, 'y = Slice(in, Const_1, Const_2)'], [`y = Slice(${X}, y@begin, y@size)`]],
      [(x) => op1('Slice', [op1('PadV2', [x, tf.constant([[1, 1], [2, 0]], { dtype: tf.int32 }), number(x, 1)], {}, 'in'), ints(1, 2), ints(2, 3)], {}, 'y'),
        [`in = PadV2(${X}, Const, Const_1)`, 'y = Slice(in, Const_2, Const_3)'], [`y = Slice(${X}, y@begin, y@size)`]],
    ],
    rests: [(x) => op1('Slice', [op1('Pad', [x, pads(1)]), ints(0, 1), ints(3, 2)]),
      (x) => op1('Slice', [op1('MirrorPad', [x, pads(1)], { mode: 'REFLECT' }), ints(0, 1), ints(2, 2)])],
  },
  'Pad(Pad(x)) -> Pad(x)': {
    fires: [
      [(x) => op1('Pad', [op1('Pad', [x, pads(1)], {}, 'in'), tf.constant([[1, 0], [2, 3]], { dtype: tf.int32 })], {}, 'y'),
        [`in = Pad(${X}, Const)`, 'y = Pad(in, Const_1)'], [`y = Pad(${X}, y@paddings)`]],
      [(x) => op1('PadV2', [op1('PadV2', [x, pads(1), number(x, 1)], {}, 'in'), pads(2), number(x, 1)], {}, 'y'),
        [`in = PadV2(${X}, Const, Const_1)`, 'y = PadV2(in, Const_2, Const_3)'], [`y = PadV2(${X}, y@paddings, Const_3)`]],
    ],
    rests: [(x) => op1('PadV2', [op1('PadV2', [x, pads(1), number(x, 1)]), pads(2), number(x, 0)])],
  },
  'ConcatV2(neighbours in x) -> Slice(x)': {
    fires: [
      [(x) => { const part = (i: number, n: number, name: string): tf.Tensor => op1('Slice', [x, ints(0, i), ints(2, n)], {}, name); return op1('ConcatV2', [[part(1, 1, 'a'), part(2, 1, 'b')], int(1)], {}, 'y'); },
        [`a = Slice(${X}, Const, Const_1)`, `b = Slice(${X}, Const_2, Const_3)`, 'y = ConcatV2(a, b, Const_4)'], [`y = Slice(${X}, y@begin, y@size)`]],
      [(x) => { const s = applyOp('Split', [int(1), x], { num_split: 3 }, 'in').outputs; return op1('Concat', [int(1), s.slice(0, 2)], {}, 'y'); },
        [`in = Split(Const, ${X})`, 'y = Concat(Const_1, in, in:1)'], [`y = Slice(${X}, y@begin, y@size)`]],
      [(x) => { const part = (i: number, n: number, name: string): tf.Tensor => op1('Slice', [x, ints(0, i), ints(2, n)], {}, name); return sum(op1('ConcatV2', [[part(0, 1, 'a'), part(1, 2, 'b')], int(1)], {}, 'y')); },
        [`a = Slice(${X}, Const, Const_1)`, `b = Slice(${X}, Const_2, Const_3)`, 'y = ConcatV2(a, b, Const_4)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('ConcatV2', [applyOp('Split', [int(1), x], { num_split: 3 }, 'in').outputs, int(-1)], {}, 'y')),
        [`in = Split(Const, ${X})`, 'y = ConcatV2(in, in:1, in:2, Const_1)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => { const part = (i: number, n: number): tf.Tensor => op1('Slice', [x, ints(0, i), ints(2, n)]); return op1('ConcatV2', [[part(2, 1), part(1, 1)], int(1)]); },
      (x) => { const part = (i: number): tf.Tensor => op1('Slice', [x, ints(0, i), ints(1, 1)]); return op1('ConcatV2', [[part(0), part(1)], int(1)]); },
      (x) => { const [a, b, c] = applyOp('Split', [int(1), x], { num_split: 3 }).outputs as [tf.Tensor, tf.Tensor, tf.Tensor]; return op1('ConcatV2', [[a, c, b], int(1)]); },
      (x) => op1('ConcatV2', [applyOp('Split', [int(0), x], { num_split: 2 }).outputs, int(1)])],
  },
  'ConcatV2(ConcatV2(x, y), z) -> ConcatV2(x, y, z)': {
    fires: [
      [(x) => op1('ConcatV2', [[x, op1('ConcatV2', [[x, x], int(-1)], {}, 'in'), x], int(1)], {}, 'y'),
        [`in = ConcatV2(${X}, ${X}, Const)`, `y = ConcatV2(${X}, in, ${X}, Const_1)`], [`y = ConcatV2(${X}, ${X}, ${X}, ${X}, Const_1)`]],
    ],
    rests: [(x) => op1('ConcatV2', [[op1('ConcatV2', [[x, x], int(0)]), op1('Reshape', [op1('ConcatV2', [[x, x], int(1)]), ints(4, 3)])], int(1)]),
      (x) => { const in2 = op1('ConcatV2', [[x, x], int(1)]); return op1('ConcatV2', [[in2, in2, op1('Reshape', [in2, ints(2, 6)])], int(1)]); }],
  },
  'Split(x) in one -> x': {
    fires: [
      [(x) => sum(applyOp('Split', [int(1), x], { num_split: 1 }, 'y').outputs[0]!),
        [`y = Split(Const, ${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => applyOp('Split', [int(0), x], { num_split: 2 }).outputs[0]!],
  },
  'Pack(Unpack(x)) -> x': {
    fires: [[(x) => sum(op1('Pack', [applyOp('Unpack', [x], { num: 3, axis: 1 }, 'in').outputs], { axis: 1 }, 'y')), [`in = Unpack(${X})`, 'y = Pack(in, in:1, in:2)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('Pack', [applyOp('Unpack', [x], { num: 3, axis: 1 }).outputs], { axis: 0 }), (x) => op1('Pack', [applyOp('Unpack', [x], { num: 2 }).outputs.slice(0, 1)])],
  },
  'GatherV2(x, range) -> Slice(x)': {
    fires: [
      [(x) => op1('GatherV2', [x, ints(1, 2), int(1)], {}, 'y'),
        [`y = GatherV2(${X}, Const, Const_1)`], [`y = Slice(${X}, y@begin, y@size)`]],
      [(x) => op1('Gather', [x, ints(1)], {}, 'y'),
        [`y = Gather(${X}, Const)`], [`y = Slice(${X}, y@begin, y@size)`]],
    ],
    rests: [(x) => op1('GatherV2', [x, ints(2, 1), int(1)]),
      (x) => op1('GatherV2', [x, ints(0, 2), int(1)]),
      (x) => op1('GatherV2', [x, int(1), int(1)]),
      (x) => op1('GatherV2', [x, tf.placeholder(tf.int32, [2]), int(0)])],
  },
  'IdentityN(x, ..) -> x, ..': {
    fires: [
      [(x) => { const [a, b] = applyOp('IdentityN', [[x, op1('Reshape', [x, ints(6)], {}, 'in')]], {}, 'y').outputs as [tf.Tensor, tf.Tensor]; return sum(op1('Reshape', [b, op1('Shape', [a], {}, 's')], {}, 'z')); },
        [`in = Reshape(${X}, Const)`, `y = IdentityN(${X}, in)`, 's = Shape(y)', 'z = Reshape(y:1, s)', 'sum = ADD(z, z)'], [`in = Reshape(${X}, Const)`, `s = Shape(${X})`, 'z = Reshape(in, s)', 'sum = ADD(z, z)']],
    ],
  },
  'Split(ConcatV2(x, ..)) -> x, ..': {
    fires: [
      [(x) => { const [a, b] = applyOp('Split', [int(1), op1('ConcatV2', [[x, op1('Reshape', [x, ints(2, 3)], {}, 'r')], int(-1)], {}, 'in')], { num_split: 2 }, 'y').outputs as [tf.Tensor, tf.Tensor]; return op1('Pack', [[a, b]], {}, 'z'); },
        [`r = Reshape(${X}, Const_1)`, `in = ConcatV2(${X}, r, Const_2)`, 'y = Split(Const, in)', 'z = Pack(y, y:1)'], [`r = Reshape(${X}, Const_1)`, `z = Pack(${X}, r)`]],
      [(x) => { const [a, b] = applyOp('SplitV', [op1('ConcatV2', [[x, op1('Slice', [x, ints(0, 0), ints(2, 1)], {}, 'r')], int(1)], {}, 'in'), ints(-1, 1), int(1)], { num_split: 2 }, 'y').outputs as [tf.Tensor, tf.Tensor]; return op1('Pack', [[op1('Slice', [a, ints(0, 0), ints(2, 1)], {}, 's'), b]], {}, 'z'); },
        [`r = Slice(${X}, Const, Const_1)`, `in = ConcatV2(${X}, r, Const_2)`, 'y = SplitV(in, Const_3, Const_4)', 's = Slice(y, Const_5, Const_6)', 'z = Pack(s, y:1)'], [`r = Slice(${X}, Const, Const_1)`, `s = Slice(${X}, Const_5, Const_6)`, 'z = Pack(s, r)']],
    ],
    rests: [(x) => applyOp('Split', [int(0), op1('ConcatV2', [[x, x], int(1)])], { num_split: 2 }).outputs[1]!,
      (x) => applyOp('Split', [int(1), op1('ConcatV2', [[x, x], int(1)])], { num_split: 3 }).outputs[1]!],
  },
  'Unpack(Pack(x, ..)) -> x, ..': {
    fires: [
      [(x) => { const [a, b] = applyOp('Unpack', [op1('Pack', [[x, op1('Reshape', [x, ints(2, 3)], {}, 'r')]], { axis: 1 }, 'in')], { num: 2, axis: -2 }, 'y').outputs as [tf.Tensor, tf.Tensor]; return op1('ConcatV2', [[b, a], int(0)], {}, 'z'); },
        [`r = Reshape(${X}, Const)`, `in = Pack(${X}, r)`, 'y = Unpack(in)', 'z = ConcatV2(y:1, y, Const_1)'], [`r = Reshape(${X}, Const)`, `z = ConcatV2(r, ${X}, Const_1)`]],
    ],
    rests: [(x) => applyOp('Unpack', [op1('Pack', [[x, x]])], { num: 2, axis: 1 }).outputs[1]!],
  },
  'Slice(ConcatV2(x, y)) inside x -> Slice(x)': {
    fires: [
      [(x) => op1('Slice', [op1('ConcatV2', [[op1('Reshape', [x, ints(2, 3)], {}, 'r'), x], int(1)], {}, 'in'), ints(0, 4), ints(2, 2)], {}, 'y'),
        [`r = Reshape(${X}, Const)`, `in = ConcatV2(r, ${X}, Const_1)`, 'y = Slice(in, Const_2, Const_3)'], [`y = Slice(${X}, y@begin, y@size)`]],
      [(x) => sum(op1('Slice', [op1('ConcatV2', [[op1('Reshape', [x, ints(2, 3)], {}, 'r'), x], int(1)], {}, 'in'), ints(0, 3), ints(2, 3)], {}, 'y')),
        [`r = Reshape(${X}, Const)`, `in = ConcatV2(r, ${X}, Const_1)`, 'y = Slice(in, Const_2, Const_3)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => op1('StridedSlice', [op1('ConcatV2', [[x, x], int(0)], {}, 'in'), ints(3), ints(4), ints(1)], { shrink_axis_mask: 1 }, 'y'),
        [`in = ConcatV2(${X}, ${X}, Const)`, 'y = StridedSlice(in, Const_1, Const_2, Const_3)'], [`y = StridedSlice(${X}, y@begin, y@end, y@strides)`]],
    ],
    rests: [(x) => op1('Slice', [op1('ConcatV2', [[x, x], int(1)]), ints(0, 2), ints(2, 2)])],
  },
  'StridedSlice(Pack(x, y)) of one -> x': {
    fires: [
      [(x) => sum(op1('StridedSlice', [op1('Pack', [[op1('Reshape', [x, ints(2, 3)], {}, 'r'), x]], {}, 'in'), ints(1), ints(2), ints(1)], { shrink_axis_mask: 1 }, 'y')),
        [`r = Reshape(${X}, Const)`, `in = Pack(r, ${X})`, 'y = StridedSlice(in, Const_1, Const_2, Const_3)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => op1('StridedSlice', [op1('Pack', [[x, x]], { axis: 1 }, 'in'), ints(1, 0, 1), ints(2, 1, 3), ints(1, 1, 1)], { shrink_axis_mask: 3 }, 'y'),
        [`in = Pack(${X}, ${X})`, 'y = StridedSlice(in, Const, Const_1, Const_2)'], [`y = StridedSlice(${X}, y@begin, y@end, y@strides)`]],
    ],
    rests: [(x) => op1('StridedSlice', [op1('Pack', [[x, x]]), ints(0), ints(1), ints(1)])],
  },
};

ruleSuite([...partRules, ...droppingParts], ROWS, droppingParts);
