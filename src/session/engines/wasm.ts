// The `wasm` engine: kernels generated at run time as WebAssembly with 128-bit vectors, on a heap of its own. Every bit
// is that of the reference kernels: both run the arithmetic of kernels/arith.ts. An op without a kernel here runs on
// `reference`, and the plan says so; a call a kernel declines (mostly to fail) is done by the reference kernel too.
import type { DType } from '../../graph/dtype.ts';
import { InternalFault } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { opDef } from '../../ops/registry.ts';
import type { KernelState } from '../kernels/kernel.ts';
import type { Plan } from '../plan.ts';
import { referenceKernels } from '../kernels/registry.ts';
import { hasRelaxedSimd } from '../jit/host.ts';
import { joinable } from '../wasm/cwise.ts';
import { fusedKernel, type FusedKernel } from '../wasm/fused.ts';
import { costOf } from '../wasm/fused_stages.ts';
import { type Heap, OwnHeap, SLACK } from '../wasm/heap.ts';
import { Kit, type WasmKernel, type WasmValue } from '../wasm/kit.ts';
import { isSumOfProducts, producerOf } from '../wasm/producers.ts';
import { Replays, type Take } from '../wasm/replay.ts';
import { endOf } from '../wasm/roots.ts';
import { rowNode } from '../wasm/row_nodes.ts';
import { changedBy } from '../wasm/scatter.ts';
import { wasmKernels } from '../wasm/table.ts';
import { Threads } from '../wasm/threads.ts';
import { fillsUp, joinedOf, viewsOf } from '../wasm/views.ts';
import type { Area, Change, Declined, DeviceCall, DeviceNode, DeviceValue, Engine, EngineReport, Fusion, MemoryInfo, Over, Places } from './engine.ts';

/** An engine with a heap of its own, for one session. With more than one thread the heap is a shared one. */
export function wasmEngine(heap: () => Heap = () => new OwnHeap(), threads: ThreadsWanted = ONE_THREAD, mode: 'exact' | 'fast' = 'exact'): Engine { return new WasmEngine(heap, threads, mode); }
/** How many threads compute, and why not as many as were wanted. */
export interface ThreadsWanted { readonly count: number; readonly why: string | null }
const NO_TAKES: readonly Take[] = [];
const ONE_THREAD: ThreadsWanted = { count: 1, why: null };

/** `replays`: of a kernel that keeps nothing from run to run. */
interface WasmCall extends DeviceCall { readonly run: WasmKernel; readonly node: DeviceNode; readonly replays: Replays | undefined }
interface FusedCall extends DeviceCall { readonly run: FusedKernel; /** Name of the last node. */ readonly last: string; readonly replays: Replays }

/** Kernels that hand out their first input's elements. */
const SHARING = new Set(['Reshape', 'ExpandDims', 'Squeeze', 'Identity', 'Snapshot', 'StopGradient', 'PreventGradient', 'EnsureShape', 'CheckNumerics']);

export class WasmEngine implements Engine {
  readonly name = 'wasm';
  readonly foldsAll = true;
  readonly fitsAnyShape = true;
  readonly copies = true;
  readonly channelsLast = true;
  readonly exposes: ReadonlySet<DType> = new Set();
  readonly #heap: () => Heap;
  #started: Kit | undefined;
  /** What was left when it was closed. */
  #left: MemoryInfo = { tensors: 0, bytes: 0 };
  readonly slack = SLACK;
  /** Plans that have an area. */
  #areas = 0;
  /** By node, while a run is watched. */
  #declined: Map<string, Declined> | undefined;

  readonly #wanted: ThreadsWanted;
  #others: Threads | undefined;
  get threads(): number { return this.#others?.failure === undefined ? this.#wanted.count : 1; }
  get threadsWhy(): string | null { return this.#others?.failure ?? this.#wanted.why; }

  readonly relaxed: string | undefined;
  readonly #fused: boolean;

  constructor(heap: () => Heap, threads: ThreadsWanted = ONE_THREAD, mode: 'exact' | 'fast' = 'exact') {
    this.#heap = heap;
    this.#fused = mode === 'fast' && hasRelaxedSimd();
    this.relaxed = mode === 'exact' ? undefined : this.#fused
      ? 'sums of products round once where exact ones round twice (relaxed SIMD): MatMul, convolutions and their gradients'
      : "sums of products are the exact ones: this host has no relaxed SIMD (in Node 20: --experimental-wasm-relaxed-simd)";
    this.#wanted = threads;
  }

  accepts(dtype: DType): boolean { return dtype.size > 0 && !dtype.isQuantized; }

  place(node: DeviceNode): DeviceCall | string {
    const run = wasmKernels.get(node.op);
    if (!run) return `no kernel for ${node.op} in the wasm engine yet`;
    if (!node.inputDtypes.every((d) => this.accepts(d))) return `the wasm engine has no ${node.inputDtypes.find((d) => !this.accepts(d))!.name}`;
    const shares = SHARING.has(node.op) ? { shares: 0 } : {};
    const changes = changedBy(node);
    const call: WasmCall = { kernel: node.op, ...shares, ...(changes > 0 ? { changes } : {}), inputs: Object.fromEntries(node.inputDtypes.map((_, i) => [String(i), i])), attrs: {}, run, node, replays: opDef(node.op)?.isStateful === false ? new Replays() : undefined };
    return call;
  }

  again(call: DeviceCall): DeviceCall { return { ...call, ...((call as WasmCall | FusedCall).replays && { replays: new Replays() }) } as WasmCall; }

  prepare(): Promise<void> { return Promise.resolve(); }
  prepareSync(): void { /* nothing to load */ }

  upload(a: NDArray, at?: DeviceValue): DeviceValue { return this.kit.upload(a, at as WasmValue | undefined); }
  put(a: NDArray, at: DeviceValue): void { this.kit.put(a, at as WasmValue); }
  download(v: DeviceValue): NDArray { return this.downloadSync(v); }
  downloadSync(v: DeviceValue): NDArray { return this.kit.read(v as WasmValue); }

  run(call: DeviceCall, inputs: readonly DeviceValue[], state: KernelState, places?: Places, outputs?: readonly number[], over?: readonly Over[], changes: Change[] = []): readonly DeviceValue[] {
    const { run, node, replays } = call as WasmCall;
    const k = this.kit, x = inputs as readonly WasmValue[], f = (): readonly WasmValue[] | undefined => run(k, x, node, state);
    const out = over ? k.call(f, places, outputs, { inputs: x, over, changes }) : replays ? k.again(replays, x, NO_TAKES, f, places, outputs) : k.call(f, places, outputs);
    if (!out && k.isRehearsing) throw new InternalFault('the reference kernels are not rehearsed');
    return out ?? this.#byReference(node, x, state, places, outputs);
  }
  #byReference(node: DeviceNode, x: readonly WasmValue[], state: KernelState, places: Places | undefined, outputs: readonly number[] | undefined): readonly DeviceValue[] {
    this.#decline(node.name, node.op);
    const k = this.kit;
    const out = referenceKernels.get(node.op)!.kernel(x.map((v) => k.read(v)), node, state);
    return k.call(() => out.map((a) => k.write(a)), places, outputs)!;
  }
  #decline(node: string, op: string): void { this.#declined?.set(node, { node, op, calls: (this.#declined.get(node)?.calls ?? 0) + 1 }); }
  rehearse(play: () => void): Promise<void> | undefined { return this.kit.rehearse(play); }
  watch(): () => EngineReport {
    const declined = this.#declined = new Map<string, Declined>();
    const code = this.kit.note(), bytes = this.kit.noteBytes();
    return () => {
      this.#declined = undefined;
      return { code: code(), declined: [...declined.values()], peakBytes: bytes() };
    };
  }

  readonly fusion: Fusion = {
    joins: (node) => node.inputDtypes.every((d) => this.accepts(d)) && joinable(node) !== undefined,
    cost: (node) => costOf(joinable(node)!),
    reads: (node) => viewsOf(node) !== undefined,
    fills: (node) => fillsUp(viewsOf(node)!),
    rows: rowNode,
    starts: (node) => node.shapesKnown && producerOf(node)?.(node.inputShapes) !== undefined,
    sums: isSumOfProducts,
    ends: endOf,
    gathers: (node) => joinedOf(node) !== undefined,
    place: (nodes) => ({ kernel: 'fused', inputs: {}, attrs: {}, run: fusedKernel(nodes), last: nodes.nodes.at(-1)!.node.name, replays: new Replays() }) as FusedCall,
    again: (call, nodes) => { const run = (call as FusedCall).run.again(nodes); return run && { ...call, run, replays: new Replays() } as FusedCall; },
    named: (call, last) => ({ ...call, last, replays: new Replays() }) as FusedCall,
    run: (call, inputs, takes, places, outputs) => {
      const k = this.kit, { run, last, replays } = call as FusedCall, x = inputs as readonly WasmValue[];
      const out = k.again(replays, x, takes, () => run.run(k, x, takes), places, outputs);
      if (!out && !k.isRehearsing) this.#decline(last, call.kernel);
      return out;
    },
    bind: (call, inputs, takes, outputs) => (call as FusedCall).run.bind(inputs as readonly WasmValue[], takes, outputs as readonly WasmValue[]),
  };

  area({ layout, slots }: Plan): Area | undefined {
    if (!layout) return undefined;
    this.#areas++;
    const { bytes, at } = layout;
    let base = -1, places: Places = [];
    return { open: () => {
      const now = this.kit.area(bytes);
      if (now === undefined) return undefined;
      if (now !== base) {
        const own = at.map((p, s) => (p?.with === s ? this.kit.place(slots[s]!.dtype.baseDtype, slots[s]!.shape.dims as number[], now + p.offset) : undefined));
        places = at.map((p) => p && own[p.with]);
        base = now;
      }
      return places;
    } };
  }
  discard({ layout }: Plan): void { if (layout && --this.#areas === 0) this.#started?.closeArea(); }

  retain(v: DeviceValue): DeviceValue { return this.kit.retain(v as WasmValue); }
  free(v: DeviceValue): void { this.#started?.release(v as WasmValue); }
  adopt(_tensor: object): DeviceValue | undefined { return undefined; }
  expose(_v: DeviceValue): unknown { throw new InternalFault('the wasm engine hands out no tensors of TensorFlow.js'); }
  memory(): MemoryInfo { return this.#started?.memory ?? this.#left; }

  /** Lets go of the memory: who holds the engine (a host may hold a session until the job ends that made it) does not hold that. */
  close(): void {
    this.#left = this.memory();
    this.#started?.close();
    this.#started = this.#others = undefined;
  }

  protected get kit(): Kit { return this.#started ??= this.#start(); }
  #start(): Kit {
    const heap = this.#heap();
    if (this.#wanted.count > 1) this.#others = new Threads(heap.memory, this.#wanted.count);
    return new Kit(heap, this.#others, this.#fused);
  }
}
