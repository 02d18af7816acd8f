// `with`: TensorFlow's scopes take their block as a body function, or are held by `using` where the block returns, breaks
// or yields in its middle.
import { type Block, blocks, type Expr, findExpr, type Stmt, type StmtOf, type WithItem } from '../ast.ts';
import { blockAwaits } from '../async.ts';
import type { Inference } from '../infer.ts';
import { SCOPE_METHODS, SCOPES } from '../tables.ts';
import type { Blocks } from './blocks.ts';
import { P } from './context.ts';
import { modernPath } from './symbol.ts';

export function withStatement(c: Blocks, s: StmtOf<'with'>): void { enter(c, s, 0); }

/** Whether a `with` becomes a body function that runs to its end: it can then return what it makes. */
export function hasBody(c: Blocks, s: Stmt): boolean { return s.kind === 'with' && s.items.length === 1 && kindOf(c, s.items[0]!.value) === 'scope' && leaves(s.body) === 'never'; }

function enter(c: Blocks, s: StmtOf<'with'>, i: number): void {
  const item = s.items[i];
  if (!item) { c.block(s.body); return; }
  switch (kindOf(c, item.value)) {
    case 'scope': scope(c, s, i, item); return;
    case 'session': session(c, s, i, item); return;
    case 'test': // with self.assertRaises, tf.test: no translation
    case 'other': held(c, s, i, item, true);
  }
}

function kindOf(c: Blocks, e: Expr): 'scope' | 'session' | 'test' | 'other' {
  const t = c.typeOf(e);
  if (e.kind === 'call') {
    const f = c.typeOf(e.func);
    if (f.k === 'symbol' && f.of === 'tf' && SCOPES.has(modernPath(f.path))) return 'scope';
    if (e.func.kind === 'attr' && SCOPE_METHODS.has(e.func.name)) return 'scope';
  }
  if (t.k === 'object' && t.name === 'Session') return 'session';
  if (e.kind === 'call' && e.func.kind === 'attr' && /^(Session|InteractiveSession|test_session|managed_session|MonitoredTrainingSession)$/.test(e.func.name)) return 'session';
  return 'other';
}

/** `tf.variableScope('a', (vs) => {...})`. */
function scope(c: Blocks, s: StmtOf<'with'>, i: number, item: WithItem): void {
  const flow = leaves(s.body);
  if (flow === 'middle') { held(c, s, i, item, false); return; }
  const waits = blockAwaits(c.inf, s.body, c.scope);
  const call = c.expr(item.value, P.call);
  const target = item.target && used(c, item.target) ? c.expr(item.target) : '';
  const declared = item.target?.kind !== 'name' || c.plan.inline.get(s)?.has(item.target.id) === true;
  const inner = declared ? target : 'entered: any';
  const results = flow === 'never' ? c.plan.results.get(s) ?? [] : [];
  const names = results.map((v) => c.name(v.name));
  const bind = names.length === 0 ? '' : `const ${names.length === 1 ? names[0] : `[${names.join(', ')}]`} = `;
  const head = `${bind}${flow === 'end' ? 'return ' : ''}${waits ? 'await ' : ''}${call.replace(/\)$/, call.endsWith('()') ? '' : ', ')}${waits ? 'async ' : ''}(${inner}) => {`;
  c.line(head, s.line);
  if (!declared) c.inside(() => c.line(`${target} = entered;`, s.line));
  c.inside(() => {
    if (s.items[i + 1]) enter(c, s, i + 1);
    else c.block(s.body);
    if (names.length > 0 && !(names.length === 1 && c.returnLast(names[0]!))) c.line(`return ${names.length === 1 ? names[0] : `[${names.join(', ')}] as const`};`, s.end);
  });
  c.line('});', s.end);
}
const used = (c: Blocks, e: Expr): boolean => e.kind !== 'name' || (c.scope.find(e.id)?.reads ?? 0) > 0;

/** `using sess = new tf.Session();`, as the default session where the block needs one. */
function session(c: Blocks, s: StmtOf<'with'>, i: number, item: WithItem): void {
  const name = item.target?.kind === 'name' ? c.name(item.target.id) : c.temporary('sess');
  const declared = item.target?.kind !== 'name' || c.plan.inline.get(s)?.has(item.target.id) === true;
  const made = item.value.kind === 'call';
  c.line('{', s.line);
  c.inside(() => {
    if (made && declared) c.line(`using ${name} = ${c.expr(item.value, P.assign)};`, s.line);
    else if (made) { c.line(`${name} = ${c.expr(item.value, P.assign)};`, s.line); c.line(`using _${name} = ${name};`, s.line); }
    else if (item.target) c.line(`${declared ? 'const ' : ''}${name} = ${c.expr(item.value, P.assign)};`, s.line);
    const owner = made || item.target ? name : c.expr(item.value, P.call);
    const flow = leaves(s.body);
    const waits = blockAwaits(c.inf, s.body, c.scope);
    const needed = flow !== 'middle' && (needsDefault(s.body) || functionsOf(c.inf).some(needsDefault));
    if (!needed) { if (s.items[i + 1]) enter(c, s, i + 1); else c.block(s.body); return; }
    c.line(`${flow === 'end' ? 'return ' : ''}${waits ? 'await ' : ''}${owner}.asDefault(${waits ? 'async ' : ''}() => {`, s.line);
    c.inside(() => (s.items[i + 1] ? enter(c, s, i + 1) : c.block(s.body)));
    c.line('});', s.end);
  });
  c.line('}', s.end);
}
/** Bodies of the program's functions, those of the modules it imports too. */
function functionsOf(inf: Inference): Block[] { return [...[...inf.bindings.defs.values()].flatMap((d) => (d.node.kind === 'def' ? [d.node.body] : [])), ...[...inf.modules.values()].flatMap(functionsOf)]; }
/** Whether a block asks for the default session. */
const needsDefault = (b: Block): boolean => findExpr(b, (e) => (e.kind === 'attr' && (e.name === 'eval' || e.name === 'get_default_session')) || (e.kind === 'name' && e.id === 'get_default_session')
  || (e.kind === 'call' && e.func.kind === 'attr' && e.func.name === 'run' && e.args.length === 0)) !== undefined;

/** `using x = ...;` in a block of its own. */
function held(c: Blocks, s: StmtOf<'with'>, i: number, item: WithItem, foreign: boolean): void {
  const inline = item.target?.kind === 'name' && c.plan.inline.get(s)?.has(item.target.id) === true;
  const name = item.target?.kind === 'name' ? c.name(item.target.id) : c.temporary('scope');
  const file = c.typeOf(item.value);
  if (foreign && !(file.k === 'object') && file.k !== 'instance') c.report.add('note', s.line, 'a `with` on something that is no scope of TensorFlow', 'its value must have [Symbol.dispose]() in TypeScript');
  c.line('{', s.line);
  c.inside(() => {
    const value = c.expr(item.value, P.assign);
    if (foreign && !(file.k === 'object' && inline)) {
      const entered = `_${c.temporary('entered')}`;
      c.line(`using ${entered} = ${c.use('py')}.enter(${value});`, s.line);
      if (item.target) c.line(`${inline ? `const ${name}` : c.expr(item.target, P.call)} = ${entered}.value;`, s.line);
    } else if (inline || !item.target) c.line(`using ${inline ? name : `_${name}`} = ${value};`, s.line);
    else { c.line(`using _${name} = ${value};`, s.line); c.line(`${c.expr(item.target, P.call)} = _${name};`, s.line); }
    if (s.items[i + 1]) enter(c, s, i + 1); else c.block(s.body);
  });
  c.line('}', s.end);
}

/** How a block leaves: never before its end, always by a return at its end, or somewhere in the middle. */
function leaves(body: Block): 'never' | 'end' | 'middle' {
  if (!jumps(body, false)) return 'never';
  return alwaysReturns(body) && !jumps(body, true) ? 'end' : 'middle';
}
/** Whether return, break, continue or yield leave the block (only break, continue, yield with `onlyLoops`). */
function jumps(body: Block, onlyLoops: boolean, inLoop = false): boolean {
  return body.some((s: Stmt) => {
    if (s.kind === 'return') return !onlyLoops;
    if ((s.kind === 'break' || s.kind === 'continue') && !inLoop) return true;
    if (s.kind === 'expr' && s.value.kind === 'yield') return true;
    if (s.kind === 'assign' && s.value.kind === 'yield') return true;
    if (s.kind === 'for' || s.kind === 'while') return jumps(s.body, onlyLoops, true) || jumps(s.orelse, onlyLoops, inLoop);
    return blocks(s).some((b) => jumps(b, onlyLoops, inLoop));
  });
}
function alwaysReturns(body: Block): boolean {
  const last = body.at(-1);
  if (!last) return false;
  if (last.kind === 'return' || last.kind === 'raise') return true;
  if (last.kind === 'if') return last.orelse.length > 0 && last.tests.every((t) => alwaysReturns(t.body)) && alwaysReturns(last.orelse);
  if (last.kind === 'with') return alwaysReturns(last.body);
  return false;
}
