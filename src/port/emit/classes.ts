// Classes: fields, constructor, methods under TypeScript's names for Python's special ones.
import type { ClassStmt, DefStmt, Stmt } from '../ast.ts';
import { isProperty } from '../infer_call.ts';
import { type ClassInfo, tsType } from '../types.ts';
import type { Blocks } from './blocks.ts';
import { P } from './context.ts';
import { body, documentation, isStatic, resultType, signature } from './functions.ts';

const SPECIAL: Readonly<Record<string, string>> = { __call__: 'call', __str__: 'toString', __iter__: '[Symbol.iterator]', __exit__: '[Symbol.dispose]', __eq__: 'equals', next: '__next__' };

export function classStatement(c: Blocks, s: ClassStmt): void {
  const cls = c.inf.bindings.classes.get(s)!;
  const base = s.bases.find((b) => b.name === undefined && !(b.value.kind === 'name' && b.value.id === 'object'));
  documentation(c, s.doc, s.line);
  const decorated = s.decorators.map((d) => `${c.expr(d, P.call)}(`).join('');
  const exported = c.outermost ? 'export ' : '';
  const inline = c.plan.inline.get(s)?.has(s.name) === true;
  c.line(`${exported}${decorated !== '' && inline ? `const ${c.name(s.name)}: any = ` : inline ? '' : `${c.name(s.name)} = `}${decorated}class ${c.name(s.name)}${base ? ` extends ${c.expr(base.value, P.call)}` : ''} {`, s.line);
  c.inFunction(c.inf.bindings.scopes.get(s)!, [], { def: null, async: false, self: null, constructing: false }, () => {
    fields(c, cls, s);
    for (const m of s.body) member(c, cls, m, base !== undefined);
  });
  c.line(decorated === '' ? '}' : `}${')'.repeat(s.decorators.length)};`, s.end);
}

/** Fields the methods assign. */
function fields(c: Blocks, cls: ClassInfo, s: ClassStmt): void {
  const own = new Set(s.body.flatMap((x) => (x.kind === 'assign' ? x.targets.flatMap((t) => (t.kind === 'name' ? [t.id] : [])) : [])));
  const inherited = cls.base.k === 'class' ? cls.base.cls.attrs : undefined;
  for (const [name, t] of cls.attrs) {
    if (own.has(name) || cls.methods.has(name) || inherited?.has(name)) continue;
    const type = ['int', 'float', 'str', 'bool', 'tensor'].includes(t.k) ? tsType(t) : 'any';
    c.line(type === 'any' ? `${name}: any;` : `${name}!: ${type};`, s.line);
  }
}

function member(c: Blocks, cls: ClassInfo, m: Stmt, derived: boolean): void {
  c.comments(m);
  switch (m.kind) {
    case 'def': method(c, cls, m, derived); return;
    case 'assign':
      for (const t of m.targets) {
        const name = t.kind === 'name' ? t.id : c.expr(t);
        c.line(`static ${name}: any = ${c.expr(m.value, P.assign)};`, m.line);
        if (cls.own.has(name)) c.line(`${name}: any = ${c.name(cls.name)}.${name};`, m.line); // instances may have their own
      }
      return;
    case 'pass': case 'comments': return;
    case 'expr': if (m.value.kind === 'str') return;
      c.todo(m.line, '', 'a statement in a class body has no translation', 'move it out of the class'); c.line('// TODO(port): a statement in the class body', m.line); return;
    default: c.todo(m.line, '', `${m.kind} in a class body has no translation`, 'move it out of the class'); c.line(`// TODO(port): ${m.kind} in the class body`, m.line);
  }
}

function method(c: Blocks, cls: ClassInfo, m: DefStmt, derived: boolean): void {
  const def = c.inf.bindings.defs.get(m)!;
  documentation(c, m.doc, m.line);
  const fixed = isStatic(m);
  const ofClass = m.decorators.some((d) => d.kind === 'name' && d.id === 'classmethod');
  const setter = m.decorators.some((d) => d.kind === 'attr' && d.name === 'setter');
  const known = (n: string): boolean => ['staticmethod', 'classmethod', 'property'].includes(n);
  for (const d of m.decorators) if (!(d.kind === 'name' && known(d.id)) && !(d.kind === 'attr' && d.name === 'setter')) c.todo(m.line, `@${d.kind === 'name' ? d.id : '...'}`, 'decorators of methods have no translation', 'call the decorator by hand');
  const iterates = m.name === '__iter__' && !def.generator && (cls.methods.has('__next__') || cls.methods.has('next'));
  if (iterates) { c.line(`[Symbol.iterator]() { return ${c.use('py')}.iterateNext(this); }`, m.line); return; }
  const name = m.name === '__init__' ? 'constructor' : m.name === 'next' && !cls.methods.has('__iter__') ? m.name : SPECIAL[m.name] ?? m.name;
  const prefix = `${fixed || ofClass ? 'static ' : ''}${isProperty(def) ? 'get ' : setter ? 'set ' : ''}${def.async ? 'async ' : ''}${def.generator ? '*' : ''}`;
  const call = m.name === '__init__' && derived && !callsSuper(m);
  const result = m.name === '__init__' || setter ? '' : resultType(def, m);
  c.line(`${prefix}${name}(${signature(c, def, !fixed)})${result} {`, m.line);
  if (call) c.inside(() => c.line('super();', m.line));
  body(c, def, m);
  c.line('}', m.end);
}
const callsSuper = (m: DefStmt): boolean => /"id":"super"|"name":"__init__"/.test(JSON.stringify(m.body));
