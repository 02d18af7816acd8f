// The syntax tree the port works on: Python 2 and 3, only what the translator looks at. Made by lower_*.ts from
// tree-sitter's tree; every node knows its line (1-based).

/** `f(x)`, `f(name=x)`, `f(*x)`, `f(**x)`. */
export interface Arg { readonly name?: string; readonly star?: 1 | 2; readonly value: Expr }
/** One parameter; star 1 is `*args` (name '' for a bare `*`), 2 is `**kwargs`. */
export interface Param { readonly name: string; readonly default?: Expr; readonly star?: 1 | 2; readonly annotation?: Expr }
/** `for target in iter if tests...` of a comprehension. */
export interface Clause { readonly target: Expr; readonly iter: Expr; readonly tests: readonly Expr[] }
/** A piece of an f-string that is computed; what is computed of its format too (`{x:{width}}`) is a string expression. */
export interface Hole { readonly value: Expr; readonly spec: string | Expr; readonly conversion: string }

interface At { readonly line: number }
export type Expr = At & (
  | { readonly kind: 'name'; readonly id: string }
  | { readonly kind: 'num'; readonly text: string; readonly int: boolean }
  | { readonly kind: 'str'; readonly parts: readonly (string | Hole)[]; readonly bytes: boolean }
  | { readonly kind: 'const'; readonly value: null | boolean }
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'list' | 'tuple' | 'set'; readonly items: readonly Expr[] }
  | { readonly kind: 'dict'; readonly entries: readonly { readonly key: Expr | null; readonly value: Expr }[] }
  | { readonly kind: 'unary'; readonly op: '-' | '+' | '~'; readonly operand: Expr }
  | { readonly kind: 'not'; readonly operand: Expr }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'logic'; readonly op: 'and' | 'or'; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'compare'; readonly first: Expr; readonly rest: readonly (readonly [op: string, Expr])[] }
  | { readonly kind: 'cond'; readonly test: Expr; readonly yes: Expr; readonly orelse: Expr }
  | { readonly kind: 'call'; readonly func: Expr; readonly args: readonly Arg[] }
  | { readonly kind: 'attr'; readonly value: Expr; readonly name: string }
  | { readonly kind: 'index'; readonly value: Expr; readonly items: readonly Expr[] }
  | { readonly kind: 'slice'; readonly begin: Expr | null; readonly end: Expr | null; readonly step: Expr | null }
  | { readonly kind: 'lambda'; readonly params: readonly Param[]; readonly body: Expr }
  | { readonly kind: 'comp'; readonly of: 'list' | 'set' | 'dict' | 'gen'; readonly key: Expr | null; readonly value: Expr; readonly clauses: readonly Clause[] }
  | { readonly kind: 'yield'; readonly value: Expr | null; readonly from: boolean }
  | { readonly kind: 'star'; readonly value: Expr }
  | { readonly kind: 'walrus'; readonly name: string; readonly value: Expr }
  | { readonly kind: 'unknown'; readonly text: string; readonly what: string }
);
export type ExprOf<K extends Expr['kind']> = Extract<Expr, { kind: K }>;

export type Block = readonly Stmt[];
export interface DefStmt extends StmtBase { readonly kind: 'def'; readonly name: string; readonly params: readonly Param[]; readonly body: Block; readonly doc: string | null; readonly decorators: readonly Expr[] }
export interface ClassStmt extends StmtBase { readonly kind: 'class'; readonly name: string; readonly bases: readonly Arg[]; readonly body: Block; readonly doc: string | null; readonly decorators: readonly Expr[] }
export interface WithItem { readonly value: Expr; readonly target: Expr | null }
export interface Handler { readonly types: Expr | null; readonly name: string | null; readonly body: Block; readonly line: number }

/** What every statement has: where it is, the comment lines above it, the comment behind it, a blank line before it. */
export interface StmtBase { readonly line: number; readonly end: number; readonly comments: readonly string[]; readonly trailing: string | null; readonly blank: boolean }
export type Stmt = DefStmt | ClassStmt | StmtBase & (
  | { readonly kind: 'expr'; readonly value: Expr }
  | { readonly kind: 'assign'; readonly targets: readonly Expr[]; readonly value: Expr; readonly annotation?: Expr }
  | { readonly kind: 'aug'; readonly target: Expr; readonly op: string; readonly value: Expr }
  | { readonly kind: 'if'; readonly tests: readonly { readonly test: Expr; readonly body: Block }[]; readonly orelse: Block }
  | { readonly kind: 'for'; readonly target: Expr; readonly iter: Expr; readonly body: Block; readonly orelse: Block }
  | { readonly kind: 'while'; readonly test: Expr; readonly body: Block; readonly orelse: Block }
  | { readonly kind: 'try'; readonly body: Block; readonly handlers: readonly Handler[]; readonly orelse: Block; readonly final: Block }
  | { readonly kind: 'with'; readonly items: readonly WithItem[]; readonly body: Block }
  | { readonly kind: 'return'; readonly value: Expr | null }
  | { readonly kind: 'raise'; readonly value: Expr | null }
  | { readonly kind: 'assert'; readonly test: Expr; readonly message: Expr | null }
  | { readonly kind: 'import'; readonly names: readonly { readonly module: string; readonly as: string | null }[] }
  | { readonly kind: 'from'; readonly module: string; readonly names: readonly { readonly name: string; readonly as: string | null }[] }
  | { readonly kind: 'global'; readonly names: readonly string[] }
  | { readonly kind: 'del'; readonly targets: readonly Expr[] }
  | { readonly kind: 'pass' | 'break' | 'continue' | 'comments' }
  | { readonly kind: 'unknown'; readonly text: string; readonly what: string }
);
export type StmtOf<K extends Stmt['kind']> = Extract<Stmt, { kind: K }>;

/** A parsed file. */
export interface Module {
  readonly body: Block;
  readonly doc: string | null;
  readonly lines: number;
  /** Python 2: print statements, `except X, e`, or the like. */
  readonly python2: boolean;
  /** `(x := f())` somewhere. */
  readonly walrus: boolean;
  /** Where the syntax is broken. */
  readonly errors: readonly SyntaxProblem[];
}
export interface SyntaxProblem { readonly line: number; readonly text: string; readonly message: string }

/** Direct sub-expressions, in order of evaluation. */
export function children(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case 'name': case 'num': case 'const': case 'ellipsis': case 'unknown': return [];
    case 'str': return e.parts.flatMap((p) => (typeof p === 'string' ? [] : typeof p.spec === 'string' ? [p.value] : [p.value, p.spec]));
    case 'list': case 'tuple': case 'set': return e.items;
    case 'dict': return e.entries.flatMap((p) => (p.key ? [p.key, p.value] : [p.value]));
    case 'unary': case 'not': return [e.operand];
    case 'binary': case 'logic': return [e.left, e.right];
    case 'compare': return [e.first, ...e.rest.map(([, x]) => x)];
    case 'cond': return [e.test, e.yes, e.orelse];
    case 'call': return [e.func, ...e.args.map((a) => a.value)];
    case 'attr': case 'star': case 'walrus': return [e.value];
    case 'index': return [e.value, ...e.items];
    case 'slice': return [e.begin, e.end, e.step].filter((x) => x !== null);
    case 'lambda': return [...e.params.flatMap((p) => (p.default ? [p.default] : [])), e.body];
    case 'comp': return [...e.clauses.flatMap((c) => [c.iter, c.target, ...c.tests]), ...(e.key ? [e.key] : []), e.value];
    case 'yield': return e.value ? [e.value] : [];
  }
}

/** Expressions that stand directly in a statement, those of nested blocks not among them. */
export function expressions(s: Stmt): readonly Expr[] {
  switch (s.kind) {
    case 'expr': return [s.value];
    case 'assign': return [s.value, ...s.targets];
    case 'aug': return [s.target, s.value];
    case 'if': return s.tests.map((t) => t.test);
    case 'for': return [s.iter, s.target];
    case 'while': return [s.test];
    case 'with': return s.items.flatMap((i) => (i.target ? [i.value, i.target] : [i.value]));
    case 'return': case 'raise': return s.value ? [s.value] : [];
    case 'assert': return s.message ? [s.test, s.message] : [s.test];
    case 'del': return s.targets;
    case 'def': return [...s.decorators, ...s.params.flatMap((p) => (p.default ? [p.default] : []))];
    case 'class': return [...s.decorators, ...s.bases.map((b) => b.value)];
    case 'try': return s.handlers.flatMap((h) => (h.types ? [h.types] : []));
    default: return [];
  }
}

/** Nested blocks of a statement that belong to the same function. */
export function blocks(s: Stmt): readonly Block[] {
  switch (s.kind) {
    case 'if': return [...s.tests.map((t) => t.body), s.orelse];
    case 'for': case 'while': return [s.body, s.orelse];
    case 'with': return [s.body];
    case 'try': return [s.body, ...s.handlers.map((h) => h.body), s.orelse, s.final];
    default: return [];
  }
}

/** The first expression of a block, of what is nested in it, and of the functions defined there, that is as asked. */
export function findExpr(body: Block, is: (e: Expr) => boolean): Expr | undefined {
  const inExpr = (e: Expr): Expr | undefined => {
    if (is(e)) return e;
    for (const c of children(e)) { const found = inExpr(c); if (found) return found; }
    return undefined;
  };
  for (const s of body) {
    for (const e of expressions(s)) { const found = inExpr(e); if (found) return found; }
    for (const b of s.kind === 'def' || s.kind === 'class' ? [s.body] : blocks(s)) { const found = findExpr(b, is); if (found) return found; }
  }
  return undefined;
}
