// The `native` engine: what TensorFlow 2.x has kernels for runs inside it, many nodes as one call of a function that its
// rewriter does not see, so that bits never depend on what else is fetched. The rest runs on the reference kernels. Values
// are tensors of the addon; variables of optimizers live in the TensorFlow session of their plan.
import type { DType } from '../../graph/dtype.ts';
import { CancelledError, InternalError, InternalFault, TfError, UnimplementedError } from '../../graph/errors.ts';
import { NDArray } from '../../graph/ndarray.ts';
import type { CallStep, Plan } from '../plan.ts';
import type { VariableStore } from '../variables.ts';
import type { Lowered } from '../compile/lower.ts';
import { CallFailure, type DeviceCall, type DeviceNode, type DeviceValue, type Engine, type GroupOptions, type MemoryInfo } from './engine.ts';
import { type Binding, loadAddon, type NativeOptions, remoteAddon, type RunningAddon } from './native/addon.ts';
import { groupCalls, type NativeCall, type NativePlan, nativePlan } from './native/group.ts';
import { isEmptyConv, isWrappingCast, noNativeKernel } from './native/kernels.ts';
import { TO_FIRST, TO_LAST } from './native/layout.ts';
import { Module, type Out } from './native/module.ts';
import { download, downloadLater, NativeValue, upload } from './native/values.ts';

/** An engine for one session. `load`: where the addon comes from. */
export function nativeEngine(options: NativeOptions, load: (o: NativeOptions) => RunningAddon = options.worker ? remoteAddon : loadAddon): Engine { return new NativeEngine(options, load); }

class NativeEngine implements Engine {
  readonly name = 'native';
  readonly foldsAll = false;
  readonly exposes: ReadonlySet<DType> = new Set();
  readonly copies = true;
  readonly #load: () => RunningAddon;
  #addon: RunningAddon | undefined;
  /** `OptimizerOptions.global_jit_level`. */
  readonly #jit: number;
  /** `ConfigProto.allow_soft_placement`. */
  readonly #soft: boolean;
  readonly #modules = new Map<NativePlan, Module>();
  #tensors = 0;
  #bytes = 0;

  constructor(options: NativeOptions, load: (o: NativeOptions) => RunningAddon) {
    this.#load = () => load(options);
    this.#jit = options.jit ?? 0;
    this.#soft = options.softPlacement ?? false;
  }

  get threads(): number { return this.#running.threads; }
  accepts(dtype: DType): boolean { return dtype.size > 0 && !dtype.isQuantized; }

  place(node: DeviceNode): DeviceCall | string {
    const why = noNativeKernel(node.op, node.inputDtypes);
    if (why !== undefined) return why;
    if (isEmptyConv(node)) return 'its result is empty';
    if (isWrappingCast(node)) return 'numbers that do not fit wrap in TensorFlow 1.15, and in 2.x do not';
    return { kernel: node.op, inputs: Object.fromEntries(node.inputDtypes.map((_, i) => [String(i), i])), attrs: {} };
  }
  group(lowered: Lowered, options: GroupOptions): Lowered { return groupCalls(lowered, { ...options, turn: this.#isGpu ? TO_FIRST : TO_LAST, xla: options.mode === 'fast' && (this.#jit > 0 || (this.#jit === 0 && this.#isGpu)), gpu: this.#isGpu, softPlacement: this.#soft }); }
  get hasDevices(): boolean { return this.#isGpu; }
  get #isGpu(): boolean { return this.#b.isUsingGpuDevice(); }

  async prepare(): Promise<void> {
    this.#addon ??= this.#load();
    await this.#addon.remote?.ready();
  }
  prepareSync(): void {
    this.#addon ??= this.#load();
    this.#addon.remote?.readySync();
  }

  upload(a: NDArray): DeviceValue { return this.#made(new NativeValue(a.shape, a.dtype.name, upload(this.#b, a))); }
  download(v: DeviceValue, dtype: DType): NDArray | Promise<NDArray> {
    const { remote } = this.#running;
    return remote ? downloadLater(remote, this.#idOf(v as NativeValue), v.shape, dtype) : this.downloadSync(v, dtype);
  }
  downloadSync(v: DeviceValue, dtype: DType): NDArray { return download(this.#b, this.#idOf(v as NativeValue), v.shape, dtype); }

  run(): never { throw new InternalFault('the native engine runs calls, not kernels'); }

  call(s: CallStep, inputs: readonly DeviceValue[], variables: VariableStore, sync: boolean): readonly DeviceValue[] | Promise<readonly DeviceValue[]> {
    const call = s.call as NativeCall;
    const module = this.#module(call.plan);
    const index = (variable: string): number => call.plan.residents.findIndex((r) => r.variable === variable);
    for (const v of s.variables) this.#settle(module, index(v.variable), variables.get(v.variable) as NativeValue);
    const ids = inputs.map((v) => this.#idOf(v as NativeValue));
    const ended = (out: readonly Out[]): readonly DeviceValue[] => this.#ended(s, module, out, variables);
    const { remote } = this.#running;
    if (remote && !sync) return module.runLater(remote, call, ids).then(ended, (e: unknown) => { throw callFailure(e, call, this.#b.TF_Version); });
    return ended(this.#run(module, call, ids));
  }
  /** What a call has made: variables and values. */
  #ended(s: CallStep, module: Module, out: readonly Out[], variables: VariableStore): readonly DeviceValue[] {
    const index = (variable: string): number => module.residents.findIndex((r) => r.variable === variable);
    for (const v of s.variables) {
      if (!v.written) continue;
      const old = variables.get(v.variable)!;
      const value = this.#made(new NativeValue(old.shape, v.dtype.name, undefined, { module, index: index(v.variable) }));
      module.wrote(index(v.variable), value);
      variables.set(v.variable, value);
    }
    const values = out.slice(0, s.outputs.length).map((o, i) => this.#made(new NativeValue(o.shape, s.outputDtypes[i]!.name, o.id)));
    for (const o of out.slice(s.outputs.length)) this.#b.deleteTensor(o.id);
    return values;
  }
  #run(module: Module, call: NativeCall, ids: readonly number[]): readonly Out[] {
    try {
      return module.run(call, ids);
    } catch (e) {
      throw callFailure(e, call, this.#b.TF_Version);
    }
  }
  /** Puts a variable's value into a plan's session, unless it is there. */
  #settle(module: Module, index: number, v: NativeValue): void {
    if (!module.holds(index, v)) {
      const from = v.home;
      module.take(index, v, this.#idOf(v));
      if (from && from.module !== module) from.module.drop(from.index);
    }
    module.share(index);
    // A tensor beside it would make the next write copy.
    if (v.refs === 1 && v.id !== undefined) { this.#b.deleteTensor(v.id); v.id = undefined; }
  }

  retain(v: DeviceValue): DeviceValue { (v as NativeValue).refs++; return v; }
  free(x: DeviceValue): void {
    const v = x as NativeValue;
    if (--v.refs > 0) return;
    this.#tensors--;
    this.#bytes -= v.bytes;
    if (v.id !== undefined) this.#b.deleteTensor(v.id);
    v.id = undefined;
  }
  adopt(): DeviceValue | undefined { return undefined; }
  expose(): unknown { throw new InternalFault('the native engine hands out no tensors of TensorFlow.js'); }
  memory(): MemoryInfo { return { tensors: this.#tensors, bytes: this.#bytes }; }

  close(): void { this.#addon?.remote?.close(new CancelledError('Session has been closed.')); }

  /** Plans compiled with this are functions of one model, and have its variables in common. */
  together(plans: readonly (Plan | undefined)[]): object | undefined {
    const models = new Set(plans.map((p) => p && modelOf(p)));
    return models.size === 1 && !models.has(undefined) ? undefined : nativePlan();
  }
  open(plan: Plan): void {
    const p = modelOf(plan);
    if (p) this.#module(p);
  }

  /** A plan that will not run any more: its session goes with the last of its plans, values that lived in it stay. */
  discard(plan: Plan): void {
    const p = modelOf(plan);
    if (!p || --p.plans > 0) return;
    this.#modules.get(p)?.close();
    this.#modules.delete(p);
  }

  #module(plan: NativePlan): Module {
    let m = this.#modules.get(plan);
    if (!m) {
      try {
        m = new Module(this.#b, plan);
      } catch (e) {
        throw cannotOpen(e, plan, this.#b.TF_Version);
      }
      this.#modules.set(plan, m);
    }
    return m;
  }
  #idOf(v: NativeValue): number {
    if (v.id === undefined) {
      if (!v.home) throw new InternalFault('a value of the native engine is used after it was freed');
      v.id = v.home.module.give(v.home.index);
    }
    return v.id;
  }
  get #running(): RunningAddon {
    if (!this.#addon) throw new InternalFault('the native engine is used before it is ready');
    return this.#addon;
  }
  get #b(): Binding { return this.#running.binding; }
  #made(v: NativeValue): NativeValue {
    this.#tensors++;
    this.#bytes += v.bytes;
    return v;
  }
}

function modelOf(plan: Plan): NativePlan | undefined {
  const s = plan.steps.find((x): x is CallStep => x.kind === 'call');
  return s && (s.call as NativeCall).plan;
}
/** Why a plan's model was not opened; ops that this TensorFlow does not know are named with their nodes. */
function cannotOpen(e: unknown, plan: NativePlan, version: string): Error {
  const text = e instanceof Error ? e.message : String(e);
  const op = /Op type not registered '(\w+)'/.exec(text)?.[1];
  if (op === undefined) return new InternalError(text);
  const nodes = plan.functions.flatMap((f) => f.def.nodeDef).filter((n) => n.op === op).map((n) => n.name);
  return new UnimplementedError(`TensorFlow ${version} does not know the op ${op}${nodes.length > 0 ? ` (of ${nodes.join(', ')})` : ''}.`, { remedy: "install a newer one: npx tfgraph native install (2.16.2), or use the engine 'wasm'" });
}
/** TensorFlow's words without what it says of our functions, and the graph's node they point to. */
function callFailure(e: unknown, call: NativeCall, version: string): unknown {
  if (e instanceof TfError) return e;
  if (e instanceof Error && e.message.includes('Op type not registered')) return cannotOpen(e, call.plan, version);
  const text = (e instanceof Error ? e.message : String(e)).replace(/^Session fail to run with error: /, '').replace(/\{\{function_node [^}]*\}\}\s*/g, '');
  const node = /\{\{node ([^}]+)\}\}/.exec(text)?.[1];
  return new CallFailure(text.split('\n')[0]!, node === undefined ? undefined : call.origin.get(node));
}
