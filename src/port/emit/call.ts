// Calls, by what is called: TensorFlow, the program's functions and classes, numpy, Python's library, built-ins, methods.
import type { Arg, Expr, ExprOf } from '../ast.ts';
import { ALIASES } from '../aliases.ts';
import { isAsyncCall } from '../async.ts';
import { hasDecorator } from '../infer.ts';
import { camel, findSymbol, isClassPath, isLayer, memberKind } from '../symbols.ts';
import { RENAMED_MEMBERS } from '../tables.ts';
import { isNumber, isSequence, isTensor, type Type } from '../types.ts';
import { asCalled, userMember } from './access.ts';
import { keywordDict, ownArgs, tfArgs, unknownArgs } from './args.ts';
import { builtinCall } from './builtins.ts';
import { type Emit, P, text, type Text } from './context.ts';
import { libraryCall } from './library.ts';
import { methodCall } from './methods.ts';
import { numpyArgs } from './numpy.ts';
import { strFormat } from './strings.ts';
import { modernPath, tfSymbol } from './symbol.ts';

export function call(c: Emit, e: ExprOf<'call'>): Text {
  asCalled(c, e.func);
  const t = plainCall(c, e);
  if (!isAsyncCall(c.inf, e, c.scope) || t.text.startsWith('await ')) return t;
  if (c.frame.constructing) return text(t.text.replace(/\.(run|eval)\(/, '.$1Sync('), t.prec);
  const cast = ranAs(c, e);
  return cast === null ? text(`await ${t.text}`, P.unary) : text(`await ${t.text} as ${cast}`, P.compare);
}

/** The type of what a session runs, where the port knows more than that it is a value: numbers. */
function ranAs(c: Emit, e: ExprOf<'call'>): string | null {
  if (e.func.kind !== 'attr' || (e.func.name !== 'run' && e.func.name !== 'eval')) return null;
  const t = c.typeOf(e);
  const numeric = (x: Type): boolean => isNumber(x) || (x.k === 'tuple' && x.items.some(numeric));
  const spell = (x: Type): string => (isNumber(x) ? 'number' : x.k === 'none' ? 'null' : x.k === 'tuple' ? `[${x.items.map(spell).join(', ')}]` : 'any');
  return numeric(t) ? spell(t) : null;
}

function plainCall(c: Emit, e: ExprOf<'call'>): Text {
  const f = c.typeOf(e.func);
  switch (f.k) {
    case 'symbol':
      if (f.of === 'tf') return tfCall(c, e, f.path);
      if (f.of === 'np') return text(`${/(^|\.)[A-Z]\w*$/.test(f.path) ? 'new ' : ''}${c.expr(e.func, P.call)}(${numpyArgs(c, f.path, e.args)})`, P.call);
      return libraryCall(c, e, f.path);
    case 'def': {
      const method = f.def.cls !== null && e.func.kind === 'attr' && !isStatic(f.def.node);
      const viaClass = method && e.func.kind === 'attr' && c.typeOf(e.func.value).k === 'class' && !(f.def.node.kind === 'def' && hasDecorator(f.def.node, 'classmethod'));
      if (viaClass) return baseCall(c, e, f);
      const owner = e.func.kind === 'attr' ? c.typeOf(e.func.value) : undefined;
      const ofClass = f.def.cls !== null && owner?.k === 'instance' && f.def.node.kind === 'def' && (hasDecorator(f.def.node, 'staticmethod') || hasDecorator(f.def.node, 'classmethod'));
      const func = e.func.kind === 'attr' ? `${ofClass ? c.name(f.def.cls!.name) : c.expr(e.func.value, P.call)}.${e.func.name === '__call__' ? 'call' : e.func.name}` : c.expr(e.func, P.call);
      return text(`${func}(${ownArgs(c, f.def, e.args, method, e.line)})`, P.call);
    }
    case 'class': {
      const init = f.cls.methods.get('__init__');
      return text(`new ${c.expr(e.func, P.call)}(${init ? ownArgs(c, init, e.args, true, e.line) : unknownArgs(c, e.args)})`, P.call);
    }
    case 'instance': {
      const own = f.cls.methods.get('__call__');
      return text(`${c.expr(e.func, P.call)}.call(${own ? ownArgs(c, own, e.args, true, e.line) : unknownArgs(c, e.args)})`, P.call);
    }
    case 'object':
      if (isLayer(f.name)) return text(`${c.expr(e.func, P.call)}.apply(${unknownArgs(c, e.args, camel)})`, P.call);
      break;
    case 'module': return text(`${c.expr(e.func, P.call)}(${unknownArgs(c, dropModules(c, e.args))})`, P.call);
    default:
  }
  if (e.func.kind === 'attr') {
    const special = superCall(c, e, e.func) ?? strFormat(c, e) ?? methodCall(c, e, e.func);
    if (special) return special;
    return memberCall(c, e, e.func);
  }
  if (e.func.kind === 'name' && !c.scope.find(e.func.id)) {
    const built = builtinCall(c, e, e.func.id);
    if (built) return built;
  }
  // Something callable nothing is known of: a function, or an instance of a class with __call__.
  const args = unknownArgs(c, dropModules(c, e.args), ofTf(c, e.func) ? camel : undefined);
  if (c.options.classCalls && f.k === 'any' && !(e.func.kind === 'call')) return text(`${c.use('py')}.call(${[c.expr(e.func, P.assign), args].filter((x) => x !== '').join(', ')})`, P.call);
  return text(`${c.expr(e.func, P.call)}(${args})`, P.call);
}

/** `getattr(tf.nn, name)`: a function of TensorFlow, whichever it is. */
function ofTf(c: Emit, e: Expr): boolean {
  if (e.kind !== 'call' || e.func.kind !== 'name' || e.func.id !== 'getattr' || c.scope.find('getattr') || !e.args[0]) return false;
  const owner = c.typeOf(e.args[0].value);
  return owner.k === 'symbol' && owner.of === 'tf';
}
const isStatic = (n: Expr | { decorators: readonly Expr[] }): boolean => 'decorators' in n && n.decorators.some((d) => d.kind === 'name' && d.id === 'staticmethod');
/** Modules passed as arguments are dropped: the callee imports its own. */
const dropModules = (c: Emit, args: readonly Arg[]): readonly Arg[] => args.filter((a) => { const t = c.typeOf(a.value); return !(t.k === 'symbol' && (t.of === 'tf' || t.of === 'np') && t.path === ''); });

// --- TensorFlow ------------------------------------------------------------------------------------------------------------

function tfCall(c: Emit, e: ExprOf<'call'>, path: string): Text {
  const modern = modernPath(path);
  const s = findSymbol(modern);
  // Old signatures by position become names, and so do those of layers.
  const old = ALIASES[path]?.params ?? (isLayer(modern) ? s?.params : undefined);
  const args: readonly Arg[] = old ? e.args.map((a, i) => (a.name === undefined && !a.star && old[i] !== undefined ? { name: old[i], value: a.value } : a)) : e.args;
  if (modern === 'app.run') return appRun(c, e);
  const direct = e.func.kind === 'attr' || (e.func.kind === 'name');
  const f = direct ? c.expr(e.func, P.call) : tfSymbol(c, path, e.line).text;
  const isClass = s ? s.kind === 'class' : isClassPath(modern);
  if (/^(app\.)?flags\./.test(modern)) return text(`${f}(${unknownArgs(c, args)})`, P.call);
  if (/^contrib\.(framework|slim|layers)\.arg_scope$/.test(modern)) return text(`${f}(${argScopeArgs(c, args)})`, P.call);
  // Types cannot follow arguments that are spread, nor lists in place of tensors.
  const loose = args.some((a) => a.star === 1) || (modern === 'IndexedSlices' && args.some((a) => isSequence(c.typeOf(a.value))));
  if (modern === 'VariableScope') return text(`new ${f}(${variableScopeArgs(c, s?.params ?? [], args)})`, P.call);
  const made = `${isClass ? 'new ' : ''}${loose ? `(${f} as any)` : f}(${tfArgs(c, s, modern, args, e.line)})`;
  const cast = CASTS[modern];
  return cast ? text(`${made} as ${cast}`, P.compare) : text(made, P.call);
}
const MEMBER_CASTS: Readonly<Record<string, string>> = { average: 'tf.Variable', get_slot: 'tf.Variable', as_list: 'number[]', compute_gradients: '[tf.Tensor, tf.Variable][]', get_collection: 'any[]' };
/** Results that TypeScript's types say less of than scripts take for granted. */
const CASTS: Readonly<Record<string, string>> = { gradients: 'tf.Tensor[]', 'train.get_or_create_global_step': 'tf.Variable', 'train.create_global_step': 'tf.Variable', 'train.get_global_step': 'tf.Variable', 'contrib.layers.sum_regularizer': 'any', get_collection: 'any[]', get_collection_ref: 'any[]' };
/** `arg_scope(list_ops_or_scope, **kwargs)`: the defaults are an object of their own. */
function argScopeArgs(c: Emit, args: readonly Arg[]): string { return unknownArgs(c, args, camel, keywordDict); }

/** The constructor of a variable scope by hand: its settings are an object of their own. */
function variableScopeArgs(c: Emit, params: readonly string[], args: readonly Arg[]): string {
  const given = new Map(args.map((a, i) => [a.name ?? params[i] ?? '', c.expr(a.value, P.assign)]));
  const settings = [...given].filter(([k]) => !['reuse', 'name', 'name_scope'].includes(k)).map(([k, v]) => `${camel(k)}: ${v}`);
  return [given.get('reuse') ?? 'false', given.get('name') ?? "''", given.get('name_scope') ?? "''", ...(settings.length > 0 ? [`{ ${settings.join(', ')} }`] : [])].join(', ');
}

function appRun(c: Emit, e: ExprOf<'call'>): Text {
  const main = e.args.find((a) => a.name === undefined || a.name === 'main');
  const f = main ? c.expr(main.value, P.call) : 'main';
  return text(`await ${f}(${c.use('py')}.argv)`, P.unary);
}

/** A method of an object of TensorFlow, or of something unknown. */
function memberCall(c: Emit, e: ExprOf<'call'>, f: ExprOf<'attr'>): Text {
  const t = c.typeOf(f.value);
  const owner = c.expr(f.value, P.call);
  // Entered by hand: without a body a scope is entered when it is called.
  if (f.name === '__enter__' && f.value.kind === 'call') return c.sub(f.value);
  if (f.name === 'as_tensor' && (t.k === 'any' || isTensor(t))) return text(`(${c.expr(f.value, P.assign)} as any).asTensor()`, P.call);
  const known = memberKind(f.name) !== undefined && !(t.k === 'any' && userMember(c, f.name)) && t.k !== 'instance' && t.k !== 'class';
  if (!known) {
    if (f.name.startsWith('_') && memberOfTf(t)) return text(`${c.expr(f, P.call)}${property(f) ? '' : `(${unknownArgs(c, e.args, camel)})`}`, P.call);
    return text(`${owner}.${f.name}(${unknownArgs(c, dropModules(c, e.args))})`, P.call);
  }
  if (property(f)) return c.sub(f);
  if (f.name === 'eval' && t.k === 'variable') return text(`${owner}.eval(${e.args.map((a) => c.expr(a.value, P.assign)).join(', ')})`, P.call);
  if (f.name === 'colocate_with') return text(`${owner}.colocateWith(${e.args.map((a) => c.expr(a.value, P.assign)).join(', ')})`, P.call);
  if (f.name === 'run' || f.name === 'eval' || f.name === 'partial_run') return text(`${owner}.${camel(f.name)}(${runArgs(c, e.args, f.name)})`, P.call);
  const t2 = `${owner}.${camel(f.name)}(${unknownArgs(c, e.args, camel)})`;
  const cast = MEMBER_CASTS[f.name];
  return cast ? text(`${t2} as ${cast}`, P.compare) : text(t2, P.call);
}
const memberOfTf = (t: Type): boolean => isTensor(t) || ['op', 'shape', 'dim', 'dtype', 'object', 'any'].includes(t.k);
const property = (f: ExprOf<'attr'>): boolean => RENAMED_MEMBERS[f.name]?.property === true;

/** `sess.run(fetches, feed_dict)`: feeds written as a dict become pairs. */
function runArgs(c: Emit, args: readonly Arg[], method: string): string {
  const feed = (e: Expr): string => (e.kind === 'dict' && e.entries.every((p) => p.key) ? `[${e.entries.map((p) => `[${c.expr(p.key!, P.assign)}, ${c.expr(p.value, P.assign)}]`).join(', ')}]` : c.expr(e, P.assign));
  const at = method === 'run' && args[0] && args[0].name === undefined ? 1 : method === 'partial_run' ? 2 : 0;
  const positional: string[] = [];
  const named: string[] = [];
  const feeds = args.find((a) => a.name === 'feed_dict');
  args.forEach((a, i) => {
    if (a.star) positional.push(a.star === 1 ? `...${c.expr(a.value, P.assign)}` : `...${c.use('py')}.options(${c.expr(a.value, P.assign)})`);
    else if (a.name === undefined || (a.name === 'fetches' && i === 0)) positional.push(i === at ? feed(a.value) : c.expr(a.value, P.assign));
    else if (a.name !== 'feed_dict' && a.name !== 'session') named.push(`${camel(a.name)}: ${c.expr(a.value, P.assign)}`);
  });
  if (feeds && positional.length === at) positional.push(feed(feeds.value));
  const session = args.find((a) => a.name === 'session');
  if (session) positional.push(...(positional.length === 0 ? ['null'] : []), c.expr(session.value, P.assign));
  return [...positional, ...(named.length > 0 ? [`{ ${named.join(', ')} }`] : [])].join(', ');
}

// --- classes ---------------------------------------------------------------------------------------------------------------

/** `super(A, self).f(x)`, `super().f(x)`. */
function superCall(c: Emit, e: ExprOf<'call'>, f: ExprOf<'attr'>): Text | undefined {
  if (f.value.kind !== 'call' || f.value.func.kind !== 'name' || f.value.func.id !== 'super') return undefined;
  const base = c.frame.def?.cls?.base;
  const own = base?.k === 'class' ? base.cls.methods.get(f.name) : undefined;
  const args = own ? ownArgs(c, own, e.args, true, e.line) : unknownArgs(c, e.args, camel);
  return text(f.name === '__init__' ? `super(${args})` : `super.${f.name === '__call__' ? 'call' : base?.k === 'class' ? f.name : camel(f.name)}(${args})`, P.call);
}
/** `Base.f(self, x)`. */
function baseCall(c: Emit, e: ExprOf<'call'>, f: Extract<Type, { k: 'def' }>): Text {
  const [self, ...rest] = e.args;
  const isSelf = self?.value.kind === 'name' && self.value.id === c.frame.self;
  const args = ownArgs(c, f.def, rest, true, e.line);
  if (isSelf) return text(f.def.name === '__init__' ? `super(${args})` : `super.${f.def.name === '__call__' ? 'call' : f.def.name}(${args})`, P.call);
  return text(`${c.expr(self!.value, P.call)}.${f.def.name}(${args})`, P.call);
}
