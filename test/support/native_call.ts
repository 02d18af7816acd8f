// One op as one call of the native engine.
import { InternalFault } from '../../src/graph/errors.ts';
import type { AttrMap } from '../../src/graph/node_def.ts';
import { NDArray } from '../../src/graph/ndarray.ts';
import { TensorShape, UNKNOWN_SHAPE } from '../../src/graph/shape.ts';
import { outputTypes } from '../../src/graph/op_def.ts';
import { opDef } from '../../src/ops/registry.ts';
import type { DeviceValue } from '../../src/session/engines/engine.ts';
import { nativeEngine } from '../../src/session/engines/native.ts';
import { referenceEngine } from '../../src/session/engines/reference.ts';
import { referenceKernels } from '../../src/session/kernels/registry.ts';
import type { Step } from '../../src/session/plan.ts';
import { VariableStore } from '../../src/session/variables.ts';

/** The outputs; undefined when the engine leaves the op to the reference kernels. */
export function runNative(op: string, inputs: readonly NDArray[], attr: AttrMap, engine = nativeEngine({ intraOpThreads: 0, interOpThreads: 0 })): NDArray[] | undefined {
  engine.prepareSync();
  const def = opDef(op)!;
  const inputDtypes = inputs.map((a) => a.dtype);
  const call = engine.place({ name: op, op, attr, inputDtypes, outputDtypes: [], inputShapes: inputs.map((a) => a.shape), shapesKnown: true, constant: () => undefined }, 'exact');
  if (typeof call === 'string' || !inputDtypes.every((d) => engine.accepts(d)) || referenceKernels.get(op)!.writes) return undefined;
  // Types follow from the inputs, as in a plan.
  const typed: Record<string, AttrMap[string]> = { ...attr };
  let at = 0;
  const many = def.inputArg.filter((a) => a.numberAttr !== undefined).length;
  for (const a of def.inputArg) {
    const n = a.numberAttr === undefined ? 1 : Number((typed[a.numberAttr] ??= { kind: 'i', value: (inputs.length - def.inputArg.length + many) / many }).value);
    if (a.typeAttr !== undefined && inputDtypes[at]) typed[a.typeAttr] = { kind: 'type', value: inputDtypes[at]! };
    if (a.typeListAttr !== undefined) typed[a.typeListAttr] = { kind: 'list', value: { type: inputDtypes } };
    at += n;
  }
  for (const a of def.attr) if (typed[a.name] === undefined && a.default) typed[a.name] = a.default;
  const dtypes = outputTypes(def, typed);
  if (!dtypes) throw new InternalFault(`${op}: the record lacks an attr`);
  if (!dtypes.every((d) => engine.accepts(d))) return undefined;
  const n = inputs.length;
  const steps: Step[] = [
    ...inputs.map((a, i): Step => ({ kind: 'feed', tensor: `x${i}:0`, index: i, out: i, nodes: [`x${i}`] })),
    { kind: 'kernel', node: { name: op, op, attr: typed }, kernel: referenceKernels.get(op)!.kernel, call, why: null, inputs: inputs.map((_, i) => i), inputDtypes, outputs: dtypes.map((_, i) => n + i), guards: [], nodes: [op] },
    ...dtypes.map((_, i): Step => ({ kind: 'fetch', tensor: `${op}:${i}`, index: i, input: n + i, nodes: [op] })),
  ];
  const slots = [...inputs.map((a) => ({ dtype: a.dtype, shape: new TensorShape([...a.shape]), place: 'device' as const })), ...dtypes.map((dtype) => ({ dtype, shape: UNKNOWN_SHAPE, place: 'device' as const }))];
  const grouped = engine.group!({ slots, constants: [], steps }, { mode: 'exact', inParts: false, device: () => '' });
  const step = grouped.steps.find((s) => s.kind === 'call')!;
  const values = step.inputs.map((x) => engine.upload(inputs[x]!));
  try {
    const out = engine.call!(step, values, new VariableStore(referenceEngine), true) as readonly DeviceValue[];
    const arrays = dtypes.map((d, i) => { const k = step.outputs.indexOf(n + i); const v = engine.downloadSync(out[k]!, d); engine.free(out[k]!); return v; });
    return arrays;
  } finally {
    for (const v of values) engine.free(v);
    engine.discard!({ steps: grouped.steps } as never);
  }
}
