// tree-sitter's expressions -> ast.ts.
import type { Arg, Clause, Expr, Hole, Param } from './ast.ts';
import { type Cst, field, named } from './cst.ts';
import { unescape } from './python_string.ts';

/** The text of a file and what lowering finds out about it. */
export interface Source { readonly text: string; python2: boolean; walrus: boolean; readonly comments: { line: number; text: string }[] }

export const textOf = (s: Source, n: Cst): string => s.text.slice(n.start, n.end);

export function lowerExpr(s: Source, n: Cst): Expr {
  const line = n.row + 1;
  const sub = (x: Cst): Expr => lowerExpr(s, x);
  const get = (name: string): Expr => {
    const c = field(n, name);
    return c ? sub(c) : unknown(s, n);
  };
  for (const c of n.children) if (c.type === 'comment') s.comments.push({ line: c.row + 1, text: textOf(s, c) });
  switch (n.type) {
    case 'identifier': case 'keyword_identifier': return { kind: 'name', line, id: textOf(s, n) };
    case 'true': return { kind: 'const', line, value: true };
    case 'false': return { kind: 'const', line, value: false };
    case 'none': return { kind: 'const', line, value: null };
    case 'ellipsis': return { kind: 'ellipsis', line };
    case 'integer': return integer(s, n);
    case 'float': return /[jJ]$/.test(textOf(s, n)) ? unknown(s, n, 'a complex number') : { kind: 'num', line, int: false, text: textOf(s, n).replaceAll('_', '') };
    case 'string': case 'concatenated_string': return s.text[n.start] === '`' ? backquoted(s, n) : string(s, n);
    case 'parenthesized_expression': return sub(named(n)[0] ?? n.children[0]!);
    case 'tuple': case 'expression_list': case 'pattern_list': case 'tuple_pattern': return { kind: 'tuple', line, items: named(n).map(sub) };
    case 'list': case 'list_pattern': return { kind: 'list', line, items: named(n).map(sub) };
    case 'set': return { kind: 'set', line, items: named(n).map(sub) };
    case 'dictionary': return { kind: 'dict', line, entries: named(n).map((p) => (p.type === 'pair'
      ? { key: sub(field(p, 'key')!), value: sub(field(p, 'value')!) }
      : { key: null, value: sub(named(p)[0]!) })) };
    case 'unary_operator': return { kind: 'unary', line, op: textOf(s, field(n, 'operator')!) as '-', operand: get('argument') };
    case 'not_operator': return { kind: 'not', line, operand: get('argument') };
    case 'binary_operator': return { kind: 'binary', line, op: textOf(s, field(n, 'operator')!), left: get('left'), right: get('right') };
    case 'boolean_operator': return { kind: 'logic', line, op: textOf(s, field(n, 'operator')!) as 'and', left: get('left'), right: get('right') };
    case 'comparison_operator': return comparison(s, n);
    case 'conditional_expression': {
      const [yes, test, orelse] = named(n).map(sub);
      return { kind: 'cond', line, test: test!, yes: yes!, orelse: orelse! };
    }
    case 'call': {
      const args = field(n, 'arguments')!;
      if (args.type === 'generator_expression') return { kind: 'call', line, func: get('function'), args: [{ value: sub(args) }] };
      return { kind: 'call', line, func: get('function'), args: lowerArgs(s, args) };
    }
    case 'attribute': return { kind: 'attr', line, value: get('object'), name: textOf(s, field(n, 'attribute')!) };
    case 'subscript': {
      const items = n.children.filter((c) => c.field === 'subscript').map(sub);
      const only = items[0];
      return { kind: 'index', line, value: get('value'), items: items.length === 1 && only?.kind === 'tuple' && only.items.length > 0 ? only.items : items };
    }
    case 'slice': return slice(s, n);
    case 'lambda': {
      const params = field(n, 'parameters');
      return { kind: 'lambda', line, params: params ? lowerParams(s, params) : [], body: get('body') };
    }
    case 'list_comprehension': return comprehension(s, n, 'list');
    case 'set_comprehension': return comprehension(s, n, 'set');
    case 'generator_expression': return comprehension(s, n, 'gen');
    case 'dictionary_comprehension': return comprehension(s, n, 'dict');
    case 'yield': return { kind: 'yield', line, value: named(n)[0] ? sub(named(n)[0]!) : null, from: n.children.some((c) => c.type === 'from') };
    case 'list_splat': case 'list_splat_pattern': return { kind: 'star', line, value: sub(named(n)[0]!) };
    case 'named_expression': s.walrus = true; return { kind: 'walrus', line, name: textOf(s, field(n, 'name')!), value: get('value') };
    case 'as_pattern_target': case 'type': return sub(named(n)[0] ?? n.children[0]!);
    case 'print': case 'exec': return { kind: 'name', line, id: n.type };
    default: return unknown(s, n);
  }
}

function unknown(s: Source, n: Cst, what = n.type === 'ERROR' || n.missing ? 'broken syntax' : n.type.replaceAll('_', ' ')): Expr {
  return { kind: 'unknown', line: n.row + 1, text: textOf(s, n), what };
}

function integer(s: Source, n: Cst): Expr {
  const line = n.row + 1;
  const text = textOf(s, n).replaceAll('_', '').replace(/[lL]$/, '');
  if (/[jJ]$/.test(text)) return unknown(s, n, 'a complex number');
  if (/^0\d/.test(text)) { s.python2 = true; return { kind: 'num', line, int: true, text: `0o${text.slice(1)}` }; }
  return { kind: 'num', line, int: true, text };
}

function comparison(s: Source, n: Cst): Expr {
  const rest: [string, Expr][] = [];
  let first: Expr | undefined;
  let op = '';
  for (const c of n.children) {
    if (c.type === 'comment') continue;
    if (c.field === 'operators' || !c.named) { op = op === '' ? textOf(s, c) : `${op} ${textOf(s, c)}`; continue; }
    if (!first) first = lowerExpr(s, c);
    else { rest.push([op === '<>' ? '!=' : op.replace(/\s+/g, ' '), lowerExpr(s, c)]); op = ''; }
  }
  return { kind: 'compare', line: n.row + 1, first: first!, rest };
}

function slice(s: Source, n: Cst): Expr {
  const parts: (Expr | null)[] = [null, null, null];
  let i = 0;
  for (const c of n.children) {
    if (c.type === ':') i++;
    else if (c.named && c.type !== 'comment') parts[i] = lowerExpr(s, c);
  }
  return { kind: 'slice', line: n.row + 1, begin: parts[0]!, end: parts[1]!, step: parts[2]! };
}

function comprehension(s: Source, n: Cst, of: 'list' | 'set' | 'dict' | 'gen'): Expr {
  const clauses: { target: Expr; iter: Expr; tests: Expr[] }[] = [];
  let body: Cst | undefined;
  for (const c of named(n)) {
    if (c.type === 'for_in_clause') {
      const right = c.children.filter((x) => x.field === 'right' && x.named);
      const iter: Expr = right.length === 1 ? lowerExpr(s, right[0]!) : { kind: 'tuple', line: c.row + 1, items: right.map((x) => lowerExpr(s, x)) };
      clauses.push({ target: lowerExpr(s, field(c, 'left')!), iter, tests: [] });
    } else if (c.type === 'if_clause') clauses.at(-1)!.tests.push(lowerExpr(s, named(c)[0]!));
    else body ??= c;
  }
  const line = n.row + 1;
  const pair = body?.type === 'pair' ? body : undefined;
  const value = lowerExpr(s, pair ? field(pair, 'value')! : body!);
  return { kind: 'comp', line, of, key: pair ? lowerExpr(s, field(pair, 'key')!) : null, value, clauses: clauses satisfies Clause[] };
}

/** Arguments of a call, bases of a class. */
export function lowerArgs(s: Source, n: Cst): Arg[] {
  for (const c of n.children) if (c.type === 'comment') s.comments.push({ line: c.row + 1, text: textOf(s, c) });
  return named(n).map((c): Arg => {
    if (c.type === 'keyword_argument') return { name: textOf(s, field(c, 'name')!), value: lowerExpr(s, field(c, 'value')!) };
    if (c.type === 'list_splat') return { star: 1, value: lowerExpr(s, named(c)[0]!) };
    if (c.type === 'dictionary_splat') return { star: 2, value: lowerExpr(s, named(c)[0]!) };
    return { value: lowerExpr(s, c) };
  });
}

export function lowerParams(s: Source, n: Cst): Param[] {
  return named(n).flatMap((c): Param[] => {
    switch (c.type) {
      case 'identifier': return [{ name: textOf(s, c) }];
      case 'default_parameter': return [{ name: textOf(s, field(c, 'name')!), default: lowerExpr(s, field(c, 'value')!) }];
      case 'typed_default_parameter': return [{ name: textOf(s, field(c, 'name')!), default: lowerExpr(s, field(c, 'value')!), annotation: lowerExpr(s, field(c, 'type')!) }];
      case 'typed_parameter': {
        const inner = named(c)[0]!;
        const annotation = lowerExpr(s, field(c, 'type')!);
        if (inner.type === 'list_splat_pattern') return [{ name: textOf(s, named(inner)[0]!), star: 1 }];
        if (inner.type === 'dictionary_splat_pattern') return [{ name: textOf(s, named(inner)[0]!), star: 2 }];
        return [{ name: textOf(s, inner), annotation }];
      }
      case 'list_splat_pattern': return [{ name: textOf(s, named(c)[0]!), star: 1 }];
      case 'dictionary_splat_pattern': return [{ name: textOf(s, named(c)[0]!), star: 2 }];
      case 'keyword_separator': return [{ name: '', star: 1 }];
      case 'positional_separator': return [];
      // Python 2's `def f(a, (b, c))`.
      case 'tuple_pattern': s.python2 = true; return [{ name: textOf(s, c) }];
      default: return [{ name: textOf(s, c) }];
    }
  });
}

/** `>{width}.2f`: text, or a string with holes. */
function formatSpec(s: Source, n: Cst): string | Expr {
  const nested = n.children.filter((c) => c.type === 'format_expression');
  if (nested.length === 0) return textOf(s, n).slice(1);
  const parts: (string | Hole)[] = [];
  let from = n.start + 1;
  for (const c of nested) {
    parts.push(s.text.slice(from, c.start), { value: lowerExpr(s, field(c, 'expression')!), spec: '', conversion: '' });
    from = c.end;
  }
  return { kind: 'str', line: n.row + 1, parts: [...parts, s.text.slice(from, n.end)].filter((p) => p !== ''), bytes: false };
}

/** Python 2's `x`: repr(x). The grammar takes it for a string, so only names, their attributes and numbers are read. */
function backquoted(s: Source, n: Cst): Expr {
  const line = n.row + 1, inner = textOf(s, n).slice(1, -1).trim();
  if (!/^(\d+|[A-Za-z_]\w*(\.[A-Za-z_]\w*)*)$/.test(inner)) return unknown(s, n, 'backquotes around an expression');
  const [first, ...names] = inner.split('.') as [string, ...string[]];
  const value = names.reduce<Expr>((e, name) => ({ kind: 'attr', line, value: e, name }), /^\d/.test(first) ? { kind: 'num', line, int: true, text: first } : { kind: 'name', line, id: first });
  return { kind: 'call', line, func: { kind: 'name', line, id: 'repr' }, args: [{ value }] };
}

function string(s: Source, n: Cst): Expr {
  const parts: (string | Hole)[] = [];
  let bytes = false;
  const push = (p: string | Hole): void => {
    const last = parts.at(-1);
    if (typeof p === 'string' && typeof last === 'string') parts[parts.length - 1] = last + p;
    else parts.push(p);
  };
  for (const str of n.type === 'string' ? [n] : named(n).filter((c) => c.type === 'string')) {
    const prefix = /^[a-zA-Z]*/.exec(textOf(s, str))![0].toLowerCase();
    bytes ||= prefix.includes('b');
    const raw = prefix.includes('r');
    const f = prefix.includes('f');
    if (!f) {
      // Not by the parts: the tree leaves some of a raw string's backslashes out.
      const plain = /^[a-zA-Z]*('''|"""|'|")([^]*)\1$/.exec(textOf(s, str))?.[2] ?? '';
      push(raw ? plain : unescape(plain, prefix.includes('b')));
      continue;
    }
    for (const c of str.children) {
      if (c.type === 'interpolation') {
        const value = field(c, 'expression');
        const spec = c.children.find((x) => x.type === 'format_specifier');
        const conversion = c.children.find((x) => x.type === 'type_conversion');
        if (value) push({ value: lowerExpr(s, value), spec: spec ? formatSpec(s, spec) : '', conversion: conversion ? textOf(s, conversion).slice(1) : '' });
      } else if (c.type === 'string_content' || c.type === 'escape_interpolation') {
        const text = textOf(s, c);
        const plain = text.replaceAll('{{', '{').replaceAll('}}', '}');
        push(raw ? plain : unescape(plain, prefix.includes('b')));
      }
    }
  }
  return { kind: 'str', line: n.row + 1, parts: parts.length === 0 ? [''] : parts, bytes };
}
