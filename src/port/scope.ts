// Names and where they live: one Scope per module, function, lambda, class and comprehension, as Python has them.
import { type Block, blocks, children, type ClassStmt, type DefStmt, type Expr, type ExprOf, expressions, type Module, type Param, type Stmt } from './ast.ts';
import { type ClassInfo, type DefInfo, T, type Type } from './types.ts';

export interface Var {
  readonly name: string;
  readonly scope: Scope;
  type: Type;
  /** How often it is bound. */
  writes: number;
  reads: number;
  /** Read or bound by a function inside the one it belongs to. */
  captured: boolean;
  param: boolean;
  /** What it is bound to, where that is one assignment of the name alone. */
  value: Expr | null;
  /** Sometimes None. */
  nullable: boolean;
  /** The Python text's first line of it. */
  readonly line: number;
}

export class Scope {
  readonly kind: 'module' | 'function' | 'class' | 'comp';
  readonly parent: Scope | null;
  readonly vars = new Map<string, Var>();
  readonly globals = new Set<string>();
  constructor(kind: Scope['kind'], parent: Scope | null) {
    this.kind = kind;
    this.parent = parent;
  }
  /** The function (or module) a scope runs in: comprehensions belong to the one around them. */
  get home(): Scope { return this.kind === 'comp' && this.parent ? this.parent.home : this; }
  declare(name: string, line: number, param = false): Var {
    let v = this.vars.get(name);
    if (!v) this.vars.set(name, v = { name, scope: this, type: T.bottom, writes: 0, reads: 0, captured: false, param, nullable: false, value: null, line });
    return v;
  }
  /** What a name means here; class scopes are not seen from their methods. */
  find(name: string): Var | undefined {
    const own = this.globals.has(name) ? undefined : this.vars.get(name);
    return own ?? this.parent?.findOutside(name);
  }
  /** From inside of a nested scope. */
  findOutside(name: string): Var | undefined {
    const own = this.kind === 'class' || this.globals.has(name) ? undefined : this.vars.get(name);
    return own ?? this.parent?.findOutside(name);
  }
}

/** Scopes and functions of a module. */
export interface Bindings {
  readonly module: Scope;
  readonly scopes: ReadonlyMap<DefStmt | ClassStmt | Expr, Scope>;
  readonly defs: ReadonlyMap<DefStmt | Expr, DefInfo>;
  readonly classes: ReadonlyMap<ClassStmt, ClassInfo>;
}

/** Finds all names of a module. */
export function bind(m: Module): Bindings {
  const b = new Binder(m.walrus);
  b.block(m.body, b.module, null);
  return b;
}

class Binder implements Bindings {
  readonly module = new Scope('module', null);
  readonly scopes = new Map<DefStmt | ClassStmt | Expr, Scope>();
  readonly defs = new Map<DefStmt | Expr, DefInfo>();
  readonly classes = new Map<ClassStmt, ClassInfo>();
  readonly #walruses: boolean;
  constructor(walruses: boolean) { this.#walruses = walruses; }

  block(body: Block, scope: Scope, cls: ClassInfo | null): void {
    this.#declare(body, scope);
    for (const s of body) this.#statement(s, scope, cls);
  }

  /** Binding occurrences first: a name bound anywhere in a function is the function's. */
  #declare(body: Block, scope: Scope): void {
    for (const s of body) {
      if (s.kind === 'global') for (const n of s.names) { scope.globals.add(n); if (scope.parent) this.module.declare(n, s.line); }
    }
    for (const s of body) {
      const put = (name: string): void => { if (!scope.globals.has(name)) scope.declare(name, s.line).writes++; else { const v = scope.find(name); if (v) { v.writes++; v.captured = true; } } };
      switch (s.kind) {
        case 'assign': {
          s.targets.forEach((t) => names(t).forEach(put));
          const only = s.targets.length === 1 && s.targets[0]!.kind === 'name' ? scope.find(s.targets[0]!.id) : undefined;
          if (only) only.value = s.value;
          break;
        }
        case 'aug': names(s.target).forEach((n) => { put(n); put(n); }); break;
        case 'for': names(s.target).forEach(put); break;
        case 'with': s.items.forEach((i) => { if (i.target) names(i.target).forEach(put); }); break;
        case 'def': case 'class': put(s.name); break;
        case 'import': s.names.forEach((n) => put(n.as ?? n.module.split('.')[0]!)); break;
        case 'from': s.names.forEach((n) => { if (n.name !== '*') put(n.as ?? n.name); }); break;
        case 'try': s.handlers.forEach((h) => { if (h.name !== null) put(h.name); }); break;
        default:
      }
      if (this.#walruses) for (const e of expressions(s)) this.#walrus(e, scope);
      for (const inner of blocks(s)) this.#declare(inner, scope);
    }
  }
  #walrus(e: Expr, scope: Scope): void {
    if (e.kind === 'lambda') return;
    if (e.kind === 'walrus') scope.home.declare(e.name, e.line).writes++;
    for (const c of children(e)) this.#walrus(c, scope);
  }

  #statement(s: Stmt, scope: Scope, cls: ClassInfo | null): void {
    if (s.kind === 'def') {
      for (const e of expressions(s)) this.#expr(e, scope);
      this.#function(s, s.name, s.params, scope, cls, (inner) => this.block(s.body, inner, null), hasYield(s.body));
      return;
    }
    if (s.kind === 'class') {
      for (const e of expressions(s)) this.#expr(e, scope);
      const info: ClassInfo = { name: s.name, node: s, methods: new Map(), attrs: new Map(), own: new Set(), base: T.none };
      this.classes.set(s, info);
      const inner = new Scope('class', scope);
      this.scopes.set(s, inner);
      this.block(s.body, inner, info);
      return;
    }
    const targets = targetsOf(s);
    for (const e of expressions(s)) if (targets.includes(e)) this.#target(e, scope); else this.#expr(e, scope);
    for (const b of blocks(s)) for (const x of b) this.#statement(x, scope, cls);
  }

  /** Binding a name does not read it. */
  #target(e: Expr, scope: Scope): void {
    if (e.kind === 'tuple' || e.kind === 'list') for (const x of e.items) this.#target(x, scope);
    else if (e.kind === 'star') this.#target(e.value, scope);
    else if (e.kind !== 'name') this.#expr(e, scope);
  }

  #function(node: DefStmt | ExprOf<'lambda'>, name: string, params: readonly Param[], scope: Scope, cls: ClassInfo | null, body: (inner: Scope) => void, generator: boolean): void {
    const inner = new Scope('function', scope);
    this.scopes.set(node, inner);
    for (const p of params) if (p.name !== '') for (const n of p.name.startsWith('(') ? [p.name, ...p.name.match(/\w+/g) ?? []] : [p.name]) inner.declare(n, node.line, true).writes++; // Python 2's def f(a, (b, c))
    const info: DefInfo = { name, node, scope: inner, cls, returns: T.bottom, async: false, generator, dropped: new Set() };
    this.defs.set(node, info);
    // A property's setter has the name of its getter, which says what reading gives.
    if (cls && !(node.kind === 'def' && node.decorators.some((d) => d.kind === 'attr'))) cls.methods.set(name, info);
    body(inner);
  }

  #expr(e: Expr, scope: Scope): void {
    switch (e.kind) {
      case 'name': {
        const v = scope.find(e.id);
        if (v) {
          v.reads++;
          if (v.scope.home !== scope.home) v.captured = true;
        }
        return;
      }
      case 'lambda':
        for (const p of e.params) if (p.default) this.#expr(p.default, scope);
        this.#function(e, '<lambda>', e.params, scope, null, (inner) => this.#expr(e.body, inner), false);
        return;
      case 'comp': {
        const inner = new Scope('comp', scope);
        this.scopes.set(e, inner);
        e.clauses.forEach((c, i) => {
          this.#expr(c.iter, i === 0 ? scope : inner);
          for (const n of names(c.target)) inner.declare(n, e.line).writes++;
          this.#expr(c.target, inner);
          for (const t of c.tests) this.#expr(t, inner);
        });
        if (e.key) this.#expr(e.key, inner);
        this.#expr(e.value, inner);
        return;
      }
      default: for (const c of children(e)) this.#expr(c, scope);
    }
  }
}

/** Expressions of a statement that are bound by it. */
function targetsOf(s: Stmt): readonly Expr[] {
  switch (s.kind) {
    case 'assign': return s.targets;
    case 'for': return [s.target];
    case 'with': return s.items.flatMap((i) => (i.target ? [i.target] : []));
    default: return [];
  }
}

/** Names a target binds. */
export function names(target: Expr): string[] {
  switch (target.kind) {
    case 'name': return [target.id];
    case 'tuple': case 'list': return target.items.flatMap(names);
    case 'star': return names(target.value);
    default: return [];
  }
}

function hasYield(body: Block): boolean {
  const inExpr = (e: Expr): boolean => e.kind === 'yield' || (e.kind !== 'lambda' && children(e).some(inExpr));
  return body.some((s) => (s.kind !== 'def' && s.kind !== 'class') && (expressions(s).some(inExpr) || blocks(s).some(hasYield)));
}
