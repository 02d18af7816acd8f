// Python's built-in functions. One case a function; those without one are called in the port runtime.
import type { ExprOf } from '../ast.ts';
import { isNamed, isNumber, isSequence, isTensor } from '../types.ts';
import { type Emit, P, py, text, type Text } from './context.ts';
import { printable, shown, typeText } from './shown.ts';

const RUNTIME = new Set(['abs', 'all', 'any', 'bool', 'bytes', 'callable', 'chr', 'dict', 'divmod', 'enumerate', 'filter', 'float', 'frozenset', 'getattr', 'hasattr', 'hash', 'id', 'input', 'int', 'isinstance', 'issubclass', 'len', 'list', 'map', 'max', 'min',
  'next', 'open', 'ord', 'pow', 'range', 'repr', 'reversed', 'round', 'set', 'setattr', 'sorted', 'str', 'sum', 'tuple', 'type', 'zip']);
/** Names the runtime has otherwise. */
const OLD: Readonly<Record<string, string>> = { iter: 'iterator', xrange: 'range', raw_input: 'input', unicode: 'str', long: 'int', basestring: 'str', quit: 'exit', exit: 'exit', reduce: 'reduce', unichr: 'chr', hex: 'hex', bin: 'bin', oct: 'oct' };
const THROWN = /^(Exception|BaseException|StandardError|ValueError|TypeError|KeyError|LookupError|RuntimeError|AttributeError|AssertionError|NotImplementedError|IndexError|StopIteration|IOError|OSError|ImportError|NameError|ZeroDivisionError|EOFError|SystemExit|KeyboardInterrupt)$/;

export function builtinCall(c: Emit, e: ExprOf<'call'>, name: string): Text | undefined {
  const first = e.args[0]?.value;
  const plain = e.args.every((a) => a.name === undefined && !a.star);
  const t = first ? c.typeOf(first) : undefined;
  const arg = (i: number, min: number = P.assign): string => c.expr(e.args[i]!.value, min);
  // The text of a KeyError is the repr of its key.
  if (THROWN.test(name)) return text(`new ${c.expr(e.func, P.call)}(${e.args.map((a) => (name === 'KeyError' ? shown(c, 'repr', a.value).text : c.expr(a.value, P.assign))).join(', ')})`, P.call);
  switch (name) {
    case 'len':
      if (t && (isSequence(t) || t.k === 'str')) return text(`${arg(0, P.call)}.length`, P.call);
      if (t?.k === 'dict' && t.record) return text(`Object.keys(${arg(0)}).length`, P.call);
      if (t && (t.k === 'dict' || t.k === 'set')) return text(`${arg(0, P.call)}.size`, P.call);
      break;
    case 'int':
      if (t?.k === 'int' && plain) return c.sub(first!);
      if (t?.k === 'float' && plain) return text(`Math.trunc(${arg(0)})`, P.call);
      break;
    case 'float': if (t && isNumber(t) && t.k !== 'bool' && !(t.k === 'float' && t.single) && plain) return c.sub(first!); break;
    case 'str': if (!first) return text(`''`); if (t?.k === 'str') return c.sub(first!); if (t?.k === 'int') return text(`String(${arg(0)})`, P.call); if (first && plain && e.args.length === 1) return shown(c, 'str', first); break;
    case 'repr': if (first && plain) return shown(c, 'repr', first); break;
    case 'format': if (first && plain) return e.args[1] ? shown(c, 'format', first, arg(1)) : shown(c, 'str', first); break;
    case 'bool': if (t?.k === 'bool') return c.sub(first!); break;
    case 'abs': if (t && isTensor(t)) return text(`${arg(0, P.call)}.abs()`, P.call); if (t && isNumber(t)) return text(`Math.abs(${arg(0)})`, P.call); break;
    case 'max': case 'min': if (plain && e.args.length > 1 && e.args.every((a) => isNumber(c.typeOf(a.value)))) return text(`Math.${name}(${e.args.map((_, i) => arg(i)).join(', ')})`, P.call); break;
    case 'list': case 'tuple':
      if (!first) return text('[]');
      if (plain && t && isNamed(t)) return text(`Object.values(${arg(0)})`, P.call);
      if (plain && t && (isSequence(t) || t.k === 'gen' || t.k === 'set')) return text(`[...${arg(0, P.assign)}]`);
      if (plain && t?.k === 'dict') return text(t.record ? `Object.keys(${arg(0)})` : `[...${arg(0, P.call)}.keys()]`);
      break;
    case 'set': if (!first) return text('new Set<any>()', P.call); if (plain && t && (isSequence(t) || t.k === 'gen')) return text(`new Set<any>(${arg(0)})`, P.call); break;
    case 'dict':
      if (e.args.length === 0) return text('new Map<any, any>()', P.call);
      if (e.args.every((a) => a.name !== undefined)) return text(`new Map<string, any>([${e.args.map((a) => `['${a.name}', ${c.expr(a.value, P.assign)}]`).join(', ')}])`, P.call);
      if (plain && t?.k === 'dict' && !t.record) return text(`new Map(${arg(0)})`, P.call);
      break;
    case 'print': {
      const [end, file, sep] = ['end', 'file', 'sep'].map((k) => e.args.find((a) => a.name === k));
      const values = e.args.filter((a) => a.name === undefined).map((a) => (a.star ? `...${c.expr(a.value, P.assign)}` : printable(c, a.value)));
      if (end || file || sep) return py(c, 'printTo', `{ ${e.args.filter((a) => a.name !== undefined).map((a) => `${a.name}: ${c.expr(a.value, P.assign)}`).join(', ')} }`, ...values);
      const texts = e.args.every((a) => !a.star && (c.typeOf(a.value).k === 'str' || typeText(c.typeOf(a.value)) !== null));
      return texts ? text(`console.log(${values.join(', ')})`, P.call) : py(c, 'print', ...values);
    }
    case 'isinstance': {
      const cls = e.args[1]?.value;
      if (cls && c.typeOf(cls).k === 'class') return text(`${arg(0, P.compare + 1)} instanceof ${arg(1)}`, P.compare);
      const k = cls ? c.typeOf(cls) : undefined;
      if (k?.k === 'symbol' && k.of === 'tf') return text(`${arg(0, P.compare + 1)} instanceof ${c.expr(cls!, P.call)}`, P.compare);
      break;
    }
    case 'globals': case 'locals': case 'eval': case 'exec': case 'compile': case 'dir': case '__import__': case 'execfile': case 'reload':
      return c.todo(e.line, `${name}(...)`, `${name}() looks into the running program`, 'write what it stands for');
    case 'vars': return first ? py(c, 'vars', arg(0)) : c.todo(e.line, 'vars()', 'vars() looks into the running program', 'write what it stands for');
    case 'super': return undefined;
    default:
  }
  const runtime = OLD[name] ?? name;
  if (!RUNTIME.has(name) && !(name in OLD)) return undefined;
  const positional = e.args.filter((a) => a.name === undefined).map((a) => `${a.star === 1 ? '...' : ''}${c.expr(a.value, P.assign)}`);
  const named = e.args.filter((a) => a.name !== undefined).map((a) => `${a.name}: ${c.expr(a.value, P.assign)}`);
  return py(c, runtime === 'type' ? 'typeOf' : runtime, ...positional, ...(named.length > 0 ? [`{ ${named.join(', ')} }`] : []));
}
