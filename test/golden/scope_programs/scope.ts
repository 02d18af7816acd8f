// Runs the programs that make.py writes: random nests of scope operations, one small statement form for both languages.
import * as tf from 'tfgraph';
import { attr } from '../../../src/graph/node_def.ts';
import { printGraphDef } from '../../../src/graph/print.ts';
import { errorRecord, plain } from '../oracle.ts';
import { namesInUseExtra } from '../record.ts';

type Ref = readonly [kind: string, index: number];
type OpName = string | { readonly name: number } | null;
type VsName = string | { readonly scope?: number; readonly current?: true } | null;
interface VsOptions {
  readonly default_name?: string; readonly reuse?: boolean | null | string; readonly auxiliary_name_scope?: boolean | null; readonly initializer?: string;
  readonly dtype?: string; readonly regularizer?: string; readonly custom_getter?: string; readonly values?: readonly Ref[];
}
interface GetOptions { readonly shape?: readonly number[]; readonly dtype?: string; readonly initializer?: string; readonly trainable?: boolean; readonly regularizer?: string }
/** One statement: its kind, its arguments and, for scopes, a body. */
export type Statement =
  | readonly ['vs', VsName, VsOptions, Body]
  | readonly ['orig', Body]
  | readonly ['ns', OpName, string | null, readonly Ref[] | null, Body]
  | readonly ['const', OpName, string, readonly number[]]
  | readonly ['op', string, Ref, Ref, OpName]
  | readonly ['get', 'var' | 'local', string, GetOptions]
  | readonly ['var', OpName, string, boolean]
  | readonly ['cd', readonly Ref[] | null, Body]
  | readonly ['dev', string | { readonly code: string } | null, Body]
  | readonly ['col', Ref | null, boolean, Body]
  | readonly ['reuse', { readonly scope: number } | null]
  | readonly ['attr' | 'grad' | 'label' | 'container', string, Body]
  | readonly ['collect' | 'clear' | 'seed' | 'names', number]
  | readonly ['uniq', string, boolean]
  | readonly ['join', 'group' | 'tuple', readonly Ref[], OpName]
  | readonly ['default' | 'init_scope' | 'thread', Body]
  | readonly ['rand', number | null, OpName]
  | readonly ['assign', number, Ref];
type Body = readonly Statement[];

/** What a program leaves behind, as make.py records it. */
export interface Answer { log: string[]; graph: string; last_id: number; extra: Record<string, number>; collections: Record<string, unknown[]> }

class Nothing extends Error {}

const DTYPE: Readonly<Record<string, tf.DType>> = { float32: tf.float32, float64: tf.float64, int32: tf.int32 };
const INITIALIZER: Readonly<Record<string, () => unknown>> = {
  zeros: () => tf.zerosInitializer(), ones: () => tf.onesInitializer(), const: () => tf.constantInitializer(1.5), value: () => 2.5, call: () => () => tf.constant([1, 2]),
  function: () => (shape: readonly number[], o: { dtype: tf.DType }) => tf.fill(shape, tf.constant(3, o.dtype)),
};
const REGULARIZER: Readonly<Record<string, tf.Regularizer>> = { scale: (t) => tf.multiply(t, t, { name: 'reg' }), none: () => null };
const GETTER: Readonly<Record<string, tf.CustomGetter>> = { suffix: (getter, name, o) => getter(`${name}_g`, o), plain: (getter, name, o) => getter(name, o) };
const DEVICE: Readonly<Record<string, () => Parameters<typeof tf.device>[0]>> = {
  const_cpu: () => (op) => (op.type === 'Const' ? '/cpu:0' : '/gpu:1'),
  keep: () => (op) => op.device || '/job:f2',
  spec_function: () => () => new tf.DeviceSpec({ job: 'spec', deviceType: 'GPU' }),
  spec: () => new tf.DeviceSpec({ job: 's', deviceType: 'cpu', deviceIndex: 1 }),
};

class Program {
  readonly log: string[] = [];
  readonly graph: tf.Graph;
  readonly #scopes: tf.VariableScope[] = [];
  readonly #names: string[] = [];
  readonly #tensors: tf.Tensor[] = [];
  readonly #ops: tf.Operation[] = [];
  readonly #variables: tf.Variable[] = [];
  constructor(graph: tf.Graph) { this.graph = graph; }

  #pick<T>(xs: readonly T[], i: number): T {
    if (xs.length === 0) throw new Nothing();
    return xs[i % xs.length]!;
  }
  #ref([kind, i]: Ref): tf.Tensor & string {
    const v = (): tf.Variable => this.#pick(this.#variables, i);
    const x: unknown = kind === 'bad' ? 3.5 : kind === 't' ? this.#pick(this.#tensors, i) : kind === 'n' ? this.#pick(this.#tensors, i).name
      : kind === 'o' ? this.#pick(this.#ops, i) : kind === 'V' ? v().op : v();
    return x as tf.Tensor & string;
  }
  #name(n: OpName): string | null { return typeof n === 'object' && n !== null ? this.#pick(this.#names, n.name) : n; }
  #named(n: OpName): { name?: string } { return n === null ? {} : { name: this.#name(n)! }; }

  #note(...words: string[]): void { this.log.push(words.join(' ')); }
  #made(x: tf.Tensor | tf.Operation): void {
    if (x instanceof tf.Tensor) this.#tensors.push(x);
    this.#ops.push(x instanceof tf.Tensor ? x.op : x);
    this.#note('op', x.name);
  }
  #madeVariable(v: tf.Variable): void {
    this.#variables.push(v);
    this.#note('var', v.name, v.dtype.name, String(v.shape));
  }
  #enteredVs(s: tf.VariableScope): void {
    this.#scopes.push(s);
    const reuse = s.reuse === tf.AUTO_REUSE ? 'AUTO_REUSE' : s.reuse ? 'True' : 'False';
    this.#note('vs', s.name, s.originalNameScope, reuse, s.dtype.name, `[${this.graph.getNameScope()}]`);
  }
  #enteredNs(s: string): void { this.#names.push(s); this.#note('ns', s); }

  /** Runs statements; what one throws is logged and the next one runs. */
  run(body: Body): void {
    for (const s of body) {
      try {
        this.#one(s);
      } catch (e) {
        if (e instanceof Nothing) { this.#note('nothing'); continue; }
        const { class: name, message } = errorRecord(e);
        this.#note('!', name, message);
      }
    }
  }

  #one(s: Statement): void {
    switch (s[0]) {
      case 'vs': {
        const { options, name } = this.#vsArguments(s[1], s[2]);
        tf.variableScope(name, options, (vs) => { this.#enteredVs(vs); this.run(s[3]); });
        return;
      }
      case 'orig': return tf.nameScope(tf.getVariableScope().originalNameScope, (n) => { this.#enteredNs(n); this.run(s[1]); });
      case 'ns': return tf.nameScope(this.#name(s[1]), s[2], s[3]?.map((r) => this.#ref(r)) ?? null, (n) => { this.#enteredNs(n); this.run(s[4]); });
      case 'const': return this.#made(tf.constant(7, { dtype: DTYPE[s[2]]!, shape: s[3], ...this.#named(s[1]) }));
      case 'op': return this.#op(s[1], s[2], s[3], s[4]);
      case 'get': return this.#madeVariable((s[1] === 'local' ? tf.getLocalVariable : tf.getVariable)(s[2], this.#getOptions(s[3])));
      case 'var': {
        const value = ({ value: 1.5, vector: [1, 2], call: () => tf.zeros([2]) })[s[2]] ?? tf.randomUniform([2]);
        return this.#madeVariable(new tf.Variable(value, { trainable: s[3], ...this.#named(s[1]) }));
      }
      case 'cd': return tf.controlDependencies(s[1]?.map((r) => this.#ref(r)) ?? null, () => this.run(s[2]));
      case 'dev': return tf.device(typeof s[1] === 'object' && s[1] !== null ? DEVICE[s[1].code]!() : s[1], () => this.run(s[2]));
      case 'col': return this.graph.colocateWith(s[1] === null ? null : this.#ref(s[1]), s[2], () => this.run(s[3]));
      case 'reuse': return (s[1] === null ? tf.getVariableScope() : this.#pick(this.#scopes, s[1].scope)).reuseVariables();
      case 'attr': return this.graph._attrScope({ [`_${s[1]}`]: attr.s(s[1]) }, () => this.run(s[2]));
      case 'grad': return this.graph.gradientOverrideMap({ Identity: s[1] }, () => this.run(s[2]));
      case 'label': return this.graph._kernelLabelMap({ Identity: s[1] }, () => this.run(s[2]));
      case 'container': return tf.container(s[1], () => this.run(s[2]));
      case 'collect': return tf.addToCollections(['c', 'd', 'c'], this.#ref(['t', s[1]]));
      case 'clear': return this.graph.clearCollection('c');
      case 'seed': return tf.setRandomSeed(s[1]);
      case 'names': return this.#note('here', this.graph.getNameScope(), tf.getVariableScope().name);
      case 'uniq': return this.#note('unique', this.graph.uniqueName(s[1], s[2]));
      case 'join': return this.#join(s[1], s[2], s[3]);
      case 'default': return this.graph.asDefault(() => this.run(s[1]));
      case 'init_scope': return tf.initScope(() => this.run(s[1]));
      case 'thread': return this.graph.isolated(() => this.run(s[1]));
      case 'rand': return this.#made(tf.randomUniform([2], { seed: s[1], ...this.#named(s[2]) }));
      case 'assign': {
        const v = this.#pick(this.#variables, s[1]);
        return this.#made(tf.assign(v, this.#ref(s[2])) as tf.Tensor); // reference variables only
      }
      default: throw new Error(`unknown statement ${String(s)}`);
    }
  }

  #op(kind: string, first: Ref, second: Ref, name: OpName): void {
    const a = (): tf.Tensor => this.#ref(first);
    const b = (): tf.Tensor => this.#ref(second);
    const n = (): { name?: string } => this.#named(name);
    switch (kind) {
      case 'identity': return this.#made(tf.identity(a(), n()));
      case 'multiply': return this.#made(tf.multiply(a(), 2, n()));
      case 'add': return this.#made(tf.add(a(), b(), n()));
      case 'plus': return this.#made(a().add(b()));
      case 'placeholder': return this.#made(tf.placeholder(tf.float32, [2], n()));
      case 'no_op': return this.#made(tf.noOp(n()));
      default: return this.#made(a().neg());
    }
  }

  #join(kind: 'group' | 'tuple', refs: readonly Ref[], name: OpName): void {
    const xs = refs.map((r) => this.#ref(r));
    if (kind === 'group') this.#made(tf.group(...xs, this.#named(name)));
    else for (const x of tf.tuple(xs, this.#named(name))) this.#made(x as tf.Tensor);
  }

  /** Arguments in the order Python's text evaluates them: name, then keywords sorted. */
  #vsArguments(n: VsName, o: VsOptions): { name: string | tf.VariableScope | null; options: Exclude<Parameters<typeof tf.variableScope>[1], string | null | readonly unknown[] | undefined> } {
    const name = typeof n !== 'object' || n === null ? n : n.scope === undefined ? tf.getVariableScope() : this.#pick(this.#scopes, n.scope);
    return { name, options: {
      ...('auxiliary_name_scope' in o ? { auxiliaryNameScope: o.auxiliary_name_scope } : {}),
      ...(o.custom_getter ? { customGetter: GETTER[o.custom_getter]! } : {}),
      ...('default_name' in o ? { defaultName: o.default_name } : {}),
      ...(o.dtype ? { dtype: DTYPE[o.dtype]! } : {}),
      ...(o.initializer ? { initializer: INITIALIZER[o.initializer]!() } : {}),
      ...(o.regularizer ? { regularizer: REGULARIZER[o.regularizer]! } : {}),
      ...('reuse' in o ? { reuse: o.reuse === 'AUTO_REUSE' ? tf.AUTO_REUSE : o.reuse } : {}),
      ...(o.values ? { values: o.values.map((r) => this.#ref(r)) } : {}),
    } as never };
  }
  #getOptions(o: GetOptions): tf.GetVariableOptions {
    return {
      ...(o.dtype ? { dtype: DTYPE[o.dtype]! } : {}),
      ...(o.initializer ? { initializer: INITIALIZER[o.initializer]!() as never } : {}),
      ...(o.regularizer ? { regularizer: REGULARIZER[o.regularizer]! } : {}),
      ...(o.shape ? { shape: o.shape } : {}),
      ...(o.trainable === undefined ? {} : { trainable: o.trainable }),
    };
  }
}

/** Builds a program in a graph of its own. */
export function runScopeProgram(body: Body): Answer {
  const graph = new tf.Graph();
  const p = new Program(graph);
  graph.asDefault(() => p.run(body));
  return {
    log: p.log, graph: printGraphDef(graph.asGraphDef()), last_id: graph.lastId, extra: namesInUseExtra(graph),
    collections: Object.fromEntries(graph.getAllCollectionKeys().map((k) => [k, graph.getCollection(k).map(plain)])),
  };
}
