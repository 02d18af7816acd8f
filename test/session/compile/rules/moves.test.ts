// Rules of moves: nodes that pass all their elements on, under another shape or in another order.
import * as tf from 'tfgraph';
import { applyOp, op1 } from '../../../../src/ops/op_def_library.ts';
import { moveRules } from '../../../../src/session/compile/rules/moves.ts';
import { type Build, fedShape, int, ints, ruleSuite, sum, X, type Rows } from '../../../support/rule_rows.ts';

const swap = (x: tf.Tensor): tf.Tensor => op1('Transpose', [x, ints(1, 0)], {}, 'turn');
const pads = (n: number): tf.Tensor => tf.constant([[0, n], [0, 0]], { dtype: tf.int32 });
const passes = (op: string, attrs: Parameters<typeof op1>[2] = {}): readonly [Build, string[], string[]] =>
  [(x) => sum(op1(op, [x], attrs, 'y')), [`y = ${op}(${X})`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]];

const ROWS: Rows = {
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
  'Reshape(Reshape(x)) of the shape of x -> x': {
    fires: [[(x) => sum(op1('Squeeze', [op1('ExpandDims', [x, int(1)], {}, 'in')], {}, 'y')), [`in = ExpandDims(${X}, Const)`, 'y = Squeeze(in)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]]],
    rests: [(x) => op1('ExpandDims', [op1('ExpandDims', [x, int(1)]), int(0)])],
  },
  'Reshape(Reshape(x), shape) -> Reshape(x, shape)': {
    fires: [
      [(x) => op1('Reshape', [op1('Reshape', [x, ints(6)], {}, 'in'), ints(3, -1)], {}, 'y'), [`in = Reshape(${X}, Const)`, 'y = Reshape(in, Const_1)'], [`y = Reshape(${X}, Const_1)`]],
      [(x) => op1('Reshape', [op1('ExpandDims', [x, int(0)], {}, 'in'), ints(6)], {}, 'y'), [`in = ExpandDims(${X}, Const)`, 'y = Reshape(in, Const_1)'], [`y = Reshape(${X}, Const_1)`]],
    ],
    rests: [(x) => op1('Reshape', [op1('Reshape', [x, fedShape(x)]), ints(6)]), (x) => op1('Reshape', [swap(x), ints(6)])],
  },
  'Squeeze(Reshape(x)) -> Reshape(x, shape)': {
    fires: [
      [(x) => op1('Squeeze', [op1('Reshape', [x, ints(1, 6)], {}, 'in')], {}, 'y'),
        [`in = Reshape(${X}, Const)`, 'y = Squeeze(in)'], [`y = Reshape(${X}, y@shape)`]],
      [(x) => op1('ExpandDims', [op1('Reshape', [x, ints(3, 2)], {}, 'in'), int(0)], {}, 'y'),
        [`in = Reshape(${X}, Const)`, 'y = ExpandDims(in, Const_1)'], [`y = Reshape(${X}, y@shape)`]],
    ],
    rests: [(x) => op1('Squeeze', [op1('Reshape', [x, fedShape(x)])])],
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
  'Transpose(x) that only moves axes of one -> Reshape(x)': {
    fires: [
      [(x) => op1('Transpose', [op1('Reshape', [x, ints(2, 1, 3)], {}, 'in'), ints(1, 0, 2)], {}, 'y'),
        [`in = Reshape(${X}, Const)`, 'y = Transpose(in, Const_1)'], [`in = Reshape(${X}, Const)`, 'y = Reshape(in, y@shape)']],
    ],
    rests: [swap,
      (x) => op1('Transpose', [op1('Reshape', [x, ints(2, 1, 3)]), ints(2, 1, 0)])],
  },
  'Transpose(Transpose(x, p), q) -> Transpose(x, p of q)': {
    fires: [
      [(x) => { const three = op1('Reshape', [x, ints(1, 2, 3)], {}, 'three'); return op1('Transpose', [op1('Transpose', [three, ints(1, 2, 0)], {}, 'turn'), ints(1, 2, 0)], {}, 'y'); },
        [`three = Reshape(${X}, Const)`, 'turn = Transpose(three, Const_1)', 'y = Transpose(turn, Const_2)'], [`three = Reshape(${X}, Const)`, 'y = Transpose(three, y@perm)']],
    ],
    rests: [(x) => op1('Transpose', [swap(x), ints(1, 0)]),
      (x) => op1('Transpose', [op1('Transpose', [x, fedShape(x)]), ints(1, 0)])],
  },
  'ReverseV2(x) of axes of one -> x': {
    fires: [
      [(x) => sum(op1('ReverseV2', [op1('Reshape', [x, ints(2, 1, 3)], {}, 'in'), ints(1)], {}, 'y')),
        [`in = Reshape(${X}, Const)`, 'y = ReverseV2(in, Const_1)', 'sum = ADD(y, y)'], [`in = Reshape(${X}, Const)`, 'sum = ADD(in, in)']],
      [(x) => sum(op1('ReverseV2', [x, tf.constant([], { dtype: tf.int32 })], {}, 'y')),
        [`y = ReverseV2(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => op1('ReverseV2', [x, ints(1)])],
  },
  'ReverseV2(ReverseV2(x, a), a) -> x': {
    fires: [
      [(x) => sum(op1('ReverseV2', [op1('ReverseV2', [x, ints(0, 1)], {}, 'in'), ints(1, -2)], {}, 'y')),
        [`in = ReverseV2(${X}, Const)`, 'y = ReverseV2(in, Const_1)', 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => op1('ReverseV2', [op1('ReverseV2', [x, ints(0)]), ints(1)])],
  },
  'ReverseV2(ReverseV2(x, a), b) -> ReverseV2(x, either)': {
    fires: [
      [(x) => op1('ReverseV2', [op1('ReverseV2', [x, ints(0)], {}, 'in'), ints(1, 0)], {}, 'y'),
        [`in = ReverseV2(${X}, Const)`, 'y = ReverseV2(in, Const_1)'], [`y = ReverseV2(${X}, y@axis)`]],
    ],
    rests: [(x) => op1('ReverseV2', [op1('ReverseV2', [x, tf.placeholder(tf.int32, [1])]), ints(1)])],
  },
  'Tile(Tile(x, m), n) -> Tile(x, m of n)': {
    fires: [
      [(x) => op1('Tile', [op1('Tile', [x, ints(2, 1)], {}, 'in'), ints(2, 3)], {}, 'y'),
        [`in = Tile(${X}, Const)`, 'y = Tile(in, Const_1)'], [`y = Tile(${X}, y@multiples)`]],
    ],
    rests: [(x) => op1('Tile', [op1('Tile', [x, fedShape(x)]), ints(2, 3)])],
  },
  'BroadcastTo(BroadcastTo(x), shape) -> BroadcastTo(x, shape)': {
    fires: [
      [(x) => op1('BroadcastTo', [op1('BroadcastTo', [x, ints(2, 2, 3)], {}, 'in'), ints(4, 2, 2, 3)], {}, 'y'),
        [`in = BroadcastTo(${X}, Const)`, 'y = BroadcastTo(in, Const_1)'], [`y = BroadcastTo(${X}, Const_1)`]],
    ],
    rests: [(x) => op1('BroadcastTo', [op1('BroadcastTo', [x, fedShape(x)]), ints(4, 2, 3)])],
  },
  'Pack(x) -> Reshape(x)': {
    fires: [
      [(x) => op1('Pack', [[x]], { axis: 1 }, 'y'),
        [`y = Pack(${X})`], [`y = Reshape(${X}, y@shape)`]],
    ],
    rests: [(x) => op1('Pack', [[x, x]])],
  },
  'Unpack(x) of one -> Reshape(x)': {
    fires: [
      [(x) => applyOp('Unpack', [op1('Reshape', [x, ints(2, 1, 3)], {}, 'in')], { num: 1, axis: 1 }, 'y').outputs[0]!,
        [`in = Reshape(${X}, Const)`, 'y = Unpack(in)'], [`in = Reshape(${X}, Const)`, 'y = Reshape(in, y@shape)']],
    ],
    rests: [(x) => applyOp('Unpack', [x], { num: 2 }).outputs[0]!],
  },
  'Pad(x) by nothing -> x': {
    fires: [
      [(x) => sum(op1('Pad', [x, pads(0)], {}, 'y')), [`y = Pad(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('Tile', [x, ints(1, 1)], {}, 'y')), [`y = Tile(${X}, Const)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
      [(x) => sum(op1('Slice', [x, ints(0, 0), ints(2, -1)], {}, 'y')), [`y = Slice(${X}, Const, Const_1)`, 'sum = ADD(y, y)'], [`sum = ADD(${X}, ${X})`]],
    ],
    rests: [(x) => op1('Pad', [x, pads(1)]), (x) => op1('Slice', [x, fedShape(x), ints(2, 3)])],
  },
};

ruleSuite([...moveRules], ROWS);
