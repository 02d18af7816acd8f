// The part of the WebAssembly JavaScript interface in use, typed here because the library is built without DOM types.

export interface WasmMemory { readonly buffer: ArrayBuffer | SharedArrayBuffer; grow(pages: number): number }
/** A compiled module; opaque. */
export interface WasmModule { readonly [Symbol.toStringTag]: string }
interface Host {
  readonly Memory: new (d: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (m: WasmModule, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => { readonly exports: Readonly<Record<string, unknown>> };
  validate(bytes: Uint8Array): boolean;
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(m: WasmModule, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>): Promise<{ readonly exports: Readonly<Record<string, unknown>> }>;
}

export const webAssembly: Host = (globalThis as unknown as { readonly WebAssembly: Host }).WebAssembly;

/** Whether threads may share a memory. */
export function isShared(memory: WasmMemory): boolean { return memory.buffer[Symbol.toStringTag] === 'SharedArrayBuffer'; }

/** A module with one function of vectors: `v128.const 0, drop`. */
const PROBE = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0,
  10, 23, 1, 21, 0, 0xfd, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x1a, 0x0b,
);

/** The same of `f32x4.relaxed_madd`. */
const RELAXED_PROBE = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b, 3, 2, 1, 0,
  10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 2, 0x0b,
);
/** Whether vectors may be multiplied and added in one rounding here. */
export function hasRelaxedSimd(): boolean { return webAssembly.validate(RELAXED_PROBE); }

/** What keeps generated code from running in this host; undefined when nothing does. */
export function missingHere(): string | undefined {
  const host = (globalThis as unknown as { readonly WebAssembly?: Host }).WebAssembly;
  if (!host) return 'this host has no WebAssembly';
  if (!host.validate(PROBE)) return 'the WebAssembly of this host has no vectors (SIMD)';
  try {
    Reflect.construct(host.Module, [PROBE]); // a content security policy may forbid it
    return undefined;
  } catch (e) {
    return `this host compiles no WebAssembly at run time: ${(e as Error).message}`;
  }
}
