// The part of the WebAssembly JavaScript interface in use, typed here because the library is built without DOM types.

export interface WasmMemory { readonly buffer: ArrayBuffer; grow(pages: number): number }
/** A compiled module; opaque. */
export interface WasmModule { readonly [Symbol.toStringTag]: string }
interface Host {
  readonly Memory: new (d: { initial: number; maximum?: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (m: WasmModule, imports: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => { readonly exports: Readonly<Record<string, unknown>> };
  validate(bytes: Uint8Array): boolean;
}

export const webAssembly: Host = (globalThis as unknown as { readonly WebAssembly: Host }).WebAssembly;
