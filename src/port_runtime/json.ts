// `json` of Python.
import type { Dynamic } from './dynamic.ts';

const revive = (_: string, v: unknown): unknown => v;
const plain = (_: string, v: Dynamic): unknown => (v instanceof Map ? Object.fromEntries(v) : v);
export const loads = (s: string): Dynamic => JSON.parse(s, revive);
export const dumps = (v: unknown, options: { readonly indent?: number } = {}): string => JSON.stringify(v, plain, options.indent);
export const load = (f: { read(): string }): Dynamic => loads(f.read());
export const dump = (v: unknown, f: { write(s: string): unknown }, options: { readonly indent?: number } = {}): void => { f.write(dumps(v, options)); };
