// The emitter: dispatches expressions and statements to the files of this folder and collects the lines.
import type { Block, Expr, Stmt } from '../ast.ts';
import type { Inference } from '../infer.ts';
import type { Report } from '../report.ts';
import type { Scope } from '../scope.ts';
import type { Type } from '../types.ts';
import { attribute, index, name } from './access.ts';
import type { Blocks } from './blocks.ts';
import { call } from './call.ts';
import { comprehension, dict, list } from './collections.ts';
import { type Emit, type Frame, identifier, P, paren, py, text, type Text } from './context.ts';
import { planDeclarations } from './declare.ts';
import { lambda } from './functions.ts';
import { binary, compare, logic, not, test, unary } from './operators.ts';
import { statement } from './statements.ts';
import { string } from './strings.ts';
import { tsType } from '../types.ts';
import { hasBody } from './with.ts';

/** One line of the output and the line of Python it stems from. */
export interface Line { readonly text: string; readonly indent: number; readonly python: number }

export class Emitter implements Blocks {
  readonly inf: Inference;
  readonly report: Report;
  readonly options: Emit['options'];
  readonly lines: Line[] = [];
  readonly imports = new Set<string>();
  scope: Scope;
  frame: Frame = { def: null, async: true, self: null, constructing: false };
  plan: Blocks['plan'] = { inline: new Map(), before: new Map(), results: new Map(), top: true };
  caught: string | null = null;
  breakText = 'break;';
  #indent = 0;
  #counter = 0;
  #todos: string[] = [];
  readonly #planContext = { scopeOf: (n: Stmt | Expr) => this.inf.bindings.scopes.get(n as Expr), hasBody: (s: Stmt) => hasBody(this, s) };

  constructor(inf: Inference, report: Report, options: Emit['options']) {
    this.inf = inf;
    this.report = report;
    this.options = options;
    this.scope = inf.bindings.module;
  }

  // --- expressions ----------------------------------------------------------------------------------------------------

  readonly name = (id: string): string => (id === this.frame.self ? 'this' : identifier(id));
  typeOf(e: Expr): Type { return this.inf.typeOf(e, this.scope); }
  expr(e: Expr, min: number = P.comma): string { return paren(this.sub(e), min); }
  test(e: Expr, min: number = P.comma): string { return paren(test(this, e), min); }
  readonly catches = (error: string): boolean => this.caughtErrors.has(error) || this.caughtErrors.has('Exception');
  caughtErrors: ReadonlySet<string> = new Set();
  use(n: string): string { this.imports.add(n); return n; }
  within<R>(scope: Scope, f: () => R): R {
    const outer = this.scope;
    this.scope = scope;
    try { return f(); } finally { this.scope = outer; }
  }
  todo(line: number, python: string, reason: string, suggestion?: string): Text {
    this.report.add('untranslated', line, reason, suggestion);
    this.#todos.push(`TODO(port): ${reason}: ${python.split('\n')[0]!.trim()}${python.includes('\n') ? ' ...' : ''}`);
    return py(this, 'untranslated', `'${reason.replaceAll('\'', '\\\'')}'`);
  }
  lambda(e: Extract<Expr, { kind: 'lambda' }>): Text {
    return lambda(this, e, (def, f) => {
      const outer = this.frame;
      this.frame = { def, async: def.async, self: outer.self, constructing: false };
      try { return this.within(def.scope, f); } finally { this.frame = outer; }
    });
  }

  sub(e: Expr): Text {
    switch (e.kind) {
      case 'name': return name(this, e);
      case 'num': return number(e.text, e.int);
      case 'str': return string(this, e);
      case 'const': return text(e.value === null ? 'null' : String(e.value));
      case 'ellipsis': return text(`${this.use('py')}.ellipsis`, P.call);
      case 'list': case 'tuple': return list(this, e.items);
      case 'set': return text(`new Set<any>(${list(this, e.items).text})`, P.call);
      case 'dict': return dict(this, e);
      case 'unary': return unary(this, e);
      case 'not': return not(this, e.operand);
      case 'binary': return binary(this, e);
      case 'logic': return logic(this, e);
      case 'compare': return compare(this, e);
      case 'cond': return text(`${this.test(e.test, P.or)} ? ${this.expr(e.yes, P.assign)} : ${this.expr(e.orelse, P.assign)}`, P.cond);
      case 'call': return call(this, e);
      case 'attr': return attribute(this, e);
      case 'index': return index(this, e);
      case 'slice': return this.todo(e.line, 'a slice', 'a slice outside of brackets');
      case 'lambda': return this.lambda(e);
      case 'comp': return comprehension(this, e);
      case 'yield': return text(`(yield${e.value ? ` ${this.expr(e.value, P.assign)}` : ''})`);
      case 'star': return text(`...${this.expr(e.value, P.assign)}`, P.assign);
      case 'walrus': return text(`${this.name(e.name)} = ${this.expr(e.value, P.assign)}`, P.assign);
      case 'unknown': return this.todo(e.line, e.text, e.what === 'broken syntax' ? 'the Python text is broken here' : `${e.what} has no translation`);
    }
  }

  // --- statements -----------------------------------------------------------------------------------------------------

  get outermost(): boolean { return this.plan.top && this.#indent === 0; }
  line(s: string, python: number): void { this.lines.push({ text: s, indent: this.#indent, python }); }
  returnLast(id: string): boolean {
    const last = this.lines.at(-1);
    const head = `const ${id} = `;
    if (!last?.text.startsWith(head)) return false;
    this.lines[this.lines.length - 1] = { ...last, text: `return ${last.text.slice(head.length)}` };
    return true;
  }
  inside(f: () => void): void {
    this.#indent++;
    try { f(); } finally { this.#indent--; }
  }
  nested(body: Block): void { this.inside(() => this.block(body)); }
  temporary(stem: string): string { this.#counter++; return `${stem}${this.#counter === 1 ? '' : this.#counter}_`; }
  breaking(s: string, f: () => void): void {
    const outer = this.breakText;
    this.breakText = s;
    try { f(); } finally { this.breakText = outer; }
  }
  comments(s: Stmt): void {
    if (s.blank && this.lines.at(-1)?.text !== '') this.line('', s.line);
    for (const k of s.comments) this.line(k.replace(/^#+!?/, '//').replace(/^\/\/(?=\S)/, '// '), s.line);
  }
  block(body: Block): void {
    for (const s of body) {
      this.comments(s);
      for (const v of this.plan.before.get(s) ?? []) this.#declareBefore(v.name, s.line);
      const [start, outer] = [this.lines.length, this.#todos];
      this.#todos = [];
      statement(this, s);
      if (this.#todos.length > 0) this.lines.splice(start, 0, ...this.#todos.map((t) => ({ text: `// ${t}`, indent: this.#indent, python: s.line })));
      this.#todos = outer;
      if (s.trailing !== null) this.#trail(s.trailing, start);
    }
  }
  #trail(comment: string, start: number): void {
    const c = comment.replace(/^#+/, '//').replace(/^\/\/(?=\S)/, '// ');
    const last = this.lines.at(-1);
    if (last && this.lines.length === start + 1) this.lines[this.lines.length - 1] = { ...last, text: `${last.text} ${c}`.trimStart() };
    else this.lines.splice(start, 0, { text: c, indent: this.#indent, python: last?.python ?? 0 });
  }
  #declareBefore(id: string, line: number): void {
    const v = this.scope.vars.get(id)!;
    const precise = !v.nullable && ['int', 'float', 'str', 'bool'].includes(v.type.k);
    this.line(precise ? `let ${this.name(id)}!: ${tsType(v.type)};` : `let ${this.name(id)}: any;`, line);
  }
  inFunction(scope: Scope, body: Block, frame: Frame, f: () => void): void {
    const outer = { scope: this.scope, plan: this.plan, frame: this.frame, caught: this.caught, breakText: this.breakText };
    this.scope = scope;
    this.frame = frame;
    this.caught = null;
    this.plan = { ...planDeclarations(body, scope, this.#planContext), top: false };
    try { this.inside(f); } finally { Object.assign(this, outer); }
  }
  /** The statements of the module. */
  module(body: Block): void {
    this.plan = { ...planDeclarations(body, this.scope, this.#planContext), top: true };
    this.block(body);
  }
}

function number(s: string, int: boolean): Text {
  if (!int) {
    const t = s.replace(/^\./, '0.').replace(/^(\d+)\.(?=e|E|$)/, '$1.');
    return text(t);
  }
  const big = !/^0[xob]/i.test(s) && s.length > 15 && !Number.isSafeInteger(Number(s));
  return text(big ? `${s}n` : s);
}
