// Statements, one case each; what nests is in functions.ts, classes.ts, loops.ts and with.ts.
import type { Block, Expr, Handler, Stmt, StmtOf } from '../ast.ts';
import { names } from '../scope.ts';
import { isNumber, isSequence, isTensor, T, tsType, type Type } from '../types.ts';
import type { Blocks } from './blocks.ts';
import { keyText, onlyItem } from './access.ts';
import { classStatement } from './classes.ts';
import { P } from './context.ts';
import { functionStatement } from './functions.ts';
import { forStatement, whileStatement } from './loops.ts';
import { operate } from './operators.ts';
import { assignment, destructurable, pattern, patternOf } from './targets.ts';
import { withStatement } from './with.ts';

export function statement(c: Blocks, s: Stmt): void {
  switch (s.kind) {
    case 'comments': case 'pass': case 'import': case 'from': case 'global': return;
    case 'expr': expression(c, s); return;
    case 'assign': assign(c, s); return;
    case 'aug': augmented(c, s); return;
    case 'if': ifStatement(c, s); return;
    case 'for': forStatement(c, s); return;
    case 'while': whileStatement(c, s); return;
    case 'with': withStatement(c, s); return;
    case 'def': functionStatement(c, s); return;
    case 'class': classStatement(c, s); return;
    case 'try': tryStatement(c, s); return;
    case 'return': c.line(s.value ? `return ${c.expr(s.value, P.comma)};` : c.frame.def?.name === '__init__' ? 'return;' : 'return null;', s.line); return;
    case 'raise': c.line(s.value ? `throw ${raised(c, s.value)};` : `throw ${c.caught ?? `${c.use('py')}.lastError()`};`, s.line); return;
    case 'assert': c.line(`${c.use('py')}.assert(${[c.test(s.test, P.assign), ...(s.message ? [`() => ${c.expr(s.message, P.assign)}`] : [])].join(', ')});`, s.line); return;
    case 'break': c.line(c.breakText, s.line); return;
    case 'continue': c.line('continue;', s.line); return;
    case 'del': for (const t of s.targets) remove(c, t, s.line); return;
    case 'unknown': {
      const t = c.todo(s.line, s.text, s.what === 'broken syntax' ? 'the Python text is broken here' : `${s.what} has no translation`);
      c.line(`${t.text};`, s.line);
    }
  }
}

function raised(c: Blocks, e: Expr): string {
  const t = c.typeOf(e);
  // `raise Class` makes an instance.
  if (e.kind === 'name' && (t.k === 'class' || !c.scope.find(e.id))) return `new ${c.expr(e, P.call)}('')`;
  return c.expr(e, P.assign);
}

function expression(c: Blocks, s: StmtOf<'expr'>): void {
  if (s.value.kind === 'str') { for (const l of textOf(s.value).trim().split('\n')) c.line(`// ${l.trim()}`.trimEnd(), s.line); return; }
  if (s.value.kind === 'ellipsis') return;
  if (s.value.kind === 'yield') { c.line(`${yieldText(c, s.value)};`, s.line); return; }
  const t = c.expr(s.value, P.comma);
  c.line(`${/^(\{|function\b|class\b)/.test(t) ? `(${t})` : t};`, s.line);
}
const textOf = (e: Expr): string => (e.kind === 'str' ? e.parts.map((p) => (typeof p === 'string' ? p : '')).join('') : '');
export function yieldText(c: Blocks, e: Extract<Expr, { kind: 'yield' }>): string { return `yield${e.from ? '*' : ''}${e.value ? ` ${c.expr(e.value, P.assign)}` : ''}`; }

// --- assignments --------------------------------------------------------------------------------------------------------

function assign(c: Blocks, s: StmtOf<'assign'>): void {
  const inline = c.plan.inline.get(s);
  const yields = s.value.kind === 'yield';
  const value = yields ? yieldText(c, s.value as Extract<Expr, { kind: 'yield' }>) : c.expr(s.value, P.assign);
  const first = s.targets[0]!;
  // rng = np.random: every use of it spells the module out.
  const bound = first.kind === 'name' ? c.scope.vars.get(first.id) : undefined;
  if (s.targets.length === 1 && bound?.type.k === 'symbol' && bound.type.of !== 'tf' && bound.writes === 1 && bound.reads > 0 && bound.scope.kind === 'module') return;
  if (inline && s.targets.length === 1) {
    declare(c, s, first, value);
    return;
  }
  if (s.targets.length > 1) {
    // a = b = value: the value once, then the targets from left to right.
    const simple = s.value.kind === 'num' || s.value.kind === 'str' || s.value.kind === 'const' || s.value.kind === 'name';
    const temporary = simple ? value : c.temporary('value');
    if (!simple) c.line(`const ${temporary} = ${value};`, s.line);
    for (const t of s.targets) if (inline) declare(c, s, t, temporary); else store(c, t, temporary, s.line, c.typeOf(s.value));
    return;
  }
  store(c, first, value, s.line, c.typeOf(s.value));
}

/** `const x = value;`: names nobody reads are left out. */
function declare(c: Blocks, s: Stmt, target: Expr, value: string): void {
  const vars = names(target).map((n) => c.scope.vars.get(n)!);
  const exported = c.outermost && vars.some((v) => c.options.exports || v.reads === 0 || /^[A-Z][A-Z0-9_]*$/.test(v.name)) ? 'export ' : '';
  if (target.kind === 'name' && value === c.name(target.id)) return; // flags = tf.app.flags: the import has the name
  const changes = vars.some((v) => v.writes > 1);
  if (vars.every((v) => v.reads === 0) && exported === '') {
    const constant = s.kind === 'assign' && ['num', 'str', 'const', 'name'].includes(s.value.kind);
    c.line(constant ? `void ${value}; // ${vars.map((v) => v.name).join(', ')}: not used` : `${value.startsWith('{') ? `(${value})` : value};`, s.line);
    return;
  }
  const v = vars[0]!;
  const annotation = target.kind === 'name' ? annotationOf(c, v.name, changes, s) : '';
  const text = patternOf(c, target, s.kind === 'assign' ? c.typeOf(s.value) : T.any, exported === '' && target.kind !== 'name' ? (_, e) => usedPattern(c, e) : pattern);
  const lists = target.kind !== 'name' && s.kind === 'assign' && s.value.kind === 'tuple' && s.value.items.some((x) => x.kind === 'list' && x.items.length === 0) ? ': any[]' : '';
  c.line(`${exported}${changes ? 'let' : 'const'} ${text}${annotation}${lists} = ${value};`, s.line);
}
/** A pattern without the names that are never read. */
function usedPattern(c: Blocks, e: Expr): string {
  if (e.kind === 'name') return c.scope.vars.get(e.id)?.reads === 0 && c.scope.vars.get(e.id)?.writes === 1 ? '' : pattern(c, e);
  if (e.kind !== 'tuple' && e.kind !== 'list') return pattern(c, e);
  const items = e.items.map((x) => usedPattern(c, x));
  while (items.at(-1) === '') items.pop();
  return `[${items.join(', ').replace(/(^|, )(?=,)/g, '$1')}]`;
}
/** The type of a variable that gets values of several types, or an empty list. */
function annotationOf(c: Blocks, name: string, changes: boolean, s: Stmt): string {
  const v = c.scope.vars.get(name)!;
  const empty = s.kind === 'assign' && (s.value.kind === 'list' && s.value.items.length === 0);
  if (empty) return `: ${v.type.k === 'list' && ['int', 'float', 'str', 'tensor'].includes(v.type.of.k) ? tsType(v.type) : 'any[]'}`;
  if (s.kind === 'assign' && s.value.kind === 'list' && v.type.k === 'list' && !['int', 'float', 'str', 'bool', 'tensor', 'variable', 'bottom'].includes(v.type.of.k)) return ': any[]';
  if (s.kind === 'assign' && s.value.kind === 'dict' && v.type.k === 'dict' && v.type.record) return ': Record<string, any>';
  // What functions of other modules and assignments give, TypeScript may know less of than the program does.
  if (s.kind === 'assign' && v.type.k === 'any' && s.value.kind === 'call' && untold(c, s.value)) return ': any';
  if (!changes) return '';
  if (isNumber(v.type) || v.type.k === 'str') return v.nullable ? ': any' : v.type.k === 'int' || v.type.k === 'float' ? ': number' : '';
  return ': any';
}

function untold(c: Blocks, e: Extract<Expr, { kind: 'call' }>): boolean {
  const f = c.typeOf(e.func);
  return f.k === 'module' || (f.k === 'def' && !c.inf.bindings.defs.has(f.def.node)) || (e.func.kind === 'attr' && /^(assign|scatter)(_|$)/.test(e.func.name));
}

function store(c: Blocks, target: Expr, value: string, line: number, t: Type = T.any): void {
  if (target.kind !== 'tuple' && target.kind !== 'list') { c.line(`${assignment(c, target, value)};`, line); return; }
  // a, b = x, y on names and members: element by element when nothing on the right is bound on the left.
  if (destructurable(c, target)) {
    const text = patternOf(c, target, t, pattern);
    c.line(text.startsWith('{') ? `(${text} = ${value});` : `${text} = ${value};`, line);
    return;
  }
  const temporary = c.temporary('values');
  c.line(`const ${temporary} = ${value};`, line);
  target.items.forEach((x, i) => store(c, x, t.k === 'tuple' && t.names ? `${temporary}.${t.names[i]!}` : `${temporary}[${i}]`, line));
}
function augmented(c: Blocks, s: StmtOf<'aug'>): void {
  const [t, v] = [c.typeOf(s.target), c.typeOf(s.value)];
  const native = ['+', '-', '*'].includes(s.op) && ((isNumber(t) && isNumber(v)) || (s.op === '+' && t.k === 'str' && v.k === 'str'));
  if (native && s.target.kind !== 'index') { c.line(`${c.expr(s.target, P.call)} ${s.op}= ${c.expr(s.value, P.assign)};`, s.line); return; }
  if (s.op === '+' && t.k === 'list' && !isTensor(v)) {
    if (s.value.kind === 'list') { c.line(`${c.expr(s.target, P.call)}.push(${s.value.items.map((x) => c.expr(x, P.assign)).join(', ')});`, s.line); return; }
    c.line(`${c.expr(s.target, P.call)}.push(${isSequence(v) || v.k === 'gen' ? '...' : `...${c.use('py')}.list(`}${c.expr(s.value, P.assign)}${isSequence(v) || v.k === 'gen' ? '' : ')'});`, s.line);
    return;
  }
  c.line(`${assignment(c, s.target, operate(c, s.op, s.target, s.value).text)};`, s.line);
}

function remove(c: Blocks, t: Expr, line: number): void {
  if (t.kind === 'index') {
    const d = c.typeOf(t.value);
    c.line(d.k === 'dict' && d.record ? `delete ${c.expr(t, P.call)};` : d.k === 'dict' ? `${c.expr(t.value, P.call)}.delete(${keyText(c, onlyItem(t, d)!)});` : `${c.use('py')}.delItem(${c.expr(t.value, P.assign)}, ${t.items.map((i) => (i.kind === 'slice' ? `${c.use('py')}.slice(${[i.begin, i.end].map((x) => (x ? c.expr(x, P.assign) : 'null')).join(', ')})` : c.expr(i, P.assign))).join(', ')});`, line);
  } else if (t.kind === 'attr') c.line(`delete ${c.expr(t, P.call)};`, line);
  else c.line(`// del ${t.kind === 'name' ? t.id : '...'}: variables end with their block`, line);
}

// --- branches -----------------------------------------------------------------------------------------------------------

function ifStatement(c: Blocks, s: StmtOf<'if'>): void {
  if (isMainGuard(s.tests[0]!.test)) {
    c.line(`if (${c.use('py')}.isMain(import.meta.url)) {`, s.line);
    c.nested(s.tests[0]!.body);
    c.line('}', s.end);
    return;
  }
  s.tests.forEach((t, i) => {
    c.line(`${i === 0 ? '' : '} else '}if (${c.test(t.test, P.comma)}) {`, t.test.line);
    c.nested(t.body);
  });
  if (s.orelse.length > 0) {
    c.line('} else {', s.orelse[0]!.line);
    c.nested(s.orelse);
  }
  c.line('}', s.end);
}
/** `if __name__ == '__main__':` */
export const isMainGuard = (e: Expr): boolean => e.kind === 'compare' && e.first.kind === 'name' && e.first.id === '__name__';

function tryStatement(c: Blocks, s: StmtOf<'try'>): void {
  // `else` runs before `finally`.
  if (s.orelse.length > 0 && s.final.length > 0) {
    c.line('try {', s.line);
    c.inside(() => tryStatement(c, { ...s, final: [] }));
    c.line('} finally {', s.final[0]!.line);
    c.nested(s.final);
    c.line('}', s.end);
    return;
  }
  const flag = s.orelse.length > 0 ? c.temporary('failed') : null;
  if (flag !== null) c.line(`let ${flag} = true;`, s.line);
  c.line('try {', s.line);
  const outer = c.caughtErrors;
  c.caughtErrors = new Set([...outer, ...s.handlers.flatMap((h) => caughtNames(h.types))]);
  c.nested(s.body);
  c.caughtErrors = outer;
  if (flag !== null) c.inside(() => c.line(`${flag} = false;`, s.line));
  if (s.handlers.length > 0) handlers(c, s.handlers);
  if (s.final.length > 0) {
    c.line('} finally {', s.final[0]!.line);
    c.nested(s.final);
  }
  c.line('}', s.end);
  if (flag !== null) {
    c.line(`if (!${flag}) {`, s.orelse[0]!.line);
    c.nested(s.orelse);
    c.line('}', s.end);
  }
}

function handlers(c: Blocks, list: readonly Handler[]): void {
  const catchAll = list.length === 1 && (!list[0]!.types || isException(list[0]!.types));
  const error = list.length === 1 && list[0]!.name !== null ? c.name(list[0]!.name) : c.temporary('e');
  const needed = !catchAll || list.some((h) => h.name !== null) || list.some((h) => hasRaise(h.body));
  c.line(needed ? `} catch (${error}: any) {` : '} catch {', list[0]!.line);
  const outer = c.caught;
  c.caught = error;
  if (catchAll) c.nested(list[0]!.body);
  else {
    c.inside(() => {
      let open = false;
      for (const h of list) {
        const any = !h.types || isException(h.types);
        const head = any ? '' : `if (${classTest(c, error, h.types!)}) `;
        c.line(`${open ? '} else ' : ''}${head}{`, h.line);
        if (h.name !== null && c.name(h.name) !== error) c.inside(() => c.line(`const ${c.name(h.name!)} = ${error};`, h.line));
        c.nested(h.body);
        open = true;
      }
      if (list.every((h) => h.types && !isException(h.types))) c.line(`} else throw ${error};`, list.at(-1)!.line);
      else c.line('}', list.at(-1)!.line);
    });
  }
  c.caught = outer;
}
/** Errors a handler is for: LookupError is two. */
function caughtNames(types: Expr | null): string[] {
  if (!types) return ['Exception'];
  return (types.kind === 'tuple' ? types.items : [types]).flatMap((t) => (isException(t) ? ['Exception'] : t.kind === 'name' && t.id === 'LookupError' ? ['KeyError', 'IndexError'] : t.kind === 'name' ? [t.id] : []));
}
const isException = (e: Expr): boolean => e.kind === 'name' && /^(Exception|BaseException|StandardError)$/.test(e.id);
const hasRaise = (b: Block): boolean => b.some((s) => (s.kind === 'raise' && !s.value) || ('body' in s && s.kind !== 'def' && s.kind !== 'class' && hasRaise(s.body)) || (s.kind === 'if' && (s.tests.some((t) => hasRaise(t.body)) || hasRaise(s.orelse))));
function classTest(c: Blocks, error: string, types: Expr): string {
  const list = types.kind === 'tuple' ? types.items : [types];
  return list.map((t) => `${error} instanceof ${c.expr(t, P.call)}`).join(' || ');
}
