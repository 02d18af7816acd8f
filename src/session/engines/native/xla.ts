// Which calls XLA compiles, in mode fast. What it is given must compile as a whole, so only calls whose shapes are all known and
// whose ops it has for sure; it changes bits, which mode fast may.
import { int32 } from '../../../graph/dtype.ts';
import type { KernelStep, Slot, SlotInfo } from '../../plan.ts';

const OPS = new Set(`Add AddV2 AddN Sub Mul Div RealDiv Maximum Minimum Neg Exp Expm1 Log Log1p Sqrt Rsqrt Reciprocal Square SquaredDifference Tanh Sigmoid Relu Relu6 Elu Selu
  Softplus Abs Sign Floor Ceil Pow TanhGrad SigmoidGrad SqrtGrad RsqrtGrad ReciprocalGrad ReluGrad Relu6Grad EluGrad SeluGrad SoftplusGrad Sum Mean Max Min Prod MatMul BatchMatMul
  BatchMatMulV2 Conv2D Conv2DBackpropInput Conv2DBackpropFilter BiasAdd BiasAddGrad MaxPool MaxPoolGrad AvgPool AvgPoolGrad Softmax LogSoftmax SoftmaxCrossEntropyWithLogits Reshape
  Transpose ConcatV2 Slice Pad Tile ExpandDims Squeeze Pack Identity StopGradient ZerosLike OnesLike Fill ApplyGradientDescent ApplyMomentum ApplyAdam ApplyRMSProp ApplyAdagrad
  ResourceApplyGradientDescent ResourceApplyMomentum ResourceApplyAdam ResourceApplyRMSProp ResourceApplyAdagrad`.split(/\s+/));

/** Why XLA does not compile these steps as one; undefined when it does. `isConstant`: of a slot, whether its value is known. */
export function noXla(steps: readonly KernelStep[], slot: (x: Slot) => SlotInfo, isConstant: (x: Slot) => boolean): string | undefined {
  for (const s of steps) {
    if (!OPS.has(s.node.op)) return `it may not have ${s.node.op}`;
    for (const x of [...s.inputs, ...s.outputs]) {
      const { dtype, shape } = slot(x);
      if (!shape.isFullyDefined) return `a shape of ${s.node.op} is not known`;
      // Integers are shapes and axes, which it wants to know.
      if (!dtype.isFloating && !(dtype === int32 && isConstant(x))) return `${s.node.op} works on ${dtype.name}`;
    }
  }
  return undefined;
}
