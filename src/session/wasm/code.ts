// Generated functions: a module per structure, compiled when a kernel first asks for it, and kept for the process. Where a
// host refuses to compile without waiting (browsers on their main thread, modules over a limit), the kernel is given up
// with NotReady and called again when the module is there.
import { piOver2Remainder } from '../kernels/elementary.ts';
import { NotReady } from '../engines/engine.ts';
import { isShared, webAssembly, type WasmMemory, type WasmModule } from '../jit/host.ts';
import type { FunctionBuilder } from '../jit/function.ts';
import { encodeModule } from '../jit/module.ts';
import { GeneratedCode } from '../generated_code.ts';
import type { Code } from './kit.ts';

export type Functions = Readonly<Record<string, Code>>;

interface Compiled { readonly module: WasmModule; readonly cost: GeneratedCode }
/** What is compiled, by structure, for memories of one thread and for shared ones; machine code knows nothing of a session. */
const COMPILED = { own: new Map<string, Compiled>(), shared: new Map<string, Compiled>() };

export class CodeStore {
  readonly #shared: boolean;
  readonly #imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly #functions = new Map<string, Functions>();
  /** Keys that have been asked for, while somebody wants to know. */
  #noted: Set<string> | undefined;

  constructor(memory: WasmMemory) {
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
    return this.#functions.get(key);
  }
  /** The functions of a module; built at most once per key. Throws NotReady where that takes waiting. */
  functions(key: string, build: () => Readonly<Record<string, FunctionBuilder>>): Functions {
    return this.known(key) ?? this.#instance(key, (this.#compiled.get(key) ?? this.#compile(key, build)).module);
  }

  /** Notes the code that is used from now on; the function returned says how much it was. */
  note(): () => GeneratedCode {
    const noted = this.#noted = new Set<string>();
    return () => {
      this.#noted = undefined;
      return [...noted].reduce((sum, key) => sum.plus(this.#compiled.get(key)?.cost), GeneratedCode.NONE);
    };
  }

  get #compiled(): Map<string, Compiled> { return this.#shared ? COMPILED.shared : COMPILED.own; }
  #compile(key: string, build: () => Readonly<Record<string, FunctionBuilder>>): Compiled {
    const start = performance.now();
    const bytes = encodeModule(build(), this.#shared);
    const keep = (module: WasmModule): Compiled => {
      const compiled = { module, cost: new GeneratedCode(1, bytes.length, performance.now() - start) };
      this.#compiled.set(key, compiled);
      return compiled;
    };
    const module = refused(() => new webAssembly.Module(bytes));
    if (!module) throw new NotReady(webAssembly.compile(bytes).then((m) => this.#later(key, keep(m).module)));
    return keep(module);
  }
  #instance(key: string, module: WasmModule): Functions {
    const instance = refused(() => new webAssembly.Instance(module, this.#imports));
    if (!instance) throw new NotReady(this.#later(key, module));
    const functions = instance.exports as unknown as Functions;
    this.#functions.set(key, functions);
    return functions;
  }
  async #later(key: string, module: WasmModule): Promise<void> {
    const instance = await webAssembly.instantiate(module, this.#imports);
    this.#functions.set(key, instance.exports as unknown as Functions);
  }
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
