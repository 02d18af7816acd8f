// Lets graph building evaluate constants with the session's own kernels (static shapes that depend on values).
import { setEvaluator } from '../ops/constant_value.ts';
import { referenceKernels } from './kernels/registry.ts';

const noState = { get: <T>(init: () => T): T => init(), set: (): void => undefined };

setEvaluator((node, inputs) => {
  const def = referenceKernels.get(node.op);
  return def && def.writes === undefined ? def.kernel(inputs, node, noState) : undefined;
});
