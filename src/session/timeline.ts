// `tf.Timeline`: step stats as a Chrome trace (chrome://tracing, Perfetto). Follows python/client/timeline.py (1.15)
// event for event.
import { protoName } from '../graph/dtype.ts';
import { type Args, bind } from '../ops/api.ts';
import type { NodeExecStats, NodeOutput, StepStats, TensorDescription } from './step_stats.ts';

/** One event of the trace. */
export type TraceEvent = Readonly<Record<string, unknown>>;

/** The most an allocator held at once. */
export interface AllocationMaximum { readonly timestamp: number; readonly numBytes: number; readonly tensors: ReadonlySet<string> }

interface Tracker { readonly name: string; readonly objectId: number; readonly createTime: number; readonly pid: number; readonly allocator: string; readonly numBytes: number; lastUnref: number }
interface Process { readonly compute: number; readonly tensors: number }

interface TraceOptions { showDataflow?: boolean; showMemory?: boolean }
const ORDER = ['showDataflow', 'showMemory'] as const;
const KNOWN = new Set<string>(ORDER);

/** `tf.Timeline(step_stats)` (tensorflow.python.client.timeline.Timeline). */
export class Timeline {
  readonly #stats: StepStats;
  constructor(stepStats: StepStats) { this.#stats = stepStats; }

  /** `generate_chrome_trace_format(show_dataflow, show_memory)`: the trace as JSON text. `showDataflow` (default true) adds
   * arrows from makers to users; `showMemory` (default false) the sizes and lifetimes of values. */
  generateChromeTraceFormat(...args: Args<TraceOptions, typeof ORDER>): string {
    const p = bind('generate_chrome_trace_format', ORDER, KNOWN, args, {}) as TraceOptions;
    return JSON.stringify({ traceEvents: this.analyzeStepStats(p.showDataflow ?? true, p.showMemory ?? false).traceEvents }, null, 4);
  }

  /** `analyze_step_stats`: the events, and the most each allocator held (with `showMemory`). */
  analyzeStepStats(showDataflow = true, showMemory = true): { readonly traceEvents: readonly TraceEvent[]; readonly allocatorMaximums: ReadonlyMap<string, AllocationMaximum> } {
    return new Analysis(this.#stats).run(showDataflow, showMemory);
  }
}

class Analysis {
  readonly #stats: StepStats;
  readonly #metadata: TraceEvent[] = [];
  readonly #events: TraceEvent[] = [];
  readonly #processes = new Map<string, Process>();
  /** Lane of each node, so that no two in a lane overlap. */
  readonly #lane = new Map<NodeExecStats, number>();
  readonly #tensors = new Map<string, Tracker>();
  readonly #flowStarts = new Map<string, readonly [time: number, pid: number, tid: number]>();
  readonly #maximums = new Map<string, AllocationMaximum>();
  #nextPid = 0;
  #nextFlow = 0;
  readonly #allocators: number;

  constructor(stats: StepStats) {
    this.#stats = stats;
    this.#allocators = this.#process('Allocators');
    for (const { device } of stats.devStats) {
      const compute = this.#nextPid++, tensors = this.#nextPid++;
      this.#processes.set(device, { compute, tensors });
      this.#nameProcess(`${device} Compute`, compute);
      this.#nameProcess(`${device} Tensors`, tensors);
    }
  }

  run(showDataflow: boolean, showMemory: boolean): { traceEvents: readonly TraceEvent[]; allocatorMaximums: ReadonlyMap<string, AllocationMaximum> } {
    this.#assignLanes();
    this.#trackTensors(showMemory);
    this.#showCompute(showDataflow);
    if (showMemory) this.#showMemory();
    return { traceEvents: [...this.#metadata, ...this.#events], allocatorMaximums: this.#maximums };
  }

  #process(name: string): number { const pid = this.#nextPid++; this.#nameProcess(name, pid); return pid; }
  #nameProcess(name: string, pid: number): void { this.#metadata.push({ name: 'process_name', ph: 'M', pid, args: { name } }); }
  #emit(ph: string, cat: string, name: string, pid: number, tid: number, ts: number, more: object): void { this.#events.push({ ph, cat, name, pid, tid, ts, ...more }); }

  #assignLanes(): void {
    for (const { nodeStats } of this.#stats.devStats) {
      const ends = [0];
      for (const n of nodeStats) {
        const free = ends.findIndex((t) => n.allStartMicros > t);
        const lane = free < 0 ? ends.length : free;
        ends[lane] = n.allStartMicros + n.allEndRelMicros;
        this.#lane.set(n, lane);
      }
    }
  }

  #trackTensors(showMemory: boolean): void {
    for (const { device, nodeStats } of this.#stats.devStats) {
      const { compute, tensors: pid } = this.#processes.get(device)!;
      for (const n of nodeStats) {
        const tid = this.#lane.get(n)!, start = n.allStartMicros, end = start + n.allEndRelMicros;
        n.output.forEach((o, i) => {
          const name = i === 0 ? n.nodeName : `${n.nodeName}:${i}`;
          const { requestedBytes, allocatorName } = o.tensorDescription.allocationDescription;
          const t: Tracker = { name, objectId: this.#tensors.size, createTime: start, pid, allocator: allocatorName, numBytes: requestedBytes, lastUnref: end };
          this.#tensors.set(name, t);
          this.#flowStarts.set(name, [end, compute, tid]);
          if (showMemory) {
            this.#emit('N', 'Tensor', name, pid, tid, start, { id: t.objectId });
            this.#emit('O', 'Tensor', name, pid, tid, end - 1, { id: t.objectId, args: { snapshot: { tensor_description: describe(o) } } });
          }
        });
      }
    }
  }

  #showCompute(showDataflow: boolean): void {
    for (const { device, nodeStats } of this.#stats.devStats) {
      const pid = this.#processes.get(device)!.compute;
      const traced = device.includes('/stream:') || device.includes('/memcpy'); // GPU activity, not nodes
      for (const n of nodeStats) {
        const tid = this.#lane.get(n)!, start = n.allStartMicros, end = start + n.allEndRelMicros;
        this.#showNode(n, pid, tid, traced);
        if (traced || n.nodeName === 'RecvTensor') continue;
        for (const input of parseLabel(n.timelineLabel).inputs) {
          const cut = input.lastIndexOf('/_');
          const name = !this.#tensors.has(input) && cut > 0 ? input.slice(0, cut) : input;
          const t = this.#tensors.get(name);
          if (!t) continue;
          t.lastUnref = Math.max(t.lastUnref, end - 1);
          const [time, fromPid, fromTid] = this.#flowStarts.get(name)!;
          if (!showDataflow || (fromPid === pid && fromTid === tid)) continue; // an arrow within a lane says nothing
          const id = this.#nextFlow++;
          this.#emit('s', 'DataFlow', name, fromPid, fromTid, time, { id });
          this.#emit('t', 'DataFlow', name, pid, tid, start, { id });
        }
      }
    }
  }

  #showNode(n: NodeExecStats, pid: number, tid: number, traced: boolean): void {
    let name = n.nodeName, op = 'RecvTensor';
    let inputs: readonly string[] = [];
    if (traced) {
      const [first, second] = name.split(':');
      [name, op] = [first!, second ?? 'unknown'];
    } else if (name !== 'RecvTensor') ({ op, inputs } = parseLabel(n.timelineLabel));
    const args = Object.fromEntries([['name', name], ['op', op], ...inputs.map((x, i) => [`input${i}`, x])]);
    this.#emit('X', 'Op', op, pid, tid, n.allStartMicros, { dur: n.allEndRelMicros, args });
  }

  #showMemory(): void {
    const changes = new Map<string, (readonly [time: number, bytes: number, name: string])[]>();
    for (const t of this.#tensors.values()) {
      this.#emit('D', 'Tensor', t.name, t.pid, 0, t.lastUnref, { id: t.objectId });
      const list = changes.get(t.allocator) ?? [];
      changes.set(t.allocator, list);
      list.push([t.createTime, t.numBytes, t.name], [t.lastUnref, -t.numBytes, t.name]);
    }
    for (const [allocator, list] of changes) {
      let total = 0;
      const held = new Set<string>();
      let max: AllocationMaximum = { timestamp: 0, numBytes: 0, tensors: new Set() };
      for (const [time, bytes, name] of list.sort((a, b) => a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0))) {
        total += bytes;
        if (bytes < 0) held.delete(name); else held.add(name);
        if (total > max.numBytes) max = { timestamp: time, numBytes: total, tensors: new Set(held) };
        this.#emit('C', 'Memory', allocator, this.#allocators, 0, time, { args: { [allocator]: total } });
      }
      this.#maximums.set(allocator, max);
    }
  }
}

/** `name = Op(input, input)`. */
function parseLabel(label: string): { op: string; inputs: readonly string[] } {
  const m = /^(.*) = (.*)\((.*)\)/s.exec(label);
  if (!m) return { op: 'unknown', inputs: [] };
  return { op: m[2]!, inputs: m[3] === '' ? [] : m[3]!.split(', ') };
}

/** The text form of a TensorDescription, without quotes, as TF puts it into the trace. */
function describe(o: NodeOutput): string {
  const d: TensorDescription = o.tensorDescription;
  const dims = (d.shape.dims ?? []).map((n) => (n === 0 ? '  dim {\n  }\n' : `  dim {\n    size: ${n ?? -1}\n  }\n`)).join('');
  const { requestedBytes, allocatorName } = d.allocationDescription;
  const bytes = requestedBytes === 0 ? '' : `  requested_bytes: ${requestedBytes}\n`;
  return `dtype: ${protoName(d.dtype)}\nshape {\n${dims}}\nallocation_description {\n${bytes}  allocator_name: ${allocatorName}\n}\n`;
}
