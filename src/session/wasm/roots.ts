// Reductions that can end a fused step: sums over neighbouring axes of binary32, for all that lies before those (groups) and
// behind (outputs side by side). Their terms are taken block by block as the step makes them, with the contract's tree
// (fold.ts): 1,024 terms a block, blocks joined.
import { boolAttr, toNumbers } from '../kernels/common.ts';
import type { DeviceNode, End } from '../engines/engine.ts';
import { isNchw } from '../kernels/window.ts';

type Shape = readonly number[];
export interface Reduction {
  /** 'sum' of a mean too. */
  readonly op: 'sum' | 'max' | 'min';
  readonly mean: boolean;
  /** Which axes go, for terms of this rank; undefined: one of them is not there. */
  readonly reduced: (rank: number) => readonly boolean[] | undefined;
  readonly keepDims: boolean;
}

/** What a node reduces, and how; undefined: it is no such node. */
export function reductionOf(node: DeviceNode): Reduction | undefined {
  if (node.inputDtypes[0]!.storage !== 'f32') return undefined;
  if (node.op === 'BiasAddGrad') return isNchw(node) ? undefined : { op: 'sum', mean: false, keepDims: false, reduced: (rank) => (rank < 2 ? undefined : Array.from({ length: rank }, (_, i) => i < rank - 1)) };
  const op = OPS[node.op], axes = op && node.constant(1);
  if (!op || !axes) return undefined;
  const keepDims = node.attr['keep_dims'] ? boolAttr(node, 'keep_dims') : boolAttr(node, 'keepdims', false);
  const list = toNumbers(axes);
  return { op, mean: node.op === 'Mean', keepDims, reduced: (rank) => {
    const out = Array.from({ length: rank }, () => false);
    for (const a of list) {
      const d = a < 0 ? a + rank : a;
      if (!(d >= 0 && d < rank)) return undefined;
      out[d] = true;
    }
    return out;
  } };
}

const OPS: Readonly<Record<string, Reduction['op']>> = { Sum: 'sum', Mean: 'sum', Max: 'max', Min: 'min' };

/** Elements of a group worth the calls that it takes. */
const GROUP = 1024;
/** Groups one after the other, in each terms of outputs that lie side by side. */
export interface Columns { readonly groups: number; readonly terms: number; readonly outputs: number }
/** undefined: another arrangement, or nothing to add up. */
export function columnsOf(shape: Shape, reduced: readonly boolean[]): Columns | undefined {
  let groups = 1, terms = 1, outputs = 1;
  for (let i = 0; i < shape.length; i++) {
    if (shape[i] === 1) continue;
    if (!reduced[i]) { if (terms > 1) outputs *= shape[i]!; else groups *= shape[i]!; } else if (outputs > 1) return undefined; else terms *= shape[i]!;
  }
  return terms > 1 && (outputs === 1 || outputs >= 4) && (groups === 1 || terms * outputs >= GROUP) ? { groups, terms, outputs } : undefined;
}

/** How the node ends a step: as text, in which the reductions of one step agree, and whether its columns are more than the last axis. */
export function endOf(node: DeviceNode): End | undefined {
  const r = node.shapesKnown ? reductionOf(node) : undefined, shape = node.inputShapes[0]!;
  const reduced = r?.op === 'sum' ? r.reduced(shape.length) : undefined, c = reduced && columnsOf(shape, reduced);
  return c && { kind: `${c.groups} ${c.terms} ${c.outputs}`, flat: c.outputs > 1 && c.outputs !== shape.findLast((d) => d > 1) };
}
