// Methods of Python's strings, lists, dicts and sets, by the type of their object. One row a method.
import type { ExprOf } from '../ast.ts';
import { memberKind } from '../symbols.ts';
import type { Type } from '../types.ts';
import { keyText, userMember } from './access.ts';
import { type Emit, P, py, text, type Text } from './context.ts';

type Row = (o: string, a: readonly string[], c: Emit) => string;
const same = (name: string): Row => (o, a) => `${o}.${name}(${a.join(', ')})`;
const runtime = (name: string): Row => (o, a, c) => py(c, name, o, ...a).text;

const LIST: Readonly<Record<string, Row>> = {
  append: (o, a) => `${o}.push(${a[0]})`, extend: (o, a) => `${o}.push(...${a[0]})`, insert: (o, a) => `${o}.splice(${a[0]}, 0, ${a[1]})`, pop: (o, a) => (a.length === 0 ? `${o}.pop()!` : a[0] === '0' ? `${o}.shift()!` : `${o}.splice(${a[0]}, 1)[0]!`),
  reverse: same('reverse'), copy: (o) => `[...${o}]`, clear: (o) => `${o}.splice(0)`, sort: runtime('sort'), index: runtime('indexOf'), count: runtime('count'), remove: runtime('remove'),
};
const DICT: Readonly<Record<string, Row>> = {
  items: (o) => `[...${o}]`, iteritems: (o) => `[...${o}]`, keys: (o) => `[...${o}.keys()]`, iterkeys: (o) => `[...${o}.keys()]`, values: (o) => `[...${o}.values()]`, itervalues: (o) => `[...${o}.values()]`,
  get: (o, a) => (a.length === 1 ? `(${o}.get(${a[0]}) ?? null)` : `(${o}.get(${a[0]}) ?? ${a[1]})`), has_key: (o, a) => `${o}.has(${a[0]})`, update: runtime('update'), pop: runtime('popItem'), popitem: runtime('popLast'), setdefault: runtime('setDefault'), copy: (o) => `new Map(${o})`, clear: same('clear'),
};
/** Dicts that are objects. */
const RECORD: Readonly<Record<string, Row>> = {
  items: (o) => `Object.entries(${o})`, iteritems: (o) => `Object.entries(${o})`, keys: (o) => `Object.keys(${o})`, iterkeys: (o) => `Object.keys(${o})`, values: (o) => `Object.values(${o})`, itervalues: (o) => `Object.values(${o})`,
  get: runtime('getItem'), has_key: runtime('hasKey'), update: runtime('update'), pop: runtime('popItem'), setdefault: runtime('setDefault'), copy: (o) => `({ ...${o} })`,
};
const SET: Readonly<Record<string, Row>> = {
  add: same('add'), remove: (o, a) => `${o}.delete(${a[0]})`, discard: (o, a) => `${o}.delete(${a[0]})`, update: runtime('update'), union: runtime('union'), intersection: runtime('intersection'), difference: runtime('difference'), copy: (o) => `new Set(${o})`, clear: same('clear'),
};
const STRING: Readonly<Record<string, Row>> = {
  join: (o, a) => `[...${a[0]}].join(${o})`, startswith: (o, a, c) => (a.length === 1 && a[0]!.startsWith('\'') ? `${o}.startsWith(${a[0]})` : py(c, 'startsWith', o, ...a).text), endswith: (o, a, c) => (a.length === 1 && a[0]!.startsWith('\'') ? `${o}.endsWith(${a[0]})` : py(c, 'endsWith', o, ...a).text),
  upper: (o) => `${o}.toUpperCase()`, lower: (o) => `${o}.toLowerCase()`, strip: (o, a, c) => (a.length === 0 ? `${o}.trim()` : py(c, 'strip', o, ...a).text), lstrip: (o, a, c) => (a.length === 0 ? `${o}.trimStart()` : py(c, 'lstrip', o, ...a).text), rstrip: (o, a, c) => (a.length === 0 ? `${o}.trimEnd()` : py(c, 'rstrip', o, ...a).text),
  split: (o, a, c) => (a.length === 1 ? `${o}.split(${a[0]})` : py(c, 'split', o, ...a).text), replace: (o, a, c) => (a.length === 2 ? `${o}.replaceAll(${a.join(', ')})` : py(c, 'replace', o, ...a).text), find: (o, a) => `${o}.indexOf(${a.join(', ')})`, rfind: (o, a) => `${o}.lastIndexOf(${a.join(', ')})`, index: runtime('indexOf'), count: runtime('count'),
  format: runtime('strFormat'), encode: runtime('encode'), decode: (o) => o, splitlines: runtime('splitLines'), isdigit: runtime('isDigit'), isalpha: runtime('isAlpha'), title: runtime('title'), capitalize: runtime('capitalize'), zfill: (o, a) => `${o}.padStart(${a[0]}, '0')`, swapcase: runtime('swapCase'), center: runtime('center'), isalnum: runtime('isAlnum'), isspace: runtime('isSpace'), isupper: runtime('isUpper'), islower: runtime('isLower'), partition: runtime('partition'), rpartition: runtime('rpartition'), rsplit: runtime('rsplit'), ljust: (o, a) => `${o}.padEnd(${a.join(', ')})`, rjust: (o, a) => `${o}.padStart(${a.join(', ')})`,
};
/** Methods of dicts and sets whose first argument is a key. */
const KEYED = new Set(['get', 'pop', 'setdefault', 'has_key', 'add', 'remove', 'discard']);
const NDARRAY = new Set(['reshape', 'astype', 'sum', 'mean', 'std', 'var', 'max', 'min', 'argmax', 'argmin', 'argsort', 'transpose', 'flatten', 'ravel', 'tolist', 'copy', 'dot', 'prod', 'all', 'any', 'squeeze', 'cumsum', 'clip', 'round', 'item', 'fill', 'repeat', 'tobytes', 'sort', 'nonzero']);
/** Names that only lists, dicts or strings have, for objects of unknown type. */
const TELLING: Readonly<Record<string, Row>> = {
  append: LIST['append']!, extend: LIST['extend']!, iteritems: runtime('items'), items: runtime('items'), keys: runtime('keys'), has_key: runtime('hasKey'), startswith: STRING['startswith']!, endswith: STRING['endswith']!, lower: STRING['lower']!, upper: STRING['upper']!,
  strip: STRING['strip']!, join: STRING['join']!, splitlines: STRING['splitlines']!, rstrip: STRING['rstrip']!, lstrip: STRING['lstrip']!, encode: STRING['encode']!, isdigit: STRING['isdigit']!, setdefault: DICT['setdefault']!,
};
/** Names that several of Python's types have: decided when it runs. */
const SHARED = new Set(['get', 'pop', 'update', 'values', 'insert', 'index', 'count', 'remove', 'sort', 'reverse', 'split', 'replace', 'format', 'find', 'add', 'copy', 'decode']);

/** A method of a value of Python's own; undefined for anything else. */
export function methodCall(c: Emit, e: ExprOf<'call'>, f: ExprOf<'attr'>): Text | undefined {
  const t = c.typeOf(f.value);
  const row = f.name === 'join' && e.args.length === 0 ? undefined : rowOf(c, t, f.name);
  const args = (): string[] => {
    const named = e.args.filter((a) => a.name !== undefined).map((a) => `${a.name}: ${c.expr(a.value, P.assign)}`);
    return [...e.args.filter((a) => a.name === undefined).map((a) => `${a.star === 1 ? '...' : ''}${c.expr(a.value, P.assign)}`), ...(named.length > 0 ? [`{ ${named.join(', ')} }`] : [])];
  };
  if (row) {
    const given = args();
    if ((t.k === 'dict' || t.k === 'set') && KEYED.has(f.name) && e.args[0]) given[0] = keyText(c, e.args[0].value);
    return text(row(c.expr(f.value, P.call), given, c), P.call);
  }
  if ((t.k === 'ndarray' || t.k === 'host' || (t.k === 'any' && !userMember(c, f.name) && memberKind(f.name) === undefined)) && NDARRAY.has(f.name)) return text(`${c.use('np')}.${f.name === 'tolist' ? 'toList' : f.name}(${[c.expr(f.value, P.assign), ...args()].join(', ')})`, P.call);
  if (f.name === 'send' && e.args.length === 1 && (t.k === 'any' || t.k === 'gen') && !userMember(c, 'send')) return py(c, 'send', c.expr(f.value, P.assign), ...args());
  if (f.name === 'next' && e.args.length === 0 && (t.k === 'any' || t.k === 'gen') && !userMember(c, 'next')) return py(c, 'next', c.expr(f.value, P.assign));
  if (t.k === 'any' && SHARED.has(f.name) && !userMember(c, f.name)) return py(c, 'method', c.expr(f.value, P.assign), `'${f.name}'`, ...args());
  return undefined;
}

function rowOf(c: Emit, t: Type, name: string): Row | undefined {
  switch (t.k) {
    case 'list': case 'tuple': case 'gen': return LIST[name];
    case 'dict': return t.record ? RECORD[name] : DICT[name];
    case 'set': return SET[name];
    case 'str': return STRING[name];
    case 'bytes': return name === 'decode' ? runtime('decode') : undefined;
    case 'any': case 'bottom': case 'none': return userMember(c, name) ? undefined : TELLING[name];
    default: return undefined;
  }
}
