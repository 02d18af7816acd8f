// What the port knows about values: a small lattice from `bottom` (nothing assigned yet) to `any`.
import type { ClassStmt, DefStmt, ExprOf } from './ast.ts';
import type { Scope } from './scope.ts';

type Simple = 'bottom' | 'any' | 'none' | 'bool' | 'int' | 'float' | 'str' | 'bytes' | 'tensor' | 'variable' | 'op' | 'ndarray' | 'dtype' | 'shape' | 'dim' | 'host';
type Numeric = 'tensor' | 'variable' | 'ndarray' | 'host';
/** int: of an integer dtype; scalar: surely without dimensions. */
export interface NumericType { readonly k: Numeric; readonly int?: true; readonly scalar?: true }
export type Type =
  /** host: what a session returns, a number or an array. */
  | { readonly k: Exclude<Simple, 'float' | Numeric> }
  /** single: a float32, which prints shorter; mixed: an element among ints, or one of them. */
  | { readonly k: 'float'; readonly single?: true; readonly mixed?: true }
  | NumericType
  /** frozen: a tuple whose length is not known. */
  | { readonly k: 'list'; readonly of: Type; readonly frozen?: true }
  | { readonly k: 'set' | 'gen'; readonly of: Type }
  /** names: a named tuple of TensorFlow, an object in TypeScript. */
  | { readonly k: 'tuple'; readonly items: readonly Type[]; readonly names?: readonly string[] }
  /** record: a dict written with names as keys, an object in TypeScript; other dicts are Maps. */
  | { readonly k: 'dict'; readonly key: Type; readonly value: Type; readonly record?: true }
  | { readonly k: 'module'; readonly name: string }
  /** A symbol of TensorFlow by its path (`nn.relu`), or of numpy, or of Python's library (`os.path.join`). */
  | { readonly k: 'symbol'; readonly of: 'tf' | 'np' | 'py'; readonly path: string }
  | { readonly k: 'def'; readonly def: DefInfo }
  | { readonly k: 'class'; readonly cls: ClassInfo }
  | { readonly k: 'instance'; readonly cls: ClassInfo }
  /** An instance of a class of TensorFlow. */
  | { readonly k: 'object'; readonly name: string };

/** A function of the program: `def` or `lambda`. */
export interface DefInfo {
  readonly name: string;
  readonly node: DefStmt | ExprOf<'lambda'>;
  /** The function's own scope. */
  readonly scope: Scope;
  readonly cls: ClassInfo | null;
  returns: Type;
  async: boolean;
  generator: boolean;
  /** Parameters left out of the TypeScript function: modules passed as arguments. */
  readonly dropped: Set<string>;
}
export interface ClassInfo {
  readonly name: string;
  readonly node: ClassStmt;
  readonly methods: Map<string, DefInfo>;
  readonly attrs: Map<string, Type>;
  /** Attributes assigned through an instance: `self.x = ...`. */
  readonly own: Set<string>;
  base: Type;
}

const simple = <K extends Simple>(k: K): { readonly k: K } => ({ k });
export const T = {
  bottom: simple('bottom'), any: simple('any'), none: simple('none'), bool: simple('bool'), int: simple('int'), float: simple('float'), str: simple('str'), bytes: simple('bytes'),
  tensor: simple('tensor'), variable: simple('variable'), op: simple('op'), ndarray: simple('ndarray'), dtype: simple('dtype'), shape: simple('shape'), dim: simple('dim'), host: simple('host'),
} as const;
export const listOf = (of: Type): Type => ({ k: 'list', of });
export const frozenOf = (of: Type): Type => ({ k: 'list', of, frozen: true });
export const tupleOf = (...items: Type[]): Type => ({ k: 'tuple', items });
export const named = (...names: string[]): Type => ({ k: 'tuple', items: names.map(() => T.tensor), names });
export const numeric = (k: Numeric, int?: boolean, scalar?: boolean): Type => (int || scalar ? { k, ...(int ? { int: true as const } : {}), ...(scalar ? { scalar: true as const } : {}) } : T[k]);
/** Whether a value is made of integers: a number, a list, an array, a tensor. */
export function isInts(t: Type): boolean {
  switch (t.k) {
    case 'int': case 'bool': case 'dim': return true;
    case 'tensor': case 'variable': case 'ndarray': case 'host': return t.int === true;
    case 'list': case 'gen': return isInts(t.of);
    case 'tuple': return t.items.length > 0 && t.items.every(isInts);
    default: return false;
  }
}
/** Whether a value has no dimensions. */
export const isScalar = (t: Type): boolean => isNumber(t) || t.k === 'dim' || ((t.k === 'tensor' || t.k === 'variable' || t.k === 'host') && t.scalar === true);
export const object = (name: string): Type => ({ k: 'object', name });

/** Whether two types are the same. */
export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.k !== b.k) return false;
  switch (a.k) {
    case 'float': return a.single === (b as typeof a).single && a.mixed === (b as typeof a).mixed;
    case 'tensor': case 'variable': case 'ndarray': case 'host': return a.int === (b as typeof a).int && a.scalar === (b as typeof a).scalar;
    case 'list': return a.frozen === (b as typeof a).frozen && sameType(a.of, (b as typeof a).of);
    case 'set': case 'gen': return sameType(a.of, (b as typeof a).of);
    case 'tuple': { const o = b as typeof a; return o.items.length === a.items.length && `${a.names}` === `${o.names}` && a.items.every((x, i) => sameType(x, o.items[i]!)); }
    case 'dict': { const o = b as typeof a; return a.record === o.record && sameType(a.key, o.key) && sameType(a.value, o.value); }
    case 'module': case 'object': return a.name === (b as typeof a).name;
    case 'symbol': return a.of === (b as typeof a).of && a.path === (b as typeof a).path;
    case 'def': return a.def === (b as typeof a).def;
    case 'class': case 'instance': return a.cls === (b as typeof a).cls;
    default: return true;
  }
}
/** The least type that covers both. */
export function join(a: Type, b: Type): Type {
  if (a === b || b.k === 'bottom') return a;
  if (a.k === 'bottom') return b;
  if (a.k === 'none') return b; // nullable: what it is when it is something
  if (b.k === 'none') return a;
  if ((a.k === 'int' && b.k === 'float') || (a.k === 'float' && b.k === 'int')) return T.float;
  if ((isNumber(a) && b.k === 'host') || (a.k === 'host' && isNumber(b))) return numeric('host', isInts(a) && isInts(b));
  if ((a.k === 'tensor' && b.k === 'variable') || (a.k === 'variable' && b.k === 'tensor')) return numeric('tensor', a.int && b.int, a.scalar && b.scalar);
  if (a.k !== b.k) return isSequence(a) && isSequence(b) ? (isTuple(a) && isTuple(b) ? frozenOf : listOf)(join(elementOf(a), elementOf(b))) : T.any;
  switch (a.k) {
    case 'float': return a.mixed || (b as typeof a).mixed ? MIXED : a.single && (b as typeof a).single ? a : T.float;
    case 'tensor': case 'variable': case 'ndarray': case 'host': { const o = b as typeof a; return numeric(a.k, a.int && o.int, a.scalar && o.scalar); }
    case 'list': { const of = join(a.of, (b as typeof a).of); return a.frozen && (b as typeof a).frozen ? frozenOf(of) : listOf(of); }
    case 'set': case 'gen': return { k: a.k, of: join(a.of, (b as typeof a).of) };
    case 'tuple': {
      const o = (b as typeof a).items;
      if (`${a.names}` !== `${(b as typeof a).names}`) return T.any;
      if (a.names) return a;
      return o.length === a.items.length ? { k: 'tuple', items: a.items.map((x, i) => join(x, o[i]!)) } : frozenOf(join(elementOf(a), elementOf(b)));
    }
    case 'dict': {
      const o = b as typeof a;
      if (a.record !== o.record) return T.any;
      return { k: 'dict', key: join(a.key, o.key), value: join(a.value, o.value), ...(a.record ? { record: true as const } : {}) };
    }
    case 'module': return a.name === (b as typeof a).name ? a : T.any;
    case 'symbol': return a.path === (b as typeof a).path && a.of === (b as typeof a).of ? a : T.any;
    case 'def': return a.def === (b as typeof a).def ? a : T.any;
    case 'class': case 'instance': return a.cls === (b as typeof a).cls ? a : T.any;
    case 'object': return a.name === (b as typeof a).name ? a : T.any;
    default: return a;
  }
}
const MIXED: Type = { k: 'float', mixed: true };
/** The type of the elements of a list or dict that is written out. */
export function elementsOf(items: readonly Type[]): Type { return items.some((t) => t.k === 'int') && items.some((t) => t.k === 'float') && items.every((t) => t.k === 'int' || t.k === 'float') ? MIXED : joinAll(items); }
export const joinAll = (types: readonly Type[]): Type => types.reduce(join, T.bottom);

/** Values that are arrays in TypeScript. */
export const isSequence = (t: Type): boolean => t.k === 'list' || (t.k === 'tuple' && !t.names);
export const isTuple = (t: Type): boolean => t.k === 'tuple' || (t.k === 'list' && t.frozen === true);
/** A named tuple of TensorFlow. */
export const isNamed = (t: Type): boolean => t.k === 'tuple' && t.names !== undefined;
export const isTensor = (t: Type): boolean => t.k === 'tensor' || t.k === 'variable';
export const isNumber = (t: Type): boolean => t.k === 'int' || t.k === 'float' || t.k === 'bool';
/** Values JavaScript compares and tests as Python does. */
export const isPrimitive = (t: Type): boolean => isNumber(t) || t.k === 'str' || t.k === 'none';

/** What iterating gives. */
export function elementOf(t: Type): Type {
  switch (t.k) {
    case 'list': case 'set': case 'gen': return t.of;
    case 'tuple': return joinAll(t.items);
    case 'dict': return t.key;
    case 'str': return T.str;
    case 'shape': return T.dim;
    case 'ndarray': case 'host': return numeric('host', t.int);
    case 'bottom': return T.bottom;
    default: return T.any;
  }
}

/** The TypeScript type of an annotation; `any` where the port does not know. */
export function tsType(t: Type): string {
  switch (t.k) {
    case 'int': case 'float': return 'number';
    case 'bool': return 'boolean';
    case 'str': return 'string';
    case 'tensor': return 'tf.Tensor';
    case 'variable': return 'tf.Variable';
    case 'dtype': return 'tf.DType';
    case 'ndarray': return 'tf.NDArray';
    case 'instance': return t.cls.node.decorators.length > 0 ? 'any' : t.cls.name;
    case 'list': { const e = tsType(t.of); return /^[\w.]+$/.test(e) ? `${e}[]` : `(${e})[]`; }
    case 'dict': return t.record ? 'Record<string, any>' : `Map<${tsType(t.key)}, ${tsType(t.value)}>`;
    default: return 'any';
  }
}
