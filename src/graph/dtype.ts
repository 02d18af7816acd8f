// TensorFlow's data types as values: one frozen singleton per type, ref forms included.
// Follows tensorflow/python/framework/dtypes.py and core/framework/types.proto (enum numbers).

/** Typed array (or byte strings) that holds the elements of a tensor of some dtype. */
export type TensorData =
  | Float32Array | Float64Array | Int8Array | Int16Array | Int32Array | BigInt64Array
  | Uint8Array | Uint16Array | Uint32Array | BigUint64Array | readonly Uint8Array[];

/** How the elements of a dtype are stored in JavaScript. */
export type Storage =
  | 'f32' | 'f64' | 'i8' | 'i16' | 'i32' | 'i64' | 'u8' | 'u16' | 'u32' | 'u64'
  | 'f16' | 'bf16' | 'bool' | 'c64' | 'c128' | 'string' | 'none';

export type DTypeName =
  | 'float32' | 'float64' | 'int32' | 'uint8' | 'int16' | 'int8' | 'string' | 'complex64' | 'int64' | 'bool'
  | 'qint8' | 'quint8' | 'qint32' | 'bfloat16' | 'qint16' | 'quint16' | 'uint16' | 'complex128' | 'float16'
  | 'resource' | 'variant' | 'uint32' | 'uint64';

/** `tf.DType`: an element type. Compare with `===`; `float32_ref` and `float32` are different values. */
export class DType {
  /** TF's name: `float32`, `float32_ref`. */
  readonly name: string;
  /** Number in TF's `DataType` enum (ref types are 100 higher). */
  readonly enum: number;
  /** Bytes per element; 0 for string, resource and variant. */
  readonly size: number;
  readonly storage: Storage;
  /** The non-reference dtype. */
  readonly baseDtype: DType;
  readonly isRef: boolean;

  constructor(name: string, num: number, size: number, storage: Storage, base?: DType) {
    this.name = name;
    this.enum = num;
    this.size = size;
    this.storage = storage;
    this.isRef = base !== undefined;
    this.baseDtype = base ?? this;
    Object.freeze(this);
  }

  get isFloating(): boolean { return FLOATING.has(this.baseDtype.name); }
  get isInteger(): boolean { return INTEGER.has(this.baseDtype.name); }
  get isComplex(): boolean { const n = this.baseDtype.name; return n === 'complex64' || n === 'complex128'; }
  get isBool(): boolean { return this.baseDtype.name === 'bool'; }
  get isUnsigned(): boolean { return this.isInteger && this.baseDtype.name.startsWith('u'); }
  get isQuantized(): boolean { return this.baseDtype.name.startsWith('q'); }
  /** `complex64 -> float32`, `complex128 -> float64`, else itself. */
  get realDtype(): DType { return this.baseDtype.name === 'complex64' ? float32 : this.baseDtype.name === 'complex128' ? float64 : this; }
  /** Python's `is_compatible_with`: equal up to the reference bit. */
  isCompatibleWith(other: DType): boolean { return this.baseDtype === other.baseDtype; }
  toString(): string { return this.name; }
  /** Python's `repr`, used inside messages: `tf.float32`. (`str` gives `<dtype: 'float32'>`.) */
  get repr(): string { return `tf.${this.name}`; }
  get str(): string { return `<dtype: '${this.name}'>`; }
}

const FLOATING = new Set(['float16', 'bfloat16', 'float32', 'float64']);
const INTEGER = new Set(['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64']);

const BY_NAME = new Map<string, DType>();
const BY_ENUM = new Map<number, DType>();

function dtype(name: DTypeName, num: number, size: number, storage: Storage): DType {
  const base = new DType(name, num, size, storage);
  const ref = new DType(`${name}_ref`, num + 100, size, storage, base);
  for (const d of [base, ref]) {
    BY_NAME.set(d.name, d);
    BY_ENUM.set(d.enum, d);
  }
  return base;
}

export const float32: DType = dtype('float32', 1, 4, 'f32');
export const float64: DType = dtype('float64', 2, 8, 'f64');
export const int32: DType = dtype('int32', 3, 4, 'i32');
export const uint8: DType = dtype('uint8', 4, 1, 'u8');
export const int16: DType = dtype('int16', 5, 2, 'i16');
export const int8: DType = dtype('int8', 6, 1, 'i8');
export const string: DType = dtype('string', 7, 0, 'string');
export const complex64: DType = dtype('complex64', 8, 8, 'c64');
export const int64: DType = dtype('int64', 9, 8, 'i64');
export const bool: DType = dtype('bool', 10, 1, 'bool');
export const qint8: DType = dtype('qint8', 11, 1, 'i8');
export const quint8: DType = dtype('quint8', 12, 1, 'u8');
export const qint32: DType = dtype('qint32', 13, 4, 'i32');
export const bfloat16: DType = dtype('bfloat16', 14, 2, 'bf16');
export const qint16: DType = dtype('qint16', 15, 2, 'i16');
export const quint16: DType = dtype('quint16', 16, 2, 'u16');
export const uint16: DType = dtype('uint16', 17, 2, 'u16');
export const complex128: DType = dtype('complex128', 18, 16, 'c128');
export const float16: DType = dtype('float16', 19, 2, 'f16');
export const resource: DType = dtype('resource', 20, 0, 'none');
export const variant: DType = dtype('variant', 21, 0, 'none');
export const uint32: DType = dtype('uint32', 22, 4, 'u32');
export const uint64: DType = dtype('uint64', 23, 8, 'u64');

/** The reference form (`float32 -> float32_ref`). */
export function refOf(d: DType): DType { return BY_ENUM.get(d.baseDtype.enum + 100)!; }

/** Looks a dtype up by TF's enum number; undefined for numbers TF does not define. */
export function dtypeFromEnum(n: number): DType | undefined { return BY_ENUM.get(n); }

/** Looks a dtype up by name; accepts TF's names and numpy's/proto's aliases (`float`, `double`, `half`, `DT_FLOAT`). */
export function dtypeFromName(name: string): DType | undefined {
  if (name.startsWith('DT_')) return dtypeFromProtoName(name);
  return BY_NAME.get(ALIASES[name] ?? name);
}

const ALIASES: Readonly<Record<string, string>> = { float: 'float32', double: 'float64', half: 'float16' };

/** `DT_FLOAT`, `DT_INT32_REF`: the names of types.proto. */
export function protoName(d: DType): string {
  const base = d.baseDtype.name;
  const short: Record<string, string> = { float32: 'FLOAT', float64: 'DOUBLE', float16: 'HALF' };
  return `DT_${short[base] ?? base.toUpperCase()}${d.isRef ? '_REF' : ''}`;
}

let byProtoName: Map<string, DType> | undefined;
function dtypeFromProtoName(name: string): DType | undefined {
  byProtoName ??= new Map([...BY_NAME.values()].map((d) => [protoName(d), d]));
  return byProtoName.get(name);
}

/** Every base dtype, in enum order. */
export function allDtypes(): DType[] { return [...BY_ENUM.values()].filter((d) => !d.isRef).sort((a, b) => a.enum - b.enum); }
