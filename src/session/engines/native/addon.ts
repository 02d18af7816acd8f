// TensorFlow through the addon of tfjs-node, without TensorFlow.js: loaded when the first session needs it, with what must
// be in the environment before. One TensorFlow a process: its threads are those of the first session that asked.
import { RuntimeError } from '../../../graph/errors.ts';
import { findAddon } from './find.ts';
import { loadFailure } from './install/verify.ts';
import { nodeModules } from './node.ts';
import { around, notInstalled, obstacle } from './obstacles.ts';
import { Remote } from './remote.ts';

/** tfgraph's own part of an addon that it compiled (install/calls.h); one that npm installed has none. */
export interface Calls {
  /** Copies the elements, as TensorFlow has them in memory. */
  makeTensor(dtype: number, shape: readonly number[], data: ArrayBufferView): number;
  tensorBytes(id: number): ArrayBuffer;
  /** A run that will be made again and again. `here`: all of it in the thread that calls. */
  prepareCall(session: number, feeds: string, fetches: string, here: boolean): object;
  /** For each fetch the tensor, then its shape. */
  runCall(call: object, inputs: readonly number[]): readonly (readonly [id: number, ...shape: number[]])[];
}

/** What the addon exports, as far as it is used. Tensors and sessions are numbers. */
export interface Binding extends Partial<Calls> {
  createTensor(shape: readonly number[], dtype: number, data: ArrayBufferView): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Float32Array | Int32Array | Uint8Array | BigInt64Array;
  executeOp(op: string, attrs: readonly { readonly name: string; readonly type: number; readonly value: unknown }[], inputs: readonly number[], outputs: number): { readonly id: number }[];
  loadSavedModel(dir: string, tags: string): number;
  deleteSavedModel(id: number): void;
  runSavedModel(session: number, inputs: readonly number[], feeds: string, fetches: string): { readonly id: number; readonly shape: readonly number[] }[];
  getNumOfTensors(): number;
  isUsingGpuDevice(): boolean;
  readonly TF_Version: string;
  readonly TF_ATTR_TYPE: number;
}
/** The addon as it runs here. `remote`: the same in a worker. */
export interface RunningAddon { readonly binding: Binding; readonly threads: number; readonly remote?: Remote }

/** Environment of TensorFlow that decides its bits. 0 threads: as many as processors. */
export interface NativeOptions { readonly intraOpThreads: number; readonly interOpThreads: number; /** In a thread of its own. */ readonly worker?: boolean; /** XLA in mode fast: 0 on a GPU, above anywhere, below nowhere. */ readonly jit?: number; readonly softPlacement?: boolean; /** `GPUOptions.visible_device_list`. */ readonly visibleDevices?: string }

/** What this process runs TensorFlow with; its threads are those of all sessions, in workers too. */
interface Chosen { readonly addon: string; readonly intraOpThreads: string; binding?: Binding }
let chosen: Chosen | undefined;

/** The addon, or undefined when there is none on this machine. */
export function nativeAvailable(): boolean { return chosen !== undefined || findAddon() !== undefined; }

/** Loads the addon. Throws RuntimeError with what is missing and what to do. */
export function loadAddon(o: NativeOptions): RunningAddon {
  const c = choose(o);
  try {
    c.binding ??= nodeModules().module.createRequire(import.meta.url)(c.addon) as Binding;
  } catch (e) {
    chosen = undefined;
    throw loadFailure(e instanceof Error ? e.message : String(e));
  }
  return { binding: c.binding, threads: threadsOf(c) };
}
/** Starts a worker that loads the addon. */
export function remoteAddon(o: NativeOptions): RunningAddon & { readonly remote: Remote } {
  const c = choose(o);
  const remote = new Remote(c.addon);
  return { binding: remote, remote, threads: threadsOf(c) };
}
function threadsOf(c: Chosen): number { return Number(c.intraOpThreads) || nodeModules().os.availableParallelism(); }

/** Finds the addon and sets what must be in the environment before it is loaded, once a process. */
function choose(o: NativeOptions): Chosen {
  if (chosen) {
    const want = o.intraOpThreads > 0 ? String(o.intraOpThreads) : chosen.intraOpThreads;
    if (want !== chosen.intraOpThreads) {
      throw new RuntimeError(`TensorFlow already runs in this process with ${chosen.intraOpThreads || 'all'} threads an op; this session asks for ${want}.`, { remedy: 'give all sessions of the engine native the same intraOpParallelismThreads: the number of threads is part of the numerics' });
    }
    return chosen;
  }
  const found = findAddon();
  if (!found) throw notInstalled({ env: process.env, home: nodeModules().os.homedir(), napi: Number(process.versions['napi']), arch: process.arch });
  const a = around(), why = obstacle(found, o, a);
  if (why) throw why;
  if (!a.addons.includes(found.addon)) Object.assign(process.env, environment(o, process.env));
  return chosen = { addon: found.addon, intraOpThreads: process.env['TF_NUM_INTRAOP_THREADS'] ?? '' };
}

/** What TensorFlow must find in the environment when it is loaded, beside what is there: what a session asks for wins, then what
 * is there, then these defaults. */
export function environment(o: NativeOptions, there: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const defaults = Object.entries({
    TF_CPP_MIN_LOG_LEVEL: '2', TF_ENABLE_ONEDNN_OPTS: '1', // the same kernels on every processor that has them
    // On a GPU: no reduced precision, no choice of kernels by timing, memory as it is needed.
    NVIDIA_TF32_OVERRIDE: '0', TF_CUDNN_USE_AUTOTUNE: '0', TF_DETERMINISTIC_OPS: '1', TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  }).filter(([name]) => (there[name] ?? '') === '');
  const asked = [['TF_NUM_INTRAOP_THREADS', o.intraOpThreads || ''], ['TF_NUM_INTEROP_THREADS', o.interOpThreads || ''], ['CUDA_VISIBLE_DEVICES', o.visibleDevices ?? '']] as const;
  return Object.fromEntries([...defaults, ...asked.filter(([, value]) => value !== '').map(([name, value]) => [name, String(value)])]) as Record<string, string>;
}

/** A session of TensorFlow on the bytes of a SavedModel. */
export function openModel(b: Binding, bytes: Uint8Array): number {
  if (b instanceof Remote) return b.openModel(bytes);
  const { fs, os, path } = nodeModules();
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'tfgraph-'));
  try {
    fs.writeFileSync(path.join(dir, 'saved_model.pb'), bytes);
    return b.loadSavedModel(dir, 'serve');
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}
