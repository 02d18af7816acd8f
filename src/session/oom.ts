// Out of memory, told as TF 1.15 tells it (OpKernelContext::allocate_tensor, StepStatsCollector::ReportAllocsOnResourceExhausted):
// the shape and type that found no place; with `report_tensor_allocations_upon_oom` what is alive, largest first. The
// largest values and the peak of the plan stand among our own details in any case.
import type { DType } from '../graph/dtype.ts';
import { ResourceExhaustedError } from '../graph/errors.ts';
import { deviceName, HOST_ALLOCATOR } from './engines/engine.ts';
import { dtypeLabel } from './errors.ts';
import { type Plan, type Slot, writes } from './plan.ts';
import { byteLength, isHost, type Value, type VariableStore } from './variables.ts';

/** No place for a tensor. `allocator`: the engine, or that of the host. */
export function outOfMemory(shape: string, dtype: DType, allocator: string, memory?: string): ResourceExhaustedError {
  return new ResourceExhaustedError(`OOM when allocating tensor with shape${shape} and type ${dtypeLabel(dtype)} on ${deviceName(allocator)} by allocator ${allocator}`, memory === undefined ? {} : { memory });
}

/** What V8 throws when an array finds no place; its other RangeErrors are faults. */
export function isHostExhausted(e: unknown): boolean {
  return e instanceof RangeError && /^(Array buffer allocation failed|Invalid (typed )?array length(: [\d.e+]+)?$)/.test(e.message);
}

/** Memory that is in use, and by which node. */
export interface Held { readonly from: string; readonly bytes: number }

/** The values of a run and of the session's variables on one side, each block of memory once. */
export function heldValues(plan: Plan, slots: Readonly<Record<Slot, Value | symbol | undefined>>, variables: VariableStore, allocator: string): Held[] {
  const seen = new Set<object>();
  const out: Held[] = [];
  const add = (from: string, v: Value | symbol | undefined): void => {
    if (typeof v !== 'object' || isHost(v) !== (allocator === HOST_ALLOCATOR)) return;
    const block = isHost(v) ? v.data : v.dataId;
    if (seen.has(block)) return;
    seen.add(block);
    out.push({ from, bytes: byteLength(v) });
  };
  for (const name of variables.names()) add(name, variables.get(name));
  for (const c of plan.constants) add(c.nodes[0] ?? 'Const', slots[c.slot]);
  for (const s of plan.steps) for (const o of writes(s)) add(s.nodes[0] ?? s.kind, slots[o]);
  return out;
}

/** What TF adds to the text. */
export function allocations(held: readonly Held[], reported: boolean, allocator: string): string {
  if (!reported) return '\nHint: If you want to see a list of allocated tensors when OOM happens, add report_tensor_allocations_upon_oom to RunOptions for current allocation info.\n';
  const sorted = largestFirst(held);
  const total = sorted.reduce((n, h) => n + h.bytes, 0);
  if (total === 0) return '\n';
  const lines: string[] = [];
  let told = 0;
  for (const h of sorted) {
    lines.push(`  ${humanBytes(h.bytes)} from ${h.from}\n`);
    told += h.bytes;
    if (lines.length > MAX_NODES || told >= total * MAX_SHARE) break;
  }
  const rest = sorted.length - lines.length;
  if (rest > 0) lines.push(`  Remaining ${rest} nodes with ${humanBytes(total - told)}\n`);
  return `\n\nCurrent usage from device: ${deviceName(allocator)}, allocator: ${allocator}\n${lines.join('')}`;
}
const MAX_NODES = 100;
const MAX_SHARE = 0.99;

/** What the whole plan wants, scratch of its kernels not counted. */
export function peakOf({ peakBytes }: Plan): string { return peakBytes === null ? 'the plan has values whose size only the run knows' : `the plan's values take ${humanBytes(peakBytes)} at their peak`; }

/** The largest values in one line. */
export function largest(held: readonly Held[]): string {
  const few = largestFirst(held).slice(0, 5);
  return few.length === 0 ? 'nothing else is alive' : `largest: ${few.map((h) => `${humanBytes(h.bytes)} from ${h.from}`).join(', ')}`;
}
function largestFirst(held: readonly Held[]): Held[] { return held.filter((h) => h.bytes > 0).sort((a, b) => b.bytes - a.bytes); }

/** Bytes as TF writes them (strings::HumanReadableNumBytes). */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes}B`;
  let [n, unit] = [bytes, 0];
  while (n >= 1024 * 1024) { n = Math.floor(n / 1024); unit++; }
  return `${(n / 1024).toFixed(unit === 0 ? 1 : 2)}${'KMGTPE'[unit]}iB`;
}
