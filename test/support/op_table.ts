// The op table as text: op x {shape function, gradient, engines}, for docs/OPS.md.
import { opBehaviour, opDef, opNames } from '../../src/ops/registry.ts';
import { referenceKernels } from '../../src/session/kernels/registry.ts';
import { wasmKernels } from '../../src/session/wasm/table.ts';

/** Ops the session resolves itself: they need no kernel. */
const RESOLVED = new Set(['VariableV2', 'Variable', 'Assign', 'Placeholder', 'PlaceholderV2', 'Const', 'NoOp', 'Switch', 'RefSwitch', 'Merge', 'RefMerge', 'RefIdentity', 'IsVariableInitialized', 'VarHandleOp', 'ReadVariableOp', 'VariableShape', 'ResourceGather', 'ResourceGatherNd', 'VarIsInitializedOp']);

/** Markdown: every op that has a behaviour or a kernel, one row each. */
export function opTableMarkdown(): string {
  const rows = opNames().sort().flatMap((op) => {
    const b = opBehaviour(op);
    const runs = referenceKernels.has(op) || RESOLVED.has(op);
    if (!b && !runs) return [];
    const grad = b?.grad === null ? 'none' : b?.grad ? 'yes' : '';
    const tfjs = b?.tfjs ? (b.tfjs.exact ? 'yes' : 'fast mode') : '';
    return [`| ${op} | ${b?.shape ? 'yes' : ''} | ${grad} | ${runs ? 'yes' : ''} | ${wasmKernels.has(op) ? 'yes' : ''} | ${tfjs} | ${opDef(op)!.isStateful ? 'yes' : ''} |`];
  });
  return [
    '# Ops', '',
    `TensorFlow 1.15.5 has ${opNames().length} op types. Every one can be imported, printed, compared and exported; those below also have`,
    'behaviour. *Gradient* "none" means that TensorFlow declares the op not differentiable. *Reference* says whether sessions can',
    'run it; *wasm* whether that engine has generated kernels for it (not for every dtype; the rest runs on `reference`); *tfjs* whether an engine `tfjs:<backend>` runs it itself ("fast mode": only there, because the bits of the backend\'s kernel are not',
    'those of the numeric contract; in exact mode the step runs on `reference`, and the plan says so).', '',
    'Generated: `npx vitest run test/ops/op_table.test.ts -u`.', '',
    `| op (${rows.length}) | shape function | gradient | reference | wasm | tfjs | stateful |`, '|---|---|---|---|---|---|---|', ...rows, '',
  ].join('\n');
}
