// What op functions and gradients share while they build nodes: name scopes, control inputs, colocation, small values.
// Everything here follows the scopes of python/framework/ops.py; nothing here is public.
import { type DType, int32 } from '../graph/dtype.ts';
import { getDefaultGraph } from '../graph/graph.ts';
import type { Dim } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { allocate, NDArray } from '../graph/ndarray.ts';
import { convertToTensor, type TensorLike } from './convert.ts';
import { graphFromInputs } from './graph_from_inputs.ts';
import { type AttrInput, op1 } from './op_def_library.ts';
import type { Grad, GradFn } from './registry.ts';

/** `ops.name_scope(name, default_name, values)` around a body, which gets the scope string ("layer/"). */
export function inScope<R>(name: string | null | undefined, defaultName: string, values: readonly unknown[], body: (scope: string) => R): R {
  const current = getDefaultGraph();
  const graph = graphFromInputs(values) ?? current;
  const asDefault = graph === current ? undefined : graph.enterAsDefault();
  try {
    const scope = graph.enterNameScope(name ?? defaultName);
    try {
      return body(scope.value);
    } finally {
      scope.exit();
    }
  } finally {
    asDefault?.exit();
  }
}

/** `ops.control_dependencies([...])` around a body. */
export function afterOps<R>(inputs: readonly (Tensor | Operation)[], body: () => R): R {
  const level = getDefaultGraph().enterControlDependencies(inputs);
  try {
    return body();
  } finally {
    level.exit();
  }
}

/** `ops.colocate_with(x)` around a body. */
export function colocatedWith<R>(x: Tensor | Operation, body: () => R): R {
  const group = getDefaultGraph().enterColocateWith(x);
  try {
    return body();
  } finally {
    group.exit();
  }
}

/** `ops.device(name)` around a body. */
export function onDevice<R>(name: string, body: () => R): R {
  const device = getDefaultGraph().enterDevice(name);
  try {
    return body();
  } finally {
    device.exit();
  }
}

/** Gradient function of an op with one output. */
export function grad1(f: (op: Operation, grad: Tensor) => readonly Grad[]): GradFn { return (op, grad) => f(op, grad!); }

/** Input `i` of an op. */
export function inputOf(op: Operation, i: number): Tensor { return op.inputs[i]!; }

/** `math_ops.conj`: the tensor itself unless it is complex. */
export function conj(x: Tensor, name?: string | null): Tensor {
  return x.dtype.isFloating || x.dtype.isInteger ? x : inScope(name, 'Conj', [x], (scope) => op1('Conj', [x], undefined, scope));
}

/** Static shape as a list when every size is known. */
export function knownShape(t: Tensor): readonly number[] | undefined { return t.shape.isFullyDefined ? t.shape.dims as readonly number[] : undefined; }

export function sameDims(a: readonly Dim[], b: readonly Dim[]): boolean { return a.length === b.length && a.every((d, i) => d === b[i]); }

/** Some attrs of an op, for another one. */
export function attrsOf(op: Operation, names: readonly string[]): Record<string, AttrInput> { return Object.fromEntries(names.map((k) => [k, op.attr(k)!])); }

/** A vector of int32 as a value, for inputs that Python callers give as tuples. */
export function int32Vector(values: readonly number[]): NDArray { return new NDArray(int32, [values.length], Int32Array.from(values)); }
/** A scalar of any numeric dtype. */
export function scalarOf(value: number, dtype: DType): NDArray {
  const data = allocate(dtype, 1);
  if (dtype.storage === 'i64' || dtype.storage === 'u64') (data as BigInt64Array)[0] = BigInt(value);
  else (data as Float32Array)[0] = value;
  return new NDArray(dtype, [], data);
}

/** `convert_to_tensor` of a value where Python users pass ints: bare integral numbers become int32. */
export function indexTensor(value: TensorLike, name?: string, dtype?: DType): Tensor {
  return convertToTensor(value, { preferred: int32, ...(name === undefined ? {} : { name }), ...(dtype === undefined ? {} : { dtype }) });
}
