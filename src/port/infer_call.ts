// Types of calls and members; calls also tell the parameters of the program's functions what they get.
import type { Expr, ExprOf } from './ast.ts';
import type { Inference } from './infer.ts';
import { arrayMethod, numpyResult } from './infer_numpy.ts';
import { runResult, tfResult } from './infer_tensor.ts';
import type { Scope } from './scope.ts';
import { isLayer } from './symbols.ts';
import { MEMBERS } from './tables.ts';
import { type DefInfo, elementOf, frozenOf, isTensor, join, joinAll, listOf, numeric, object, T, tupleOf, type Type } from './types.ts';

export function callType(inf: Inference, e: ExprOf<'call'>, scope: Scope): Type {
  const args = e.args.map((a) => inf.typeOf(a.value, scope));
  const f = inf.typeOf(e.func, scope);
  switch (f.k) {
    case 'def': bindParams(inf, f.def, e, args, f.def.cls !== null && e.func.kind === 'attr'); return f.def.returns;
    case 'class': {
      const init = f.cls.methods.get('__init__');
      if (init) bindParams(inf, init, e, args, true);
      return { k: 'instance', cls: f.cls };
    }
    case 'instance': {
      const call = f.cls.methods.get('__call__');
      if (call) bindParams(inf, call, e, args, true);
      return call?.returns ?? T.any;
    }
    case 'object': if (isLayer(f.name)) return T.tensor; break;
    case 'symbol': return f.of === 'tf' ? tfResult(f.path, e, args) : f.of === 'np' ? numpyResult(f.path, e, args) : libraryResult(f.path, args);
    default:
  }
  if (e.func.kind === 'name' && !scope.find(e.func.id)) return builtinResult(e.func.id, args.filter((_, i) => e.args[i]!.name === undefined));
  if (e.func.kind === 'attr') return methodResult(inf, e, e.func, args, scope);
  return T.any;
}

function bindParams(inf: Inference, def: DefInfo, e: ExprOf<'call'>, args: readonly Type[], method: boolean): void {
  const params = def.node.params.slice(method ? 1 : 0);
  let i = 0;
  e.args.forEach((a, k) => {
    if (a.star) { i = Infinity; return; }
    const p = a.name === undefined ? params[i++] : params.find((x) => x.name === a.name);
    if (!p || p.star) return;
    const v = def.scope.vars.get(p.name);
    if (!v || def.dropped.has(p.name)) return;
    inf.learn(v.type, join(v.type, args[k]!), (t) => { v.type = t; });
    if (args[k]!.k === 'none') v.nullable = true;
  });
}

function libraryResult(path: string, args: readonly Type[]): Type {
  if (/^os\.path\.(join|basename|dirname|abspath|expanduser|realpath)$/.test(path) || path === 'os.getcwd') return T.str;
  if (/^os\.path\.(splitext|split)$/.test(path)) return tupleOf(T.str, T.str);
  if (/^os\.path\.(exists|isfile|isdir)$/.test(path)) return T.bool;
  if (path === 'time.time' || path === 'time.clock' || /^math\.(?!floor|ceil|factorial)/.test(path) || /^random\.(random|uniform|gauss)$/.test(path)) return T.float;
  if (/^math\.(floor|ceil|factorial)$/.test(path) || /^random\.(randint|randrange)$/.test(path)) return T.int;
  if (/^(collections\.)?(OrderedDict|defaultdict)$/.test(path)) return { k: 'dict', key: T.bottom, value: T.bottom };
  if (/^itertools\.(product|combinations|permutations)$/.test(path)) return { k: 'gen', of: frozenOf(joinAll(args.filter((t) => t.k !== 'int').map(elementOf))) };
  if (/^(collections\.)?Counter$/.test(path)) return { k: 'dict', key: elementOf(args[0] ?? T.any), value: T.int };
  if (path.endsWith('xrange')) return { k: 'gen', of: T.int };
  if (path === 'collections.OrderedDict' || path === 'collections.defaultdict') return args[0]?.k === 'dict' ? args[0] : { k: 'dict', key: T.bottom, value: T.bottom };
  return T.any;
}

/** Results of Python's built-in functions. */
function builtinResult(name: string, args: readonly Type[]): Type {
  const [a] = args;
  switch (name) {
    case 'len': case 'int': case 'ord': case 'hash': case 'id': case 'long': return T.int;
    case 'float': return T.float;
    case 'str': case 'repr': case 'chr': case 'input': case 'raw_input': case 'format': case 'hex': case 'bin': case 'oct': return T.str;
    case 'bool': case 'isinstance': case 'hasattr': case 'callable': case 'any': case 'all': case 'issubclass': return T.bool;
    case 'range': case 'xrange': return { k: 'gen', of: T.int };
    case 'enumerate': return { k: 'gen', of: tupleOf(T.int, elementOf(a ?? T.any)) };
    case 'zip': return { k: 'gen', of: tupleOf(...args.map(elementOf)) };
    case 'list': case 'sorted': return listOf(a ? elementOf(a) : T.bottom);
    case 'reversed': case 'iter': return { k: 'gen', of: elementOf(a ?? T.any) };
    case 'filter': return { k: 'gen', of: elementOf(args[1] ?? T.any) };
    case 'next': return a ? elementOf(a) : T.any;
    case 'tuple': return a?.k === 'tuple' ? a : frozenOf(a ? elementOf(a) : T.bottom);
    case 'set': case 'frozenset': return { k: 'set', of: a ? elementOf(a) : T.bottom };
    case 'dict': return a?.k === 'dict' ? { k: 'dict', key: a.key, value: a.value } : { k: 'dict', key: a ? T.any : T.str, value: a ? T.any : T.bottom };
    case 'map': return { k: 'gen', of: a?.k === 'def' ? a.def.returns : T.any };
    case 'abs': return a && isTensor(a) ? T.tensor : a ?? T.any;
    case 'sum': return a ? join(elementOf(a), T.int) : T.any;
    case 'max': case 'min': return args.length > 1 ? joinAll(args) : a ? elementOf(a) : T.any;
    case 'round': return args.length > 1 ? T.float : T.int;
    case 'pow': return joinAll(args);
    case 'print': return T.none;
    case 'divmod': return tupleOf(T.int, T.int);
    case 'open': return object('file');
    case 'type': return T.any;
    default: return T.any;
  }
}

export function memberType(inf: Inference, e: ExprOf<'attr'>, scope: Scope): Type {
  const t = inf.typeOf(e.value, scope);
  switch (t.k) {
    case 'symbol': {
      const path = t.path === '' ? e.name : `${t.path}.${e.name}`;
      if (t.of === 'tf') return tfValue(path) ?? { k: 'symbol', of: 'tf', path };
      if (t.of === 'np' && /^(pi|e|inf|nan)$/.test(path)) return T.float;
      if (t.of === 'py' && /^math\.(pi|e)$/.test(path)) return T.float;
      if (t.of === 'py' && path === 'sys.argv') return listOf(T.str);
      return { k: 'symbol', of: t.of, path };
    }
    case 'module': return inf.imported(t.name, e.name);
    case 'instance': {
      const m = t.cls.methods.get(e.name);
      if (m) return isProperty(m) ? m.returns : { k: 'def', def: m };
      const own = t.cls.attrs.get(e.name);
      if (own) return own;
      const base = t.cls.base.k === 'class' ? t.cls.base.cls : undefined;
      const inherited = base?.methods.get(e.name);
      return inherited ? { k: 'def', def: inherited } : base?.attrs.get(e.name) ?? inf.unknown;
    }
    case 'class': return t.cls.methods.has(e.name) ? { k: 'def', def: t.cls.methods.get(e.name)! } : t.cls.attrs.get(e.name) ?? T.any;
    case 'ndarray': case 'host': return e.name === 'shape' ? frozenOf(T.int) : e.name === 'T' ? t : e.name === 'size' || e.name === 'ndim' ? T.int : T.any;
    case 'bottom': return T.bottom;
    default:
      if (e.name === 'args' && t.k === 'any') return frozenOf(T.any);
      return MEMBERS[e.name] && (isTensor(t) || t.k === 'op' || t.k === 'shape' || t.k === 'object' || t.k === 'any') && !(t.k === 'any' && /^(name|type|value|values|inputs|outputs|variables|initializer|indices|shape)$/.test(e.name)) ? MEMBERS[e.name]! : T.any;
  }
}
export const isProperty = (d: DefInfo): boolean => d.node.kind === 'def' && d.node.decorators.some((x) => x.kind === 'name' && x.id === 'property');

/** Constants of TensorFlow: dtypes and keys. */
function tfValue(path: string): Type | undefined {
  if (/^(dtypes\.)?(b?float(16|32|64)|u?int(8|16|32|64)|bool|string|complex(64|128)|q?u?int\d+|resource|variant)(_ref)?$/.test(path)) return T.dtype;
  if (/^GraphKeys\.\w+$/.test(path) || path === '__version__' || path === 'VERSION') return T.str;
  return undefined;
}

function methodResult(inf: Inference, e: ExprOf<'call'>, f: ExprOf<'attr'>, args: readonly Type[], scope: Scope): Type {
  const t = inf.typeOf(f.value, scope);
  const put = (g: (old: Type) => Type): Type => { inf.widen(f.value, g, scope); return T.none; };
  switch (t.k) {
    case 'list':
      if (f.name === 'append') return put((o) => (o.k === 'list' ? listOf(join(o.of, args[0] ?? T.any)) : o));
      if (f.name === 'extend') return put((o) => (o.k === 'list' ? listOf(join(o.of, elementOf(args[0] ?? T.any))) : o));
      if (f.name === 'insert') return put((o) => (o.k === 'list' ? listOf(join(o.of, args[1] ?? T.any)) : o));
      return f.name === 'pop' ? t.of : f.name === 'index' || f.name === 'count' ? T.int : f.name === 'copy' ? t : T.none;
    case 'tuple': return T.int;
    case 'dict':
      if (f.name === 'items' || f.name === 'iteritems') return { k: 'gen', of: tupleOf(t.key, t.value) };
      if (f.name === 'keys' || f.name === 'iterkeys') return { k: 'gen', of: t.key };
      if (f.name === 'values' || f.name === 'itervalues') return { k: 'gen', of: t.value };
      if (f.name === 'update') return put((o) => (args[0] ? join(o, args[0]) : o));
      if (f.name === 'setdefault') { put((o) => (o.k === 'dict' ? { ...o, value: join(o.value, args[1] ?? T.none) } : o)); return join(t.value, args[1] ?? T.none); }
      if (f.name === 'popitem') return tupleOf(t.key, t.value);
      if (f.name === 'most_common') return listOf(tupleOf(t.key, t.value));
      return f.name === 'get' ? join(t.value, args[1] ?? T.none) : f.name === 'pop' ? t.value : f.name === 'copy' ? t : T.any;
    case 'set': return f.name === 'add' ? put((o) => (o.k === 'set' ? { k: 'set', of: join(o.of, args[0] ?? T.any) } : o)) : f.name === 'pop' ? t.of : t;
    case 'str': return /^(split|rsplit|splitlines)$/.test(f.name) ? listOf(T.str) : /^(find|rfind|index|count)$/.test(f.name) ? T.int : /^(is\w+|startswith|endswith)$/.test(f.name) ? T.bool : f.name === 'encode' ? T.bytes : T.str;
    case 'ndarray': case 'host': return arrayMethod(t, f.name, e);
    case 'object':
      if (t.name === 'Session') return f.name === 'run' ? runOf(inf, e.args.find((a) => a.name === undefined || a.name === 'fetches')?.value, scope) : MEMBERS[f.name] ?? T.any;
      return MEMBERS[f.name] ?? T.any;
    case 'bottom': return T.bottom;
    case 'tensor': case 'variable':
      if (f.name === 'eval') return runResult(t);
      if (f.name === 'read_value' || f.name === 'initialized_value') return numeric('tensor', t.int, t.scalar);
      return MEMBERS[f.name] && f.name !== 'value' ? MEMBERS[f.name]! : f.name === 'value' ? numeric('tensor', t.int, t.scalar) : T.any;
    case 'symbol': case 'module': case 'instance': return T.any;
    default: return MEMBERS[f.name] && f.name !== 'value' ? MEMBERS[f.name]! : T.any;
  }
}
/** What a run gives: lists that are written out give tuples. */
function runOf(inf: Inference, fetch: Expr | undefined, scope: Scope): Type {
  if (fetch?.kind === 'list' && !fetch.items.some((x) => x.kind === 'star')) return { k: 'tuple', items: fetch.items.map((x) => runOf(inf, x, scope)) };
  return runResult(fetch && inf.typeOf(fetch, scope));
}
