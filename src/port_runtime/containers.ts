// Python's collections and itertools.
import type { Dynamic } from './dynamic.ts';
import { items, iter, list, setItem } from './items.ts';

/** `OrderedDict(pairs)`. */
export function orderedDict(x: Dynamic = [], more: Readonly<Record<string, unknown>> = {}): Map<Dynamic, Dynamic> { return new Map([...items(x), ...Object.entries(more)]); }
class DefaultMap extends Map<Dynamic, Dynamic> {
  readonly #make: () => unknown;
  constructor(make: () => unknown) { super(); this.#make = make; }
  override get(k: Dynamic): Dynamic { if (!this.has(k)) this.set(k, this.#make()); return super.get(k); }
}
export function defaultDict(make: Dynamic): Map<Dynamic, Dynamic> { return new DefaultMap(() => make()); }
/** `Counter(x)`, with `most_common`. */
export function counter(x: unknown = []): Dynamic {
  const m = new Map<Dynamic, number>();
  for (const v of iter(x)) m.set(v, (m.get(v) ?? 0) + 1);
  return Object.assign(m, { most_common: (n?: number) => [...m].sort((a, b) => b[1] - a[1]).slice(0, n) });
}
/** `deque(x, maxlen)`: an array that drops its first elements. */
export function deque(x: unknown = [], options: Dynamic = {}): Dynamic {
  const max = typeof options === 'number' ? options : options.maxlen as number | undefined;
  const a = list(x);
  return Object.assign(a, { append: (v: unknown) => { a.push(v); if (max !== undefined && a.length > max) a.shift(); }, popleft: () => a.shift() as unknown, appendleft: (v: unknown) => a.unshift(v) });
}
/** `namedtuple(name, fields)`: a class whose instances are iterable and have the fields. */
export function namedTuple(name: string, fields: Dynamic): Dynamic {
  const names = typeof fields === 'string' ? fields.split(/[,\s]+/).filter((f) => f !== '') : list(fields) as string[];
  const make = function (...args: unknown[]): Record<string, unknown> {
    const last = args.at(-1);
    const named = typeof last === 'object' && last !== null && Object.getPrototypeOf(last) === Object.prototype && args.length < names.length ? args.pop() as Record<string, unknown> : {};
    return Object.fromEntries(names.map((n, i) => [n, i < args.length ? args[i] : named[n]]));
  };
  Object.defineProperty(make, 'name', { value: name });
  return make;
}
export const chain = (...xs: readonly unknown[]): Dynamic[] => xs.flatMap((x) => list(x));
export const product = (...xs: readonly unknown[]): Dynamic[][] => xs.reduce<Dynamic[][]>((all, x) => all.flatMap((a) => list(x).map((v) => [...a, v])), [[]]);
export function* countFrom(start = 0, step = 1): Generator<number> { for (let i = start; ; i += step) yield i; }
export const islice = (x: unknown, n: number): Dynamic[] => { const out: Dynamic[] = []; for (const v of iter(x)) { if (out.length >= n) break; out.push(v); } return out; };
export const copy = (x: Dynamic): Dynamic => (Array.isArray(x) ? [...x] : x instanceof Map ? new Map(x) : x instanceof Set ? new Set(x) : typeof x === 'object' && x !== null ? Object.assign(Object.create(Object.getPrototypeOf(x) as object) as object, x) : x);
export function deepCopy(x: Dynamic): Dynamic {
  if (Array.isArray(x)) return x.map(deepCopy);
  if (x instanceof Map) { const m = new Map<Dynamic, Dynamic>(); for (const [k, v] of x) setItem(m, deepCopy(v), k); return m; }
  return typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype ? Object.fromEntries(Object.entries(x as object).map(([k, v]) => [k, deepCopy(v)])) : x;
}
export const union = (a: Set<Dynamic>, b: unknown): Set<Dynamic> => new Set([...a, ...iter(b)]);
export const intersection = (a: Set<Dynamic>, b: unknown): Set<Dynamic> => { const o = new Set(iter(b)); return new Set([...a].filter((x) => o.has(x))); };
export const difference = (a: Set<Dynamic>, b: unknown): Set<Dynamic> => { const o = new Set(iter(b)); return new Set([...a].filter((x) => !o.has(x))); };
