// tree-sitter's statements -> ast.ts, with comments and blank lines at the statements they belong to.
import type { Block, Expr, Handler, Module, Stmt, StmtBase, SyntaxProblem, WithItem } from './ast.ts';
import { type Cst, field, named, parseTree } from './cst.ts';
import { lowerArgs, lowerExpr, lowerParams, type Source, textOf } from './lower_expr.ts';

/** Parses a Python file. Broken syntax becomes `unknown` statements and entries of `errors`. */
export async function parsePython(text: string): Promise<Module> {
  const root = await parseTree(text);
  const s: Source = { text, python2: false, walrus: false, comments: [] };
  const errors = syntaxProblems(s, root);
  const body = block(s, root);
  const doc = docOf(body);
  return { body: doc === null ? body : body.slice(1), doc, lines: text.split('\n').length, python2: s.python2, walrus: s.walrus, errors };
}

/** ERROR and missing nodes, the outermost of each place. */
function syntaxProblems(s: Source, root: Cst): SyntaxProblem[] {
  const out: SyntaxProblem[] = [];
  const visit = (n: Cst): void => {
    if (n.missing) out.push({ line: n.row + 1, text: lineOf(s, n.row), message: `missing '${n.type}'` });
    else if (n.type === 'ERROR') {
      const open = unclosed(s, n);
      out.push({ line: (open?.row ?? n.row) + 1, text: lineOf(s, open?.row ?? n.row), message: open ? `'${open.text}' is never closed` : 'this is not Python' });
      return;
    }
    n.children.forEach(visit);
  };
  visit(root);
  return out;
}
const lineOf = (s: Source, row: number): string => (s.text.split('\n', row + 1)[row] ?? '').trim();

/** The innermost bracket that opens inside an ERROR node and does not close there. */
function unclosed(s: Source, n: Cst): { row: number; text: string } | undefined {
  const open: { row: number; text: string }[] = [];
  const visit = (c: Cst): void => {
    if (c.children.length > 0 && c.type !== 'string') { c.children.forEach(visit); return; }
    if (/^[([{]$/.test(c.type)) open.push({ row: c.row, text: c.type });
    else if (/^[)\]}]$/.test(c.type)) open.pop();
  };
  visit(n);
  return open.at(-1);
}

function docOf(body: Block): string | null {
  const first = body[0];
  return first?.kind === 'expr' && first.value.kind === 'str' && first.value.parts.length === 1 && typeof first.value.parts[0] === 'string' ? first.value.parts[0] : null;
}

/** The statements of a block; comments between them become parts of the next one. */
function block(s: Source, n: Cst | undefined): Block {
  if (!n) return [];
  const out: Stmt[] = [];
  let pending: string[] = [];
  let lastRow = -1;
  let blank = false;
  const flush = (): StmtBase => {
    const base = { line: lastRow + 1, end: lastRow + 1, comments: pending, trailing: null, blank };
    pending = [];
    blank = false;
    return base;
  };
  for (const c of n.children) {
    if (c.type === 'comment') {
      const text = textOf(s, c);
      if (c.row === lastRow && out.length > 0) {
        out[out.length - 1] = { ...out.at(-1)!, trailing: text };
      } else {
        if (pending.length === 0 && lastRow >= 0 && c.row > lastRow + 1) blank = true;
        pending.push(text);
        lastRow = c.row;
      }
      continue;
    }
    if (!c.named) continue;
    if (pending.length === 0 && lastRow >= 0 && c.row > lastRow + 1) blank = true;
    const base = { ...flush(), line: c.row + 1, end: c.endRow + 1 };
    const inside = s.comments.length;
    for (const st of statement(s, c, base)) out.push(st);
    const last = out.at(-1);
    // Comments inside an expression go above its statement; one behind the last line stays behind.
    const found = s.comments.splice(inside);
    if (last && found.length > 0 && !['def', 'class', 'if', 'for', 'while', 'with', 'try'].includes(last.kind)) {
      out[out.length - 1] = { ...last, comments: [...last.comments, ...found.map((x) => x.text)] };
    }
    lastRow = lastRowOf(c);
  }
  if (pending.length > 0) out.push({ ...flush(), kind: 'comments' });
  return out;
}

/** A block's node may end on the next statement's line (dedents); its last token does not. */
function lastRowOf(n: Cst): number {
  const last = n.children.at(-1);
  return last ? lastRowOf(last) : n.endRow;
}

function statement(s: Source, n: Cst, base: StmtBase): Stmt[] {
  const x = (c: Cst): Expr => lowerExpr(s, c);
  const get = (name: string): Expr => x(field(n, name)!);
  const all = (name: string): Cst[] => n.children.filter((c) => c.field === name);
  const bad = (what: string): Stmt[] => [{ ...base, kind: 'unknown', text: textOf(s, n), what }];
  switch (n.type) {
    case 'expression_statement': {
      const inner = named(n);
      if (inner.length > 1) return [{ ...base, kind: 'expr', value: { kind: 'tuple', line: base.line, items: inner.map(x) } }];
      return inner[0] ? simple(s, inner[0], base) : bad('broken syntax');
    }
    case 'print_statement': {
      s.python2 = true;
      const args = all('argument').map((a) => ({ value: x(a) }));
      const chevron = n.children.find((c) => c.type === 'chevron');
      const file = chevron ? [{ name: 'file', value: x(named(chevron)[0]!) }] : [];
      const comma = n.children.at(-1)!.type === ',' ? [{ name: 'end', value: { kind: 'str' as const, line: base.line, parts: [' '], bytes: false } }] : [];
      return [{ ...base, kind: 'expr', value: { kind: 'call', line: base.line, func: { kind: 'name', line: base.line, id: 'print' }, args: [...args, ...file, ...comma] } }];
    }
    case 'exec_statement': s.python2 = true; return bad('exec of a string');
    case 'return_statement': return [{ ...base, kind: 'return', value: named(n)[0] ? x(named(n)[0]!) : null }];
    case 'raise_statement': {
      const value = named(n).find((c) => c.field !== 'cause');
      if (value?.type !== 'expression_list') return [{ ...base, kind: 'raise', value: value ? x(value) : null }];
      s.python2 = true; // raise Class, text
      const [cls, ...args] = named(value).map(x);
      return [{ ...base, kind: 'raise', value: { kind: 'call', line: base.line, func: cls!, args: args.map((value) => ({ value })) } }];
    }
    case 'assert_statement': { const [test, message] = named(n).map(x); return [{ ...base, kind: 'assert', test: test!, message: message ?? null }]; }
    case 'pass_statement': return [{ ...base, kind: 'pass' }];
    case 'break_statement': return [{ ...base, kind: 'break' }];
    case 'continue_statement': return [{ ...base, kind: 'continue' }];
    case 'global_statement': case 'nonlocal_statement': return [{ ...base, kind: 'global', names: named(n).map((c) => textOf(s, c)) }];
    case 'delete_statement': { const t = x(named(n)[0]!); return [{ ...base, kind: 'del', targets: t.kind === 'tuple' ? t.items : [t] }]; }
    case 'import_statement': return [{ ...base, kind: 'import', names: all('name').map((c) => (c.type === 'aliased_import'
      ? { module: textOf(s, field(c, 'name')!), as: textOf(s, field(c, 'alias')!) } : { module: textOf(s, c), as: null })) }];
    case 'future_import_statement': return [{ ...base, kind: 'from', module: '__future__', names: all('name').map((c) => ({ name: textOf(s, c), as: null })) }];
    case 'import_from_statement': {
      const names = n.children.some((c) => c.type === 'wildcard_import') ? [{ name: '*', as: null }]
        : all('name').map((c) => (c.type === 'aliased_import' ? { name: textOf(s, field(c, 'name')!), as: textOf(s, field(c, 'alias')!) } : { name: textOf(s, c), as: null }));
      return [{ ...base, kind: 'from', module: textOf(s, field(n, 'module_name')!), names }];
    }
    case 'if_statement': {
      const tests = [{ test: get('condition'), body: block(s, field(n, 'consequence')) }];
      let orelse: Block = [];
      for (const c of all('alternative')) {
        if (c.type === 'elif_clause') tests.push({ test: x(field(c, 'condition')!), body: block(s, field(c, 'consequence')) });
        else orelse = block(s, field(c, 'body'));
      }
      return [{ ...base, kind: 'if', tests, orelse }];
    }
    case 'for_statement': return [{ ...base, kind: 'for', target: get('left'), iter: get('right'), body: block(s, field(n, 'body')), orelse: alternative(s, n) }];
    case 'while_statement': return [{ ...base, kind: 'while', test: get('condition'), body: block(s, field(n, 'body')), orelse: alternative(s, n) }];
    case 'try_statement': return [tryStatement(s, n, base)];
    case 'with_statement': return [{ ...base, kind: 'with', items: withItems(s, n), body: block(s, field(n, 'body')) }];
    case 'function_definition': case 'class_definition': case 'decorated_definition': return [definition(s, n, base, [])];
    case 'ERROR': return bad('broken syntax');
    default: return bad(n.type.replaceAll('_', ' '));
  }
}

/** What an expression statement holds. */
function simple(s: Source, n: Cst, base: StmtBase): Stmt[] {
  if (n.type === 'assignment') {
    const targets: Expr[] = [];
    let c = n;
    for (;;) {
      targets.push(lowerExpr(s, field(c, 'left')!));
      const right = field(c, 'right');
      const type = field(c, 'type');
      if (!right) return type ? [{ ...base, kind: 'comments', comments: [...base.comments, `# ${textOf(s, n)}`] }] : [{ ...base, kind: 'unknown', text: textOf(s, n), what: 'broken syntax' }];
      if (right.type !== 'assignment') return [{ ...base, kind: 'assign', targets, value: lowerExpr(s, right), ...(type ? { annotation: lowerExpr(s, type) } : {}) }];
      c = right;
    }
  }
  if (n.type === 'augmented_assignment') {
    const op = textOf(s, field(n, 'operator')!).replace(/=$/, '');
    return [{ ...base, kind: 'aug', target: lowerExpr(s, field(n, 'left')!), op, value: lowerExpr(s, field(n, 'right')!) }];
  }
  const value = lowerExpr(s, n);
  // Python 2's print without anything.
  if (value.kind === 'name' && value.id === 'print') { s.python2 = true; return [{ ...base, kind: 'expr', value: { kind: 'call', line: base.line, func: value, args: [] } }]; }
  return [{ ...base, kind: 'expr', value }];
}

function alternative(s: Source, n: Cst): Block {
  const e = field(n, 'alternative');
  return e ? block(s, field(e, 'body')) : [];
}

function withItems(s: Source, n: Cst): WithItem[] {
  const clause = n.children.find((c) => c.type === 'with_clause')!;
  const items = clause.children.flatMap((c) => (c.type === 'with_item' ? [c] : []));
  return items.flatMap((i): WithItem[] => {
    let v = field(i, 'value')!;
    while (v.type === 'parenthesized_expression' && named(v)[0]) v = named(v)[0]!;
    const one = (w: Cst): WithItem => (w.type === 'as_pattern' ? { value: lowerExpr(s, named(w)[0]!), target: lowerExpr(s, field(w, 'alias')!) } : { value: lowerExpr(s, w), target: null });
    return v.type === 'tuple' && items.length === 1 ? named(v).map(one) : [one(v)];
  });
}

function tryStatement(s: Source, n: Cst, base: StmtBase): Stmt {
  const handlers: Handler[] = [];
  let [orelse, final]: Block[] = [[], []];
  for (const c of n.children) {
    if (c.type === 'else_clause') orelse = block(s, field(c, 'body'));
    else if (c.type === 'finally_clause') final = block(s, c.children.find((b) => b.type === 'block'));
    else if (c.type === 'except_clause') {
      const values = c.children.filter((v) => v.field === 'value');
      let types: Expr | null = null;
      let name: string | null = null;
      const first = values[0];
      if (first?.type === 'as_pattern') {
        types = lowerExpr(s, named(first)[0]!);
        name = textOf(s, field(first, 'alias')!);
      } else if (first) {
        types = lowerExpr(s, first);
        if (values[1]) { s.python2 = true; name = textOf(s, values[1]); }
      }
      handlers.push({ types, name, body: block(s, c.children.find((b) => b.type === 'block')), line: c.row + 1 });
    }
  }
  return { ...base, kind: 'try', body: block(s, field(n, 'body')), handlers, orelse: orelse!, final: final! };
}

function definition(s: Source, n: Cst, base: StmtBase, decorators: readonly Expr[]): Stmt {
  if (n.type === 'decorated_definition') {
    const list = n.children.filter((c) => c.type === 'decorator').map((d) => lowerExpr(s, named(d)[0]!));
    const def = field(n, 'definition')!;
    return definition(s, def, { ...base, line: def.row + 1 }, list);
  }
  const name = textOf(s, field(n, 'name')!);
  const whole = block(s, field(n, 'body'));
  const doc = docOf(whole);
  const body = doc === null ? whole : whole.slice(1);
  if (n.type === 'class_definition') {
    const bases = field(n, 'superclasses');
    return { ...base, kind: 'class', name, bases: bases ? lowerArgs(s, bases) : [], body, doc, decorators };
  }
  if (n.children[0]?.type === 'async') return { ...base, kind: 'unknown', text: textOf(s, n), what: 'async def' };
  return { ...base, kind: 'def', name, params: lowerParams(s, field(n, 'parameters')!), body, doc, decorators };
}
