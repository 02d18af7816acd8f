// Slots: variables an optimizer keeps beside each variable it trains, named after it (`w/Adam`, then `w/Adam_1`).
// Follows python/training/slot_creator.py (1.15).
import type { DType } from '../../graph/dtype.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import type { TensorShape } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { shape } from '../array_shape.ts';
import { zeros } from '../array_values.ts';
import { colocatedWith } from '../building.ts';
import { zerosInitializer } from '../init_ops.ts';
import { isResourceVariable } from '../resource_variable_ops.ts';
import { SaveSliceInfo } from '../save_slice_info.ts';
import { withExits } from '../scope_stack.ts';
import { enterVariableScope, getVariableScope, type InitializerLike } from '../variable_scope.ts';
import { getVariableIn } from '../variable_store.ts';
import { Variable } from '../variables.ts';

/** What a slot belongs to: a variable, or (for moving averages) a tensor. */
type Primary = Variable | Tensor;
interface SlotInit { readonly value: InitializerLike; readonly validateShape: boolean; readonly shape?: TensorShape; readonly dtype?: DType }

/** Makes the variable in a scope that is the primary's name plus the slot's, made unique among its siblings. */
function createIn(primary: Primary, name: string, init: SlotInit, colocate = true): Variable {
  const make = (): Variable => {
    const scope = getVariableScope();
    const { partitioner } = scope;
    scope.setPartitioner(null);
    // The name is '' so that the variable is called as its scope is.
    const slot = getVariableIn<Variable>(getDefaultGraph(), '', {
      initializer: init.value, trainable: false, useResource: isResourceVariable(primary), validateShape: init.validateShape, shape: init.shape, dtype: init.dtype,
    });
    scope.setPartitioner(partitioner);
    const info = primary instanceof Variable ? primary.saveSliceInfo : null;
    if (info) {
      const kind = slot.name.slice(primary.op.name.length + 1, -2);
      slot.saveSliceInfo = new SaveSliceInfo(`${info.fullName}/${kind}`, info.fullShape, info.varOffset, info.varShape);
    }
    return slot;
  };
  return withExits([enterVariableScope({ nameOrScope: null, defaultName: `${primary.op.name}/${name}` })], () => (colocate ? colocatedWith(primary.op, make) : make()));
}

/** A slot that starts with the value of a tensor. */
export function createSlot(primary: Primary, value: Tensor, name: string, colocate = true): Variable {
  return createIn(primary, name, { value, validateShape: value.shape.isFullyDefined }, colocate);
}

/** A slot whose start value an initializer makes. */
export function createSlotWithInitializer(primary: Primary, initializer: InitializerLike, shape: TensorShape, dtype: DType, name: string, colocate = true): Variable {
  return createIn(primary, name, { value: initializer, validateShape: shape.isFullyDefined, shape, dtype }, colocate);
}

/** A slot of zeros, shaped as the variable; of one of unknown shape, as its value or else its initial value. */
export function createZerosSlot(primary: Primary, name: string, dtype: DType = primary.dtype, colocate = true): Variable {
  if (primary.shape.isFullyDefined) return createSlotWithInitializer(primary, zerosInitializer(), primary.shape, dtype, name, colocate);
  return createSlot(primary, zeros(shape(primary instanceof Variable ? primary.initializedValue() : primary), dtype.baseDtype), name, colocate);
}
