// Values in TensorFlow's memory, and how arrays of every dtype get there and back: the addon takes and gives float32, int32,
// int64, bool and strings, so other dtypes travel as words of the same bits (Bitcast).
import { allocate, fromBytes, NDArray } from '../../../graph/ndarray.ts';
import { type DType, dtypeFromName, type TensorData } from '../../../graph/dtype.ts';
import type { DeviceValue } from '../engine.ts';
import type { Binding } from './addon.ts';
import type { Module } from './module.ts';
import type { Remote } from './remote.ts';

/** A tensor of the addon, or the value a variable has in a TensorFlow session, or both. */
export class NativeValue implements DeviceValue {
  readonly shape: readonly number[];
  readonly dtype: string;
  refs = 1;
  /** The addon's tensor; undefined while the value is only in its home. */
  id: number | undefined;
  /** The session whose variable holds it. */
  home: { readonly module: Module; readonly index: number } | undefined;

  constructor(shape: readonly number[], dtype: string, id: number | undefined, home?: NativeValue['home']) {
    this.shape = shape;
    this.dtype = dtype;
    this.id = id;
    this.home = home;
  }
  get dataId(): object { return this; }
  get bytes(): number { return this.shape.reduce((a, b) => a * b, 1) * dtypeFromName(this.dtype)!.size; }
}

const FLOAT = 1, INT32 = 3, UINT8 = 4, INT64 = 9, BOOL = 10, UINT16 = 17;

/** How a dtype is written: as which of the addon's types, with how many words an element (0: as many as elements). */
interface Wire { readonly type: number; readonly words: number; readonly view: (b: ArrayBufferLike, at: number, bytes: number) => ArrayBufferView }
const f32: Wire['view'] = (b, at, n) => new Float32Array(b, at, n / 4);
const i32: Wire['view'] = (b, at, n) => new Int32Array(b, at, n / 4);
const u8: Wire['view'] = (b, at, n) => new Uint8Array(b, at, n);
const WIRE: Readonly<Record<string, Wire>> = {
  f32: { type: FLOAT, words: 1, view: f32 }, i32: { type: INT32, words: 1, view: i32 }, u32: { type: INT32, words: 1, view: i32 },
  i64: { type: INT64, words: 1, view: i32 }, u64: { type: INT64, words: 1, view: i32 }, f64: { type: INT64, words: 1, view: i32 },
  bool: { type: BOOL, words: 1, view: u8 }, u8: { type: UINT8, words: 1, view: u8 }, i8: { type: UINT8, words: 1, view: u8 },
  i16: { type: UINT8, words: 2, view: u8 }, u16: { type: UINT8, words: 2, view: u8 }, f16: { type: UINT8, words: 2, view: u8 }, bf16: { type: UINT8, words: 2, view: u8 },
  c64: { type: FLOAT, words: 2, view: f32 }, c128: { type: INT64, words: 2, view: i32 },
};

function bitcast(b: Binding, id: number, from: number, to: number): number {
  return b.executeOp('Bitcast', [{ name: 'T', type: b.TF_ATTR_TYPE, value: from }, { name: 'type', type: b.TF_ATTR_TYPE, value: to }], [id], 1)[0]!.id;
}

/** Puts an array into TensorFlow's memory. It shares nothing with the array: a view that is not aligned is always copied. */
export function upload(b: Binding, a: NDArray): number {
  if (b.makeTensor) return b.makeTensor(a.dtype.enum, a.shape, a.data as Float32Array);
  const w = WIRE[a.dtype.storage]!;
  const bytes = a.size * a.dtype.size;
  const own = new ArrayBuffer(bytes + 8);
  const src = a.data as Uint8Array;
  new Uint8Array(own, 8, bytes).set(new Uint8Array(src.buffer, src.byteOffset, bytes));
  const id = b.createTensor(w.words === 1 ? a.shape : [...a.shape, w.words], w.type, w.view(own, 8, bytes));
  if (w.type === a.dtype.enum) return id;
  try { return bitcast(b, id, w.type, a.dtype.enum); } finally { b.deleteTensor(id); }
}
/** Reads a tensor of the addon. `get` reads one of the addon's own types, now or later. */
export function download(b: Binding, id: number, shape: readonly number[], dtype: DType): NDArray {
  return b.tensorBytes ? fromBytes(dtype, shape, new Uint8Array(b.tensorBytes(id))) : readAs(b, id, shape, dtype, (x) => b.tensorDataSync(x), (data, as) => as(data));
}
/** The same without waiting. */
export function downloadLater(b: Remote, id: number, shape: readonly number[], dtype: DType): Promise<NDArray> { return readAs(b, id, shape, dtype, (x) => b.read(x), (data, as) => data.then(as)); }

type Words = ReturnType<Binding['tensorDataSync']>;
function readAs<D, R>(b: Binding, id: number, shape: readonly number[], dtype: DType, get: (id: number) => D, then: (data: D, as: (w: Words) => NDArray) => R): R {
  const d = dtype.storage;
  const as = (make: (w: Words) => TensorData) => (w: Words): NDArray => new NDArray(dtype, [...shape], make(w));
  const through = (op: 'Bitcast' | 'Cast', from: number, to: number, of: number, make: (w: Words) => TensorData): R => {
    const attrs = op === 'Bitcast' ? [['T', from], ['type', to]] as const : [['SrcT', from], ['DstT', to]] as const;
    const made = b.executeOp(op, attrs.map(([name, value]) => ({ name, type: b.TF_ATTR_TYPE, value })), [of], 1)[0]!.id;
    try { return then(get(made), as(make)); } finally { b.deleteTensor(made); }
  };
  switch (d) {
    case 'f32': case 'i32': case 'c64': return then(get(id), as((w) => w));
    case 'bool': return then(get(id), as((w) => new Uint8Array(w as Uint8Array)));
    case 'i64': return then(get(id), as(words64));
    case 'u32': return through('Bitcast', dtype.enum, INT32, id, (w) => new Uint32Array(w.buffer, w.byteOffset, w.length));
    case 'u64': return through('Bitcast', dtype.enum, INT64, id, (w) => new BigUint64Array(w.buffer, w.byteOffset, w.byteLength / 8));
    case 'f64': case 'c128': return through('Bitcast', dtype.enum, INT64, id, (w) => new Float64Array(w.buffer, w.byteOffset, w.byteLength / 8));
    default: {
      // Narrow integers widen exactly; half floats are read as the integers of their bits.
      const half = d === 'f16' || d === 'bf16';
      const bits = half ? bitcast(b, id, dtype.enum, UINT16) : id;
      try {
        return through('Cast', half ? UINT16 : dtype.enum, INT32, bits, (wide) => {
          const out = allocate(dtype, wide.length) as Uint16Array;
          for (let i = 0; i < out.length; i++) out[i] = wide[i] as number;
          return out;
        });
      } finally {
        if (half) b.deleteTensor(bits);
      }
    }
  }
}
function words64(a: ArrayBufferView): BigInt64Array { return new BigInt64Array(a.buffer, a.byteOffset, a.byteLength / 8); }
