// Texts of values whose Python type their JavaScript value does not tell: floats without a fraction, tuples, what a session
// returns as a float32. Types are texts: `float`, `float32`, `[T]`, `(T, T)`, `(T...)`, `{K: V}`, `_` for what tells itself.
import { scalarFloat } from '../graph/numpy_repr.ts';
import { floatRepr } from '../graph/python_repr.ts';
import type { Dynamic } from './dynamic.ts';

export type Shown =
  | { readonly kind: 'float' | 'float32' | '_' }
  | { readonly kind: 'list' | 'rest'; readonly of: Shown }
  | { readonly kind: 'tuple'; readonly items: readonly Shown[] }
  | { readonly kind: 'dict'; readonly key: Shown; readonly value: Shown };

const known = new Map<string, Shown>();
export function shownType(text: string): Shown {
  let t = known.get(text);
  if (!t) known.set(text, t = parse(text));
  return t;
}

function parse(text: string): Shown {
  let i = 0;
  const type = (): Shown => {
    switch (text[i]) {
      case '[': { i++; const of = type(); i++; return { kind: 'list', of }; }
      case '{': { i++; const key = type(); i += 2; const value = type(); i++; return { kind: 'dict', key, value }; }
      case '(': {
        i++;
        const items: Shown[] = [];
        while (text[i] !== ')') {
          items.push(type());
          if (text.startsWith('...', i)) { i += 4; return { kind: 'rest', of: items[0]! }; }
          if (text[i] === ',') i += 2;
        }
        i++;
        return { kind: 'tuple', items };
      }
      default: { const word = /^\w+/.exec(text.slice(i))![0]; i += word.length; return { kind: word as '_' }; }
    }
  };
  return type();
}

/** `repr` of a value of a type; what the type does not fit prints as `plain` does. */
export function typedText(v: Dynamic, t: Shown, plain: (v: Dynamic) => string): string {
  const each = (x: readonly unknown[], of: (i: number) => Shown): string[] => x.map((y, i) => typedText(y, of(i), plain));
  const tuple = (x: string[]): string => `(${x.join(', ')}${x.length === 1 ? ',' : ''})`;
  switch (t.kind) {
    case 'float': return typeof v === 'number' ? floatRepr(v) : plain(v);
    case 'float32': return typeof v === 'number' ? scalarFloat(v, Math.fround(v) === v ? 4 : 8) : plain(v);
    case 'list': return Array.isArray(v) ? `[${each(v, () => t.of).join(', ')}]` : plain(v);
    case 'rest': return Array.isArray(v) ? tuple(each(v, () => t.of)) : plain(v);
    case 'tuple': return Array.isArray(v) ? tuple(each(v, (i) => t.items[i] ?? { kind: '_' })) : plain(v);
    case 'dict': {
      if (typeof v !== 'object' || v === null || Array.isArray(v)) return plain(v);
      const pairs: [unknown, unknown][] = v instanceof Map ? [...v] : Object.entries(v as object);
      return `{${pairs.map(([k, x]) => `${typedText(k, t.key, plain)}: ${typedText(x, t.value, plain)}`).join(', ')}}`;
    }
    default: return plain(v);
  }
}
