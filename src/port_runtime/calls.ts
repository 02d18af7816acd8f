// Calls that Python makes more freely than TypeScript: keywords for positional parameters, options out of dicts, objects
// with __call__, methods by name.
import { NotImplementedError, RuntimeError, TypeError } from '../graph/errors.ts';
import { Layer } from '../ops/layers/base.ts';
import { type Dynamic, isPlainObject, NDArray } from './dynamic.ts';
import { NameError } from './errors.ts';
import * as items from './items.ts';
import * as math from './builtins.ts';
import * as text from './text.ts';
import * as np from './np.ts';

const camel = (n: string): string => n.replace(/(?<=[a-z0-9])_+([a-z0-9])/g, (_, c: string) => c.toUpperCase());
const snake = (n: string): string => n.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

/** `f(...)` of a function, or of an object whose class has `__call__`, or of a layer. */
export function call(f: Dynamic, ...args: readonly unknown[]): Dynamic {
  if (typeof f === 'function') return f(...args);
  if (f instanceof Layer) return f.apply(args[0] as Dynamic);
  if (typeof f?.call === 'function') return f.call(...args);
  throw new TypeError(`'${String(f)}' object is not callable`);
}
/** A dict as an options object: keys in camelCase. */
export function options(dict: Dynamic): Record<string, Dynamic> { return Object.fromEntries(items.items(dict ?? []).map(([k, v]) => [camel(String(k)), v as unknown])); }
/** Takes the options off the end of rest parameters, as a dict with Python's names. */
export function popOptions(args: unknown[]): Map<string, Dynamic> {
  if (args.at(-1) instanceof Keywords) return new Map(args.pop() as Keywords);
  return isPlainObject(args.at(-1)) ? new Map(Object.entries(args.pop() as object).map(([k, v]) => [snake(k), v])) : new Map();
}
/** Arguments of `f(*positional, **dicts)` in the order of its parameters; `**` in last place takes what has no other. */
export function byName(names: readonly string[], positional: readonly unknown[], ...dicts: readonly Dynamic[]): unknown[] {
  const rest = names.at(-1) === '**' ? new Map<string, unknown>() : undefined;
  const out = Array.from({ length: names.length }, (_, i): unknown => (rest && i === names.length - 1 ? rest : positional[i]));
  for (const d of dicts) {
    for (const [k, v] of items.items(d)) {
      const i = names.indexOf(String(k));
      if (i < 0 && !rest) throw new TypeError(`got an unexpected keyword argument '${String(k)}'`);
      if (i < 0) rest!.set(String(k), v); else out[i] = v;
    }
  }
  return out;
}
/** Keywords of a call of a function with `*args` and `**kwargs`. */
export class Keywords extends Map<string, Dynamic> {
  constructor(from: Dynamic) { super(items.items(from) as [string, Dynamic][]); }
}
/** A function that also takes its parameters by name, in a last object. */
export function keywords(f: Dynamic, names: readonly string[]): (...args: Dynamic[]) => Dynamic {
  const wrapped = (...args: unknown[]): Dynamic => {
    const last = args.at(-1);
    const named = last instanceof Keywords ? Object.fromEntries(last) : isPlainObject(last) ? last : {};
    if (last instanceof Keywords || isPlainObject(last)) args.pop();
    for (const [k, v] of Object.entries(named)) {
      const i = names.findIndex((n) => n === k || camel(n) === k);
      if (i < 0) throw new TypeError(`${f.name}() got an unexpected keyword argument '${k}'`);
      args[i] = v;
    }
    return f(...args);
  };
  Object.defineProperty(wrapped, 'name', { value: f.name });
  return wrapped;
}
/** `functools.partial(f, *positional, **named)`. */
export function partial(f: Dynamic, positional: readonly unknown[] = [], named: Readonly<Record<string, unknown>> = {}): (...args: Dynamic[]) => Dynamic {
  return (...args) => {
    const own = isPlainObject(args.at(-1)) ? args.pop() as Record<string, unknown> : {};
    const all = { ...named, ...own };
    return call(f, ...positional, ...args, ...(Object.keys(all).length > 0 ? [all] : []));
  };
}
export const reduce = (f: (a: Dynamic, b: Dynamic) => unknown, x: unknown, start?: unknown): Dynamic => (start === undefined ? items.list(x).reduce((a, b) => f(a, b)) : items.list(x).reduce((a: unknown, b) => f(a, b), start));
export const wraps = () => <F>(f: F): F => f;
export const itemGetter = (i: Dynamic) => (x: unknown): Dynamic => items.item(x, i);

/** Methods that several of Python's types have, by the type of the object. */
export function method(o: Dynamic, name: string, ...args: readonly Dynamic[]): Dynamic {
  const [a, b] = args;
  if (o instanceof NDArray) { const f = (np as unknown as Record<string, ((...x: unknown[]) => unknown) | undefined>)[name]; if (f) return f(o, ...args); }
  const dict = o instanceof Map || isPlainObject(o);
  switch (name) {
    case 'get': if (dict) return items.getItem(o, a, b ?? null); break;
    case 'pop': if (Array.isArray(o)) return a === undefined ? o.pop() : o.splice(Number(a), 1)[0]; if (dict) return items.popItem(o, a, b); break;
    case 'update': if (dict || o instanceof Set) { items.update(o, a); return null; } break;
    case 'values': if (dict) return items.values(o); break;
    case 'insert': if (Array.isArray(o)) { o.splice(Number(a), 0, b); return null; } break;
    case 'index': if (Array.isArray(o) || typeof o === 'string') return items.indexOf(o, a); break;
    case 'count': if (Array.isArray(o) || typeof o === 'string') return items.count(o, a); break;
    case 'remove': if (Array.isArray(o) || o instanceof Set) { items.remove(o, a); return null; } break;
    case 'sort': if (Array.isArray(o)) { items.sort(o, a as items.SortOptions ?? {}); return null; } break;
    case 'reverse': if (Array.isArray(o)) { o.reverse(); return null; } break;
    case 'split': if (typeof o === 'string') return text.split(o, a as string, b as number); break;
    case 'replace': if (typeof o === 'string') return args[2] === undefined ? o.replaceAll(a as string, b as string) : text.replace(o, a as string, b as string, Number(args[2])); break;
    case 'format': if (typeof o === 'string') return text.strFormat(o, ...args); break;
    case 'find': if (typeof o === 'string') return o.indexOf(a as string); break;
    case 'add': if (o instanceof Set) { o.add(a); return null; } break;
    case 'copy': if (Array.isArray(o)) return [...o]; if (dict) return o instanceof Map ? new Map(o) : { ...o }; break;
    case 'decode': return text.decode(o as string);
    default:
  }
  const own: unknown = o?.[name] ?? o?.[camel(name)];
  if (typeof own === 'function') return (own as (...x: unknown[]) => unknown).apply(o, [...args]);
  throw new TypeError(`'${math.typeOf(o).name}' object has no method '${name}'`);
}

/** Stands where the port found no translation: the report and the TODO above say what was there. */
export function untranslated(reason: string): Dynamic { throw new NotImplementedError(`not translated from Python: ${reason}`); }
/** A name that the Python program does not define. */
export function undefinedName(name: string): Dynamic { throw new NameError(`name '${name}' is not defined`); }
/** A bare `raise` outside of a handler. */
export function lastError(): Error { return new RuntimeError('No active exception to reraise'); }
/** What `with` holds: the value `as` names, and what leaves it: [Symbol.dispose], Python's __exit__, or a file's close. */
export function enter(v: Dynamic): { readonly value: Dynamic; [Symbol.dispose](): void } {
  const value: Dynamic = typeof v?.__enter__ === 'function' ? v.__enter__() : v;
  return {
    value,
    [Symbol.dispose]: () => {
      if (typeof v?.__exit__ === 'function') v.__exit__(null, null, null);
      else if (typeof v?.[Symbol.dispose] === 'function') v[Symbol.dispose](null, null, null);
      else if (typeof v?.close === 'function') v.close();
    },
  };
}
/** `@contextlib.contextmanager`: a generator that yields once, as what `with` holds. */
export function contextManager(f: (...args: Dynamic[]) => Generator<Dynamic>): (...args: Dynamic[]) => Dynamic {
  return (...args) => {
    const it = f(...args);
    return { __enter__: () => items.next(it) as unknown, __exit__: () => { it.next(); } };
  };
}
