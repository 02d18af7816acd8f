// `tf.make_template`: a function that makes its variables on the first call and shares them afterwards.
// Follows python/ops/template.py (1.15).
import { GraphKeys } from '../graph/collections.ts';
import { TfError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph } from '../graph/graph.ts';
import { type CreationSite, captureSite } from '../graph/site.ts';
import { isOptions } from './api.ts';
import { withExits } from './scope_stack.ts';
import { type CustomGetter, enterPureScope, enterVariableScope, scopeStore, uniqueScopeName, type VariableScope } from './variable_scope.ts';
import type { Variable } from './variables.ts';

type AnyFunction = (...a: never[]) => unknown;

/** Keyword arguments of `tf.make_template`; any other keys are bound as options of the function. */
export interface MakeTemplateOptions {
  /** Opens the variable scope now instead of at the first call. Default false. */
  createScopeNow_?: boolean;
  /** Name used as it is; a second template of that name shares its variables' names (and fails). */
  uniqueName_?: string | null;
  customGetter_?: CustomGetter | null;
  readonly [option: string]: unknown;
}

/** What make_template gives: call it like the function it wraps. */
export interface Template<F extends AnyFunction> {
  (...args: Parameters<F>): ReturnType<F>;
  /** The name it was made with. (Python's `name`, which functions have already.) */
  readonly templateName: string;
  readonly func: F;
  /** Scope of its variables; null before the first call. */
  readonly variableScope: VariableScope | null;
  readonly variableScopeName: string | null;
  readonly variables: Variable[];
  readonly trainableVariables: Variable[];
  readonly nonTrainableVariables: Variable[];
  readonly globalVariables: Variable[];
  readonly localVariables: Variable[];
}

/** `tf.make_template(name_, func_, create_scope_now_, unique_name_, custom_getter_, **kwargs)`: `func_` with its variables
 * shared between calls. The first call makes them in a variable scope named `name_` (made unique), later calls reuse
 * them. `kwargs` are merged into the last argument when that is an options object, else appended as one.
 * Errors: ValueError when a later call makes a trainable variable; errors of `func_` say where the template was made. */
export function makeTemplate<F extends AnyFunction>(name: string, func: F, ...rest: readonly unknown[]): Template<F> {
  const last = rest[rest.length - 1];
  const options = (isOptions(last) ? last : {}) as MakeTemplateOptions;
  const positional = isOptions(last) ? rest.slice(0, -1) : rest;
  const { createScopeNow_ = positional[0] ?? false, uniqueName_ = positional[1] ?? null, customGetter_ = positional[2] ?? null, ...bound } = options;
  if ((name as string | null) === null) throw new ValueError('name cannot be None.');
  const state = new TemplateState(name, func, bound, uniqueName_ as string | null, customGetter_ as CustomGetter | null, captureSite(makeTemplate as AnyFunction));
  if (createScopeNow_) state.createScope();
  const call = ((...args: unknown[]) => state.call(args)) as unknown as Template<F>;
  const getters: Record<string, () => unknown> = {
    templateName: () => name, func: () => func, variableScope: () => state.scope, variableScopeName: () => state.scopeName(),
    globalVariables: () => state.collected(GraphKeys.GLOBAL_VARIABLES), localVariables: () => state.collected(GraphKeys.LOCAL_VARIABLES),
    trainableVariables: () => state.collected(GraphKeys.TRAINABLE_VARIABLES),
    variables: () => [...state.collected(GraphKeys.GLOBAL_VARIABLES), ...state.collected(GraphKeys.LOCAL_VARIABLES)],
    nonTrainableVariables: () => { const t = new Set(state.collected(GraphKeys.TRAINABLE_VARIABLES)); return state.collected(GraphKeys.GLOBAL_VARIABLES).filter((v) => !t.has(v)); },
  };
  for (const [k, get] of Object.entries(getters)) Object.defineProperty(call, k, { get, enumerable: true });
  return call;
}

class TemplateState {
  scope: VariableScope | null = null;
  #created = false;
  #first = true;
  readonly #name: string;
  readonly #func: AnyFunction;
  readonly #bound: Readonly<Record<string, unknown>>;
  readonly #uniqueName: string | null;
  readonly #customGetter: CustomGetter | null;
  readonly #site: CreationSite;

  constructor(name: string, func: AnyFunction, bound: Readonly<Record<string, unknown>>, uniqueName: string | null, customGetter: CustomGetter | null, site: CreationSite) {
    this.#name = name;
    this.#func = func;
    this.#bound = bound;
    this.#uniqueName = uniqueName;
    this.#customGetter = customGetter;
    this.#site = site;
  }

  /** Captures the scope without opening a name scope. */
  createScope(): void {
    const store = scopeStore(getDefaultGraph());
    const e = enterPureScope(store, this.#uniqueName ?? uniqueScopeName(store, this.#name), null, undefined, { customGetter: this.#customGetter });
    this.scope = e.value;
    e.exit();
  }
  scopeName(): string | null {
    const name = this.scope?.name;
    return name === undefined ? null : name === '' || name.endsWith('/') ? name : `${name}/`;
  }
  collected(key: string): Variable[] { return this.#created ? getDefaultGraph().getCollection(key, this.scopeName()) as Variable[] : []; }

  call(args: readonly unknown[]): unknown {
    const e = this.scope
      ? enterVariableScope({ nameOrScope: this.scope, reuse: !this.#first })
      : enterVariableScope({ nameOrScope: this.#uniqueName, defaultName: this.#name, customGetter: this.#customGetter });
    this.scope ??= e.value;
    return withExits([e], () => this.#run(args));
  }

  #run(args: readonly unknown[]): unknown {
    try {
      const graph = getDefaultGraph();
      if (this.#created) {
        const before = graph.getCollectionRef(GraphKeys.TRAINABLE_VARIABLES).length;
        const result = this.#invoke(args);
        const after = graph.getCollectionRef(GraphKeys.TRAINABLE_VARIABLES);
        if (after.length !== before) {
          throw new ValueError(`Trainable variable created when calling a template after the first time, perhaps you used tf.Variable when you meant tf.get_variable: [${after.slice(before).map(String).join(', ')}]`);
        }
        return result;
      }
      const first = this.#first;
      this.#first = false;
      try {
        const result = this.#invoke(args);
        if (first) this.#created = true;
        return result;
      } catch (e) {
        if (first) this.#first = true;
        throw e;
      }
    } catch (e) {
      if (!(e instanceof TfError)) throw e;
      const ctor = e.constructor as new (text: string, d?: TfError['detail']) => TfError;
      const more = new ctor(`${e.text}\n\noriginally defined at:\n  ${this.#site.frames().join('\n  ')}\n`, e.detail);
      more.cause = e;
      throw more;
    }
  }

  #invoke(args: readonly unknown[]): unknown {
    if (Object.keys(this.#bound).length === 0) return this.#func(...args as never[]);
    const last = args[args.length - 1];
    const merged = isOptions(last) ? [...args.slice(0, -1), { ...this.#bound, ...last }] : [...args, this.#bound];
    return this.#func(...merged as never[]);
  }
}
