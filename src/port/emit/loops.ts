// Loops. `range` becomes a counting loop, `enumerate` of a list `entries()`, `items` of a dict the Map itself.
import type { Block, Expr, Stmt, StmtOf } from '../ast.ts';
import { names } from '../scope.ts';
import { elementOf, isNamed, isSequence } from '../types.ts';
import type { Blocks } from './blocks.ts';
import { P } from './context.ts';
import { pattern } from './targets.ts';

export function forStatement(c: Blocks, s: StmtOf<'for'>): void {
  const inline = c.plan.inline.get(s);
  const declared = names(s.target).every((n) => inline?.has(n));
  withElse(c, s.body, s.orelse, s.line, () => {
    const counted = declared ? counting(c, s) : undefined;
    if (counted !== undefined) c.line(counted, s.line);
    else {
      const assigned = names(s.target).some((n) => (c.scope.vars.get(n)?.writes ?? 1) > 1);
      const simple = isNames(s.target);
      const target = declared ? `${assigned ? 'let' : 'const'} ${loopPattern(c, s.target)}` : simple ? pattern(c, s.target) : pattern(c, s.target);
      const wait = c.inf.typeOf(s.iter, c.scope);
      const asyncGen = wait.k === 'gen' && s.iter.kind === 'call' && asyncGenerator(c, s.iter);
      c.line(`for ${asyncGen ? 'await ' : ''}(${target} of ${iterable(c, s.iter)}) {`, s.line);
    }
    c.nested(s.body);
    c.line('}', s.end);
  });
}
function asyncGenerator(c: Blocks, e: Extract<Expr, { kind: 'call' }>): boolean { const f = c.typeOf(e.func); return f.k === 'def' && f.def.generator && f.def.async; }
const isNames = (e: Expr): boolean => e.kind === 'name' || ((e.kind === 'tuple' || e.kind === 'list') && e.items.every(isNames));

/** A pattern whose unread names are left out, or begin with `_`. */
function loopPattern(c: Blocks, e: Expr): string {
  const unread = (x: Expr): boolean => x.kind === 'name' && c.scope.vars.get(x.id)?.reads === 0;
  if (unread(e)) return (e as { id: string }).id.startsWith('_') ? pattern(c, e) : `_${pattern(c, e)}`;
  if (e.kind !== 'tuple' && e.kind !== 'list') return pattern(c, e);
  const items = e.items.map((x) => (unread(x) ? '' : loopPattern(c, x)));
  return `[${items.join(', ')}]`.replace(/\[, /g, '[, ');
}

/** `for (let i = 0; i < n; i++) {` for a `range` whose bounds are simple. */
function counting(c: Blocks, s: StmtOf<'for'>): string | undefined {
  const e = s.iter;
  if (e.kind !== 'call' || e.func.kind !== 'name' || c.scope.find(e.func.id) || !/^x?range$/.test(e.func.id) || s.target.kind !== 'name') return undefined;
  if (e.args.some((a) => a.star || a.name !== undefined) || e.args.length === 0) return undefined;
  const [a, b, step] = e.args.map((x) => x.value);
  const [begin, end] = b ? [c.expr(a!, P.assign), b] : ['0', a!];
  const v = c.scope.vars.get(s.target.id);
  if (!v || v.writes > 1 && assignedIn(s.body, s.target.id)) return undefined;
  const fixed = end.kind === 'num' || (end.kind === 'name' && !assignedIn(s.body, end.id)) || (end.kind === 'attr' && end.value.kind === 'name') || (end.kind === 'binary' && simple(end.left, s.body) && simple(end.right, s.body))
    || (end.kind === 'call' && end.func.kind === 'name' && end.func.id === 'len' && end.args[0]?.value.kind === 'name' && !JSON.stringify(s.body).includes(`"id":"${end.args[0].value.id}"},"name":"append"`));
  if (!fixed || c.typeOf(end).k !== 'int') return undefined;
  const i = c.name(s.target.id);
  if (!step) return `for (let ${i} = ${begin}; ${i} < ${c.expr(end, P.compare + 1)}; ${i}++) {`;
  const down = step.kind === 'unary' && step.op === '-' && step.operand.kind === 'num';
  if (step.kind !== 'num' && !down) return undefined;
  const by = down ? c.expr((step as Extract<Expr, { kind: 'unary' }>).operand) : c.expr(step);
  return `for (let ${i} = ${begin}; ${i} ${down ? '>' : '<'} ${c.expr(end, P.compare + 1)}; ${by === '1' ? `${i}${down ? '--' : '++'}` : `${i} ${down ? '-' : '+'}= ${by}`}) {`;
}
const simple = (e: Expr, body: Block): boolean => e.kind === 'num' || (e.kind === 'name' && !assignedIn(body, e.id));
function assignedIn(b: Block, id: string): boolean {
  return b.some((s: Stmt) => (s.kind === 'assign' && s.targets.flatMap(names).includes(id)) || (s.kind === 'aug' && names(s.target).includes(id)) || (s.kind === 'for' && (names(s.target).includes(id) || assignedIn(s.body, id)))
    || (s.kind === 'if' && (s.tests.some((t) => assignedIn(t.body, id)) || assignedIn(s.orelse, id))) || ((s.kind === 'with' || s.kind === 'while' || s.kind === 'try') && assignedIn(s.body, id)));
}

const isRows = (e: Expr): boolean => (e.kind === 'list' || e.kind === 'tuple') && e.items.length > 0 && e.items.every((x) => x.kind === 'tuple' || x.kind === 'list');
function iterable(c: Blocks, e: Expr): string {
  const t = c.typeOf(e);
  if (e.kind === 'call' && e.func.kind === 'name' && e.func.id === 'enumerate' && !c.scope.find('enumerate') && e.args.length === 1 && isSequence(c.typeOf(e.args[0]!.value))) {
    const list = e.args[0]!.value;
    return isRows(list) ? `(${c.expr(list, P.assign)} as const).entries()` : `${c.expr(list, P.call)}.entries()`;
  }
  if (e.kind === 'call' && e.func.kind === 'attr' && e.args.length === 0) {
    const owner = c.typeOf(e.func.value);
    if (owner.k === 'dict' && !owner.record && /^(iter)?items$/.test(e.func.name)) return c.expr(e.func.value, P.assign);
    if (owner.k === 'dict' && !owner.record && /^(iter)?(keys|values)$/.test(e.func.name)) return `${c.expr(e.func.value, P.call)}.${e.func.name.replace('iter', '')}()`;
  }
  // Rows of values of several types: tuples for TypeScript.
  if (isRows(e)) return `${c.expr(e, P.assign)} as const`;
  if ((e.kind === 'list' || e.kind === 'tuple') && elementOf(t).k === 'any') return `${c.expr(e, P.assign)} as any[]`;
  if (isNamed(t)) return `Object.values(${c.expr(e, P.assign)})`;
  if (isSequence(t) || t.k === 'gen' || t.k === 'set' || t.k === 'str' || t.k === 'shape') return c.expr(e, P.assign);
  if (t.k === 'dict') return t.record ? `Object.keys(${c.expr(e, P.assign)})` : `${c.expr(e, P.call)}.keys()`;
  return `${c.use('py')}.iter(${c.expr(e, P.assign)})`;
}

export function whileStatement(c: Blocks, s: StmtOf<'while'>): void {
  withElse(c, s.body, s.orelse, s.line, () => {
    c.line(`while (${c.test(s.test, P.comma)}) {`, s.line);
    c.nested(s.body);
    c.line('}', s.end);
  });
}

/** A loop's else runs when no break ended it. */
function withElse(c: Blocks, body: Block, orelse: Block, line: number, loop: () => void): void {
  if (orelse.length === 0) { c.breaking('break;', loop); return; }
  const flag = c.temporary('broken');
  c.line(`let ${flag} = false;`, line);
  c.breaking(`{ ${flag} = true; break; }`, loop);
  c.line(`if (!${flag}) {`, orelse[0]!.line);
  c.nested(orelse);
  c.line('}', orelse.at(-1)!.end);
}
