// Default arguments by scope: add_arg_scope marks a function, arg_scope sets keyword defaults for marked functions.
// Follows contrib/framework/python/ops/arg_scope.py.
import { AssertionError, TypeError, ValueError } from '../../graph/errors.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import { type Entered, openScope, runInScope, type ScopeHandle } from '../../graph/scopes.ts';
import { isOptions, sameSignature, signatureOf, snakeCase } from '../api.ts';

type Defaults = Readonly<Record<string, unknown>>;
/** What `arg_scope` yields and accepts: keyword defaults by function. */
export class ArgScope {
  readonly defaults: ReadonlyMap<string, Defaults>;
  constructor(defaults: ReadonlyMap<string, Defaults>) { this.defaults = defaults; }
  /** Number of functions with defaults. */
  get size(): number { return this.defaults.size; }
}

// Any function may be marked; what it takes is its own business.
type AnyFunction = (...args: never[]) => unknown;
const STACK = Symbol('tfgraph.argScope');
const keys = new WeakMap<AnyFunction, string>();
let counter = 0;

function current(): ArgScope {
  return (getDefaultGraph().scope.extra.get(STACK) as ArgScope | undefined) ?? EMPTY;
}
const EMPTY = new ArgScope(new Map());

/** `add_arg_scope`: the function, with its options filled in from the enclosing arg_scopes; explicit options win. */
export function addArgScope<F extends AnyFunction>(f: F): F {
  const key = `${f.name}#${counter++}`;
  const wrapped = (...args: unknown[]): unknown => {
    const defaults = current().defaults.get(key);
    if (!defaults) return (f as unknown as (...a: unknown[]) => unknown)(...args);
    const last = args[args.length - 1];
    const own = isOptions(last) ? args.pop() as Defaults : {};
    const given = positional(f).slice(0, args.length);
    const fill = Object.fromEntries(Object.entries(defaults).filter(([k]) => !given.includes(k)));
    return (f as unknown as (...a: unknown[]) => unknown)(...args, { ...fill, ...own });
  };
  Object.defineProperty(wrapped, 'name', { value: f.name });
  sameSignature(wrapped, f);
  keys.set(wrapped as AnyFunction, key);
  order.set(wrapped as AnyFunction, positional(f));
  return wrapped as unknown as F;
}

const order = new WeakMap<AnyFunction, readonly string[]>();
/** internal: declares the positional parameters of a function, so that an argument given by position beats a default. */
export function setPositional(f: AnyFunction, names: readonly string[]): void { order.set(f, names); }
function positional(f: AnyFunction): readonly string[] { return order.get(f) ?? []; }

/** `has_arg_scope`. */
export function hasArgScope(f: AnyFunction): boolean { return keys.has(f); }

/** `arg_scope`: sets defaults for marked functions while the body runs (or until the `using` block ends); given an
 * ArgScope, replaces the current one by it. Errors: ValueError `%s is not decorated with @add_arg_scope`. */
export function argScope<R>(listOpsOrScope: readonly AnyFunction[] | ArgScope, defaults: Defaults, body: (s: ArgScope) => R): R;
export function argScope<R>(listOpsOrScope: ArgScope, body: (s: ArgScope) => R): R;
export function argScope(listOpsOrScope: readonly AnyFunction[] | ArgScope, defaults?: Defaults): ScopeHandle<ArgScope>;
export function argScope(...args: unknown[]): unknown {
  const body = typeof args[args.length - 1] === 'function' ? args.pop() as (s: ArgScope) => unknown : undefined;
  const [target, defaults = {}] = args as [readonly AnyFunction[] | ArgScope, Defaults?];
  const enter = (): Entered<ArgScope> => {
    const next = target instanceof ArgScope ? replace(target, defaults) : extend(target, defaults);
    const { extra } = getDefaultGraph().scope;
    const old = extra.get(STACK);
    extra.set(STACK, next);
    return { value: next, exit: () => { if (old === undefined) extra.delete(STACK); else extra.set(STACK, old); } };
  };
  if (body) return runInScope(enter, body);
  return openScope('arg_scope', argScope as AnyFunction, enter, (s, dispose) => Object.assign(new ArgScope(s.defaults), { [Symbol.dispose]: dispose }) as ScopeHandle<ArgScope>);
}

function replace(s: ArgScope, defaults: Defaults): ArgScope {
  if (Object.keys(defaults).length > 0) throw new ValueError('When attempting to re-use a scope by suppling adictionary, kwargs must be empty.');
  return s;
}

function extend(ops: unknown, defaults: Defaults): ArgScope {
  if (!Array.isArray(ops)) throw new TypeError('list_ops_or_scope must either be a list/tuple or reused scope (i.e. dict)');
  const map = new Map(current().defaults);
  for (const f of ops as AnyFunction[]) {
    const key = keys.get(f);
    if (key === undefined) throw new ValueError(`${snakeCase(f.name)} is not decorated with @add_arg_scope`);
    map.set(key, { ...map.get(key), ...defaults });
  }
  return new ArgScope(map);
}

/** `tf.contrib.slim.current_arg_scope`: the defaults in force, as `arg_scope` takes them. */
export function currentArgScope(): ArgScope { return current(); }
/** `tf.contrib.slim.arg_scoped_arguments`: the names (Python's) of the parameters that `arg_scope` may set for a marked function. Errors: AssertionError for another function. */
export function argScopedArguments(func: AnyFunction): string[] {
  if (!keys.has(func)) throw new AssertionError('');
  const s = signatureOf(func);
  return (s ? s.parameters.slice(s.required) : []).map(snakeCase);
}
/** `tf.contrib.slim.arg_scope_func_key`: what `arg_scope` knows a function by. */
export function argScopeFuncKey(op: AnyFunction): string { return keys.get(op) ?? op.name; }
