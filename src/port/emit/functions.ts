// Functions: signatures, decorators, bodies; lambdas.
import type { DefStmt, Expr, ExprOf, Param } from '../ast.ts';
import { transparent } from '../infer.ts';
import { children, blocks, expressions, type Block, type Stmt } from '../ast.ts';
import { type DefInfo, isNumber, tsType } from '../types.ts';
import { forwards } from './args.ts';
import type { Blocks } from './blocks.ts';
import { type Emit, identifier, P, text, type Text } from './context.ts';
import { arrowBody } from './operators.ts';

/** `(x: any, n = 3, ...rest: any[])`. */
export function signature(c: Emit, def: DefInfo, method: boolean): string {
  const out: string[] = [];
  const params = def.node.params.filter((p, i) => !(method && i === 0) && !def.dropped.has(p.name));
  const optionalFrom = params.findLastIndex((p) => !p.default && !p.star);
  params.forEach((p, i) => {
    if (p.star) {
      if (p.name === '' || (p.star === 2 && forwards(def))) return;
      const both = p.star === 2 && params.some((q) => q.star === 1 && q.name !== '');
      out.push(p.star === 1 ? `...${identifier(p.name)}: any[]` : both ? '' : `${identifier(p.name)}: Map<string, any> = new Map()`);
      return;
    }
    out.push(parameter(c, def, p, i > optionalFrom));
  });
  return out.filter((x) => x !== '').join(', ');
}

function parameter(c: Emit, def: DefInfo, p: Param, optional: boolean): string {
  const name = identifier(p.name);
  if (/^\W/.test(p.name)) return p.name.replace('(', '[').replace(')', ']') + ': any'; // Python 2's tuple parameters
  const v = def.scope.vars.get(p.name)!;
  const precise = v.writes === 1 && !v.nullable && (isNumber(v.type) || v.type.k === 'str' || v.type.k === 'tensor' || (v.type.k === 'list' && ['int', 'str'].includes(v.type.of.k)));
  const type = precise && def.node.kind === 'def' ? tsType(v.type) : 'any';
  if (!p.default) return `${name}: ${type}`;
  const value = c.within(def.scope.parent ?? def.scope, () => c.expr(p.default!, P.assign));
  return optional ? type === 'any' || !isPlain(p.default) ? `${name}: ${type} = ${value}` : `${name} = ${value}` : `${name}: ${type} = ${value}`;
}
const isPlain = (e: Expr): boolean => e.kind === 'num' || e.kind === 'str' || (e.kind === 'const' && e.value !== null) || (e.kind === 'unary' && isPlain(e.operand));

/** `*args, **kwargs`: the keywords are taken off the end of the rest. */
function takenKeywords(c: Emit, def: DefInfo): string | null {
  const [kw, rest] = [def.node.params.find((p) => p.star === 2), def.node.params.find((p) => p.star === 1 && p.name !== '')];
  return kw && rest && !forwards(def) && def.scope.vars.get(kw.name)!.reads > 0 ? `const ${identifier(kw.name)} = ${c.use('py')}.popOptions(${identifier(rest.name)});` : null;
}

/** A lambda as an arrow function. */
export function lambda(c: Emit, e: ExprOf<'lambda'>, body: (def: DefInfo, f: () => Text) => Text): Text {
  const def = c.inf.bindings.defs.get(e)!;
  const head = signature(c, def, false);
  const taken = takenKeywords(c, def);
  return body(def, () => text(`${def.async ? 'async ' : ''}(${head}) => ${taken === null ? arrowBody(c.expr(e.body, P.assign)) : `{ ${taken} return ${c.expr(e.body, P.comma)}; }`}`, P.assign));
}

export function functionStatement(c: Blocks, s: DefStmt): void {
  const def = c.inf.bindings.defs.get(s)!;
  const top = c.outermost;
  const inline = c.plan.inline.get(s)?.has(s.name) ?? false;
  const name = c.name(s.name);
  const marked = decorators(c, s);
  const arrow = !top && c.frame.self !== null && !def.generator;
  documentation(c, s.doc, s.line);
  const head = `${def.async ? 'async ' : ''}function${def.generator ? '*' : ''} ${name}(${signature(c, def, false)})${resultType(def, s)} {`;
  const exported = top ? 'export ' : '';
  if (marked.length > 0) {
    const unread = !top && inline && c.scope.vars.get(s.name)?.reads === 0;
    c.line(`${unread ? '' : `${inline ? `${exported}const ` : ''}${name} = `}${marked.map((m) => m.open).join('')}${head}`, s.line);
    body(c, def, s);
    c.line(`}${marked.toReversed().map((m) => m.close).join('')};`, s.end);
  } else if (arrow) {
    c.line(`${inline ? 'const ' : ''}${name} = ${def.async ? 'async ' : ''}(${signature(c, def, false)})${resultType(def, s)} => {`, s.line);
    body(c, def, s);
    c.line('};', s.end);
  } else if (inline) {
    c.line(exported + head, s.line);
    body(c, def, s);
    c.line('}', s.end);
  } else {
    c.line(`${name} = ${head}`, s.line);
    body(c, def, s);
    c.line('};', s.end);
  }
}

/** Decorators as the text around the definition, outermost first. */
function decorators(c: Blocks, s: DefStmt): { open: string; close: string }[] {
  return s.decorators.flatMap((d) => {
    const last = d.kind === 'attr' ? d.name : d.kind === 'name' ? d.id : '';
    const call = (f: string, more = ''): { open: string; close: string } => ({ open: `${f}(`, close: `${more})` });
    if (last === 'add_arg_scope') return [call(`${c.use('tf')}.contrib.framework.addArgScope`), call(`${c.use('py')}.keywords`, `, [${s.params.map((p) => `'${p.name}'`).join(', ')}]`)];
    return [call(c.expr(d, P.call))];
  }).concat(s.decorators.length > 0 && !s.decorators.every(transparent) && s.params.some((p) => !p.star && p.default) && !s.params.some((p) => p.star) ? [{ open: `${c.use('py')}.keywords(`, close: `, [${s.params.map((p) => `'${p.name}'`).join(', ')}])` }] : []);
}

/** The body of a function between its braces. */
export function body(c: Blocks, def: DefInfo, s: DefStmt): void {
  const self = def.cls && !isStatic(s) ? s.params[0]?.name ?? null : def.cls ? null : c.frame.self;
  c.inFunction(def.scope, s.body, { def, async: def.async, self, constructing: def.cls !== null && s.name === '__init__' }, () => {
    const taken = takenKeywords(c, def);
    if (taken !== null) c.line(taken, s.line);
    c.block(s.body);
  });
}
export const isStatic = (s: DefStmt): boolean => s.decorators.some((d) => d.kind === 'name' && d.id === 'staticmethod');

/** `: [tf.Tensor, any]`: the result of a function where TypeScript would find a union of its parts, or nothing. */
export function resultType(def: DefInfo, s: DefStmt): string {
  if (def.generator) return recursive(s) ? ': any' : '';
  const t = def.returns;
  const several = returnsOf(s.body).length > 1 && ['any', 'list', 'dict'].includes(t.k);
  const spelled = recursive(s) ? 'any' : t.k === 'tuple' && !t.names && t.items.length > 0 ? `[${t.items.map(tsType).join(', ')}]` : t.k === 'list' && t.frozen ? 'any[]' : several ? 'any' : null;
  return spelled === null ? '' : def.async ? `: Promise<${spelled}>` : `: ${spelled}`;
}
function returnsOf(b: Block): Stmt[] { return b.flatMap((x) => (x.kind === 'return' ? [x] : blocks(x).flatMap(returnsOf))); }
/** Whether a function calls itself: TypeScript then needs to be told what it returns. */
export function recursive(s: DefStmt): boolean {
  const inExpr = (e: Expr): boolean => (e.kind === 'name' && e.id === s.name) || children(e).some(inExpr);
  const inBlock = (b: Block): boolean => b.some((x) => expressions(x).some(inExpr) || blocks(x).some(inBlock) || ((x.kind === 'def' || x.kind === 'class') && inBlock(x.body)));
  return inBlock(s.body);
}

/** A docstring as a doc comment. */
export function documentation(c: Blocks, doc: string | null, line: number): void {
  if (doc === null) return;
  const lines = doc.trim().replaceAll('*/', '* /').split('\n').map((l) => l.trim());
  if (lines.length === 1) { c.line(`/** ${lines[0]} */`, line); return; }
  c.line('/**', line);
  for (const l of lines) c.line(` * ${l}`.trimEnd(), line);
  c.line(' */', line);
}
