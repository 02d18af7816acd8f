// A loop cut into shorter ones that take turns on blocks small enough for the nearest cache. A long chain of arithmetic
// leaves the processor nothing to do beside it; in a short loop many elements are on their way at once.
import { broadcastStrides, sameShape } from '../kernels/common.ts';
import { collapse } from '../kernels/compute.ts';
import { bytesOf, type LaneStorage } from '../jit/lanes.ts';
import type { Kit } from './kit.ts';
import { type Body, codeFor, type Loop, type Operand, rowCalls, rowMajor } from './map.ts';

/** Elements of a block. */
const BLOCK = 4096;

/** What a stage reads: an operand of the whole loop, or what an earlier stage left of this block (beside or among the results). */
export type StageInput = { readonly read: number } | StageOutput;
export type StageOutput = { readonly result: number } | { readonly scratch: number };
export interface Stage { readonly key: string; readonly body: Body; readonly inputs: readonly StageInput[]; readonly outputs: readonly StageOutput[] }

/** Compiles stages over all elements of `shape`; undefined: the loop does not fall into such blocks. `scratch`: storage of the values between stages. */
export function planStages(k: Kit, shape: readonly number[], outs: readonly LaneStorage[], reads: readonly Operand[], scratch: readonly LaneStorage[], stages: readonly Stage[]): Loop | undefined {
  let n = 1;
  for (const d of shape) n *= d;
  const same = reads.map((a) => sameShape(a.shape, shape));
  const flat = reads.every((a, i) => same[i] || a.shape.every((d) => d === 1));
  const { dims, strides } = flat ? { dims: [n], strides: same.map((s) => [s ? 1 : 0]) } : collapse(shape, reads.map((a) => broadcastStrides(a.shape, shape)));
  const inner = dims[dims.length - 1]!, each = dims.length === 1 ? 1 : n / dims[0]!;
  if (n < 64 || each > 2 * BLOCK || (dims.length > 1 && inner < 8)) return undefined;
  const step = Math.max(1, Math.floor(BLOCK / each));
  const compiled = stages.map((s) => {
    const storage = (x: StageOutput): LaneStorage => ('result' in x ? outs[x.result]! : scratch[x.scratch]!);
    const operands = s.inputs.map((x): Operand => ('read' in x ? reads[x.read]! : { storage: storage(x), shape }));
    const storages = s.outputs.map(storage);
    const code = codeFor(k, s.key, s.body, storages, operands, s.inputs.map((x) => 'read' in x && strides[x.read]![dims.length - 1] === 0));
    return { ...s, code, operands, storages, sizes: operands.map((x) => bytesOf(x.storage)), widths: storages.map(bytesOf) };
  });
  const block = (o: readonly number[], x: readonly number[], between: readonly number[], from: number, count: number): void => {
    const box = [count, ...dims.slice(1)], own = rowMajor(box);
    for (const s of compiled) {
      const made = (v: StageOutput, bytes: number): number => ('result' in v ? o[v.result]! + from * each * bytes : between[v.scratch]!);
      const at = s.inputs.map((v, i) => ('read' in v ? x[v.read]! + from * strides[v.read]![0]! * s.sizes[i]! : made(v, s.sizes[i]!)));
      const to = s.outputs.map((v, i) => made(v, s.widths[i]!));
      if (dims.length > 1) { rowCalls(s.code, box, s.inputs.map((v) => ('read' in v ? strides[v.read]! : own)), s.storages, s.operands, to, at); continue; }
      const args = [1, (count + 3) >>> 2];
      for (const p of to) args.push(p, 0);
      for (const p of at) args.push(p, 0);
      s.code(...args);
    }
  };
  const wholeRows = dims.length === 1 || inner % 4 === 0;
  const overwrites = (out: number, input: number): boolean => {
    const written = stages.findIndex((s) => s.outputs.some((v) => 'result' in v && v.result === out));
    return wholeRows && !stages.some((s, i) => i > written && s.inputs.some((v) => 'read' in v && v.read === input));
  };
  return { overwrites, run: (kit, o, x) => {
    const between = scratch.map((s) => kit.scratch((step * each + 3) * bytesOf(s)));
    for (let from = 0; from < dims[0]!; from += step) block(o, x, between, from, Math.min(step, dims[0]! - from));
  } };
}
