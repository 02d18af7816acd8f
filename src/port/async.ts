// Which calls must be awaited: sessions' runs, and functions that contain one, as far as that spreads.
import { type Block, blocks, children, type Expr, type ExprOf, expressions } from './ast.ts';
import type { Inference } from './infer.ts';
import type { Scope } from './scope.ts';
import type { DefInfo } from './types.ts';

/** Functions of other modules that hand on the promise of a function they are given. */
const TRANSPARENT = new Set(['attempt']);
const SESSION_METHODS = new Set(['run', 'partial_run', 'partial_run_setup', 'list_devices']);

/** Marks the functions of a module that must be async: to a fixed point. */
export function findAsync(inf: Inference): void {
  const defs = [...inf.bindings.defs.values()];
  for (let changed = true; changed;) {
    changed = false;
    for (const d of defs) {
      if (d.async) continue;
      const waits = d.node.kind === 'lambda' ? awaits(inf, d.node.body, d.scope) : blockAwaits(inf, d.node.body, d.scope);
      if (waits && d.name !== '__init__') { d.async = true; changed = true; }
    }
  }
}

/** Whether a block of a function contains something to wait for. */
export function blockAwaits(inf: Inference, body: Block, scope: Scope): boolean {
  return body.some((s) => s.kind !== 'def' && s.kind !== 'class' && (expressions(s).some((e) => awaits(inf, e, scope)) || blocks(s).some((b) => blockAwaits(inf, b, scope))));
}
export function awaits(inf: Inference, e: Expr, scope: Scope): boolean {
  if (e.kind === 'lambda') return false;
  const inner = e.kind === 'comp' ? inf.bindings.scopes.get(e)! : scope;
  return (e.kind === 'call' && isAsyncCall(inf, e, scope)) || children(e).some((x) => awaits(inf, x, inner));
}

/** Whether a call gives a promise. */
export function isAsyncCall(inf: Inference, e: ExprOf<'call'>, scope: Scope): boolean {
  const f = inf.typeOf(e.func, scope);
  if (f.k === 'def') return (f.def.async && !f.def.generator) || callsParam(inf, f.def, e, scope);
  if (f.k === 'class') return false;
  if (f.k === 'instance') return f.cls.methods.get('__call__')?.async ?? false;
  if (f.k === 'object' && e.func.kind !== 'attr') return f.name === 'Callable';
  if (f.k === 'symbol') return f.of === 'tf' && (f.path === 'app.run');
  if (f.k === 'module') return TRANSPARENT.has(f.name.split(':').at(-1)!) && e.args.some((a) => isAsyncFunction(inf, a.value, scope));
  if (e.func.kind !== 'attr') return false;
  const owner = inf.typeOf(e.func.value, scope);
  if (owner.k === 'instance' || owner.k === 'symbol') return false;
  if (owner.k === 'object' && owner.name === 'Session') return SESSION_METHODS.has(e.func.name);
  if (e.func.name === 'eval') return owner.k !== 'str';
  if (e.func.name === 'run') return owner.k === 'op' || owner.k === 'tensor' || ((owner.k === 'any' || owner.k === 'object') && !inf.hasMethod('run'));
  if (SAVER_METHODS.has(e.func.name) && owner.k === 'object' && owner.name === 'train.Saver') return true;
  return SESSION_METHODS.has(e.func.name) && owner.k === 'any';
}
const SAVER_METHODS = new Set(['save', 'restore']);

/** A function that gets an async function and calls or returns it hands the promise on. */
function callsParam(inf: Inference, def: DefInfo, e: ExprOf<'call'>, scope: Scope): boolean {
  return TRANSPARENT.has(def.name) && e.args.some((a) => isAsyncFunction(inf, a.value, scope));
}
function isAsyncFunction(inf: Inference, e: Expr, scope: Scope): boolean {
  const t = inf.typeOf(e, scope);
  return t.k === 'def' && t.def.async;
}
