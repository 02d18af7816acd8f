// Python's collections and itertools.
import { type Dynamic, isPlainObject } from './dynamic.ts';
import { items, iter, list, setItem } from './items.ts';
import { same } from './operators.ts';
import { repr } from './text.ts';

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
  const max = (typeof options === 'number' ? options : options.maxlen ?? Infinity) as number;
  const a = list(x);
  const push = (...v: unknown[]): number => { Array.prototype.push.apply(a, v); if (a.length > max) a.splice(0, a.length - max); return a.length; };
  const methods = { push, append: push, popleft: () => a.shift() as unknown, appendleft: (v: unknown) => { a.unshift(v); a.length = Math.min(a.length, max); }, maxlen: max, __repr__: () => `deque([${a.map((v) => repr(v)).join(', ')}]${max === Infinity ? '' : `, maxlen=${max}`})` };
  for (const [key, value] of Object.entries(methods)) Object.defineProperty(a, key, { value, enumerable: false });
  push();
  return a;
}
/** `namedtuple(name, fields)`: makes plain objects, which a session's run mirrors; they can also be gone through, as tuples can. */
export function namedTuple(name: string, fields: Dynamic): Dynamic {
  const names = typeof fields === 'string' ? fields.split(/[,\s]+/).filter((f) => f !== '') : list(fields) as string[];
  const make = (...args: unknown[]): Record<string, unknown> => {
    const last = args.at(-1);
    const named = isPlainObject(last) && args.length < names.length + 1 && Object.keys(last).every((k) => names.includes(k)) ? args.pop() as Record<string, unknown> : {};
    const out: Record<string, unknown> = Object.fromEntries(names.map((n, i) => [n, i < args.length ? args[i] : named[n]]));
    const hidden = {
      [Symbol.iterator]: () => Object.values(out)[Symbol.iterator](), _asdict: () => new Map(Object.entries(out)), _replace: (more: object) => make({ ...out, ...more }),
      __repr__: () => `${name}(${names.map((n) => `${n}=${repr(out[n])}`).join(', ')})`, equals: (o: Dynamic) => same(Object.values(out), list(o)),
    };
    for (const key of Reflect.ownKeys(hidden)) Object.defineProperty(out, key, { value: hidden[key as keyof typeof hidden], enumerable: false });
    return out;
  };
  Object.defineProperty(make, 'name', { value: name });
  return Object.assign(make, { _fields: names, _make: (x: unknown) => make(...list(x)) });
}
export const chain = (...xs: readonly unknown[]): Dynamic[] => xs.flatMap((x) => list(x));
export const product = (...xs: readonly unknown[]): Dynamic[][] => xs.reduce<Dynamic[][]>((all, x) => all.flatMap((a) => list(x).map((v) => [...a, v])), [[]]);
export const combinations = (x: unknown, n: number): Dynamic[][] => choose(list(x), n, (k) => k + 1);
export const permutations = (x: unknown, n?: number): Dynamic[][] => { const a = list(x); return choose([...a.keys()], n ?? a.length, () => 0).filter((p) => new Set(p).size === p.length).map((p) => p.map((i) => a[i as number] as Dynamic)); };
/** Lists of n elements in order of their positions; `from` says where the next may begin. */
function choose(a: readonly Dynamic[], n: number, from: (k: number) => number, start = 0): Dynamic[][] {
  if (n === 0) return [[]];
  return [...a.keys()].slice(start).flatMap((k) => choose(a, n - 1, from, from(k)).map((rest): Dynamic[] => [a[k], ...rest]));
}
export const repeat = (v: Dynamic, n: number): Dynamic[] => Array.from({ length: n }, () => v as unknown);
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
