// How public functions take arguments: positional in Python's order, by name in one trailing options object, mixed
// freely; Python's TypeErrors for wrong calls. Also the place where a public call's creation site is captured.
import { editDistance } from '../graph/edit_distance.ts';
import { TypeError } from '../graph/errors.ts';
import { publicCall } from '../graph/site.ts';

/** Every legal argument list for parameters P in order K: a prefix by position, the rest by name. Missing required
 * parameters among the named ones are found when called, with Python's text. */
export type Args<P, K extends readonly unknown[]> = [options: P] | Tail<P, Partial<P>, K>;
// Tail-recursive (`A` is the prefix so far, `U` the lists found), so that TypeScript's depth limit allows two dozen parameters.
type Tail<P, O, K extends readonly unknown[], A extends readonly unknown[] = [], U = never> = K extends readonly [infer H extends keyof P, ...infer R]
  ? Tail<P, O, R, [...A, undefined extends P[H] ? P[H] | null | undefined : P[H]], U | [...A, options: O] | (undefined extends P[H] ? A : never)>
  : U | A | [...A, options: O];

type Params<P> = readonly (keyof P & string)[];

/** Settings of a public function. */
export interface ApiOptions {
  /** Python's name in messages (default: the name in snake_case). */
  readonly python?: string;
  /** Parameters without which Python's call fails. */
  readonly required?: number;
  /** Old keyword -> new keyword (`keepDims` -> `keepdims`). */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Parameters whose value is a dict by nature: a plain object in last position is then still options. */
  readonly rest?: string;
  /** The first parameter is a protobuf message, a plain object: given alone it is that, unless it has the parameter's name as a key. */
  readonly message?: boolean;
}

/**
 * Makes a public function from an implementation that takes one record of named parameters.
 * `order` is Python's parameter order in camelCase; the first `required` ones must be given.
 */
export function api<P extends object, const K extends Params<P>, R>(name: string, order: K, impl: (p: P) => R, options: ApiOptions = {}): (...args: Args<P, K>) => R {
  const python = options.python ?? snakeCase(name);
  const known = new Set<string>(order);
  const f = (...args: unknown[]): R => publicCall(f as (...a: never[]) => unknown, () => impl(bind(python, order, known, args, options) as P));
  Object.defineProperty(f, 'name', { value: name });
  signatures.set(f, { parameters: order, required: options.required ?? 0, aliases: Object.keys(options.aliases ?? {}) });
  return f as unknown as (...args: Args<P, K>) => R;
}

/** How a public function takes its arguments. */
export interface ApiSignature { readonly parameters: readonly string[]; readonly required: number; readonly aliases: readonly string[] }
const signatures = new WeakMap<object, ApiSignature>();
/** A function around another takes what that takes. */
export function sameSignature(f: object, around: object): void {
  const s = signatures.get(around);
  if (s) signatures.set(f, s);
}
/** The signature of a function made by `api`; undefined for any other. */
export function signatureOf(f: unknown): ApiSignature | undefined { return typeof f === 'function' ? signatures.get(f) : undefined; }

/** Binds arguments to parameter names. Throws TypeError with Python's text and the nearest legal key. */
export function bind(python: string, order: readonly string[], known: ReadonlySet<string>, args: readonly unknown[], options: ApiOptions): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  let n = args.length;
  const last = args[n - 1];
  if (n > 0 && isOptions(last) && !(options.message && n === 1 && !(order[0]! in last))) {
    n--;
    for (const [key, value] of Object.entries(last)) {
      if (value === undefined) continue;
      const k = options.aliases?.[key] ?? key;
      if (!known.has(k)) {
        const near = nearest(key, [...known]);
        throw new TypeError(`${python}() got an unexpected keyword argument '${snakeCase(key)}'`, { remedy: `known options: ${[...known].join(', ')}${near === undefined ? '' : ` (did you mean ${near}?)`}` });
      }
      out[k] = value;
    }
  }
  if (n > order.length) throw new TypeError(`${python}() takes ${order.length} positional argument${order.length === 1 ? '' : 's'} but ${n} were given`);
  for (let i = 0; i < n; i++) {
    const k = order[i]!;
    if (args[i] === undefined) continue;
    if (k in out) throw new TypeError(`${python}() got multiple values for argument '${snakeCase(k)}'`);
    out[k] = args[i];
  }
  const missing = order.slice(0, options.required ?? 0).filter((k) => !(k in out));
  if (missing.length > 0) {
    const names = missing.map((k) => `'${snakeCase(k)}'`);
    const list = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')}${names.length > 2 ? ',' : ''} and ${names[names.length - 1]}`;
    throw new TypeError(`${python}() missing ${missing.length} required positional argument${missing.length === 1 ? '' : 's'}: ${list}`);
  }
  return out;
}

/** Only a plain object is options; arrays, Maps, tensors, typed arrays and class instances are values. */
export function isOptions(v: unknown): v is Record<string, unknown> {
  if (typeof v !== 'object' || v === null) return false;
  const proto: unknown = Object.getPrototypeOf(v);
  // An initializer is a value: tf.getVariable('w', [2], tf.float32, tf.zerosInitializer()).
  return (proto === Object.prototype || proto === null) && typeof (v as { initialize?: unknown }).initialize !== 'function';
}

/** `numOutputs` -> `num_outputs`. */
export function snakeCase(s: string): string { return s.replace(/[A-Z]/g, (c, i: number) => `${i > 0 ? '_' : ''}${c.toLowerCase()}`); }

/** The closest of some words by edit distance, if it is close at all. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestD = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const w of words) {
    const d = editDistance(word.toLowerCase(), w.toLowerCase(), bestD);
    if (d < bestD) { best = w; bestD = d; }
  }
  return best;
}
