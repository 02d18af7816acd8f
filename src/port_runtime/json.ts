// `json` of Python.
import { floatRepr } from '../graph/python_repr.ts';
import type { Dynamic } from './dynamic.ts';

interface DumpOptions { readonly indent?: number; readonly sort_keys?: boolean; readonly ensure_ascii?: boolean; readonly separators?: readonly [string, string] }
export const loads = (s: string): Dynamic => JSON.parse(s) as Dynamic;
export const load = (f: { read(): string }): Dynamic => loads(f.read());
export const dump = (v: unknown, f: { write(s: string): unknown }, options: DumpOptions = {}): void => { f.write(dumps(v, options)); };
/** Spaces behind `,` and `:`, as Python has them. */
export function dumps(v: unknown, options: DumpOptions = {}): string {
  const { indent, sort_keys: sorted = false, ensure_ascii: ascii = true } = options;
  const [comma, colon] = options.separators ?? [indent === undefined ? ', ' : ',', ': '];
  const quoted = (s: string): string => { const q = JSON.stringify(s); return ascii ? q.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`) : q; };
  const put = (x: Dynamic, depth: number): string => {
    const wrap = (open: string, parts: readonly string[], close: string): string => {
      if (parts.length === 0) return open + close;
      if (indent === undefined) return open + parts.join(comma) + close;
      const pad = `\n${' '.repeat(indent * (depth + 1))}`;
      return `${open}${pad}${parts.join(comma + pad)}\n${' '.repeat(indent * depth)}${close}`;
    };
    if (x === null || x === undefined) return 'null';
    if (typeof x === 'number') return Number.isInteger(x) ? String(x) : Number.isFinite(x) ? floatRepr(x) : Number.isNaN(x) ? 'NaN' : x > 0 ? 'Infinity' : '-Infinity';
    if (typeof x === 'string') return quoted(x);
    if (typeof x !== 'object') return String(x);
    if (Array.isArray(x)) return wrap('[', x.map((y) => put(y, depth + 1)), ']');
    const pairs: [unknown, unknown][] = x instanceof Map ? [...x] : Object.entries(x as object);
    if (sorted) pairs.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
    return wrap('{', pairs.map(([k, y]) => `${quoted(String(k))}${colon}${put(y, depth + 1)}`), '}');
  };
  return put(v, 0);
}
