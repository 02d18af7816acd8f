// Mistakes in a TensorFlow program that show before anything runs. One rule a function; each adds findings with the line
// of Python. (Unknown keywords and undefined names are found where calls and names are translated.)
import { type Block, blocks, children, type ClassStmt, type DefStmt, type Expr, type ExprOf, expressions, findExpr, type Module, type Stmt, type StmtOf } from './ast.ts';
import type { Inference } from './infer.ts';
import type { Report } from './report.ts';
import { names, type Scope } from './scope.ts';

/** Where an expression or a statement stands. */
interface Place { readonly scope: Scope; readonly def: DefStmt | null; readonly cls: ClassStmt | null; readonly withs: readonly StmtOf<'with'>[] }
interface Context { readonly inf: Inference; readonly report: Report }
interface Rule {
  /** A call or a member. */
  readonly expr?: (c: Context, e: Expr, at: Place) => void;
  readonly stmt?: (c: Context, s: Stmt, at: Place) => void;
  /** A whole function body, or the module's. */
  readonly body?: (c: Context, body: Block, at: Place) => void;
}

/** Runs every rule over a module. */
export function findMistakes(m: Module, inf: Inference, report: Report): void {
  const c: Context = { inf, report };
  const top: Place = { scope: inf.bindings.module, def: null, cls: null, withs: [] };
  const expr = (e: Expr, at: Place): void => {
    if (e.kind === 'call' || e.kind === 'attr') for (const r of RULES) r.expr?.(c, e, at);
    const scope = inf.bindings.scopes.get(e);
    for (const x of children(e)) expr(x, scope ? { ...at, scope } : at);
  };
  const block = (body: Block, at: Place): void => {
    for (const s of body) {
      for (const r of RULES) r.stmt?.(c, s, at);
      for (const e of expressions(s)) expr(e, at);
      const inner = s.kind === 'with' ? { ...at, withs: [...at.withs, s] } : at;
      for (const b of blocks(s)) block(b, inner);
      if (s.kind === 'def') whole(s.body, { ...at, scope: inf.bindings.scopes.get(s)!, def: s, withs: [] });
      if (s.kind === 'class') block(s.body, { ...at, scope: inf.bindings.scopes.get(s)!, cls: s });
    }
  };
  const whole = (body: Block, at: Place): void => {
    for (const r of RULES) r.body?.(c, body, at);
    block(body, at);
  };
  whole(m.body, top);
}

/** The path of the symbol of TensorFlow that an expression calls. */
function called(c: Context, e: Expr, at: Place): { path: string; call: ExprOf<'call'> } | undefined {
  if (e.kind !== 'call') return undefined;
  const t = c.inf.typeOf(e.func, at.scope);
  return t.k === 'symbol' && t.of === 'tf' ? { path: t.path.startsWith('contrib.slim.') ? `contrib.layers.${t.path.slice('contrib.slim.'.length)}` : t.path, call: e } : undefined;
}
const argument = (e: ExprOf<'call'>, name: string): Expr | undefined => e.args.find((a) => a.name === name)?.value;

/** A tensor built and never used: often another name was meant. */
const unused: Rule = {
  body(c, body, at) {
    for (const v of at.scope.vars.values()) {
      if (v.reads > 0 || v.param || v.captured || v.name.startsWith('_')) continue;
      const s = bindings(body, v.name)[0];
      if (s?.kind !== 'assign' || s.targets.length !== 1 || s.targets[0]!.kind !== 'name') continue;
      const tensor = called(c, s.value, at);
      if (tensor && /^(concat|stack|reshape)$/.test(tensor.path)) c.report.add('mistake', s.line, `${v.name} is built and never used`, 'is it meant where another tensor is used?');
      else if (at.def && s.value.kind === 'name') c.report.add('mistake', s.line, `${v.name} is kept and never used`, 'was it to be restored later in the function?');
    }
  },
};
function bindings(body: Block, name: string): Stmt[] {
  return body.flatMap((s) => [...(s.kind === 'assign' && s.targets.flatMap(names).includes(name) ? [s] : []), ...blocks(s).flatMap((b) => bindings(b, name))]);
}

/** Data as a variable that the optimizer then changes. */
const trainableData: Rule = {
  expr(c, e, at) {
    const f = called(c, e, at);
    if (f?.path !== 'get_variable') return;
    const initial = argument(f.call, 'initializer');
    if (!initial || argument(f.call, 'trainable') || argument(f.call, 'shape') || f.call.args.filter((a) => a.name === undefined).length > 1) return;
    const t = c.inf.typeOf(initial, at.scope);
    if (initial.kind === 'name' && ['any', 'ndarray', 'host', 'bottom'].includes(t.k)) c.report.add('mistake', e.line, 'a trainable variable initialised from data: the optimizer changes the data', 'trainable=False, if it is input');
  },
};

/** `tf.reshape(x, [n, c, 0, 0])`. */
const emptyReshape: Rule = {
  expr(c, e, at) {
    const f = called(c, e, at);
    const shape = f?.path === 'reshape' ? f.call.args[1]?.value : undefined;
    if (shape?.kind === 'list' && shape.items.some((x) => x.kind === 'num' && Number(x.text) === 0)) c.report.add('mistake', e.line, 'reshape to a size of 0: the tensor would have no elements', 'a new axis has size 1');
  },
};

/** `self.x` that no method assigns. */
const missingAttribute: Rule = {
  expr(c, e, at) {
    if (e.kind !== 'attr' || !at.cls) return;
    const owner = c.inf.typeOf(e.value, at.scope);
    if (owner.k !== 'instance' || owner.cls.base.k !== 'none' && !(owner.cls.base.k === 'any' && at.cls.bases.every((b) => b.value.kind === 'name' && b.value.id === 'object'))) return;
    if (!owner.cls.attrs.has(e.name) && !owner.cls.methods.has(e.name) && !e.name.startsWith('__')) c.report.add('mistake', e.line, `'${owner.cls.name}' object has no attribute '${e.name}'`, `no method of the class assigns self.${e.name}`);
  },
};

/** `int(x.get_shape()[0])` where the function itself allows for an unknown size. */
const unknownSize: Rule = {
  body(c, body, at) {
    if (!at.def) return;
    const isIndex = (e: Expr | undefined): e is ExprOf<'index'> => e?.kind === 'index';
    const tested = findExpr(body, (e) => e.kind === 'compare' && isIndex(e.first) && e.first.value.kind === 'name' && e.first.items[0]?.kind === 'num' && e.rest.some(([op, x]) => op.startsWith('is') && x.kind === 'const' && x.value === null));
    if (!tested) return;
    const isShape = (e: Expr): boolean => (e.kind === 'attr' ? e.name === 'shape' || e.name === 'get_shape' || isShape(e.value) : e.kind === 'call' && isShape(e.func));
    const int = findExpr(body, (e) => e.kind === 'call' && e.func.kind === 'name' && e.func.id === 'int' && isIndex(e.args[0]?.value) && isShape(e.args[0].value.value));
    if (int) c.report.add('mistake', int.line, `int() of an unknown size fails, and line ${tested.line} allows for an unknown size`, 'tf.shape(x)[0] is the size as a tensor');
    c.report.add('mistake', tested.line, 'an unknown size: half of it is unknown too, and slices need a size', 'tf.shape(x)[0] // 2');
  },
};

/** A scope kept by name and opened again later, inside of whatever scope the caller is in. */
const scopeByName: Rule = {
  stmt(c, s, at) {
    if (s.kind !== 'with' || !at.cls) return;
    for (const i of s.items) {
      const f = called(c, i.value, at);
      const first = f?.path === 'variable_scope' ? f.call.args[0]?.value : undefined;
      if (first?.kind !== 'attr' || c.inf.typeOf(first.value, at.scope).k !== 'instance') continue;
      const kept = JSON.stringify(at.cls.body).includes(`"name":"${first.name}"}],"value":{"kind":"name"`);
      if (kept) c.report.add('mistake', s.line, `variable_scope(self.${first.name}) opens a name inside the scope of the caller: it finds the variables only under the same outer scope`, 'keep the scope object: with tf.variable_scope(...) as vs: self.scope = vs');
    }
  },
};

/** contrib.layers' layers apply relu unless told otherwise. */
const hiddenRelu: Rule = {
  expr(c, e, at) {
    const f = called(c, e, at);
    if (f && /^contrib\.layers\.(conv2d|fully_connected|convolution2d|conv2d_transpose)$/.test(f.path) && !argument(f.call, 'activation_fn') && !f.call.args.some((a) => a.star)) {
      c.report.add('mistake', e.line, `tf.${f.path} applies relu by default`, 'activation_fn=None before a normaliser, and for logits');
    }
  },
};

/** New variables in a scope that only reuses. */
const newUnderReuse: Rule = {
  expr(c, e, at) {
    const f = called(c, e, at);
    if (!f || !/^(contrib\.layers\.(fully_connected|conv2d)|layers\.(dense|conv2d))$/.test(f.path) || argument(f.call, 'scope') || argument(f.call, 'name')) return;
    const reusing = at.withs.some((w) => w.items.some((i) => { const s = called(c, i.value, at); const r = s?.path === 'variable_scope' ? argument(s.call, 'reuse') : undefined; return r?.kind === 'const' && r.value === true; }));
    if (reusing) c.report.add('mistake', e.line, `tf.${f.path} without a scope inside a reusing scope: its variables do not exist there (ValueError)`, 'name it, and call it outside of the reusing scope');
  },
};

/** 'Activ0', 'Activq', 'Activ2'. */
const brokenSeries: Rule = {
  body(c, body) {
    const found: { line: number; text: string }[] = [];
    const collect = (e: Expr): void => {
      if (e.kind === 'call') for (const a of e.args) if ((a.name === 'name' || a.name === 'scope') && a.value.kind === 'str' && typeof a.value.parts[0] === 'string') found.push({ line: e.line, text: a.value.parts[0] });
      children(e).forEach(collect);
    };
    const walk = (b: Block): void => { for (const s of b) { if (s.kind !== 'def' && s.kind !== 'class') { expressions(s).forEach(collect); blocks(s).forEach(walk); } } };
    walk(body);
    const numbers = new Map<string, Set<number>>();
    for (const f of found) { const m = /^(\D+)(\d+)$/.exec(f.text); if (m) numbers.set(m[1]!, (numbers.get(m[1]!) ?? new Set()).add(Number(m[2]))); }
    for (const f of found) {
      const stem = f.text.slice(0, -1);
      const seen = numbers.get(stem);
      if (/\d$/.test(f.text) || !seen || seen.size < 2) continue;
      const gap = Array.from({ length: Math.max(...seen) }, (_, i) => i).find((i) => !seen.has(i));
      if (gap !== undefined) c.report.add('mistake', f.line, `the name '${f.text}' breaks the series ${[...seen].sort((a, b) => a - b).map((n) => `'${stem}${n}'`).join(', ')}`, `'${stem}${gap}'?`);
    }
  },
};

const RULES: readonly Rule[] = [unused, trainableData, emptyReshape, missingAttribute, unknownSize, scopeByName, hiddenRelu, newUnderReuse, brokenSeries];
