// Lists, dicts, sets, comprehensions, lambdas.
import type { Clause, Expr, ExprOf } from '../ast.ts';
import { awaits } from '../async.ts';
import { keyText } from './access.ts';
import { isRecord } from '../infer.ts';
import { elementOf, isNamed, isSequence, type Type } from '../types.ts';
import { type Emit, P, text, type Text } from './context.ts';
import { arrowBody } from './operators.ts';
import { record } from './record.ts';
import { pattern } from './targets.ts';

export function list(c: Emit, items: readonly Expr[]): Text {
  return text(`[${items.map((x) => (x.kind === 'star' ? `...${c.expr(x.value, P.assign)}` : c.expr(x, P.assign))).join(', ')}]`);
}

export function dict(c: Emit, e: ExprOf<'dict'>): Text {
  if (e.entries.length === 0) return text('new Map<any, any>()', P.call);
  if (isRecord(e)) return record(c, e);
  const pairs = e.entries.map((p) => (p.key ? `[${keyText(c, p.key)}, ${c.expr(p.value, P.assign)}]` : `...${c.expr(p.value, P.assign)}`));
  const key = c.typeOf(e).k === 'dict' && e.entries.every((p) => p.key && c.typeOf(p.key).k === 'str') ? 'string' : 'any';
  return text(`new Map<${key}, any>([${pairs.join(', ')}])`, P.call);
}

/** `[f(x) for x in xs if g(x)]`: map and filter, or a generator for what does not fit. */
export function comprehension(c: Emit, e: ExprOf<'comp'>): Text {
  const inner = c.inf.bindings.scopes.get(e)!;
  const waits = awaits(c.inf, e, c.scope);
  const one = e.clauses.length === 1 ? e.clauses[0]! : null;
  const element = (): string => (e.of === 'list' && e.value.kind === 'tuple' ? `${c.expr(e.value, P.assign)} as const` : e.of === 'dict' ? `[${keyText(c, e.key!)}, ${c.expr(e.value, P.assign)}]` : e.of === 'set' ? keyText(c, e.value) : c.expr(e.value, P.assign));
  let listText: string;
  if (one && !waits) {
    const source = arrayOf(c, one.iter);
    listText = c.within(inner, () => {
      const head = pattern(c, one.target) + (untyped(c, one) ? ': any' : '');
      const kept = one.tests.reduce((s, t) => `${s}.filter((${head}) => ${c.test(t, P.assign)})`, source);
      const body = element();
      return e.of !== 'dict' && body === pattern(c, one.target) ? kept : `${kept}.map((${head}) => ${arrowBody(body)})`;
    });
    if (!one.tests.length && listText === source && source === c.expr(one.iter, P.call)) listText = `[...${source}]`;
  } else {
    listText = nested(c, e, inner, waits, element);
  }
  const t = waits ? text(listText, P.unary) : text(listText, P.call);
  const inside = t.text;
  if (e.of === 'dict') return text(`new Map<any, any>(${inside})`, P.call);
  if (e.of === 'set') return text(`new Set<any>(${inside})`, P.call);
  return t;
}

/** Whether TypeScript may not know what is in a list: a variable of several values, a member, rows of different lengths. */
function untyped(c: Emit, k: Clause): boolean {
  const e = k.iter;
  if (e.kind === 'name') { const v = c.scope.find(e.id); return v !== undefined && (v.writes > 1 || v.param || v.captured || elementOf(v.type).k === 'any'); }
  return e.kind === 'attr' || ((k.target.kind === 'tuple' || k.target.kind === 'list') && (e.kind === 'list' || e.kind === 'tuple'));
}

/** Several `for`s, or something to wait for: collected by loops. */
function nested(c: Emit, e: ExprOf<'comp'>, inner: Emit['scope'], waits: boolean, element: () => string): string {
  const sources = e.clauses.map((k, i) => (i === 0 ? arrayOf(c, k.iter) : c.within(inner, () => arrayOf(c, k.iter))));
  return c.within(inner, () => {
    if (!waits) {
      const build = (i: number): string => {
        const k = e.clauses[i]!;
        const head = pattern(c, k.target);
        const source = k.tests.reduce((s, t) => `${s}.filter((${head}) => ${c.test(t, P.assign)})`, sources[i]!);
        return i === e.clauses.length - 1 ? `${source}.map((${head}) => ${arrowBody(element())})` : `${source}.flatMap((${head}) => ${build(i + 1)})`;
      };
      return build(0);
    }
    const k = e.clauses[0]!;
    const head = pattern(c, k.target);
    const source = k.tests.reduce((s, t) => `${s}.filter((${head}) => ${c.test(t, P.assign)})`, sources[0]!);
    if (e.clauses.length > 1) return c.todo(e.line, 'a comprehension', 'several loops of a comprehension with a session run inside', 'write them as for statements').text;
    return `await ${c.use('py')}.mapAsync(${source}, async (${head}) => ${arrowBody(element())})`;
  });
}

/** An iterable as an array, to have `map` and `filter`. */
export function arrayOf(c: Emit, e: Expr): string {
  const t = c.typeOf(e);
  if (e.kind === 'call' && e.func.kind === 'name' && !c.scope.find(e.func.id)) {
    const f = e.func.id;
    const args = e.args.map((a) => `${a.star === 1 ? '...' : ''}${c.expr(a.value, P.assign)}`);
    if (f === 'range' || f === 'xrange') return `${c.use('py')}.range(${args.join(', ')})`;
    if (f === 'enumerate' || f === 'zip' || f === 'reversed') return `${c.use('py')}.${f}(${args.join(', ')})`;
  }
  if (e.kind === 'tuple' || e.kind === 'list') return list(c, e.items).text;
  if (isArray(t)) return c.expr(e, P.call);
  if (isNamed(t)) return `Object.values(${c.expr(e, P.assign)})`;
  if (t.k === 'dict') return t.record ? `Object.keys(${c.expr(e, P.assign)})` : `[...${c.expr(e, P.call)}.keys()]`;
  return `${c.use('py')}.list(${c.expr(e, P.assign)})`;
}
const isArray = (t: Type): boolean => isSequence(t);
