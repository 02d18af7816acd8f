// Targets of assignments: names, members, subscripts, and patterns of them.
import type { Expr } from '../ast.ts';
import type { Type } from '../types.ts';
import { setItem } from './access.ts';
import { type Emit, P } from './context.ts';

/** A target as a destructuring pattern of names; members and subscripts in it are assigned by `=`. */
export function pattern(c: Emit, e: Expr): string {
  switch (e.kind) {
    case 'name': return c.name(e.id);
    case 'tuple': case 'list': return `[${e.items.map((x) => pattern(c, x)).join(', ')}]`;
    case 'star': return `...${pattern(c, e.value)}`;
    default: return c.expr(e, P.call).replace(/!$/, '');
  }
}
/** A pattern for a value of a type: the fields of a named tuple by name. `part` writes one target, '' leaves it out. */
export function patternOf(c: Emit, e: Expr, t: Type, part: (c: Emit, e: Expr) => string): string {
  const names = t.k === 'tuple' ? t.names : undefined;
  if (!names || (e.kind !== 'tuple' && e.kind !== 'list') || e.items.length !== names.length) return part(c, e);
  const fields = e.items.map((x, i) => [names[i]!, part(c, x)]).filter(([, p]) => p !== '');
  return `{ ${fields.map(([k, p]) => (k === p ? k : `${k}: ${p}`)).join(', ')} }`;
}
/** Whether destructuring can assign to a target: every part a name, a member, or an element of an array. */
export function destructurable(c: Emit, e: Expr): boolean {
  switch (e.kind) {
    case 'name': return true;
    case 'attr': return true;
    case 'index': return c.typeOf(e.value).k === 'list' && e.items.length === 1 && e.items[0]!.kind !== 'slice';
    case 'tuple': case 'list': return e.items.every((x) => destructurable(c, x));
    case 'star': return destructurable(c, e.value);
    default: return false;
  }
}
/** One assignment as a statement, without `;`. */
export function assignment(c: Emit, target: Expr, value: string): string {
  if (target.kind === 'index') return setItem(c, target, value);
  if (target.kind === 'attr') return `${c.expr(target.value, P.call)}.${target.name} = ${value}`;
  return `${pattern(c, target)} = ${value}`;
}
