// The `tfjs:<backend>` engine: the plan walked kernel by kernel on a registered backend of TensorFlow.js. Kernels are
// called directly (no tape, no tidy, no tracking): values are bare {dataId, shape, dtype} with the backend's own
// reference counts. TensorFlow.js is loaded when the first session asks for it, and only through tfjs_load.ts.
import { bool, type DType, float32, int32, type TensorData } from '../../graph/dtype.ts';
import { InternalFault, RuntimeError, UnimplementedError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { opBehaviour } from '../../ops/registry.ts';
import type { DeviceCall, DeviceNode, DeviceValue, Engine, MemoryInfo } from './engine.ts';
import { type Backend, type KernelFunction, loadBackend, loadBackendSync, type Loaded } from './tfjs_load.ts';

/** Backends whose memory can be read without waiting at no cost. */
const SYNC = new Set(['cpu', 'wasm', 'tensorflow', 'node']);

/** An engine of its own for one session (its memory is counted apart). */
export function tfjsEngine(backend: string): Engine { return new TfjsEngine(backend); }

class TfjsEngine implements Engine {
  readonly name: string;
  readonly foldsAll = false;
  readonly exposes: ReadonlySet<DType> = new Set([float32, int32, bool]);
  readonly #backendName: string;
  #loaded: Loaded | undefined;
  #tensors = 0;
  #bytes = 0;
  readonly #kernels = new Map<string, KernelFunction>();

  constructor(backend: string) {
    this.#backendName = backend;
    this.name = `tfjs:${backend}`;
  }

  accepts(dtype: DType): boolean { return this.exposes.has(dtype); }

  place(node: DeviceNode, mode: 'exact' | 'fast'): DeviceCall | string {
    const m = opBehaviour(node.op)?.tfjs;
    if (!m) return `no kernel for ${node.op} in TensorFlow.js`;
    if (mode === 'exact' && !m.exact) return `the bits of ${m.kernel} are not those of the contract`;
    const dtypes = m.dtypes ?? (m.exact ? undefined : [float32]);
    const wrong = dtypes && Object.values(m.inputs).map((i) => node.inputDtypes[i]!).find((d) => !dtypes.includes(d));
    if (wrong) return `${m.kernel} of TensorFlow.js is not right for ${wrong.name}`;
    if (!this.#kernel(m.kernel)) return `no ${m.kernel} on ${this.#backendName}`;
    if (m.attrs && !node.shapesKnown) return 'a shape is known only at run time';
    if (node.inputShapes.some((s) => s.includes(0))) return 'an input is empty';
    const attrs = m.attrs ? m.attrs(node) : {};
    if (!attrs) return `${m.kernel} cannot express this node`;
    return { kernel: m.kernel, inputs: m.inputs, attrs };
  }

  async prepare(): Promise<void> { this.#loaded ??= await loadBackend(this.#backendName); }
  prepareSync(): void {
    this.#loaded ??= loadBackendSync(this.#backendName);
    if (!this.#loaded) throw new RuntimeError(`The TensorFlow.js backend '${this.#backendName}' is not ready.`, { remedy: 'await sess.ready() (or a first sess.run()) before runSync and explain' });
  }

  upload(a: NDArray): DeviceValue {
    const dtype = a.dtype.name as 'float32' | 'int32' | 'bool';
    if (!this.accepts(a.dtype)) throw new InternalFault(`${this.name} holds no ${dtype}`);
    return this.#made({ dataId: this.#backend.write(a.data as Float32Array, [...a.shape], dtype), shape: a.shape, dtype });
  }
  download(v: DeviceValue, dtype: DType): NDArray | Promise<NDArray> {
    if (SYNC.has(this.#backendName)) return this.downloadSync(v, dtype);
    return this.#backend.read(v.dataId).then((data) => toArray(data, v, dtype));
  }
  downloadSync(v: DeviceValue, dtype: DType): NDArray { return toArray(this.#backend.readSync(v.dataId), v, dtype); }

  run(call: DeviceCall, inputs: readonly DeviceValue[]): readonly DeviceValue[] {
    const named: Record<string, DeviceValue | DeviceValue[]> = {};
    for (const k in call.inputs) named[k] = inputs[call.inputs[k]!]!;
    const f = this.#kernel(call.kernel)!;
    const out = f({ inputs: named, attrs: call.attrs, backend: this.#backend });
    const list = Array.isArray(out) ? out as DeviceValue[] : [out as DeviceValue];
    for (const v of list) this.#made(v);
    return list;
  }

  retain(v: DeviceValue): DeviceValue {
    this.#backend.incRef(v.dataId);
    return this.#made(v);
  }
  free(v: DeviceValue): void {
    this.#tensors--;
    this.#bytes -= bytesOf(v);
    const { backend, core } = this.#use();
    // The last owner may not be the tracked tensor the user once had: then the tracker has to forget the data too.
    if (backend.disposeData(v.dataId)) core.forget(v.dataId, backend);
  }

  adopt(tensor: object): DeviceValue | undefined {
    const { core, backend } = this.#use();
    const t = tensor as DeviceValue;
    if (core.backendOf(t.dataId) !== backend) return undefined;
    return this.retain({ dataId: t.dataId, shape: t.shape, dtype: t.dtype });
  }
  expose(v: DeviceValue): unknown {
    this.#tensors--;
    this.#bytes -= bytesOf(v);
    const { core, backend } = this.#use();
    return core.makeTensor(v, backend);
  }
  memory(): MemoryInfo { return { tensors: this.#tensors, bytes: this.#bytes }; }

  get #backend(): Backend { return this.#use().backend; }
  #use(): Loaded {
    if (!this.#loaded) throw new InternalFault(`${this.name} is used before it is ready`);
    return this.#loaded;
  }
  #kernel(name: string): KernelFunction | undefined {
    let f = this.#kernels.get(name);
    if (!f) {
      f = this.#use().core.kernel(name, this.#backendName);
      if (f) this.#kernels.set(name, f);
    }
    return f;
  }
  #made(v: DeviceValue): DeviceValue {
    this.#tensors++;
    this.#bytes += bytesOf(v);
    return v;
  }
}

function bytesOf(v: DeviceValue): number { return v.shape.reduce((a, b) => a * b, 1) * (v.dtype === 'bool' ? 1 : 4); }

/** Always a copy: the backend may reuse or hand out its own buffer. */
function toArray(data: unknown, v: DeviceValue, dtype: DType): NDArray {
  const d = data as ArrayLike<number>;
  let out: TensorData;
  switch (dtype) {
    case float32: out = Float32Array.from(d); break;
    case int32: out = Int32Array.from(d); break;
    case bool: out = Uint8Array.from(d, (x) => (x ? 1 : 0)); break;
    default: throw new UnimplementedError(`no ${dtype.name} on a TensorFlow.js backend`);
  }
  return new NDArray(dtype, [...v.shape], out);
}
