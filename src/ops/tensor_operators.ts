// The operators of Python as methods of Tensor: `x.add(y)` is `x + y`, `x.radd(y)` is `y + x`, `x.at(i, j)` is `x[i, j]`.
// Op types and default names are Python's (AddV2 named `add`, Neg named `Neg`). Importing this file attaches them.
// Follows _OverrideBinaryOperatorHelper in math_ops.py and _slice_helper in array_ops.py.
import { string } from '../graph/dtype.ts';
import { publicCall } from '../graph/site.ts';
import { Tensor } from '../graph/tensor.ts';
import { maskedBy } from './array_gather.ts';
import { isMask, type SliceIndex, sliceWith } from './array_slice.ts';
import { inScope } from './building.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { classicDivide, trueDivide } from './math_binary.ts';
import { multiplied } from './math_linear.ts';
import { exclusiveOr } from './math_logic.ts';
import { absolute } from './math_unary.ts';
import { op1 } from './op_def_library.ts';

/** Python's operators. An operand that is a bare number takes the tensor's dtype. */
export interface TensorOperators {
  /** `x + y` (string concatenation for strings). */
  add(y: TensorLike): Tensor;
  /** `x - y`. */
  sub(y: TensorLike): Tensor;
  /** `x * y`. */
  mul(y: TensorLike): Tensor;
  /** `x / y` of Python 3: integers are divided as floats. */
  truediv(y: TensorLike): Tensor;
  /** `x / y` of Python 2: integers round down. */
  div(y: TensorLike): Tensor;
  /** `x // y`. */
  floordiv(y: TensorLike): Tensor;
  /** `x % y`. */
  mod(y: TensorLike): Tensor;
  /** `x ** y`. */
  pow(y: TensorLike): Tensor;
  /** `x @ y`. */
  matmul(y: TensorLike): Tensor;
  /** `y + x`. */
  radd(y: TensorLike): Tensor;
  /** `y - x`. */
  rsub(y: TensorLike): Tensor;
  /** `y * x`. */
  rmul(y: TensorLike): Tensor;
  /** `y / x` of Python 3. */
  rtruediv(y: TensorLike): Tensor;
  /** `y / x` of Python 2. */
  rdiv(y: TensorLike): Tensor;
  /** `y // x`. */
  rfloordiv(y: TensorLike): Tensor;
  /** `y % x`. */
  rmod(y: TensorLike): Tensor;
  /** `y ** x`. */
  rpow(y: TensorLike): Tensor;
  /** `y @ x`. */
  rmatmul(y: TensorLike): Tensor;
  /** `-x`. */
  neg(): Tensor;
  /** `abs(x)`. */
  abs(): Tensor;
  /** `x < y`. */
  less(y: TensorLike): Tensor;
  /** `x <= y`. */
  lessEqual(y: TensorLike): Tensor;
  /** `x > y`. */
  greater(y: TensorLike): Tensor;
  /** `x >= y`. */
  greaterEqual(y: TensorLike): Tensor;
  /** `x & y` of bool tensors. */
  and(y: TensorLike): Tensor;
  /** `x | y` of bool tensors. */
  or(y: TensorLike): Tensor;
  /** `x ^ y` of bool tensors. */
  xor(y: TensorLike): Tensor;
  /** `~x` of a bool tensor. */
  invert(): Tensor;
  /** `x[...]`: ints, `[begin, end]`, `[begin, end, stride]`, null for `:`, `tf.newaxis`, `tf.ellipsis`, int tensors; or one bool mask. */
  at(...index: readonly SliceIndex[] | readonly [Tensor | NDArray]): Tensor;
}

declare module '../graph/tensor.ts' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface Tensor extends TensorOperators {}
}

type Binary = (x: TensorLike, y: TensorLike, name: string) => Tensor;
const node = (type: string): Binary => (x, y, name) => op1(type, [x, y], undefined, name);
const addDispatch: Binary = (x, y, name) => op1((x as Tensor).dtype.baseDtype === string ? 'Add' : 'AddV2', [x, y], undefined, name);

const BINARY: Readonly<Record<string, Binary>> = {
  add: addDispatch, sub: node('Sub'), mul: node('Mul'), div: classicDivide, truediv: trueDivide, floordiv: node('FloorDiv'), mod: node('FloorMod'),
  pow: node('Pow'), and: node('LogicalAnd'), or: node('LogicalOr'), xor: exclusiveOr, matmul: (x, y, name) => multiplied(x, y, { name }),
};
/** Operators without a name scope of their own: the op converts its operand. */
const PLAIN: Readonly<Record<string, string>> = { less: 'Less', lessEqual: 'LessEqual', greater: 'Greater', greaterEqual: 'GreaterEqual' };
const REFLECTED = ['add', 'sub', 'mul', 'truediv', 'div', 'floordiv', 'mod', 'pow', 'matmul'];

type Method = (this: Tensor, ...args: never[]) => Tensor;
function attach(name: string, f: (x: Tensor, ...args: never[]) => Tensor): void {
  const method = function (this: Tensor, ...args: never[]): Tensor { return publicCall(method as Method, () => f(this, ...args)); };
  Object.defineProperty(Tensor.prototype, name, { value: method, writable: true, configurable: true, enumerable: false });
}

for (const [name, f] of Object.entries(BINARY)) {
  attach(name, (x: Tensor, y: TensorLike) => (y instanceof Tensor && name !== 'xor' ? f(x, y, name)
    : inScope(null, name, [x, y], (scope) => f(x, convertToTensor(y, { name: 'y', preferred: x.dtype.baseDtype }), scope))));
}
for (const name of REFLECTED) {
  const f = BINARY[name]!;
  attach(`r${name}`, (x: Tensor, y: TensorLike) => inScope(null, name, [y, x], (scope) => f(convertToTensor(y, { name: 'x', dtype: x.dtype.baseDtype }), x, scope)));
}
for (const [name, type] of Object.entries(PLAIN)) attach(name, (x: Tensor, y: TensorLike) => op1(type, [x, y]));
attach('neg', (x: Tensor) => op1('Neg', [x]));
attach('abs', (x: Tensor) => absolute(x));
attach('invert', (x: Tensor) => op1('LogicalNot', [x]));
attach('at', (x: Tensor, ...index: readonly SliceIndex[]) => (index.length === 1 && isMask(index[0]) ? maskedBy(x, index[0]) : sliceWith(x, index)));
