// The IR: plain readonly records that mean exactly what GraphDef means. No code but tiny constructors of attr values.
// Follows tensorflow/core/framework/{graph,node_def,attr_value,function,op_def,versions}.proto.
import { type DType } from './dtype.ts';
import { type NDArray } from './ndarray.ts';
import { type TensorShape } from './shape.ts';

/** Attr bytes: a string when they are valid UTF-8, else the bytes. */
export type AttrBytes = string | Uint8Array;
/** Attr int64: a number when it is a safe integer, else a bigint. */
export type AttrInt = number | bigint;

export interface FuncAttr { readonly name: string; readonly attr: AttrMap }

/** Only the fields that hold elements are present, as on the wire; an empty list has none. */
export interface ListAttr {
  readonly s?: readonly AttrBytes[];
  readonly i?: readonly AttrInt[];
  readonly f?: readonly number[];
  readonly b?: readonly boolean[];
  readonly type?: readonly DType[];
  readonly shape?: readonly TensorShape[];
  readonly tensor?: readonly NDArray[];
  readonly func?: readonly FuncAttr[];
}

export type AttrValue =
  | { readonly kind: 's'; readonly value: AttrBytes }
  | { readonly kind: 'i'; readonly value: AttrInt }
  | { readonly kind: 'f'; readonly value: number } // always a float32 value (Math.fround)
  | { readonly kind: 'b'; readonly value: boolean }
  | { readonly kind: 'type'; readonly value: DType }
  | { readonly kind: 'shape'; readonly value: TensorShape }
  | { readonly kind: 'tensor'; readonly value: NDArray }
  | { readonly kind: 'list'; readonly value: ListAttr }
  | { readonly kind: 'func'; readonly value: FuncAttr }
  | { readonly kind: 'placeholder'; readonly value: string };

export type AttrMap = Readonly<Record<string, AttrValue>>;

/** One node. `input` grammar: `name` (output 0), `name:1`, `^name` (control input, after all data inputs). */
export interface NodeDef {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly device: string;
  readonly attr: AttrMap;
}

export interface VersionDef { readonly producer: number; readonly minConsumer?: number; readonly badConsumers?: readonly number[] }

/** ArgDef and OpDef as FunctionDef signatures carry them (and as the op table stores them). */
export interface ArgDef {
  readonly name: string;
  readonly type?: DType;
  readonly typeAttr?: string;
  readonly numberAttr?: string;
  readonly typeListAttr?: string;
  readonly isRef?: boolean;
  readonly description?: string;
}
export interface AttrDef {
  readonly name: string;
  /** `int`, `float`, `string`, `bool`, `type`, `shape`, `tensor`, `func`, `list(int)`, ... */
  readonly type: string;
  readonly default?: AttrValue;
  readonly allowed?: ListAttr;
  readonly hasMinimum?: boolean;
  readonly minimum?: number;
  readonly description?: string;
}
export interface OpDef {
  readonly name: string;
  readonly inputArg: readonly ArgDef[];
  readonly outputArg: readonly ArgDef[];
  readonly attr: readonly AttrDef[];
  readonly isStateful?: boolean;
  readonly isCommutative?: boolean;
  readonly isAggregate?: boolean;
  readonly allowsUninitializedInput?: boolean;
  /** Names of a function's control outputs. */
  readonly controlOutput?: readonly string[];
  /** The first GraphDef version without the op, and what to use instead. */
  readonly deprecation?: { readonly version: number; readonly explanation: string };
  readonly summary?: string;
  readonly description?: string;
}
export interface FunctionDef {
  readonly signature: OpDef;
  readonly attr: AttrMap;
  readonly nodeDef: readonly NodeDef[];
  readonly ret: Readonly<Record<string, string>>;
  readonly controlRet?: Readonly<Record<string, string>>;
  /** Attrs of arguments, by position. */
  readonly argAttr?: Readonly<Record<number, AttrMap>>;
}
export interface GradientDef { readonly functionName: string; readonly gradientFunc: string }
export interface FunctionDefLibrary { readonly function: readonly FunctionDef[]; readonly gradient: readonly GradientDef[] }

export interface GraphDef {
  readonly node: readonly NodeDef[];
  readonly versions: VersionDef;
  readonly library?: FunctionDefLibrary;
}

/** The op table as `graph` sees it; `ops` provides the one real implementation. */
export interface OpTable { get(op: string): OpDef | undefined }

/** GraphDef producer version of TF 1.15.5. */
export const PRODUCER = 134;

// Constructors of attr values.
export const attr = {
  s: (value: AttrBytes): AttrValue => ({ kind: 's', value }),
  i: (value: AttrInt): AttrValue => ({ kind: 'i', value: typeof value === 'bigint' && BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value }),
  f: (value: number): AttrValue => ({ kind: 'f', value: Math.fround(value) }),
  b: (value: boolean): AttrValue => ({ kind: 'b', value }),
  type: (value: DType): AttrValue => ({ kind: 'type', value }),
  shape: (value: TensorShape): AttrValue => ({ kind: 'shape', value }),
  tensor: (value: NDArray): AttrValue => ({ kind: 'tensor', value }),
  list: (value: ListAttr): AttrValue => ({ kind: 'list', value }),
  func: (value: FuncAttr): AttrValue => ({ kind: 'func', value }),
} as const;
