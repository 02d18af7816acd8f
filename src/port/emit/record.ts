// Dicts whose keys are names, as objects.
import type { ExprOf } from '../ast.ts';
import { type Emit, P, text, type Text } from './context.ts';

/** `{ a: 1, b }`. */
export function record(c: Emit, e: ExprOf<'dict'>, rename: (k: string) => string = (k) => k): Text {
  const entries = e.entries.map((p) => {
    const k = rename((p.key as ExprOf<'str'>).parts.join(''));
    const v = c.expr(p.value, P.assign);
    return k === v ? k : `${k}: ${v}`;
  });
  return text(`{ ${entries.join(', ')} }`);
}
