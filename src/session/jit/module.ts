// Assembles functions into a WebAssembly module that imports its memory (`env.memory`) and a few host functions.
import { Bytes } from './bytes.ts';
import { type FunctionBuilder, VAL_TYPES, type ValType } from './function.ts';
import { LIBRARY } from './library.ts';

/** Host functions a module may import from `env`: all take and return float64. */
const HOST_FUNCTIONS = { quadrantRest: 1, quadrantTurn: 1 } as const;
export const HOST_NAMES = Object.keys(HOST_FUNCTIONS) as (keyof typeof HOST_FUNCTIONS)[];
const LIBRARY_NAMES = Object.keys(LIBRARY) as (keyof typeof LIBRARY)[];
/** What expressions may call. */
export type Callee = keyof typeof HOST_FUNCTIONS | keyof typeof LIBRARY;
/** Index of such a function, for `call`: host functions first, then the library, then a module's own. */
export function calleeIndex(name: Callee): number { return [...HOST_NAMES, ...LIBRARY_NAMES].indexOf(name); }

interface Signature { readonly params: readonly ValType[]; readonly results: readonly ValType[] }

/** The most pages a memory can have. */
const MAX_PAGES = 65536;

/** The bytes of a module that exports the given functions, for a memory of one thread or a shared one (which must name a
 * maximum; any maximum fits this one). The library is in it when one of the functions calls it. */
export function encodeModule(functions: Readonly<Record<string, FunctionBuilder>>, shared = false): Uint8Array {
  const own = Object.entries(functions), called = own.some(([, f]) => f.calls.some((i) => i >= HOST_NAMES.length));
  const library: FunctionBuilder[] = called ? Object.values(LIBRARY) : [], bodies = [...library, ...own.map(([, f]) => f)], first = HOST_NAMES.length + library.length;
  const signatures: Signature[] = [
    ...HOST_NAMES.map((n): Signature => ({ params: Array.from({ length: HOST_FUNCTIONS[n] }, () => 'f64' as const), results: ['f64'] })),
    ...bodies,
  ];
  const out = new Bytes();
  out.raw(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const section = (id: number, fill: (b: Bytes) => void): void => { const b = new Bytes(); fill(b); out.u8(id); out.sized(b); };
  section(1, (b) => {
    b.u32(signatures.length);
    for (const s of signatures) {
      b.u8(0x60);
      for (const list of [s.params, s.results]) { b.u32(list.length); for (const t of list) b.u8(VAL_TYPES[t]); }
    }
  });
  section(2, (b) => {
    b.u32(HOST_NAMES.length + 1);
    b.name('env'); b.name('memory'); b.u8(2); b.u8(shared ? 3 : 0); b.u32(0);
    if (shared) b.u32(MAX_PAGES);
    HOST_NAMES.forEach((n, i) => { b.name('env'); b.name(n); b.u8(0); b.u32(i); });
  });
  section(3, (b) => { b.u32(bodies.length); bodies.forEach((_, i) => { b.u32(HOST_NAMES.length + i); }); });
  section(7, (b) => { b.u32(own.length); own.forEach(([name], i) => { b.name(name); b.u8(0); b.u32(first + i); }); });
  section(10, (b) => { b.u32(bodies.length); for (const f of bodies) b.sized(f.encode()); });
  return out.view().slice();
}
