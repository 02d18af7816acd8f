// Types of names and expressions: a few rounds over the module, joining what is assigned, passed and returned.
import { type Block, blocks, type DefStmt, type Expr, type ExprOf, type Module, type Stmt } from './ast.ts';
import { callType, memberType } from './infer_call.ts';
import type { Bindings, Scope, Var } from './scope.ts';
import { type ClassInfo, type DefInfo, elementOf, elementsOf, frozenOf, isInts, isNumber, isScalar, isSequence, isTensor, isTuple, join, joinAll, listOf, numeric, sameType, T, tupleOf, type Type } from './types.ts';

const ROUNDS = 3;

export class Inference {
  readonly bindings: Bindings;
  readonly python2: boolean;
  /** Modules of the program that this one imports, where their text is known. */
  readonly modules = new Map<string, Inference>();
  /** Variables that imports bind. */
  readonly importedVars = new Set<Var>();
  #changed = false;
  #memo = new Map<Expr, Type>();
  constructor(bindings: Bindings, python2: boolean) {
    this.bindings = bindings;
    this.python2 = python2;
  }

  /** What is not known yet of the program's own objects: nothing, as long as the first rounds go on. */
  unknown: Type = T.bottom;

  run(m: Module): void {
    this.#learn(m);
    this.unknown = T.any;
    // Parameters that nothing in the module calls with anything may be anything, and so may be what follows from them.
    if (this.#open((v) => v.param)) this.#learn(m);
    if (this.#open(() => true)) this.#memo = new Map();
  }
  /** A few rounds over the module, or as many as tell something new. */
  #learn(m: Module): void {
    for (let i = 0; i < ROUNDS; i++) {
      this.#memo = new Map();
      this.#changed = false;
      this.#block(m.body, this.bindings.module, null);
      if (!this.#changed) return;
    }
    this.#memo = new Map();
  }
  #open(which: (v: Var) => boolean): boolean {
    let any = false;
    for (const s of [this.bindings.module, ...[...this.bindings.defs.values()].map((d) => d.scope)]) for (const v of s.vars.values()) if (v.type.k === 'bottom' && which(v)) { v.type = T.any; any = true; }
    return any;
  }

  /** The type of an expression in a scope. */
  typeOf(e: Expr, scope: Scope): Type {
    const known = this.#memo.get(e);
    if (known) return known;
    const t = this.#typeOf(e, scope);
    this.#memo.set(e, t);
    return t;
  }

  #typeOf(e: Expr, scope: Scope): Type {
    const of = (x: Expr): Type => this.typeOf(x, scope);
    switch (e.kind) {
      case 'num': return e.int ? T.int : T.float;
      case 'str': return e.bytes ? T.bytes : T.str;
      case 'const': return e.value === null ? T.none : T.bool;
      case 'ellipsis': case 'slice': case 'unknown': case 'yield': return T.any;
      case 'name': return scope.find(e.id)?.type ?? T.any;
      case 'list': {
        const items = e.items.map((x) => (x.kind === 'star' ? elementOf(of(x.value)) : of(x)));
        const all = elementsOf(items);
        return listOf(all.k !== 'none' && items.some((t) => t.k === 'none') ? T.any : all); // [None, 784]
      }
      case 'tuple': return e.items.some((x) => x.kind === 'star') ? frozenOf(T.any) : tupleOf(...e.items.map(of));
      case 'set': return { k: 'set', of: joinAll(e.items.map(of)) };
      case 'dict': return { k: 'dict', key: joinAll(e.entries.map((p) => (p.key ? of(p.key) : keyOf(of(p.value))))), value: elementsOf(e.entries.map((p) => (p.key ? of(p.value) : valueOf(of(p.value))))), ...(isRecord(e) ? { record: true as const } : {}) };
      case 'unary': { const t = of(e.operand); return t.k === 'bool' ? T.int : t.k === 'variable' ? numeric('tensor', t.int, t.scalar) : t; }
      case 'not': return T.bool;
      case 'logic': return join(of(e.left), of(e.right));
      case 'cond': of(e.test); return join(of(e.yes), of(e.orelse));
      case 'compare': {
        const all = [e.first, ...e.rest.map(([, x]) => x)].map(of);
        const tensorial = e.rest.every(([op]) => /^[<>]=?$/.test(op)) && all.some(isTensor);
        return tensorial ? numeric('tensor', true, all.every(isScalar)) : all.some((t) => t.k === 'ndarray' || t.k === 'host') && e.rest.every(([op]) => /^([<>]=?|[=!]=)$/.test(op)) ? numeric('ndarray', true) : T.bool;
      }
      case 'binary': return this.#binary(e.op, of(e.left), of(e.right));
      case 'call': return callType(this, e, scope);
      case 'attr': return memberType(this, e, scope);
      case 'index': return this.#index(e, scope);
      case 'lambda': { const def = this.bindings.defs.get(e)!; this.#params(def); def.returns = join(def.returns, this.typeOf(e.body, def.scope)); return { k: 'def', def }; }
      case 'comp': return this.#comprehension(e, scope);
      case 'star': return of(e.value);
      case 'walrus': { const t = of(e.value); this.#assignName(e.name, t, scope); return t; }
    }
  }

  #binary(op: string, a: Type, b: Type): Type {
    if (op === '%' && (a.k === 'str' || a.k === 'bytes')) return a;
    if (isTensor(a) || isTensor(b)) return numeric('tensor', isInts(a) && isInts(b) && op !== '/', isScalar(a) && isScalar(b));
    if (a.k === 'bottom' || b.k === 'bottom') return a.k === 'bottom' ? b : a;
    const ints = isInts(a) && isInts(b) && op !== '/';
    if (a.k === 'ndarray' || b.k === 'ndarray') return numeric('ndarray', ints);
    if (a.k === 'host' || b.k === 'host') return numeric('host', ints);
    if (a.k === 'dim' || b.k === 'dim') return T.dim;
    if (isNumber(a) && isNumber(b)) {
      if (op === '/' && !(this.python2 && a.k !== 'float' && b.k !== 'float')) return T.float;
      if (a.k === 'float' && b.k === 'float' && a.single && b.single) return a;
      return a.k === 'float' || b.k === 'float' ? T.float : T.int;
    }
    if (a.k === 'str' && (op === '+' || op === '*')) return T.str;
    if (b.k === 'str' && op === '*') return T.str;
    if (isSequence(a) && isSequence(b) && op === '+') return a.k === 'tuple' && b.k === 'tuple' ? tupleOf(...a.items, ...b.items) : joinAll([a, b].map((t) => (isTuple(t) ? frozenOf : listOf)(elementOf(t))));
    if (op === '*' && (isSequence(a) || isSequence(b))) { const s = isSequence(a) ? a : b; return (isTuple(s) ? frozenOf : listOf)(elementOf(s)); }
    return T.any;
  }

  #index(e: ExprOf<'index'>, scope: Scope): Type {
    const t = this.typeOf(e.value, scope);
    const i = e.items[0]!;
    for (const x of e.items) this.typeOf(x, scope);
    if (isTensor(t)) return numeric('tensor', isInts(t));
    if (t.k === 'ndarray' || t.k === 'host') return numeric('host', t.int);
    if (t.k === 'dict') return t.value;
    if (t.k === 'str') return T.str;
    if (t.k === 'shape') return i.kind === 'slice' ? T.shape : T.dim;
    if (i.kind === 'slice') return t.k === 'tuple' ? frozenOf(elementOf(t)) : t;
    if (t.k === 'tuple' && i.kind === 'num') return t.items[Number(i.text)] ?? T.any;
    return elementOf(t);
  }

  #comprehension(e: ExprOf<'comp'>, scope: Scope): Type {
    const inner = this.bindings.scopes.get(e)!;
    e.clauses.forEach((c, i) => this.assign(c.target, elementOf(this.typeOf(c.iter, i === 0 ? scope : inner)), inner));
    for (const c of e.clauses) for (const t of c.tests) this.typeOf(t, inner);
    const value = this.typeOf(e.value, inner);
    return e.of === 'dict' ? { k: 'dict', key: this.typeOf(e.key!, inner), value } : e.of === 'list' ? listOf(value) : { k: e.of, of: value };
  }

  // --- statements ------------------------------------------------------------------------------------------------------

  #block(body: Block, scope: Scope, def: DefInfo | null): void { for (const s of body) this.#statement(s, scope, def); }

  #statement(s: Stmt, scope: Scope, def: DefInfo | null): void {
    const of = (x: Expr): Type => this.typeOf(x, scope);
    switch (s.kind) {
      case 'expr': of(s.value); break;
      case 'assign': { const t = of(s.value); for (const target of s.targets) this.assign(target, t, scope); break; }
      case 'aug': this.assign(s.target, this.#binary(s.op, of(s.target), of(s.value)), scope); break;
      case 'for': this.assign(s.target, elementOf(of(s.iter)), scope); break;
      case 'with': for (const i of s.items) { const t = of(i.value); if (i.target) this.assign(i.target, t.k === 'object' && t.name === 'NameScope' ? T.str : t, scope); } break;
      case 'return': if (def) this.learn(def.returns, join(def.returns, s.value ? of(s.value) : T.none), (t) => { def.returns = t; }); break;
      case 'if': s.tests.forEach((t) => of(t.test)); break;
      case 'while': of(s.test); break;
      case 'assert': of(s.test); if (s.message) of(s.message); break;
      case 'raise': if (s.value) of(s.value); break;
      case 'import': for (const n of s.names) this.#assignName(n.as ?? n.module.split('.')[0]!, moduleType(n.as === null ? n.module.split('.')[0]! : n.module), scope, true); break;
      case 'from': for (const n of s.names) this.#assignName(n.as ?? n.name, this.imported(s.module, n.name), scope, true); break;
      case 'def': {
        const inner = this.bindings.defs.get(s)!;
        if (scope.kind !== 'class') this.#assignName(s.name, s.decorators.length === 0 || s.decorators.every(transparent) ? { k: 'def', def: inner } : T.any, scope);
        this.#params(inner);
        this.#block(s.body, inner.scope, inner);
        if (inner.generator) inner.returns = { k: 'gen', of: T.any };
        else if (inner.returns.k === 'bottom') inner.returns = T.none;
        break;
      }
      case 'class': {
        const cls = this.bindings.classes.get(s)!;
        this.#assignName(s.name, { k: 'class', cls }, scope);
        if (s.bases[0]) cls.base = of(s.bases[0].value);
        for (const m of s.body) {
          const self = m.kind === 'def' ? m.params[0] : undefined;
          if (m.kind !== 'def' || !self || hasDecorator(m, 'staticmethod')) continue;
          this.bindings.scopes.get(m)!.vars.get(self.name)!.type = hasDecorator(m, 'classmethod') ? { k: 'class', cls } : { k: 'instance', cls };
        }
        this.#block(s.body, this.bindings.scopes.get(s)!, null);
        for (const [n, v] of this.bindings.scopes.get(s)!.vars) if (!cls.methods.has(n)) cls.attrs.set(n, join(cls.attrs.get(n) ?? T.bottom, v.type));
        break;
      }
      default:
    }
    for (const b of blocks(s)) this.#block(b, scope, def);
  }

  /** Defaults, and parameters that are modules by convention. */
  #params(def: DefInfo): void {
    for (const p of def.node.params) {
      const v = def.scope.vars.get(p.name);
      if (!v) continue;
      if (p.star) v.type = p.star === 1 ? frozenOf(T.any) : { k: 'dict', key: T.str, value: T.any };
      else if (p.name === 'tf' || p.name === 'np') { v.type = moduleType(p.name === 'tf' ? 'tensorflow' : 'numpy'); def.dropped.add(p.name); }
      else if (p.default) this.#assignName(p.name, this.typeOf(p.default, def.scope.parent ?? def.scope), def.scope);
    }
  }

  /** Binds a target to a value of a type. */
  assign(target: Expr, t: Type, scope: Scope): void {
    switch (target.kind) {
      case 'name': this.#assignName(target.id, t, scope); return;
      case 'tuple': case 'list': {
        const star = target.items.findIndex((x) => x.kind === 'star');
        target.items.forEach((x, i) => {
          if (x.kind === 'star') this.assign(x.value, listOf(elementOf(t)), scope);
          else this.assign(x, t.k === 'tuple' && star < 0 ? t.items[i] ?? T.any : t.k === 'host' ? T.host : elementOf(t), scope);
        });
        return;
      }
      case 'attr': {
        const owner = this.typeOf(target.value, scope);
        if (owner.k === 'instance') owner.cls.own.add(target.name);
        if (owner.k === 'instance') { const old = owner.cls.attrs.get(target.name) ?? T.bottom; this.learn(old, join(old, t), (x) => owner.cls.attrs.set(target.name, x)); if (!owner.cls.attrs.has(target.name)) owner.cls.attrs.set(target.name, old); }
        return;
      }
      case 'index': this.widen(target.value, (old) => (old.k === 'dict' ? { ...old, key: join(old.key, target.items.length > 1 ? tupleOf(...target.items.map((x) => this.typeOf(x, scope))) : this.typeOf(target.items[0]!, scope)), value: join(old.value, t) } : old.k === 'list' ? listOf(join(old.of, t)) : old), scope); return;
      default:
    }
  }
  #assignName(name: string, t: Type, scope: Scope, imported = false): void {
    const v = scope.find(name);
    if (!v) return;
    if (imported) this.importedVars.add(v);
    this.learn(v.type, join(v.type, t), (x) => { v.type = x; });
    if (t.k === 'none') v.nullable = true;
  }
  /** What `from m import name` binds. */
  imported(m: string, name: string): Type {
    const v = this.modules.get(m)?.bindings.module.vars.get(name);
    return v && (v.type.k === 'def' || v.type.k === 'class') ? v.type : importedType(m, name);
  }
  /** Whether a class of the program has a method of this name. */
  hasMethod(name: string): boolean { return [...this.bindings.classes.values()].some((c) => c.methods.has(name)); }
  /** Takes over a type where it is another. */
  learn(old: Type, now: Type, set: (t: Type) => void): void {
    if (sameType(old, now)) return;
    this.#changed = true;
    set(now);
  }
  /** Changes the type of a variable or attribute by what is put into it. */
  widen(e: Expr, f: (old: Type) => Type, scope: Scope): void {
    if (e.kind === 'name') { const v = scope.find(e.id); if (v) this.learn(v.type, f(v.type), (t) => { v.type = t; }); }
    if (e.kind === 'attr') {
      const owner = this.typeOf(e.value, scope);
      const old = owner.k === 'instance' ? owner.cls.attrs.get(e.name) : undefined;
      if (owner.k === 'instance' && old) this.learn(old, f(old), (t) => owner.cls.attrs.set(e.name, t));
    }
  }
}

/** A dict whose keys are names: an object in TypeScript. */
export function isRecord(e: ExprOf<'dict'>): boolean { return e.entries.length > 0 && e.entries.every((p) => p.key?.kind === 'str' && !p.key.bytes && p.key.parts.length === 1 && typeof p.key.parts[0] === 'string' && /^[A-Za-z_]\w*$/.test(p.key.parts[0])); }
const keyOf = (t: Type): Type => (t.k === 'dict' ? t.key : T.any);
const valueOf = (t: Type): Type => (t.k === 'dict' ? t.value : T.any);

export const hasDecorator = (s: DefStmt, name: string): boolean => s.decorators.some((d) => d.kind === 'name' && d.id === name);
/** Decorators that leave a function what it is. */
export function transparent(e: Expr): boolean { return e.kind === 'name' ? /^(add_arg_scope|staticmethod|classmethod)$/.test(e.id) : e.kind === 'attr' && e.name === 'add_arg_scope'; }

const LIBRARY = new Set(['os', 'os.path', 'sys', 'time', 'math', 'random', 'collections', 'argparse', 'functools', 'itertools', 'json', 're', 'copy', 'datetime', 'string', 'gzip', 'pickle', 'glob', 'shutil', 'logging', 'urllib', 'zipfile', 'tarfile', 'csv', 'abc', 'warnings', 'pprint', 'contextlib', '__future__', 'six', 'six.moves', 'struct', 'threading', 'subprocess', 'hashlib', 'tempfile', 'operator', 'io', 'types', 'typing', 'inspect']);
const NUMPY = new Set(['numpy']);
/** What `import m` binds. */
export function moduleType(m: string): Type {
  if (m === 'tensorflow' || m === 'tensorflow.compat.v1') return { k: 'symbol', of: 'tf', path: '' };
  if (m.startsWith('tensorflow.')) return { k: 'symbol', of: 'tf', path: m.slice('tensorflow.'.length).replace(/^compat\.v1\.?/, '') };
  if (NUMPY.has(m) || m.startsWith('numpy.')) return { k: 'symbol', of: 'np', path: m === 'numpy' ? '' : m.slice('numpy.'.length) };
  if (LIBRARY.has(m)) return { k: 'symbol', of: 'py', path: m };
  return { k: 'module', name: m };
}
/** What `from m import name` binds. */
export function importedType(m: string, name: string): Type {
  const t = moduleType(m);
  if (t.k === 'symbol') return { ...t, path: t.path === '' ? name : `${t.path}.${name}` };
  return t.k === 'module' ? { k: 'module', name: `${t.name}:${name}` } : T.any;
}
export type { ClassInfo };
