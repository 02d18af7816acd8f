// Names, members and subscripts.
import type { Expr, ExprOf } from '../ast.ts';
import { isProperty } from '../infer_call.ts';
import { findSymbol, isNamespace, memberKind, tsPath, camel } from '../symbols.ts';
import { RENAMED_MEMBERS } from '../tables.ts';
import { type ClassInfo, isSequence, isTensor, isTuple, type Type } from '../types.ts';
import { type Emit, identifier, P, py, text, type Text } from './context.ts';
import { libraryValue } from './library.ts';
import { tfSymbol } from './symbol.ts';

export function name(c: Emit, e: ExprOf<'name'>): Text {
  if (e.id === c.frame.self) return text('this');
  const v = c.scope.find(e.id);
  if (!v) return builtinValue(c, e);
  const t = v.type;
  if (t.k === 'symbol' && v.writes === 1 && !v.param && (v.scope.kind === 'module' || c.inf.importedVars.has(v))) {
    if (t.of === 'tf') return tfSymbol(c, t.path, e.line);
    if (t.of === 'np') return text(t.path === '' ? c.use('np') : `${c.use('np')}.${tsPath(t.path)}`, P.call);
    return libraryValue(c, t.path, e.line);
  }
  return text(c.name(e.id));
}

/** Built-in names used as values. */
function builtinValue(c: Emit, e: ExprOf<'name'>): Text {
  if (/^(int|float|str|bool|list|tuple|dict|set|len|abs|max|min|sum|sorted|repr|type|print|range|zip|enumerate|isinstance|bytes|ord|chr|round|callable|any|all|map|filter|reversed|id|hash)$/.test(e.id)) return text(`${c.use('py')}.${identifier(e.id)}`, P.call);
  const renamed: Readonly<Record<string, string>> = { long: 'int', basestring: 'str', unicode: 'str', reduce: 'reduce', xrange: 'range', unichr: 'chr' };
  if (renamed[e.id]) return text(`${c.use('py')}.${renamed[e.id]}`, P.call);
  if (e.id === 'object') return text('Object');
  if (/^(Exception|BaseException|StandardError)$/.test(e.id)) return text('Error');
  if (/^(ValueError|TypeError|KeyError|LookupError|RuntimeError|AttributeError|AssertionError|NotImplementedError)$/.test(e.id)) return text(`${c.use('tf')}.errors.${e.id}`, P.call);
  if (/^(IndexError|StopIteration|IOError|OSError|KeyboardInterrupt|ImportError|NameError|ZeroDivisionError|EOFError|FileNotFoundError|SystemExit)$/.test(e.id)) return text(`${c.use('py')}.${e.id}`, P.call);
  if (e.id === '__name__') return text(`${c.use('py')}.moduleName(import.meta.url)`, P.call);
  if (e.id === '__file__') return text(`${c.use('py')}.moduleFile(import.meta.url)`, P.call);
  if (e.id === 'FLAGS') return text(c.name(e.id));
  c.report.add('mistake', e.line, `name '${e.id}' is not defined`, 'Python raises NameError when it gets here');
  return py(c, 'undefinedName', `'${e.id}'`);
}

export function attribute(c: Emit, e: ExprOf<'attr'>): Text {
  const t = c.typeOf(e.value);
  if (t.k === 'symbol') {
    const path = t.path === '' ? e.name : `${t.path}.${e.name}`;
    const bare = isModuleName(c, e.value);
    if (t.of === 'tf' && !bare) tfSymbol(c, path, e.line); // for the report
    if (t.of === 'tf') return bare ? tfSymbol(c, path, e.line) : isNamespace(t.path) || findSymbol(path) ? text(`${c.expr(e.value, P.call)}.${camel(e.name)}`, P.call) : text(`${c.expr(e.value, P.call)}.${e.name}`, P.call);
    if (t.of === 'np') return text(`${bare ? c.use('np') : c.expr(e.value, P.call)}.${bare ? tsPath(path) : camel(e.name)}`, P.call);
    return libraryValue(c, path, e.line);
  }
  if (t.k === 'module') return text(`${c.expr(e.value, P.call)}.${identifier(e.name)}`, P.call);
  return member(c, e, t);
}
/** Whether an expression is a chain of names that starts at an imported module or a dropped parameter. */
function isModuleName(c: Emit, e: Expr): boolean {
  if (e.kind === 'attr') return isModuleName(c, e.value);
  if (e.kind !== 'name') return false;
  const v = c.scope.find(e.id);
  return v !== undefined && v.type.k === 'symbol' && v.writes === 1 && (v.scope.kind === 'module' || v.param || v.type.path === '');
}

function member(c: Emit, e: ExprOf<'attr'>, t: Type): Text {
  const owner = c.expr(e.value, P.call);
  const plain = text(`${owner}.${e.name}`, P.call);
  // A method of a list, dict, set or string as a value.
  if (['dict', 'list', 'set', 'str'].includes(t.k) && !isCalled(c, e)) return text(`(...a: any[]) => ${c.use('py')}.method(${c.expr(e.value, P.assign)}, '${e.name}', ...a)`, P.assign);
  if (e.name === '__class__') return text(`${owner}.constructor`, P.call);
  if (e.name === '__name__') return text(`${owner}.name`, P.call);
  if (t.k === 'instance' || t.k === 'class') {
    const cls = t.cls;
    if (t.k === 'instance' && ofClass(cls, e.name) && !cls.own.has(e.name)) return text(`${c.name(cls.name)}.${e.name}`, P.call);
    const m = cls.methods.get(e.name);
    // A method as a value keeps its object, as in Python.
    return m && !isProperty(m) && t.k === 'instance' ? text(`${owner}.${e.name}.bind(${owner})`, P.call) : plain;
  }
  if (t.k === 'ndarray' || t.k === 'host') return e.name === 'T' ? text(`${c.use('np')}.transpose(${owner})`, P.call) : e.name === 'shape' ? text(`${c.use('np')}.shape(${owner})`, P.call) : plain;
  // Members of only some of what may be there: IndexedSlices among gradients, a variable in parts.
  if ((UNTOLD.has(e.name) || (e.name === 'values' && !isCalled(c, e))) && (t.k === 'any' || isTensor(t))) return text(`(${c.expr(e.value, P.assign)} as any).${camel(e.name)}`, P.call);
  const renamed = RENAMED_MEMBERS[e.name];
  if (renamed) return text(`${owner}.${renamed.name}`, P.call);
  if (e.name === 'args' && t.k === 'any') return text(`[${owner}.message]`);
  if (t.k === 'tuple' && t.names?.includes(camel(e.name))) return text(`${owner}.${camel(e.name)}`, P.call);
  const kind = memberKind(e.name);
  if (kind && (t.k === 'any' || isTensor(t) || ['op', 'shape', 'dim', 'dtype', 'object', 'bottom', 'none'].includes(t.k))) {
    if (t.k === 'any' && userMember(c, e.name)) return plain;
    // A method of TensorFlow as a value.
    if (kind === 'call' && !isCalled(c, e)) return text(`${owner}.${camel(e.name)}.bind(${owner})`, P.call);
    return text(`${owner}.${camel(e.name)}`, P.call);
  }
  return plain;
}
/** Whether a name is assigned in the body of a class, or of one it extends. */
function ofClass(cls: ClassInfo, member: string): boolean {
  if (cls.methods.has(member)) return false;
  return cls.node.body.some((s) => s.kind === 'assign' && s.targets.some((x) => x.kind === 'name' && x.id === member)) || (cls.base.k === 'class' && ofClass(cls.base.cls, member));
}
const UNTOLD = new Set(['indices', 'dense_shape']);
const isCalled = (c: Emit, e: Expr): boolean => called.get(c.report)?.has(e) ?? false;
const called = new WeakMap<object, Set<Expr>>();
/** Marks an expression as the function of a call. */
export function asCalled(c: Emit, e: Expr): void {
  const set = called.get(c.report) ?? new Set();
  called.set(c.report, set.add(e));
}
/** Whether a class of the program has a member of this name. */
export function userMember(c: Emit, member: string): boolean {
  return [...c.inf.bindings.classes.values()].some((k) => k.methods.has(member) || k.attrs.has(member));
}

// --- subscripts ---------------------------------------------------------------------------------------------------------

export function index(c: Emit, e: ExprOf<'index'>): Text {
  const t = c.typeOf(e.value);
  const of = (min: number): string => c.expr(e.value, min);
  const one = onlyItem(e, t);
  if (isTensor(t)) return text(`${of(P.call)}.at(${e.items.map((i) => tensorIndex(c, i)).join(', ')})`, P.call);
  if (one && one.kind !== 'slice' && ((t.k === 'dict' && c.catches('KeyError')) || ((isSequence(t) || t.k === 'str') && c.catches('IndexError')))) return py(c, 'item', of(P.assign), t.k === 'dict' ? keyText(c, one) : arrayIndex(c, one));
  if (one && t.k === 'dict' && t.record) return text(recordKey(of(P.call), one, c), P.call);
  if (one && t.k === 'dict') return text(`${of(P.call)}.get(${keyText(c, one)})!`, P.call);
  if (one && t.k === 'tuple' && t.names) {
    const field = one.kind === 'num' ? t.names[Number(one.text)] : undefined;
    return field === undefined ? py(c, 'item', of(P.assign), arrayIndex(c, one)) : text(`${of(P.call)}.${field}`, P.call);
  }
  if (one && (t.k === 'list' || t.k === 'tuple' || t.k === 'str')) {
    if (one.kind === 'slice') return sequenceSlice(c, e.value, one);
    const i = c.typeOf(one);
    if (i.k === 'int') return negative(one) ? text(`${of(P.call)}.at(${c.expr(one, P.assign)})!`, P.call) : text(`${of(P.call)}[${c.expr(one, P.assign)}]!`, P.call);
  }
  if (one && t.k === 'shape' && one.kind !== 'slice') return text(`${of(P.call)}.at(${c.expr(one, P.assign)})`, P.call);
  return py(c, 'item', of(P.assign), ...e.items.map((i) => arrayIndex(c, i)));
}
/** The one index between brackets; `d[a, b]` of a dict is `d[(a, b)]`. */
export function onlyItem(e: ExprOf<'index'>, t: Type): Expr | null {
  return e.items.length === 1 ? e.items[0]! : t.k === 'dict' ? { kind: 'tuple', line: e.line, items: e.items } : null;
}
/** A key of a dict, an element of a set: equal tuples are one key in Python. */
export function keyText(c: Emit, e: Expr): string { const k = c.expr(e, P.assign); return isTuple(c.typeOf(e)) ? py(c, 'key', k).text : k; }
/** `d.key`, `d[key]`. */
function recordKey(owner: string, key: Expr, c: Emit): string {
  const name = key.kind === 'str' && key.parts.length === 1 && typeof key.parts[0] === 'string' ? key.parts[0] : null;
  return name !== null && /^[A-Za-z_]\w*$/.test(name) ? `${owner}.${name}` : `${owner}[${c.expr(key, P.assign)}]`;
}
/** An index that may count from the end. */
const negative = (i: Expr): boolean => (i.kind === 'unary' && i.op === '-') || (i.kind === 'binary' && i.op === '-');

const bound = (c: Emit, e: Expr | null): string => (e ? c.expr(e, P.assign) : 'null');
function tensorIndex(c: Emit, i: Expr): string {
  if (i.kind === 'slice') {
    if (!i.begin && !i.end && !i.step) return 'null';
    return `[${bound(c, i.begin)}, ${bound(c, i.end)}${i.step ? `, ${bound(c, i.step)}` : ''}]`;
  }
  if (i.kind === 'ellipsis') return `${c.use('tf')}.ellipsis`;
  if (i.kind === 'const' && i.value === null) return `${c.use('tf')}.newaxis`;
  return c.expr(i, P.assign);
}
function arrayIndex(c: Emit, i: Expr): string {
  if (i.kind === 'slice') return `${c.use('py')}.slice(${[i.begin, i.end, ...(i.step ? [i.step] : [])].map((x) => bound(c, x)).join(', ')})`;
  if (i.kind === 'ellipsis') return `${c.use('py')}.ellipsis`;
  return c.expr(i, P.assign);
}

function sequenceSlice(c: Emit, value: Expr, s: ExprOf<'slice'>): Text {
  const v = c.expr(value, P.call);
  if (s.step) {
    const all = !s.begin && !s.end && s.step.kind === 'unary' && s.step.operand.kind === 'num' && s.step.operand.text === '1';
    if (all && c.typeOf(value).k !== 'str') return text(`[...${v}].reverse()`, P.call);
    return py(c, 'item', c.expr(value, P.assign), arrayIndex(c, s));
  }
  const end = s.end ? `, ${c.expr(s.end, P.assign)}` : '';
  return text(`${v}.slice(${s.begin ? c.expr(s.begin, P.assign) : s.end ? '0' : ''}${end})`, P.call);
}

/** `x[i] = value`. */
export function setItem(c: Emit, target: ExprOf<'index'>, value: string): string {
  const t = c.typeOf(target.value);
  const one = onlyItem(target, t);
  if (one && t.k === 'dict' && t.record) return `${recordKey(c.expr(target.value, P.call), one, c)} = ${value}`;
  if (one && t.k === 'dict') return `${c.expr(target.value, P.call)}.set(${keyText(c, one)}, ${value})`;
  if (one && t.k === 'list' && one.kind !== 'slice' && c.typeOf(one).k === 'int' && !negative(one)) return `${c.expr(target.value, P.call)}[${c.expr(one, P.assign)}] = ${value}`;
  return `${c.use('py')}.setItem(${c.expr(target.value, P.assign)}, ${value}, ${target.items.map((i) => arrayIndex(c, i)).join(', ')})`;
}
