// Arguments: TensorFlow's by position and in one options object, the program's own by position.
import { OLD_KEYWORDS, OLD_ORDERS } from '../aliases.ts';
import type { Arg, Expr, Param } from '../ast.ts';
import { nearest } from '../nearest.ts';
import { type ApiSymbol, camel, isRawOp } from '../symbols.ts';
import { CHOICES, SEEN_INTS, WITH_DTYPE } from '../tables.ts';
import { type DefInfo, elementOf, isSequence, type Type } from '../types.ts';
import { isRecord } from '../infer.ts';
import { record } from './record.ts';
import { type Emit, P, property } from './context.ts';

/** Arguments of a function of TensorFlow, as they stand between the parentheses. */
export function tfArgs(c: Emit, s: ApiSymbol | undefined, path: string, given: readonly Arg[], line: number): string {
  const args = inOrder(c, path, given, line);
  const positional: string[] = [];
  const named: [string, string][] = [];
  const rest: string[] = [];
  let dtypeGiven = false;
  const intAt: Expr[] = [];
  args.forEach((a, i) => {
    if (a.star === 1) { positional.push(`...${c.expr(a.value, P.assign)}`); return; }
    if (a.star === 2) { rest.push(`...${c.use('py')}.options(${c.expr(a.value, P.assign)})`); return; }
    const param = a.name ?? s?.params[i];
    if (param === 'dtype' || (path === 'cast' && i === 1)) dtypeGiven = true;
    const value = argument(c, path, param, a.value, intAt);
    if (a.name === undefined) positional.push(asMap(c, a.value, value));
    else named.push([camel(a.name), keywordDict(c, a.name, a.value) ?? value]);
  });
  if (s) check(c, s, path, args, line);
  if (intAt.length > 0 && WITH_DTYPE.has(path) && !dtypeGiven) named.push(['dtype', `${c.use('tf')}.int32`]);
  const options = [...rest, ...named.map(([k, v]) => (k === v ? k : `${property(k)}: ${v}`))];
  return [...positional, ...(options.length > 0 ? [`{ ${options.join(', ')} }`] : [])].join(', ');
}

/** `normalizer_params={'is_training': t}`: keywords of a function, which are camelCase in TypeScript; undefined for other arguments. */
export function keywordDict(c: Emit, param: string, e: Expr): string | undefined {
  if (!param.endsWith('_params') || (e.kind === 'const' && e.value === null)) return undefined;
  return e.kind === 'dict' && isRecord(e) ? record(c, e, camel).text : e.kind === 'dict' && e.entries.length === 0 ? '{}' : `${c.use('py')}.options(${c.expr(e, P.assign)})`;
}
/** Names of dtypes that TensorFlow takes as strings. */
const DTYPES: Readonly<Record<string, string>> = { float: 'float32', double: 'float64', int: 'int64', half: 'float16', ...Object.fromEntries(['float16', 'float32', 'float64', 'int8', 'int16', 'int32', 'int64', 'uint8', 'bool', 'string', 'complex64'].map((n) => [n, n])) };
/** Functions that call a function they are given with keywords. */
const KEYWORD_CALLERS = new Set(['make_template', 'contrib.layers.stack', 'contrib.layers.repeat', 'contrib.slim.stack', 'contrib.slim.repeat']);
/** A function of the program that takes its parameters by name too. */
export function keywordsOf(c: Emit, e: Expr): string {
  const t = c.typeOf(e);
  const f = c.expr(e, P.assign);
  return t.k === 'def' && (e.kind === 'name' || e.kind === 'lambda') ? `${c.use('py')}.keywords(${f}, [${t.def.node.params.filter((p) => !p.star && !t.def.dropped.has(p.name)).map((p) => `'${p.name}'`).join(', ')}])` : f;
}
/** A plain object by position would be taken for options: dicts are Maps there. */
function asMap(c: Emit, e: Expr, value: string): string {
  const t = c.typeOf(e);
  return t.k === 'dict' && t.record ? `new Map<string, any>(Object.entries(${value}))` : value;
}
/** One argument; integers that the graph sees become int32. */
function argument(c: Emit, path: string, param: string | undefined, e: Expr, intAt: Expr[]): string {
  const seen = param !== undefined && SEEN_INTS[path.replace(/^(math|linalg|manip)\./, '')]?.includes(param);
  if (seen && isInts(c, e)) {
    intAt.push(e);
    if (!WITH_DTYPE.has(path)) return `${c.use('py')}.int32(${c.expr(e, P.assign)})`;
  }
  // A float without a fraction is an int to JavaScript.
  if (path === 'range' && param !== 'name' && c.typeOf(e).k === 'float') return `${c.use('py')}.float32(${c.expr(e, P.assign)})`;
  const dtype = e.kind === 'str' && (/(^|_)dtype$|^DstT$/.test(param ?? '') || (path === 'cast' && param === undefined)) ? DTYPES[e.parts.join('')] : undefined;
  if (dtype !== undefined) return `${c.use('tf')}.${dtype}`;
  // An initializer's class, not called: an initializer with its defaults.
  const t = c.typeOf(e);
  if (t.k === 'symbol' && t.of === 'tf' && param?.endsWith('initializer') && /(_initializer|^(keras\.)?initializers\.\w+)$/.test(t.path)) return `${c.expr(e, P.call)}()`;
  if (CHOICES.has(param ?? '') && t.k === 'str' && e.kind !== 'str') return `${c.expr(e, P.compare)} as any`;
  if (KEYWORD_CALLERS.has(path) || param === 'partitioner') return keywordsOf(c, e);
  return c.expr(e, P.assign);
}
/** Whether Python would make an int32 tensor of a value. */
function isInts(c: Emit, e: Expr): boolean {
  const ints = (t: Type): boolean => t.k === 'int' || (isSequence(t) && ints(elementOf(t)));
  if ((e.kind === 'list' || e.kind === 'tuple') && e.items.length === 0) return false;
  return ints(c.typeOf(e));
}

/** Old argument orders and keywords become the new ones. */
function inOrder(c: Emit, path: string, args: readonly Arg[], line: number): readonly Arg[] {
  let out = args;
  const first = args[0];
  for (const o of OLD_ORDERS) {
    if (o.path !== path || !first || first.name !== undefined || first.star) continue;
    const list = (e: Expr): boolean => isSequence(c.typeOf(e));
    const old = o.when === 'positional' ? args.some((a) => a.name === undefined) : c.typeOf(first.value).k === 'int' && !list(first.value);
    if (!old) continue;
    c.report.add('renamed', line, o.note, 'the arguments are named in the output');
    out = args.map((a, i) => (a.name === undefined ? { name: o.params[i] ?? 'name', value: a.value } : a));
  }
  return out.map((a) => {
    const now = a.name === undefined || isRawOp(path) ? undefined : OLD_KEYWORDS[path]?.[a.name] ?? OLD_KEYWORDS['*']![a.name];
    return now === undefined ? a : { ...a, name: now };
  });
}

/** Keywords TensorFlow's function does not have: Python's TypeError. */
function check(c: Emit, s: ApiSymbol, path: string, args: readonly Arg[], line: number): void {
  if (s.varkw || s.varargs) return;
  const known = new Set([...s.params, ...EXTRA]);
  for (const a of args) {
    if (a.name === undefined || known.has(a.name)) continue;
    const near = nearest(a.name, s.params);
    c.report.add('mistake', line, `tf.${path}() got an unexpected keyword argument '${a.name}'`, near === undefined ? `its parameters are ${s.params.join(', ')}` : `did you mean ${near}?`);
  }
}
/** Deprecated keywords that decorators accept. */
const EXTRA = ['keep_dims', 'reduction_indices', 'dim', 'squeeze_dims', 'concat_dim', 'input', 'name', 'dimension', 'normalizer_params', 'axis', 'seq_dim', 'batch_dim', 'rate', 'keep_prob'];

// --- the program's own functions -------------------------------------------------------------------------------------------

/** Arguments of a function whose parameters are known: by position, `undefined` for those left out in between. */
export function ownArgs(c: Emit, def: DefInfo, args: readonly Arg[], method: boolean, line: number): string {
  const params = def.node.params.filter((p, i) => !(method && i === 0) && !def.dropped.has(p.name));
  const rest = params.find((p) => p.star === 1 && p.name !== '');
  const kw = params.find((p) => p.star === 2);
  const plain = params.filter((p) => !p.star);
  const order = def.node.params.filter((p, i) => !(method && i === 0) && !p.star);
  const slots = new Map<Param, string>();
  const extra: string[] = [];
  const keywords: string[] = [];
  let i = 0;
  for (const a of args) {
    if (a.star === 1) { if (plain.length > slots.size) return spreadCall(c, args, kw !== undefined && rest !== undefined); extra.push(`...${c.expr(a.value, P.assign)}`); continue; }
    if (a.star === 2) {
      if (!kw) return named(c, plain, args);
      if (!rest && plain.length > 0) return named(c, [...plain, { name: '**' }], args);
      if (!rest || !forwards(def)) keywords.push(`...${c.expr(a.value, P.assign)}`);
      continue;
    }
    const p = a.name === undefined ? order[i++] : order.find((x) => x.name === a.name);
    const value = c.expr(a.value, P.assign);
    if (p) { if (!def.dropped.has(p.name)) slots.set(p, value); continue; }
    if (a.name === undefined && rest) { extra.push(value); continue; }
    if (a.name !== undefined && kw) { keywords.push(`['${a.name}', ${value}]`); continue; }
    c.report.add('mistake', line, a.name === undefined ? `${def.name}() takes ${order.length} positional arguments but more were given` : `${def.name}() got an unexpected keyword argument '${a.name}'`);
    extra.push(value);
  }
  const out: string[] = [];
  const last = extra.length > 0 || keywords.length > 0 ? plain.length - 1 : plain.findLastIndex((p) => slots.has(p));
  plain.forEach((p, k) => { if (k <= last) out.push(slots.get(p) ?? 'undefined'); });
  out.push(...extra);
  if (keywords.length > 0) out.push(rest ? keywordArgs(c, keywords) : keywords.length === 1 && keywords[0]!.startsWith('...') ? keywords[0]!.slice(3) : `new Map<string, any>([${keywords.join(', ')}])`);
  return out.join(', ');
}

/** `f(*args, **kwargs)` handed on as it came: the options are the last of the args. */
/** `f(a, **options)` of a function without `**kwargs`: the dict's entries by the names of its parameters. */
function named(c: Emit, params: readonly Param[], args: readonly Arg[]): string {
  const positional = args.filter((a) => a.name === undefined && a.star !== 2).map((a) => `${a.star ? '...' : ''}${c.expr(a.value, P.assign)}`);
  const keywords = args.filter((a) => a.name !== undefined).map((a) => `${a.name!}: ${c.expr(a.value, P.assign)}`);
  const dicts = [...(keywords.length > 0 ? [`{ ${keywords.join(', ')} }`] : []), ...args.filter((a) => a.star === 2).map((a) => c.expr(a.value, P.assign))];
  return `...(${c.use('py')}.byName([${params.map((p) => `'${p.name}'`).join(', ')}], [${positional.join(', ')}], ${dicts.join(', ')}) as [${params.map(() => 'any').join(', ')}])`;
}
function spreadCall(c: Emit, args: readonly Arg[], keywords: boolean): string {
  const named = args.filter((a) => a.star === 2 || (keywords && a.name !== undefined)).map((a) => (a.star ? `...${c.expr(a.value, P.assign)}` : `['${a.name!}', ${c.expr(a.value, P.assign)}]`));
  const positional = args.flatMap((a) => (a.star === 2 || (keywords && a.name !== undefined) ? [] : [a.star === 1 ? `...${c.expr(a.value, P.assign)}` : c.expr(a.value, P.assign)]));
  return [...positional, ...(keywords && named.length > 0 ? [keywordArgs(c, named)] : [])].join(', ');
}
/** Keywords for a function that has `*args` and `**kwargs`: marked, as they are the last of the rest parameters. */
function keywordArgs(c: Emit, pairs: readonly string[]): string { return `new ${c.use('py')}.Keywords(${pairs.length === 1 && pairs[0]!.startsWith('...') ? pairs[0]!.slice(3) : `[${pairs.join(', ')}]`})`; }

/** Whether a function's `**kwargs` are only handed on beside its `*args`. */
export function forwards(def: DefInfo): boolean {
  const [rest, kw] = [def.node.params.find((p) => p.star === 1 && p.name !== ''), def.node.params.find((p) => p.star === 2)];
  if (!rest || !kw) return false;
  const v = def.scope.vars.get(kw.name)!;
  return v.reads === forwarded(def, rest.name, kw.name);
}
function forwarded(def: DefInfo, rest: string, kw: string): number {
  const text = JSON.stringify(def.node.kind === 'def' ? def.node.body : def.node.body);
  const pattern = new RegExp(`\\{"star":1,"value":\\{"kind":"name","line":\\d+,"id":"${rest}"\\}\\},\\{"star":2,"value":\\{"kind":"name","line":\\d+,"id":"${kw}"\\}\\}`, 'g');
  return text.match(pattern)?.length ?? 0;
}

/** Arguments of a function nothing is known of: keywords go into an options object under their own names. */
export function unknownArgs(c: Emit, args: readonly Arg[], rename: (k: string) => string = (k) => k, special: (c: Emit, k: string, e: Expr) => string | undefined = () => undefined): string {
  const positional = args.filter((a) => a.name === undefined && a.star !== 2).map((a) => `${a.star === 1 ? '...' : ''}${c.expr(a.value, P.assign)}`);
  const named = args.filter((a) => a.name !== undefined).map((a) => { const [k, v] = [rename(a.name!), special(c, a.name!, a.value) ?? c.expr(a.value, P.assign)]; return k === v ? k : `${property(k)}: ${v}`; });
  const rest = args.filter((a) => a.star === 2);
  const hasRest = args.some((a) => a.star === 1);
  const spreads = hasRest && rest.length > 0 && named.length === 0 ? [] : rest.map((a) => `...${c.use('py')}.options(${c.expr(a.value, P.assign)})`);
  const options = [...spreads, ...named];
  return [...positional, ...(options.length > 0 ? [`{ ${options.join(', ')} }`] : [])].join(', ');
}
