// Options of a session: Python's positional arguments (target, graph, config) and ours by name, in one table.
import { TypeError, UnimplementedError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, Graph, pythonTypeName } from '../graph/graph.ts';
import { bind } from '../ops/api.ts';
import { passes } from './compile/pipeline.ts';
import type { Toolchain } from './compile/target.ts';
import { ConfigProto } from './config.ts';
import type { Engine } from './engines/engine.ts';
import { nativeEngine } from './engines/native.ts';
import { nativeAvailable } from './engines/native/addon.ts';
import { referenceBecause, referenceEngine } from './engines/reference.ts';
import { tfjsEngine } from './engines/tfjs.ts';
import { wasmEngine } from './engines/wasm.ts';
import { wasmOnTfjs } from './engines/wasm_tfjs.ts';
import { missingHere } from './jit/host.ts';
import { hostAppend, hostFiles } from './files.ts';
import type { KernelHost } from './kernels/kernel.ts';
import { referenceKernels } from './kernels/registry.ts';
import { type Master, masterOf, remoteEngine, type RpcOptions } from './master.ts';
import type { Init } from './message.ts';
import { SharedState } from './shared_state.ts';
import { OwnHeap } from './wasm/heap.ts';
import { noThreads } from './wasm/threads.ts';

/** `exact`: every bit is defined and never depends on what else is fetched. `fast`: the engine may use its own arithmetic. */
export type Mode = 'exact' | 'fast';

/** Named arguments of `tf.Session`. */
export interface SessionOptions {
  /** Master to connect to: `grpc://host:port` (with `tfgraph/grpc` imported); '' is this process. */
  readonly target?: string | null;
  /** The graph; default: the default graph. */
  readonly graph?: Graph | null;
  /** A `tf.ConfigProto`, or its fields. */
  readonly config?: ConfigProto | Init<ConfigProto> | null;
  /** `wasm` (default): kernels generated as WebAssembly with vectors, ops without one (the plan names them) on `reference`; where the host
   * cannot run them the default is `reference`, and plans say why. `reference`: the same bits from plain TypeScript, slowly.
   * `native`: the plan as calls into TensorFlow 2.x (`npx tfgraph native install`), with its own bits, which depend on
   * `config.intraOpParallelismThreads`; TensorFlow is loaded once a process, with the threads of the first session. A run that fails inside
   * TensorFlow has written nothing. `auto`: `native` where it is installed, else the default.
   * `tfjs:<backend>` with any registered TensorFlow.js backend (`tfjs:cpu`, `tfjs:wasm`). */
  readonly engine?: string | null;
  /** Default `exact`. */
  readonly mode?: Mode | null;
  /** Where the values of the `wasm` engine live. `own` (default): a memory of the session. `shared`: the same, one that threads may share.
   * `tfjs`: the memory of TensorFlow.js's wasm backend, so that its tensors are fed and (with `asTfjs`) fetched without a copy. */
  readonly heap?: 'own' | 'shared' | 'tfjs' | null;
  /** Threads the `wasm` engine computes with (default 1, at most 64), on a shared heap: workers that take part in large products, convolutions
   * and loops as soon as they have started. No bit depends on it. Where there can be no more than one the plan says why. */
  readonly threads?: number | null;
  /** Whether the engine `native` runs in a worker thread of the session, so that the event loop goes on during long runs (default false). Bits,
   * errors and `runSync` (which blocks) stay as they are; values take one more copy each way. A run that is aborted, times out or sees
   * its session closed ends at once; the call in TensorFlow goes on in the worker, and its result is dropped. Only while it writes
   * variables is it waited for, and counts. */
  readonly worker?: boolean | null;
  /** The most bytes the engine's memory may grow to (`wasm` on a heap of its own; at least 65536, default 4 GiB, what 32-bit addresses reach). A run that
   * needs more fails with ResourceExhaustedError and leaves the session as it was. */
  readonly memoryLimitBytes?: number | null;
  /** How the connection to `target` behaves. */
  readonly rpc?: RpcOptions | null;
  /** Where warnings about unordered writes go; default: `console.warn`. */
  readonly onWarning?: ((text: string) => void) | null;
  /** Reads files for ops that name them (vocabularies of lookup tables). Default: the file system, where the host has one. */
  readonly readFile?: ((path: string) => Uint8Array) | null;
  /** Kernels or passes in place of the standard ones. Not covered by any promise: for experiments, and for tests that plant faults. */
  readonly toolchain?: Partial<Toolchain> | null;
  /** An engine and variables that other sessions use too, in place of `engine`: what a server gives its sessions. */
  readonly sharedState?: SharedState | null;
}

const ORDER = ['target', 'graph', 'config', 'engine', 'mode', 'heap', 'threads', 'worker', 'memoryLimitBytes', 'rpc', 'onWarning', 'readFile', 'toolchain', 'sharedState'] as const;
const KNOWN = new Set<string>(ORDER);

/** What a session needs, checked. */
export interface Settings { readonly target: string; readonly graph: Graph; readonly state: SharedState; /** Whether others use the state too. */ readonly isShared: boolean; readonly master: Master | undefined; readonly mode: Mode; readonly config: ConfigProto; readonly onWarning: (text: string) => void; readonly files: Pick<KernelHost, 'readFile' | 'appendFile'>; readonly toolchain: Toolchain }

/** Binds and checks the arguments. Throws TypeError with Python's text, ValueError for unknown engines and modes. */
export function settings(args: readonly unknown[]): Settings {
  const p = bind('__init__', ORDER, KNOWN, args, {}) as SessionOptions;
  const target: unknown = p.target ?? '';
  if (target instanceof ConfigProto) throw new TypeError('target must be a string, but got <class \'tensorflow.core.protobuf.config_pb2.ConfigProto\'>. Did you do "Session(config)" instead of "Session(config=config)"?', { remedy: 'new tf.Session({ config })' });
  if (typeof target !== 'string') throw new TypeError(`target must be a string, but got <class '${pythonTypeName(target)}'>`, { remedy: 'name the argument: new tf.Session({ graph })' });
  const kind = masterOf(target);
  const graph: unknown = p.graph ?? getDefaultGraph();
  if (!(graph instanceof Graph)) throw new TypeError(`graph must be a tf.Graph, but got <class '${pythonTypeName(graph)}'>`);
  const mode = p.mode ?? 'exact';
  if (mode !== 'exact' && mode !== 'fast') throw new ValueError(`Unknown session mode '${String(mode)}'.`, { remedy: "use 'exact' or 'fast'" });
  const config = configOf(p.config);
  const onWarning = p.onWarning ?? ((text: string) => { console.warn(`tfgraph: ${text}`); });
  if (kind) for (const name of ['engine', 'heap', 'worker', 'memoryLimitBytes', 'toolchain', 'sharedState'] as const) if (p[name] !== undefined && p[name] !== null) throw new ValueError(`${name}: the session runs on '${target}', with the server's own.`, { remedy: 'leave it out' });
  return {
    target, graph, config, mode, onWarning,
    state: p.sharedState ?? new SharedState(kind ? remoteEngine(target) : engineOf(p, config)), isShared: Boolean(p.sharedState),
    master: kind?.open({ target, graph, config, exact: mode === 'exact', rpc: p.rpc ?? {}, warn: onWarning }),
    // A server's clients have the files it gives them.
    files: p.sharedState ? { ...p.sharedState.files, ...(p.readFile ? { readFile: p.readFile } : {}) } : { readFile: p.readFile ?? hostFiles(), appendFile: hostAppend() },
    toolchain: { kernels: referenceKernels, passes, ...p.toolchain },
  };
}

/** The engine asked for; else `wasm`, or where that cannot run `reference`, which has the same bits. */
export function engineOf(p: SessionOptions, config: ConfigProto): Engine {
  const name = p.engine === 'auto' ? (nativeAvailable() ? 'native' : 'wasm') : p.engine ?? 'wasm';
  const limit = memoryLimit(p.memoryLimitBytes), threads = threadCount(p.threads);
  if (p.worker === true && name !== 'native' && p.engine !== 'auto') throw new ValueError(`worker: engine '${name}' runs in the thread it is called from.`, { remedy: "leave it out, or use engine 'native'" });
  if (name !== 'wasm') {
    for (const [option, value] of Object.entries({ heap: p.heap, memoryLimitBytes: limit, threads: threads === 1 ? undefined : threads })) {
      if (value !== undefined && value !== null) throw new ValueError(option === 'threads' ? `threads: engine '${name}' has no threads of its own.` : `${option}: engine '${name}' has no memory of its own.`, { remedy: "leave it out, or use engine 'wasm'" });
    }
    if (name === 'reference') return referenceEngine;
    if (name === 'native') return nativeEngine({ intraOpThreads: config.intraOpParallelismThreads, interOpThreads: config.interOpParallelismThreads, worker: p.worker === true, jit: config.graphOptions.optimizerOptions.globalJitLevel, softPlacement: config.allowSoftPlacement, visibleDevices: config.gpuOptions.visibleDeviceList });
    if (/^tfjs:[\w-]+$/.test(name)) return tfjsEngine(name.slice(5));
    throw new ValueError(`Unknown engine '${name}'.`, { remedy: "use 'wasm', 'reference', 'native', 'auto', 'tfjs:cpu', 'tfjs:wasm' or 'tfjs:<registered TensorFlow.js backend>'" });
  }
  const missing = missingHere();
  if (missing === undefined) return wasmOn(p.heap, limit, threads, p.mode ?? 'exact');
  if (p.engine === 'wasm') throw new UnimplementedError(`Engine 'wasm' cannot run here: ${missing}.`, { remedy: "leave engine out (then `reference` serves, with the same bits), or use 'reference' or 'tfjs:<backend>'" });
  return referenceBecause(missing);
}
function wasmOn(given: unknown, limit: number | undefined, wanted: number, mode: Mode): Engine {
  const why = wanted === 1 ? null : given === 'own' || given === 'tfjs' ? `the heap '${given}' is that of one thread` : noThreads() ?? null;
  const threads = { count: why === null ? wanted : 1, why }, heap = given ?? (threads.count > 1 ? 'shared' : 'own');
  switch (heap) {
    case 'own': return wasmEngine(() => new OwnHeap(limit), threads, mode);
    case 'shared': return wasmEngine(() => new OwnHeap(limit, true), threads, mode);
    case 'tfjs':
      if (limit !== undefined) throw new ValueError('memoryLimitBytes: the memory of TensorFlow.js has no limit of its own.', { remedy: "leave it out, or use { heap: 'own' }" });
      return wasmOnTfjs(threads, mode);
    default: throw new ValueError(`Unknown heap '${String(heap)}'.`, { remedy: "use 'own', 'shared' or 'tfjs'" });
  }
}
function threadCount(n: unknown): number {
  if (n === undefined || n === null) return 1;
  if (typeof n !== 'number') throw new TypeError(`threads must be a number, but got <class '${pythonTypeName(n)}'>`);
  if (!Number.isInteger(n) || n < 1 || n > 64) throw new ValueError(`threads must be a whole number from 1 to 64, got ${n}`);
  return n;
}
function memoryLimit(bytes: unknown): number | undefined {
  if (bytes === undefined || bytes === null) return undefined;
  if (typeof bytes !== 'number') throw new TypeError(`memoryLimitBytes must be a number, but got <class '${pythonTypeName(bytes)}'>`);
  if (!(bytes >= 65536)) throw new ValueError(`memoryLimitBytes must be at least 65536, got ${bytes}`);
  return bytes;
}

/** The configuration: a message, or its fields. */
export function configOf(c: unknown): ConfigProto {
  if (c instanceof ConfigProto) return c;
  if (c === undefined || c === null) return new ConfigProto();
  if (typeof c !== 'object' || Object.getPrototypeOf(c) !== Object.prototype) throw new TypeError(`config must be a tf.ConfigProto, but got <class '${pythonTypeName(c)}'>`);
  return new ConfigProto(c);
}

/** Whether the arguments of a session name a graph. */
export function givenGraph(args: readonly unknown[]): boolean { return args.some((a) => a instanceof Graph || (typeof a === 'object' && a !== null && 'graph' in a && a.graph instanceof Graph)); }
