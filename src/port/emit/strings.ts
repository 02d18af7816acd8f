// String literals, f-strings, %-formats and str.format: template literals where the types are known.
import type { Expr, ExprOf } from '../ast.ts';
import { formatPieces, percentPieces, quote, templateText } from '../python_string.ts';
import { isSequence, isTuple, type Type } from '../types.ts';
import { type Emit, P, py, text, type Text } from './context.ts';
import { printable, shown } from './shown.ts';

export function string(c: Emit, e: ExprOf<'str'>): Text {
  if (e.bytes) return py(c, 'bytes', quote(e.parts.map((p) => (typeof p === 'string' ? p : '')).join('')));
  if (e.parts.every((p) => typeof p === 'string')) return text(quote(e.parts.join('')));
  return text(`\`${e.parts.map((p) => (typeof p === 'string' ? templateText(p) : hole(c, p.value, p.spec, p.conversion))).join('')}\``);
}

/** `${x}`, formatted as `format(x, spec)` does. */
function hole(c: Emit, e: Expr, spec: string | Expr, conversion: string): string {
  if (typeof spec !== 'string') return `\${${shown(c, 'format', e, c.expr(spec, P.assign)).text}}`;
  if (conversion === 'r') return `\${${shown(c, 'repr', e).text}}`;
  if (spec === '') return direct(c.typeOf(e)) ? `\${${c.expr(e)}}` : `\${${shown(c, 'str', e).text}}`;
  if (/[a-zA-Z%]$/.test(spec)) return `\${${py(c, 'format', c.expr(e, P.assign), quote(spec)).text}}`; // says how to print
  return `\${${shown(c, 'format', e, quote(spec)).text}}`;
}
/** Types that JavaScript prints as Python does. */
const direct = (t: Type): boolean => t.k === 'str' || t.k === 'int';

/** `'...' % values`. */
export function percentFormat(c: Emit, left: ExprOf<'str'>, right: Expr): Text {
  const whole = left.parts.every((p) => typeof p === 'string') ? left.parts.join('') : null;
  const pieces = whole === null ? null : percentPieces(whole);
  const holes = pieces?.filter((p) => typeof p !== 'string') ?? [];
  const values = right.kind === 'tuple' ? right.items : [right];
  const single = right.kind === 'tuple' || ['str', 'int', 'float', 'bool', 'tensor', 'host', 'ndarray', 'dtype', 'instance'].includes(c.typeOf(right).k);
  if (!pieces || left.bytes || !single || holes.length !== values.length || holes.some((h) => h.key !== null) || values.some((v) => v.kind === 'star')) {
    const t = c.typeOf(right);
    const value = c.expr(right, P.assign);
    return py(c, 'percent', c.expr(left, P.assign), isSequence(t) && !isTuple(t) ? `[${value}]` : value);
  }
  let i = 0;
  return text(`\`${pieces.map((p) => {
    if (typeof p === 'string') return templateText(p);
    const v = values[i++]!;
    const t = c.typeOf(v);
    if (p.spec === '' && ((p.type === 's' && direct(t)) || (/[diu]/.test(p.type) && t.k === 'int'))) return `\${${c.expr(v)}}`;
    if (p.spec === '' && p.type === 's') return `\${${shown(c, 'str', v).text}}`;
    if (p.spec === '' && p.type === 'r') return `\${${shown(c, 'repr', v).text}}`;
    const value = p.type === 's' ? printable(c, v) : c.expr(v, P.assign);
    return `\${${py(c, 'percent', quote(`%${p.spec}${p.type}`), isSequence(c.typeOf(v)) && value === c.expr(v, P.assign) ? `[${value}]` : value).text}}`;
  }).join('')}\``);
}

/** `'...'.format(values)`; undefined when the format is not plain text. */
export function strFormat(c: Emit, e: ExprOf<'call'>): Text | undefined {
  if (e.func.kind !== 'attr' || e.func.name !== 'format' || e.func.value.kind !== 'str' || e.func.value.parts.some((p) => typeof p !== 'string')) return undefined;
  const pieces = formatPieces(e.func.value.parts.join(''));
  if (!pieces || e.args.some((a) => a.star)) return undefined;
  let auto = 0;
  const out: string[] = [];
  for (const p of pieces) {
    if (typeof p === 'string') { out.push(templateText(p)); continue; }
    const m = /^(\w*)(.*)$/s.exec(p.key)!;
    if (m[2] !== '') return undefined;
    const arg = m[1] === '' ? e.args.filter((a) => a.name === undefined)[auto++] : /^\d+$/.test(m[1]!) ? e.args[Number(m[1])] : e.args.find((a) => a.name === m[1]);
    if (!arg) return undefined;
    out.push(hole(c, arg.value, p.spec, p.conversion));
  }
  return text(`\`${out.join('')}\``);
}
