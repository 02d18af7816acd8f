// Python's operators on variables: those of the value tensor (`w/read`). Follows _OverloadAllOperators of
// python/ops/variables.py.
import { Tensor } from '../graph/tensor.ts';
import './tensor_operators.ts';
import type { TensorOperators } from './tensor_operators.ts';
import { Variable } from './variables.ts';

declare module './variables.ts' {
  interface Variable extends TensorOperators {}
}

const NAMES: readonly (keyof TensorOperators)[] = [
  'add', 'sub', 'mul', 'truediv', 'div', 'floordiv', 'mod', 'pow', 'matmul', 'radd', 'rsub', 'rmul', 'rtruediv', 'rdiv', 'rfloordiv', 'rmod', 'rpow', 'rmatmul',
  'neg', 'abs', 'less', 'lessEqual', 'greater', 'greaterEqual', 'and', 'or', 'xor', 'invert', 'at',
];
for (const name of NAMES) {
  Object.defineProperty(Variable.prototype, name, {
    configurable: true,
    writable: true,
    value(this: Variable, ...args: unknown[]): Tensor { return (this.value()[name] as (...a: unknown[]) => Tensor)(...args); },
  });
}
