// Python's operators on variables: those of the value tensor (`w/read`). Follows _OverloadAllOperators of
// python/ops/variables.py.
import { TypeError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { publicCall } from '../graph/site.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { SliceIndex } from './array_slice.ts';
import type { TensorLike } from './convert.ts';
import './tensor_operators.ts';
import type { TensorOperators } from './tensor_operators.ts';
import { type Updated, Variable } from './variables.ts';

/** `v[...]`: the slice, and its assignment (`v[2:4].assign(x)`; `value` has the slice's shape). */
export type VariableSlice = Tensor & { assign(value: TensorLike, options?: { name?: string | null }): Updated };

declare module './variables.ts' {
  interface Variable extends Omit<TensorOperators, 'at'> {
    /** `v[...]`, as `at` of tensors; the result can be assigned to. */
    at(...index: readonly SliceIndex[] | readonly [Tensor | NDArray]): VariableSlice;
  }
}

const NAMES: readonly (keyof TensorOperators)[] = [
  'add', 'sub', 'mul', 'truediv', 'div', 'floordiv', 'mod', 'pow', 'matmul', 'radd', 'rsub', 'rmul', 'rtruediv', 'rdiv', 'rfloordiv', 'rmod', 'rpow', 'rmatmul',
  'neg', 'abs', 'less', 'lessEqual', 'greater', 'greaterEqual', 'and', 'or', 'xor', 'invert',
];
type Operator = (this: Variable, ...args: readonly unknown[]) => Tensor;
function attach(name: string, f: (v: Variable, args: readonly unknown[]) => Tensor): void {
  const method: Operator = function (this: Variable, ...args) { return publicCall(method as (...a: never[]) => unknown, () => f(this, args)); };
  Object.defineProperty(Variable.prototype, name, { configurable: true, writable: true, value: method });
}
for (const name of NAMES) attach(name, (v, args) => (v.value()[name] as (...a: readonly unknown[]) => Tensor)(...args));

// `v[...]`: a slice that can be assigned to.
attach('at', (v, args) => {
  const t = v.value().at(...args as readonly SliceIndex[]);
  const { op } = t;
  const assign = (value: TensorLike, options: { name?: string | null } = {}): Updated => publicCall(assign as (...a: never[]) => unknown, () => {
    if (op.type !== 'StridedSlice') throw new TypeError('Sliced assignment is only supported for slices, not for masks.', { node: op.name, op: op.type });
    const [, begin, end, strides] = op.inputs as [Tensor, Tensor, Tensor, Tensor];
    const masks = Object.fromEntries(MASKS.map((m) => [m, Number(op.getAttr(m))]));
    return v._sliceAssign({ begin, end, strides, masks }, value, options.name ?? `${op.name}/_assign`);
  });
  return Object.defineProperty(t, 'assign', { value: assign, configurable: true });
});
const MASKS = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'];
