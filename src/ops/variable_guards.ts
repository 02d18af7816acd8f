// Initial values that read other variables: the reads are replaced by "the value if there is one, else the other's
// initial value", so that initialisers may run in any order.
// Follows _try_guard_against_uninitialized_dependencies in python/ops/variables.py (1.15).
import { NotImplementedError } from '../graph/errors.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import type { Variable } from './variables.ts';

/** The initial value of the variable `name`, guarded. */
export function guardInitialValue(_name: string, initialValue: Tensor): Tensor {
  const seen = new Set<Operation>();
  const stack = [initialValue.op];
  while (stack.length > 0) {
    const op = stack.pop()!;
    if (seen.has(op)) continue;
    seen.add(op);
    if (op.type === 'IsVariableInitialized') continue;
    if (op.type === 'VariableV2' || op.type === 'Variable') {
      throw new NotImplementedError(`An initial value that reads another variable ('${op.name}') is not available yet.`, {
        node: op.name, op: op.type, site: op.site?.location, remedy: 'initialise from a tensor that reads no variable, and copy with tf.assign after initialisation',
      });
    }
    for (const i of op.inputs) stack.push(i.op);
  }
  return initialValue;
}

/** The value of a variable if it has one, else its initial value. */
export function initializedValue(v: Variable): Tensor {
  throw new NotImplementedError(`initialized_value of '${v.name}' is not available yet.`);
}
