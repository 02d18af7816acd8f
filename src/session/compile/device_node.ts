// A node as an engine sees it when it is asked to run it.
import type { DeviceNode } from '../engines/engine.ts';
import { dataInputs, type Program, type ProgramNode, typeOf } from './program.ts';

export function deviceNode(p: Program, n: ProgramNode): DeviceNode {
  const data = dataInputs(n), inputs = data.map((s) => typeOf(p, s)!);
  return {
    name: n.from[0]!, op: n.op, attr: n.attr, inputDtypes: inputs.map((t) => t.dtype), outputDtypes: p.types.get(n.name)!.map((t) => t.dtype),
    inputShapes: inputs.map((t) => (t.shape.isFullyDefined ? (t.shape.dims as number[]) : [])),
    shapesKnown: inputs.every((t) => t.shape.isFullyDefined),
    constant: (i) => p.constants.get(data[i]!),
  };
}
