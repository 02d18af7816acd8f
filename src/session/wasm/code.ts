// Generated functions: compiled once per structure and process, a plan's together (rehearsal.ts runs it once without them,
// to learn their names), and one by one what is first asked for in a run. Where a host refuses to compile without waiting
// (browsers on their main thread, modules over a limit), a kernel is given up with NotReady and called again when the
// module is there.
import { HOST_NAMES, encodeModule } from '../jit/module.ts';
import { piOver2Remainder } from '../kernels/elementary.ts';
import { NotReady } from '../engines/engine.ts';
import { isShared, webAssembly, type WasmMemory, type WasmModule } from '../jit/host.ts';
import type { FunctionBuilder } from '../jit/function.ts';
import { GeneratedCode } from '../generated_code.ts';
import type { Code } from './kit.ts';
import type { Tape } from './replay.ts';
import type { SharedFunction, Split, Threads } from './threads.ts';

export type Functions = Readonly<Record<string, Code>>;
type Builders = Readonly<Record<string, FunctionBuilder>>;

/** `names`: what the functions of a structure are called in the module, whose exports are `all`; `local`: they work in one thread only. */
interface Compiled { readonly module: WasmModule; readonly names: Readonly<Record<string, string>>; readonly all: readonly string[]; readonly bytes: Uint8Array; readonly local: boolean; readonly cost: GeneratedCode }
/** What is compiled, by structure, for memories of one thread and for shared ones; machine code knows nothing of a session.
 * The oldest goes when there are too many; sessions keep what they use. */
const MAX_COMPILED = 4096;
const COMPILED = { own: new Map<string, Compiled>(), shared: new Map<string, Compiled>() };
/** Bytes of functions in one module. */
const MAX_MODULE = 1 << 20;

/** A structure that was asked for in a rehearsal. `builders`: when it was not there. */
interface Rehearsed { readonly builders: Builders | undefined; readonly split: Split | undefined; readonly stands: Readonly<Record<string, Stand>>; readonly functions: Functions; /** It took to build them. */ readonly milliseconds: number }

export class CodeStore {
  readonly #shared: boolean;
  readonly #imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly #functions = new Map<string, Functions>();
  readonly #instances = new WeakMap<WasmModule, Functions>();
  /** Keys that have been asked for, while somebody wants to know. */
  #noted: Set<string> | undefined;
  #rehearsed: Map<string, Rehearsed> | undefined;

  /** Takes down what is called. */
  tape: Tape | undefined;

  readonly #threads: Threads | undefined;

  constructor(memory: WasmMemory, threads?: Threads) {
    this.#threads = threads;
    this.#shared = isShared(memory);
    const rest = new Float64Array(1);
    this.#imports = { env: {
      memory,
      quadrantRest: (a: number) => { piOver2Remainder(a, rest); return rest[0]; },
      quadrantTurn: (a: number) => piOver2Remainder(a, rest),
    } };
  }

  /** The functions made before under a key. */
  known(key: string): Functions | undefined {
    this.#noted?.add(key);
    this.tape?.keys.add(key);
    const there = this.#functions.get(key), rehearsed = this.#rehearsed;
    return rehearsed ? rehearsed.get(key)?.functions ?? (there && stoodFor(key, there, rehearsed)) : there;
  }
  /** The functions of a structure; built at most once per key. `split`: how their calls are divided among threads. Throws NotReady where that takes waiting. */
  functions(key: string, build: () => Builders, split?: Split): Functions {
    const known = this.known(key);
    if (known) return known;
    if (this.#rehearsed) return this.#stand(key, build, split, this.#rehearsed);
    return this.#instance(key, this.#compiled.get(key) ?? this.#compile(key, build, split), split);
  }

  used(keys: Iterable<string>): void { if (this.#noted) for (const key of keys) this.#noted.add(key); }
  /** Notes the code that is used from now on; the function returned says how much it was. */
  note(): () => GeneratedCode {
    const noted = this.#noted = new Set<string>();
    return () => {
      this.#noted = undefined;
      const costs = new Set([...noted].map((key) => this.#compiled.get(key)?.cost));
      return [...costs].reduce((sum: GeneratedCode, cost) => sum.plus(cost), GeneratedCode.NONE);
    };
  }

  /** Runs `play` with functions that do nothing; then those it asked for are compiled together. Returns what must be awaited. */
  rehearse(play: () => void): Promise<void> | undefined {
    const rehearsed = this.#rehearsed = new Map<string, Rehearsed>();
    try {
      play();
    } finally {
      this.#rehearsed = undefined;
      for (const [key, { stands, builders, split }] of rehearsed) {
        const there = this.#functions.get(key);
        for (const [name, s] of Object.entries(stands)) s.code = there?.[name] ?? ((...args) => (s.code = this.functions(key, () => builders!, split)[name]!)(...args));
      }
    }
    const unknown = [...rehearsed].flatMap(([key, { builders }]) => (builders && !this.#compiled.has(key) ? [[key, builders] as const] : []));
    const waits = modulesOf(unknown).map((part) => this.#together(part, part.reduce((ms, [key]) => ms + rehearsed.get(key)!.milliseconds, 0))).filter((w) => w !== undefined);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }
  #stand(key: string, build: () => Builders, split: Split | undefined, rehearsed: Map<string, Rehearsed>): Functions {
    const start = performance.now(), builders = build(), milliseconds = performance.now() - start;
    return standIns(key, Object.entries(builders).map(([name, f]) => [name, f.params.length]), rehearsed, { builders, split, milliseconds });
  }
  /** Compiles several structures as one module, if this host does. */
  #together(part: readonly (readonly [string, Builders])[], built: number): Promise<void> | undefined {
    const start = performance.now() - built;
    const all: Record<string, FunctionBuilder> = {};
    const names = part.map(([, builders], i) => Object.fromEntries(Object.entries(builders).map(([name, f]) => { all[`${i}.${name}`] = f; return [name, `${i}.${name}`]; })));
    const bytes = encodeModule(all, this.#shared);
    const keep = (module: WasmModule): void => {
      const cost = new GeneratedCode(1, bytes.length, performance.now() - start);
      part.forEach(([key, builders], i) => { this.#keep(key, { module, names: names[i]!, all: Object.keys(all), bytes, local: isLocal(builders), cost }); });
    };
    const module = refused(() => new webAssembly.Module(bytes));
    if (module) { keep(module); return undefined; }
    return webAssembly.compile(bytes).then(async (m) => {
      keep(m);
      const { exports } = await webAssembly.instantiate(m, this.#imports);
      this.#instances.set(m, exports as unknown as Functions);
    });
  }

  get #compiled(): Map<string, Compiled> { return this.#shared ? COMPILED.shared : COMPILED.own; }
  #keep(key: string, compiled: Compiled): Compiled {
    const all = this.#compiled;
    if (all.size >= MAX_COMPILED) all.delete(all.keys().next().value!);
    all.set(key, compiled);
    return compiled;
  }
  #compile(key: string, build: () => Builders, split: Split | undefined): Compiled {
    const start = performance.now(), builders = build();
    const bytes = encodeModule(builders, this.#shared);
    const all = Object.keys(builders);
    const keep = (module: WasmModule): Compiled => this.#keep(key, { module, names: Object.fromEntries(all.map((n) => [n, n])), all, bytes, local: isLocal(builders), cost: new GeneratedCode(1, bytes.length, performance.now() - start) });
    const module = refused(() => new webAssembly.Module(bytes));
    if (!module) throw new NotReady(webAssembly.compile(bytes).then((m) => this.#later(key, keep(m), split)));
    return keep(module);
  }
  #instance(key: string, compiled: Compiled, split: Split | undefined): Functions {
    const { module } = compiled;
    let exports = this.#instances.get(module);
    if (!exports) {
      const instance = refused(() => new webAssembly.Instance(module, this.#imports));
      if (!instance) throw new NotReady(this.#later(key, compiled, split));
      this.#instances.set(module, exports = instance.exports as unknown as Functions);
    }
    return this.#named(key, compiled, exports, split);
  }
  async #later(key: string, compiled: Compiled, split: Split | undefined): Promise<void> {
    const exports = (await webAssembly.instantiate(compiled.module, this.#imports)).exports as unknown as Functions;
    this.#instances.set(compiled.module, exports);
    this.#named(key, compiled, exports, split);
  }
  #named(key: string, compiled: Compiled, exports: Functions, split: Split | undefined): Functions {
    const functions = Object.fromEntries(Object.entries(compiled.names).map(([name, inModule]) => {
      const own = exports[inModule]!;
      return [name, this.#taped(this.#threads ? shared(this.#threads, { own, module: compiled.module, bytes: compiled.bytes, all: compiled.all.map((n) => exports[n]!), index: compiled.all.indexOf(inModule), here: compiled.local }, split) : own, compiled.local)];
    }));
    this.#functions.set(key, functions);
    return functions;
  }
  /** A function whose calls are taken down. `tells`: it tells the caller something. */
  #taped(own: Code, tells: boolean): Code {
    return (...args) => {
      const { tape } = this;
      if (tape) {
        tape.call(own, args);
        if (tells) tape.isSpoilt = true;
      }
      return own(...args);
    };
  }
}

/** A function that other threads may be told to run. */
function shared(threads: Threads, f: SharedFunction, split: Split | undefined): Code { return (...args) => threads.call(f, f.here ? undefined : split, args); }
/** Whether a function calls the JavaScript of this thread, or tells it something. */
function isLocal(builders: Builders): boolean { return Object.values(builders).some((f) => f.results.length > 0 || f.calls.some((i) => i < HOST_NAMES.length)); }

/** A function that is not there yet, or is not to do anything now. */
class Stand { code: Code = () => 0; }
function standIns(key: string, names: readonly (readonly [name: string, params: number])[], rehearsed: Map<string, Rehearsed>, of: Pick<Rehearsed, 'builders' | 'split' | 'milliseconds'>): Functions {
  const stands = Object.fromEntries(names.map(([name]) => [name, new Stand()]));
  const functions = Object.fromEntries(names.map(([name, params]) => [name, standIn(stands[name]!, params)]));
  rehearsed.set(key, { ...of, stands, functions });
  return functions;
}
/** Stands in for functions that are there. */
function stoodFor(key: string, there: Functions, rehearsed: Map<string, Rehearsed>): Functions {
  return standIns(key, Object.entries(there).map(([name, f]) => [name, f.length]), rehearsed, { builders: undefined, split: undefined, milliseconds: 0 });
}
/** Calls what stands there by then; kernels may keep it. */
function standIn(s: Stand, params: number): Code {
  switch (params) {
    case 4: return (a, b, c, d) => s.code(a!, b!, c!, d!);
    case 6: return (a, b, c, d, e, f) => s.code(a!, b!, c!, d!, e!, f!);
    case 8: return (a, b, c, d, e, f, g, h) => s.code(a!, b!, c!, d!, e!, f!, g!, h!);
    case 10: return (a, b, c, d, e, f, g, h, i, j) => s.code(a!, b!, c!, d!, e!, f!, g!, h!, i!, j!);
    default: return (...args) => s.code(...args);
  }
}

/** Structures, in their order, as modules of a bounded size. */
function modulesOf(all: readonly (readonly [string, Builders])[]): (readonly [string, Builders])[][] {
  const out: (readonly [string, Builders])[][] = [];
  let bytes = Infinity;
  for (const x of all) {
    const size = Object.values(x[1]).reduce((n, f) => n + f.code.length, 0);
    if (bytes + size > MAX_MODULE) { out.push([]); bytes = 0; }
    out.at(-1)!.push(x);
    bytes += size;
  }
  return out;
}

/** Undefined where the host will not do it without waiting. */
function refused<R>(f: () => R): R | undefined {
  try {
    return f();
  } catch (e) {
    if (e instanceof RangeError) return undefined;
    throw e;
  }
}
