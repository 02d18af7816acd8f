// P6: plans print, the same way every time: engine, mode and threads at the top, one step a line with the graph nodes it
// came from, and for every kernel that does not run on the plan's engine the reason. Read a change here as what it is:
// another program.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { op1 } from '../../src/ops/op_def_library.ts';
import { openSession } from '../support/engines.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

/** The printed plan of fetches, with its rewrites by name. */
async function plan(fetches: unknown, feeds: tf.Feeds | readonly tf.Tensor[] = [], engine = 'reference'): Promise<string> {
  const p = (await openSession(engine)).explain(fetches as tf.Tensor, feeds);
  const rewrites = p.log.map((e) => `${e.pass}: ${e.rule}  [${e.matched.join(', ')}]`);
  return [String(p), ...rewrites].join('\n');
}
const zeros = (...shape: number[]): tf.NDArray => new tf.NDArray(tf.float32, shape, new Float32Array(shape.reduce((a, b) => a * b, 1)));

function dense() {
  const x = tf.placeholder(tf.float32, [null, 4], { name: 'x' });
  const w = new tf.Variable(zeros(4, 3), { name: 'w' });
  const b = new tf.Variable(zeros(3), { name: 'b' });
  return { x, w, b, y: tf.nn.relu(tf.nn.biasAdd(tf.matmul(x, w), b), { name: 'y' }) };
}

test('a dense layer', async () => {
  const { x, y } = dense();
  expect(await plan(y, [x])).toMatchInlineSnapshot(`
    "plan y:0  engine=reference  mode=exact  threads=1  peak=?  (7 nodes -> 7 steps)
     %0:float[?,4] = feed x:0                          # x
     %1:float[4,3] = read w                            # w
     %2:float[3] = read b                              # b
     %3:float[?,3] = MatMul(%0, %1)                    # MatMul
     free %0
     %4:float[?,3] = BiasAdd(%3, %2) data_format=NHWC  # BiasAdd
     free %3
     %5:float[?,3] = Relu(%4)                          # y
     free %4
     fetch y:0 %5                                      # y
     free %5"
  `);
});

test('a training step of gradient descent', async () => {
  const { x, y } = dense();
  const loss = tf.reduceMean(tf.square(y), { name: 'loss' });
  const train = new tf.train.GradientDescentOptimizer(0.1).minimize(loss);
  expect(await plan([loss, train], [x])).toMatchInlineSnapshot(`
    "plan loss:0, ^GradientDescent  engine=reference  mode=exact  threads=1  peak=?  (44 nodes -> 24 steps)
     %7:int32[2] = const [0,1]                            # Const
     %10:float[1,1] = const [[1]]                         # gradients/loss_grad/Reshape
     %12:int32[1] = const [0]                             # gradients/loss_grad/Const, gradients/loss_grad/Const_1
     %16:float[] = const 2                                # gradients/Square_grad/Const
     %23:float[] = const 0.10000000149011612              # GradientDescent/learning_rate
     %0:float[?,4] = feed x:0                             # x
     %1:float[4,3] = read w                               # w
     %2:float[3] = read b                                 # b
     %3:float[?,3] = MatMul(%0, %1)                       # MatMul
     %4:float[?,3] = BiasAdd(%3, %2) data_format=NHWC     # BiasAdd
     free %3
     %5:float[?,3] = Relu(%4)                             # y
     free %4
     %6:float[?,3] = Square(%5)                           # Square
     %8:float[] = Mean(%6, %7)                            # loss
     %9:int32[2] = Shape(%6)                              # gradients/loss_grad/Shape, gradients/loss_grad/Shape_1
     free %6
     %11:float[?,3] = Tile(%10, %9)                       # gradients/loss_grad/Tile
     %13:int32[] = Prod(%9, %12)                          # gradients/loss_grad/Prod
     free %9
     %14:float[] = Cast(%13)                              # gradients/loss_grad/Cast
     free %13
     %15:float[?,3] = RealDiv(%11, %14)                   # gradients/loss_grad/truediv
     free %11, %14
     %17:float[?,3] = Mul(%5, %16)                        # gradients/Square_grad/Mul
     %18:float[?,3] = Mul(%15, %17)                       # gradients/Square_grad/Mul_1
     free %15, %17
     %19:float[?,3] = ReluGrad(%18, %5)                   # gradients/y_grad/ReluGrad
     free %5, %18
     %20:float[3] = BiasAddGrad(%19) data_format=NHWC     # gradients/BiasAdd_grad/BiasAddGrad
     %21:float[?,4] = MatMul(%19, %1) transpose_b=true    # gradients/MatMul_grad/MatMul
     free %21
     %22:float[4,3] = MatMul(%0, %19) transpose_a=true    # gradients/MatMul_grad/MatMul_1
     free %0, %19
     %24:float[4,3] = ApplyGradientDescent(%1, %23, %22)  # GradientDescent/update_w/ApplyGradientDescent
     free %22
     %25:float[3] = ApplyGradientDescent(%2, %23, %20)    # GradientDescent/update_b/ApplyGradientDescent
     free %20
     fetch loss:0 %8                                      # loss
     free %8
     commit w %24                                         # GradientDescent/update_w/ApplyGradientDescent
     free %24
     commit b %25                                         # GradientDescent/update_b/ApplyGradientDescent
     free %25
    fold: Fill(constants) -> Const  [gradients/Fill]
    fold: Reshape(constants) -> Const  [gradients/loss_grad/Reshape]
    fold: Prod(constants) -> Const  [gradients/loss_grad/Prod_1]
    fold: Maximum(constants) -> Const  [gradients/loss_grad/Maximum]
    simplify: RealDiv(x, 1) -> x  [gradients/loss_grad/floordiv]
    simplify: Identity(x) -> x  [gradients/BiasAdd_grad/tuple/control_dependency]
    simplify: Identity(x) -> x  [gradients/BiasAdd_grad/tuple/control_dependency_1]
    simplify: Identity(x) -> x  [gradients/MatMul_grad/tuple/control_dependency_1]
    mergeCommon: two equal constants -> one  [gradients/Fill, gradients/grad_ys_0]
    mergeCommon: two equal nodes -> one  [gradients/loss_grad/Shape_1, gradients/loss_grad/Shape]
    mergeCommon: two equal constants -> one  [gradients/loss_grad/Shape_2, gradients/Shape]
    mergeCommon: two equal constants -> one  [gradients/loss_grad/Const_1, gradients/loss_grad/Const]
    mergeCommon: two equal constants -> one  [gradients/loss_grad/Maximum/y, gradients/loss_grad/Prod_1]
    mergeCommon: two equal constants -> one  [gradients/loss_grad/Maximum, gradients/loss_grad/Prod_1]"
  `);
});

test('a variable read before and after an assign', async () => {
  const v = new tf.Variable(1., { name: 'v' });
  const before = tf.multiply(v, 2., { name: 'before' });
  const inc = tf.assignAdd(v, 10., { name: 'inc' });
  const after = tf.controlDependencies([inc], () => tf.add(v, 0., { name: 'after' }));
  const reset = tf.controlDependencies([after], () => tf.assign(v, before, { name: 'reset' }));
  expect(await plan([v, before, after, reset])).toMatchInlineSnapshot(`
    "plan v:0, before:0, after:0, reset:0  engine=reference  mode=exact  threads=1  peak=16B  (9 nodes -> 10 steps)
     %1:float[] = const 2            # before/y
     %3:float[] = const 10           # inc/value
     %5:float[] = const 0            # after/y
     %0:float[] = read v             # v
     %2:float[] = Mul(%0, %1)        # before
     %4:float[] = AssignAdd(%0, %3)  # inc
     %6:float[] = Add(%4, %5)        # after
     %7:float[] = assign v %2        # reset
     free %4
     fetch v:0 %0                    # v
     fetch before:0 %2               # before
     free %2
     fetch after:0 %6                # after
     free %6
     fetch reset:0 %7                # reset
     commit v %7                     # inc, reset
     free %7"
  `);
});

test('shape arithmetic folds with the shapes that are fed', async () => {
  const x = tf.placeholder(tf.float32, [null, null, 4], { name: 'x' });
  const n = tf.shape(x).at(0);
  const flat = tf.reshape(x, tf.stack([n, tf.cast(tf.size(x).floordiv(n), tf.int32)]), { name: 'flat' });
  const back = tf.reshape(flat, tf.shape(x), { name: 'back' });
  expect(await plan([flat, back], [[x, zeros(2, 3, 4)]])).toMatchInlineSnapshot(`
    "plan flat:0, back:0  engine=reference  mode=exact  threads=1  peak=192B  (11 nodes -> 4 steps)
     %1:int32[2] = const [2,12]        # stack
     %0:float[2,3,4] = feed x:0        # x
     %2:float[2,12] = Reshape(%0, %1)  # flat
     fetch flat:0 %2                   # flat
     free %2
     fetch back:0 %0                   # back
     free %0
    fold: Shape(known shape) -> Const  [Shape]
    fold: StridedSlice(constants) -> Const  [strided_slice]
    fold: Size(known shape) -> Const  [Size]
    fold: FloorDiv(constants) -> Const  [floordiv]
    fold: Pack(constants) -> Const  [stack]
    fold: Shape(known shape) -> Const  [Shape_1]
    simplify: Reshape(Reshape(x)) of the shape of x -> x  [back]
    mergeCommon: two equal constants -> one  [strided_slice/stack_2, strided_slice/stack_1]
    mergeCommon: two equal constants -> one  [Shape_1, Shape]"
  `);
});

test('equal nodes and equal constants become one', async () => {
  const x = tf.placeholder(tf.float32, [2], { name: 'x' });
  const one = tf.exp(x.mul(3.));
  const two = tf.exp(x.mul(3.));
  expect(await plan([one.sub(two), tf.negative(tf.negative(two))], [x])).toMatchInlineSnapshot(`
    "plan sub:0, Neg_1:0  engine=reference  mode=exact  threads=1  peak=16B  (9 nodes -> 6 steps)
     %1:float[] = const 3       # mul/y, mul_1/y
     %0:float[2] = feed x:0     # x
     %2:float[2] = Mul(%0, %1)  # mul, mul_1
     free %0
     %3:float[2] = Exp(%2)      # Exp, Exp_1
     free %2
     %4:float[2] = Sub(%3, %3)  # sub
     fetch sub:0 %4             # sub
     free %4
     fetch Neg_1:0 %3           # Neg_1
     free %3
    simplify: Neg(Neg(x)) -> x  [Neg_1]
    mergeCommon: two equal constants -> one  [mul_1/y, mul/y]
    mergeCommon: two equal nodes -> one  [mul_1, mul]
    mergeCommon: two equal nodes -> one  [Exp_1, Exp]"
  `);
});

test('random ops stay apart and are never folded', async () => {
  tf.setRandomSeed(1);
  const a = tf.randomUniform([2], { seed: 3 });
  const b = tf.randomUniform([2], { seed: 3 });
  expect(await plan(a.sub(b))).toMatchInlineSnapshot(`
    "plan sub:0  engine=reference  mode=exact  threads=1  peak=24B  (15 nodes -> 6 steps)
     %0:int32[1] = const [2]                         # random_uniform/shape, random_uniform_1/shape
     %2:float[] = const 0                            # random_uniform/min, random_uniform_1/min
     %1:float[2] = RandomUniform(%0) seed=1 seed2=3  # random_uniform/RandomUniform
     %3:float[2] = Add(%1, %2)                       # random_uniform
     free %1
     %4:float[2] = RandomUniform(%0) seed=1 seed2=3  # random_uniform_1/RandomUniform
     %5:float[2] = Add(%4, %2)                       # random_uniform_1
     free %4
     %6:float[2] = Sub(%3, %5)                       # sub
     free %3, %5
     fetch sub:0 %6                                  # sub
     free %6
    fold: Sub(constants) -> Const  [random_uniform/sub]
    fold: Sub(constants) -> Const  [random_uniform_1/sub]
    simplify: Mul(x, 1) -> x  [random_uniform/mul]
    simplify: Mul(x, 1) -> x  [random_uniform_1/mul]
    mergeCommon: two equal constants -> one  [random_uniform/sub, random_uniform/max]
    mergeCommon: two equal constants -> one  [random_uniform_1/shape, random_uniform/shape]
    mergeCommon: two equal constants -> one  [random_uniform_1/min, random_uniform/min]
    mergeCommon: two equal constants -> one  [random_uniform_1/max, random_uniform/max]
    mergeCommon: two equal constants -> one  [random_uniform_1/sub, random_uniform/max]"
  `);
});

test('a conditional: what may be dead, and what it guards', async () => {
  const on = tf.placeholder(tf.bool, [], { name: 'on' });
  const x = tf.placeholder(tf.float32, [2], { name: 'x' });
  const sw = op1('Switch', [x, on], {}, 'sw');
  const no = tf.negative(sw, { name: 'no' });
  const yes = tf.square(sw.op.outputs[1]!, { name: 'yes' });
  expect(await plan(op1('Merge', [[no, yes]], {}, 'merge'), [x, on])).toMatchInlineSnapshot(`
    "plan merge:0  engine=reference  mode=exact  threads=1  peak=28B  (4 nodes -> 7 steps)
     %0:float[2] = feed x:0                      # x
     %1:bool[] = feed on:0                       # on
     %2:float[2], %3:float[2] = switch %0 by %1  # sw
     free %0, %1
     %4:float[2] = Neg(%2)                       # no
     free %2
     %5:float[2] = Square(%3)                    # yes
     free %3
     %7:float[2], %6:int32[] = merge %4, %5      # merge
     free %4, %5, %6
     fetch merge:0 %7                            # merge
     free %7"
  `);
});

describe('on tfjs:wasm', () => {
  test('what runs on reference, and why', async () => {
    const { x, y } = dense();
    const image = tf.reshape(x, [2, 2, 2, 1], { name: 'image' });
    const moved = tf.reverse(tf.pad(image, [[0, 0], [1, 0], [0, 0], [0, 0]]), [1], { name: 'moved' });
    const n = tf.cast(tf.argmax(y, 1), tf.float32, { name: 'n' });
    const steps = await plan([moved, n], [[x, zeros(2, 4)]], 'tfjs:wasm');
    expect(steps).toMatchInlineSnapshot(`
      "plan moved:0, n:0  engine=tfjs:wasm  mode=exact  threads=1  peak=136B  (16 nodes -> 17 steps)
       %10:int32[4] = const [2,2,2,1]                                            # image/shape
       %12:int32[4,2] = const [[0,0],[1,0],[0,0],[0,0]]                          # Pad/paddings
       %14:int32[1] = const [1]                                                  # moved/axis
       %16:int32[] = const 1                                                     # ArgMax/dimension
       %0:float[2,4] = feed x:0                                                  # x
       %1:float[4,3] = read w                                                    # w
       %2:float[3] = read b                                                      # b
       %3:float[2,4] = move %0 to host                                           # MatMul
       %4:float[4,3] = move %1 to host                                           # MatMul
       %5:float[2,3] = MatMul(%3, %4) on reference (the bits of BatchMatMul are not those of the contract)  # MatMul
       free %3, %4
       %6:float[2,3] = move %5 to tfjs:wasm                                      # BiasAdd
       free %5
       %7:float[2,3] = BiasAdd(%6, %2) data_format=NHWC as Add                   # BiasAdd
       free %6
       %8:float[2,3] = move %7 to host                                           # y
       free %7
       %9:float[2,3] = Relu(%8) on reference (the bits of Relu are not those of the contract)  # y
       free %8
       %11:float[2,2,2,1] = Reshape(%0, %10)                                     # image
       free %0
       %13:float[2,3,2,1] = Pad(%11, %12) as PadV2                               # Pad
       free %11
       %15:float[2,3,2,1] = ReverseV2(%13, %14) as Reverse                       # moved
       free %13
       %17:int64[2] = ArgMax(%9, %16) on reference (the bits of ArgMax are not those of the contract)  # ArgMax
       free %9
       %18:float[2] = Cast(%17) on reference (no kernel for Cast in TensorFlow.js)  # n
       free %17
       fetch moved:0 %15                                                         # moved
       free %15
       fetch n:0 %18                                                             # n
       free %18"
    `);
  });

  test('a shape that is known only at run time', async () => {
    const x = tf.placeholder(tf.float32, null, { name: 'x' });
    const to = tf.placeholder(tf.int32, [2], { name: 'to' });
    expect(await plan([tf.reshape(x, to, { name: 'y' }), tf.less(x, 1., { name: 'z' })], [x, to], 'tfjs:wasm')).toMatchInlineSnapshot(`
      "plan y:0, z:0  engine=tfjs:wasm  mode=exact  threads=1  peak=?  (3 nodes -> 8 steps)
       %5:float[] = const 1                                                      # z/y
       %0:float[..] = feed x:0                                                   # x
       %1:int32[2] = feed to:0                                                   # to
       %2:float[..] = move %0 to host                                            # y
       %3:int32[2] = move %1 to host                                             # y
       free %1
       %4:float[?,?] = Reshape(%2, %3) on reference (a shape is known only at run time)  # y
       free %2, %3
       %6:bool[..] = Less(%0, %5)                                                # z
       free %0
       fetch y:0 %4                                                              # y
       free %4
       fetch z:0 %6                                                              # z
       free %6"
    `);
  });
});

test('the same graph prints the same plan in every session, and another mode is said', async () => {
  const { x, y } = dense();
  expect(await plan(y, [x])).toBe(await plan(y, [x]));
  const fast = await openSession('tfjs:cpu', { mode: 'fast' });
  const text = String(fast.explain(y, [[x, zeros(2, 4)]]));
  expect(text).toMatch(/^plan y:0 {2}engine=tfjs:cpu {2}mode=fast {2}threads=1 /);
  expect(text).toContain('MatMul(%0, %1) as BatchMatMul ');
});
