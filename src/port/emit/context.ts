// What the emitters share: the inference, the report, the imports the output needs, and how TypeScript text nests.
import type { Expr } from '../ast.ts';
import type { Inference } from '../infer.ts';
import type { Report } from '../report.ts';
import type { Scope } from '../scope.ts';
import type { DefInfo, Type } from '../types.ts';

/** TypeScript text and how tightly it holds together. */
export interface Text { readonly text: string; readonly prec: number }
/** Precedences of TypeScript. */
export const P = { comma: 1, assign: 2, cond: 3, or: 4, and: 5, bitOr: 6, bitXor: 7, bitAnd: 8, equal: 9, compare: 10, shift: 11, add: 12, mul: 13, pow: 14, unary: 15, call: 18, primary: 20 } as const;
export const text = (s: string, prec: number = P.primary): Text => ({ text: s, prec });

/** The function a piece of code stands in. */
export interface Frame {
  readonly def: DefInfo | null;
  /** `await` is allowed here. */
  readonly async: boolean;
  /** Name of Python's `self` here. */
  readonly self: string | null;
  /** In a constructor: sessions run synchronously. */
  readonly constructing: boolean;
}

export interface Emit {
  readonly inf: Inference;
  readonly report: Report;
  readonly scope: Scope;
  readonly frame: Frame;
  readonly options: { readonly hasSymbol: (path: string) => boolean; readonly classCalls: boolean; readonly exports: boolean };
  typeOf(e: Expr): Type;
  /** The expression as TypeScript, in parentheses when it binds less tightly than `min`. */
  expr(e: Expr, min?: number): string;
  /** With its precedence. */
  sub(e: Expr): Text;
  /** A test, with Python's idea of truth. */
  test(e: Expr, min?: number): string;
  /** Runs with another scope. */
  within<R>(scope: Scope, f: () => R): R;
  /** Needs an import: `tf`, or a name of the port runtime. */
  use(name: string): string;
  /** Inside of a `try` that catches it: an error that TypeScript's own operators would not throw. */
  readonly catches: (error: 'KeyError' | 'IndexError' | 'ZeroDivisionError') => boolean;
  /** Something that has no translation: reported, marked in the output, an error when it runs. */
  todo(line: number, python: string, reason: string, suggestion?: string): Text;
  /** A lambda or nested function. */
  lambda(e: Extract<Expr, { kind: 'lambda' }>): Text;
  readonly name: (id: string) => string;
}

/** A call of the port runtime: `py.add(a, b)`. */
export function py(c: Emit, f: string, ...args: string[]): Text { return text(`${c.use('py')}.${f}(${args.join(', ')})`, P.call); }
export function paren(t: Text, min: number): string { return t.prec < min ? `(${t.text})` : t.text; }

const RESERVED = new Set(('abstract arguments await boolean break byte case catch char class const continue debugger default delete do double else enum eval export extends false final finally float for function goto if '
  + 'implements import in instanceof int interface let long native new null package private protected public return short static super switch synchronized this throw throws transient true try typeof var void volatile while with yield').split(' ')
  .filter((w) => !['abstract', 'boolean', 'byte', 'char', 'double', 'final', 'float', 'goto', 'int', 'long', 'native', 'short', 'synchronized', 'throws', 'transient', 'volatile'].includes(w)));
const TAKEN = new Set(['Map', 'Set', 'Array', 'Object', 'Math', 'Number', 'String', 'Boolean', 'console', 'py', 'undefined', 'NaN', 'Infinity', 'Error', 'globalThis', 'Symbol', 'process']);
/** A name of the program in TypeScript: as it is, with a `_` behind words TypeScript keeps for itself. */
export function identifier(id: string): string { return RESERVED.has(id) || TAKEN.has(id) ? `${id}_` : id; }
/** A property name in a literal. */
export function property(id: string): string { return /^[A-Za-z_$][\w$]*$/.test(id) ? id : `'${id}'`; }
