// How values print. JavaScript has one kind of number and one kind of array: where the port knows that a value is a float
// or a tuple, it tells the printing functions so, by a text that typed_text.ts of the port runtime reads.
import type { Expr } from '../ast.ts';
import type { Type } from '../types.ts';
import { quote } from '../python_string.ts';
import { type Emit, P, py, type Text } from './context.ts';

/** `float`, `[float]`, `(float, _)`, `(float...)`, `{_: float}`; null for what prints right by itself. */
export function typeText(t: Type): string | null {
  switch (t.k) {
    case 'float': return t.mixed ? null : t.single ? 'float32' : 'float';
    case 'host': return t.int ? null : 'float32';
    case 'gen': case 'list': {
      const of = typeText(t.of);
      return t.k === 'list' && t.frozen ? `(${of ?? '_'}...)` : of === null ? null : `[${of}]`;
    }
    case 'tuple': return t.names ? null : `(${t.items.map((x) => typeText(x) ?? '_').join(', ')})`;
    case 'dict': {
      const [key, value] = [typeText(t.key), typeText(t.value)];
      return key === null && value === null ? null : `{${key ?? '_'}: ${value ?? '_'}}`;
    }
    default: return null;
  }
}
/** `py.str(x)`, `py.repr(x)`, `py.format(x, spec)` of an expression, with its type where that is needed. */
export function shown(c: Emit, f: 'str' | 'repr' | 'format', e: Expr, ...more: string[]): Text {
  const t = typeText(c.typeOf(e));
  return py(c, f, c.expr(e, P.assign), ...more, ...(t === null ? [] : [quote(t)]));
}
/** A value for a function that prints it: its text, where only the port knows how it prints. */
export function printable(c: Emit, e: Expr, f: 'str' | 'repr' = 'str'): string {
  return typeText(c.typeOf(e)) === null ? c.expr(e, P.assign) : shown(c, f, e).text;
}
