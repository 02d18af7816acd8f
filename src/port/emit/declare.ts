// Where each variable of a function is declared: at its first assignment when that stands in the innermost block that
// holds all its uses, else by a `let` before the statement in that block that first uses it.
import { type Block, blocks, children, type Expr, expressions, type Stmt } from '../ast.ts';
import { names, type Scope, type Var } from '../scope.ts';

export interface Plan {
  /** Names a statement declares itself. */
  readonly inline: ReadonlyMap<Stmt, ReadonlySet<string>>;
  /** Variables declared before a statement. */
  readonly before: ReadonlyMap<Stmt, readonly Var[]>;
  /** Variables that the body of a `with` makes and returns to the block around it. */
  readonly results: ReadonlyMap<Stmt, readonly Var[]>;
}
/** What planning must know of a module. */
export interface PlanContext {
  readonly scopeOf: (n: Stmt | Expr) => Scope | undefined;
  /** Whether a `with` becomes a body function that runs to its end. */
  readonly hasBody: (s: Stmt) => boolean;
}
interface Place { readonly block: Block; readonly stmt: number }
interface Use { readonly path: readonly Place[]; readonly binds: Stmt | null; readonly deferred: boolean }

/** Plans the declarations of the scope whose body this is. */
export function planDeclarations(body: Block, scope: Scope, { scopeOf, hasBody }: PlanContext): Plan {
  const uses = new Map<Var, Use[]>();
  const collector = new Collector(scope, scopeOf, uses);
  collector.block(body, []);
  const inline = new Map<Stmt, Set<string>>();
  const before = new Map<Stmt, Var[]>();
  const hoist = (v: Var, list: readonly Use[]): void => {
    // What the head of a loop or a `with` binds is declared before it, not in its body.
    const heads = list.flatMap((u) => (u.binds?.kind === 'for' || u.binds?.kind === 'with' ? [u.path.length - 2] : []));
    const k = Math.min(common(list), ...heads);
    const at = list.filter((u) => !u.deferred).concat(list).reduce((m, u) => Math.min(m, Math.max(0, u.path[k]!.stmt)), Infinity);
    const s = list[0]!.path[k]!.block[at]!;
    before.set(s, [...(before.get(s) ?? []), v]);
  };
  const late = new Map<Var, Use[]>();
  for (const [v, list] of uses) {
    if (v.param || list.every((u) => u.binds && (u.binds.kind === 'import' || u.binds.kind === 'from'))) continue;
    if (list.some((u) => u.binds && (u.binds.kind === 'import' || u.binds.kind === 'from'))) continue;
    const k = common(list);
    const first = list.find((u) => !u.deferred) ?? list[0]!;
    const loops = ownLoops(v.name, list);
    if (loops) { for (const s of loops) inline.set(s, (inline.get(s) ?? new Set()).add(v.name)); continue; }
    if (first.binds && first.path.length === k + 1) inline.set(first.binds, (inline.get(first.binds) ?? new Set()).add(v.name));
    else late.set(v, list);
  }
  // A pattern declares all its names or none.
  for (const [s, set] of inline) {
    const bound = s.kind === 'assign' ? s.targets.flatMap(names) : s.kind === 'for' ? names(s.target) : [];
    const simple = s.kind !== 'assign' || s.targets.every((t) => onlyNames(t));
    if (bound.every((n) => set.has(n)) && simple) continue;
    for (const n of set) {
      const v = scope.vars.get(n);
      if (v) late.set(v, uses.get(v)!);
    }
    inline.delete(s);
  }
  const results = new Map<Stmt, Var[]>();
  const made = new Map<Stmt, [Var, Stmt][]>();
  for (const [v, list] of late) {
    const source = madeIn(v, list, hasBody);
    if (source) made.set(source.binds, [...(made.get(source.binds) ?? []), [v, source.scope]]);
    else hoist(v, list);
  }
  for (const [s, vars] of made) {
    const bound = s.kind === 'assign' ? s.targets.flatMap(names) : [];
    if (bound.every((n) => vars.some(([v]) => v.name === n) || (inline.get(s)?.has(n) ?? false))) {
      for (const [v, w] of vars) { results.set(w, [...(results.get(w) ?? []), v]); inline.set(s, (inline.get(s) ?? new Set()).add(v.name)); }
    } else for (const [v] of vars) hoist(v, uses.get(v)!);
  }
  return { inline, before, results };
}

/** The loops that bind a name, when every use of it is inside one of them. */
function ownLoops(name: string, list: readonly Use[]): Set<Stmt> | undefined {
  const loops = new Set<Stmt>();
  for (const u of list) if (u.binds?.kind === 'for') loops.add(u.binds);
  if (loops.size < 2) return undefined;
  for (const u of list) {
    if (u.binds && !loops.has(u.binds)) return undefined;
    if (!u.path.some((p) => [...loops].some((l) => l.kind === 'for' && l.body === p.block && names(l.target).includes(name)))) return undefined;
  }
  return loops;
}
/** The `with` whose body makes a variable for the block around it, by one plain assignment directly in it. */
function madeIn(v: Var, list: readonly Use[], hasBody: (s: Stmt) => boolean): { scope: Stmt; binds: Stmt } | undefined {
  const bind = list.filter((u) => u.binds);
  const b = bind[0];
  if (v.writes !== 1 || bind.length !== 1 || b?.binds?.kind !== 'assign' || b.binds.targets.length !== 1 || !onlyNames(b.binds.targets[0]!) || list[0] !== b) return undefined;
  const outer = b.path.at(-2);
  const s = outer?.block[outer.stmt];
  return s?.kind === 'with' && s.body === b.path.at(-1)!.block && common(list) === b.path.length - 2 && hasBody(s) ? { scope: s, binds: b.binds } : undefined;
}

const onlyNames = (e: Expr): boolean => e.kind === 'name' || e.kind === 'star' && onlyNames(e.value) || (e.kind === 'tuple' || e.kind === 'list') && e.items.every(onlyNames);

/** Depth of the innermost block that holds all uses. */
function common(list: readonly Use[]): number {
  let k = 0;
  while (list.every((u) => u.path[k + 1] !== undefined && u.path[k + 1]!.block === list[0]!.path[k + 1]!.block)) k++;
  return k;
}

class Collector {
  readonly #scope: Scope;
  readonly #scopeOf: (n: Stmt | Expr) => Scope | undefined;
  readonly #uses: Map<Var, Use[]>;
  constructor(scope: Scope, scopeOf: (n: Stmt | Expr) => Scope | undefined, uses: Map<Var, Use[]>) {
    this.#scope = scope;
    this.#scopeOf = scopeOf;
    this.#uses = uses;
  }

  block(body: Block, path: readonly Place[]): void {
    body.forEach((s, i) => this.#statement(s, [...path, { block: body, stmt: i }]));
  }

  #use(name: string, from: Scope, path: readonly Place[], binds: Stmt | null, deferred: boolean): void {
    const v = from.find(name);
    if (!v || v.scope !== this.#scope) return;
    const list = this.#uses.get(v) ?? [];
    list.push({ path, binds: deferred ? null : binds, deferred });
    this.#uses.set(v, list);
  }

  #statement(s: Stmt, path: readonly Place[]): void {
    const inner = (b: Block): Place[] => [...path, { block: b, stmt: -1 }];
    switch (s.kind) {
      case 'assign':
        this.#expr(s.value, this.#scope, path, false);
        for (const t of s.targets) this.#target(t, path, s);
        break;
      case 'aug': this.#expr(s.target, this.#scope, path, false); this.#expr(s.value, this.#scope, path, false); break;
      case 'for':
        this.#expr(s.iter, this.#scope, path, false);
        this.#target(s.target, inner(s.body), s);
        this.block(s.body, path);
        this.block(s.orelse, path);
        return;
      case 'with':
        for (const i of s.items) {
          this.#expr(i.value, this.#scope, path, false);
          if (i.target) this.#target(i.target, inner(s.body), s);
        }
        this.block(s.body, path);
        return;
      case 'try':
        this.block(s.body, path);
        for (const h of s.handlers) {
          if (h.types) this.#expr(h.types, this.#scope, path, false);
          if (h.name !== null) this.#use(h.name, this.#scope, inner(h.body), s, false);
          this.block(h.body, path);
        }
        this.block(s.orelse, path);
        this.block(s.final, path);
        return;
      case 'def': case 'class':
        for (const e of expressions(s)) this.#expr(e, this.#scope, path, false);
        this.#use(s.name, this.#scope, path, s, false);
        this.#nested(s.body, this.#scopeOf(s)!, path, s.kind === 'def');
        return;
      case 'import': for (const n of s.names) this.#use(n.as ?? n.module.split('.')[0]!, this.#scope, path, s, false); return;
      case 'from': for (const n of s.names) this.#use(n.as ?? n.name, this.#scope, path, s, false); return;
      default: for (const e of expressions(s)) this.#expr(e, this.#scope, path, false);
    }
    for (const b of blocks(s)) this.block(b, path);
  }

  #target(e: Expr, path: readonly Place[], s: Stmt): void {
    if (e.kind === 'name') this.#use(e.id, this.#scope, path, s, false);
    else if (e.kind === 'tuple' || e.kind === 'list') for (const x of e.items) this.#target(x, path, s);
    else if (e.kind === 'star') this.#target(e.value, path, s);
    else this.#expr(e, this.#scope, path, false);
  }

  #expr(e: Expr, from: Scope, path: readonly Place[], deferred: boolean): void {
    if (e.kind === 'name') { this.#use(e.id, from, path, null, deferred); return; }
    if (e.kind === 'walrus') this.#use(e.name, from, path, null, deferred);
    const own = e.kind === 'lambda' || e.kind === 'comp' ? this.#scopeOf(e) ?? from : from;
    for (const c of children(e)) this.#expr(c, own, path, deferred || e.kind === 'lambda');
  }

  /** The body of a nested function or class: uses of outer variables from there. */
  #nested(body: Block, from: Scope, path: readonly Place[], deferred: boolean): void {
    for (const s of body) {
      for (const e of expressions(s)) this.#expr(e, from, path, deferred);
      const bound = s.kind === 'assign' ? s.targets.flatMap(names) : s.kind === 'aug' ? names(s.target) : s.kind === 'for' ? names(s.target) : [];
      for (const n of bound) this.#use(n, from, path, null, deferred);
      if (s.kind === 'def' || s.kind === 'class') this.#nested(s.body, this.#scopeOf(s)!, path, deferred || s.kind === 'def');
      for (const b of blocks(s)) this.#nested(b, from, path, deferred);
    }
  }
}
