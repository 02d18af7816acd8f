// Python's operators: methods on tensors, TypeScript's own on numbers and strings, the port runtime where types are unknown.
import type { Expr, ExprOf } from '../ast.ts';
import { isNumber, isPrimitive, isSequence, isTensor, isTuple, type Type } from '../types.ts';
import { keyText } from './access.ts';
import { type Emit, P, paren, py, text, type Text } from './context.ts';
import { percentFormat } from './strings.ts';

const TENSOR: Readonly<Record<string, string>> = {
  '+': 'add', '-': 'sub', '*': 'mul', '/': 'truediv', '//': 'floordiv', '%': 'mod', '**': 'pow', '@': 'matmul', '&': 'and', '|': 'or', '^': 'xor', '<': 'less', '<=': 'lessEqual', '>': 'greater', '>=': 'greaterEqual',
};
const RUNTIME: Readonly<Record<string, string>> = {
  '+': 'add', '-': 'sub', '*': 'mul', '/': 'truediv', '//': 'floordiv', '%': 'mod', '**': 'pow', '@': 'matmul', '&': 'bitAnd', '|': 'bitOr', '^': 'bitXor', '<<': 'shiftLeft', '>>': 'shiftRight',
  '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge',
};
const PREC: Readonly<Record<string, number>> = { '+': P.add, '-': P.add, '*': P.mul, '/': P.mul, '%': P.mul, '**': P.pow, '&': P.bitAnd, '|': P.bitOr, '^': P.bitXor, '<<': P.shift, '>>': P.shift };
/** `5 < x` is `x > 5`. */
const SWAPPED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };

export function binary(c: Emit, e: ExprOf<'binary'>): Text { return operate(c, e.op, e.left, e.right); }

export function operate(c: Emit, op: string, left: Expr, right: Expr): Text {
  const [a, b] = [c.typeOf(left), c.typeOf(right)];
  if (op === '%' && left.kind === 'str') return percentFormat(c, left, right);
  if (isTensor(a)) return text(`${c.expr(left, P.call)}.${tensorMethod(c, op)}(${c.expr(right, P.assign)})`, P.call);
  // What may build nodes stands on the left: it must be evaluated first.
  if (isTensor(b) && a.k === 'any' && left.kind !== 'name' && left.kind !== 'attr') return py(c, pythonName(c, op), c.expr(left, P.assign), c.expr(right, P.assign));
  if (isTensor(b)) {
    if (op in SWAPPED) return text(`${c.expr(right, P.call)}.${TENSOR[SWAPPED[op]!]}(${c.expr(left, P.assign)})`, P.call);
    return text(`${c.expr(right, P.call)}.r${tensorMethod(c, op)}(${c.expr(left, P.assign)})`, P.call);
  }
  if (isNumber(a) && isNumber(b)) return numbers(c, op, left, right, a, b);
  if (op === '+' && a.k === 'str' && b.k === 'str') return text(`${c.expr(left, P.add)} + ${c.expr(right, P.add + 1)}`, P.add);
  if (op === '+' && isSequence(a) && isSequence(b)) return text(`[${spread(c, left)}, ${spread(c, right)}]`.replace('[, ', '[').replace(/, \]$/, ']'));
  if (op === '*' && a.k === 'str' && b.k === 'int') return text(`${c.expr(left, P.call)}.repeat(${c.expr(right, P.assign)})`, P.call);
  if (op === '*' && left.kind === 'list' && left.items.length === 1 && b.k === 'int' && isPrimitive(c.typeOf(left.items[0]!))) {
    return text(`Array(${c.expr(right, P.assign)}).fill(${c.expr(left.items[0]!, P.assign)})`, P.call);
  }
  // A float without a fraction beside an array: JavaScript would take it for an int.
  const operand = (e: Expr, other: Type): string => (e.kind === 'num' && !e.int && Number.isInteger(Number(e.text)) && other.k === 'ndarray' ? `${c.use('np')}.float64(${e.text})` : c.expr(e, P.assign));
  return py(c, pythonName(c, op), operand(left, b), operand(right, a));
}

/** Elements of a list, to stand in a literal. */
function spread(c: Emit, e: Expr): string {
  return e.kind === 'list' || e.kind === 'tuple' ? e.items.map((x) => (x.kind === 'star' ? `...${c.expr(x.value, P.assign)}` : c.expr(x, P.assign))).join(', ') : `...${c.expr(e, P.assign)}`;
}
const tensorMethod = (c: Emit, op: string): string => (op === '/' && c.inf.python2 ? 'div' : TENSOR[op] ?? `unknown operator ${op}`);
const pythonName = (c: Emit, op: string): string => (op === '/' && c.inf.python2 ? 'div' : RUNTIME[op] ?? `unknown operator ${op}`);

function numbers(c: Emit, op: string, left: Expr, right: Expr, a: Type, b: Type): Text {
  const operand = (e: Expr, t: Type, min: number): string => (t.k === 'bool' ? `Number(${c.expr(e, P.assign)})` : c.expr(e, min));
  const two = (o: string, prec: number): Text => text(`${operand(left, a, o === '**' ? prec + 1 : prec)} ${o} ${operand(right, b, o === '**' ? prec : prec + 1)}`, prec);
  const ints = a.k !== 'float' && b.k !== 'float';
  switch (op) {
    case '/': case '//': case '%': if (c.catches('ZeroDivisionError') && !(right.kind === 'num' && Number(right.text) !== 0)) return py(c, pythonName(c, op), c.expr(left, P.assign), c.expr(right, P.assign)); break;
    default:
  }
  switch (op) {
    case '/': return c.inf.python2 && ints ? text(`Math.floor(${two('/', P.mul).text})`, P.call) : two('/', P.mul);
    case '//': return text(`Math.floor(${two('/', P.mul).text})`, P.call);
    case '%': return nonNegative(c, left) && nonNegative(c, right) ? two('%', P.mul) : py(c, 'mod', c.expr(left, P.assign), c.expr(right, P.assign));
    case '**': return left.kind === 'unary' ? text(`(${c.expr(left)}) ** ${c.expr(right, P.pow)}`, P.pow) : two('**', P.pow);
    case '<<': case '>>': case '&': case '|': case '^': return py(c, RUNTIME[op]!, c.expr(left, P.assign), c.expr(right, P.assign)); // wider than 32 bits in Python
    default: return two(op, PREC[op]!);
  }
}

/** Whether a number is surely not below zero: JavaScript's `%` differs from Python's there. */
function nonNegative(c: Emit, e: Expr): boolean {
  switch (e.kind) {
    case 'num': return true;
    case 'name': return /^(i|j|k|n|s|t|it|step|epoch|iteration|batch|idx|index|global_step|\w*_(size|step|steps|num|count|epoch|index|idx|interval|every))$/.test(e.id) && c.typeOf(e).k === 'int';
    case 'binary': return ['+', '*', '//', '%'].includes(e.op) && nonNegative(c, e.left) && nonNegative(c, e.right);
    case 'call': return e.func.kind === 'name' && e.func.id === 'len';
    default: return false;
  }
}

export function unary(c: Emit, e: ExprOf<'unary'>): Text {
  const t = c.typeOf(e.operand);
  if (isTensor(t)) return e.op === '+' ? c.sub(e.operand) : text(`${c.expr(e.operand, P.call)}.${e.op === '-' ? 'neg' : 'invert'}()`, P.call);
  if (isNumber(t) && e.op !== '~') return text(`${e.op}${c.expr(e.operand, P.unary + 1)}`, P.unary);
  return py(c, e.op === '-' ? 'neg' : e.op === '+' ? 'pos' : 'invert', c.expr(e.operand, P.assign));
}

// --- comparisons ------------------------------------------------------------------------------------------------------

export function compare(c: Emit, e: ExprOf<'compare'>): Text {
  const pairs: Text[] = [];
  let left = e.first;
  for (const [op, right] of e.rest) {
    pairs.push(compareTwo(c, op, left, right));
    left = right;
  }
  return pairs.length === 1 ? pairs[0]! : text(pairs.map((p) => paren(p, P.and)).join(' && '), P.and);
}

function compareTwo(c: Emit, op: string, left: Expr, right: Expr): Text {
  const [a, b] = [c.typeOf(left), c.typeOf(right)];
  const both = (o: string, prec: number): Text => text(`${c.expr(left, prec + 1)} ${o} ${c.expr(right, prec + 1)}`, prec);
  const isNull = (e: Expr): boolean => e.kind === 'const' && e.value === null;
  switch (op) {
    case 'is': case 'is not': {
      const o = op === 'is' ? '===' : '!==';
      if (isNull(right)) return text(`${c.expr(left, P.equal + 1)} ${op === 'is' ? '==' : '!='} null`, P.equal);
      return both(o, P.equal);
    }
    case '==': case '!=': {
      if (isNull(right)) return text(`${c.expr(left, P.equal + 1)} ${op}  null`.replace('  ', ' '), P.equal);
      if ((a.k === 'bool') !== (b.k === 'bool') && isNumber(a) && isNumber(b)) return py(c, op === '==' ? 'eq' : 'ne', c.expr(left, P.assign), c.expr(right, P.assign));
      const simple = (t: Type, e: Expr): boolean => (e.kind === 'str' && !e.bytes) || isPrimitive(t) || isTensor(t) || t.k === 'dtype' || t.k === 'op';
      if (simple(a, left) && simple(b, right) || ((left.kind === 'str' || right.kind === 'str') && a.k !== 'ndarray' && b.k !== 'ndarray')) return both(`${op}=`, P.equal);
      if (isPrimitive(a) && b.k !== 'ndarray' && b.k !== 'host' && right.kind !== 'list' && b.k !== 'any') return both(`${op}=`, P.equal);
      return py(c, op === '==' ? 'eq' : 'ne', c.expr(left, P.assign), c.expr(right, P.assign));
    }
    case 'in': case 'not in': {
      const not = op === 'in' ? '' : '!';
      const inner = (s: string): Text => text(`${not}${s}`, not ? P.unary : P.call);
      if (b.k === 'dict' && b.record) return text(`${not ? '!(' : ''}${c.expr(left, P.compare)} in ${c.expr(right, P.compare + 1)}${not ? ')' : ''}`, not ? P.unary : P.compare);
      if (b.k === 'dict' || (b.k === 'set' && (isPrimitive(a) || isTuple(a)))) return inner(`${c.expr(right, P.call)}.has(${keyText(c, left)})`);
      if (b.k === 'str' || (isSequence(b) && (a.k === 'str' || isNumber(a) || isTensor(a)))) return inner(`${c.expr(right, P.call)}.includes(${c.expr(left, P.assign)})`);
      return inner(py(c, 'contains', c.expr(right, P.assign), c.expr(left, P.assign)).text);
    }
    default:
      if (isTensor(a) || isTensor(b) || !(isNumber(a) && isNumber(b) || a.k === 'str' && b.k === 'str')) {
        if (isTensor(a) || isTensor(b)) return operate(c, op, left, right);
        return py(c, RUNTIME[op] ?? op, c.expr(left, P.assign), c.expr(right, P.assign));
      }
      return both(op, P.compare);
  }
}

// --- truth ------------------------------------------------------------------------------------------------------------

/** Whether JavaScript's idea of truth is Python's for a type. */
const sameTruth = (t: Type): boolean => isPrimitive(t) || ['def', 'class', 'module', 'symbol', 'op', 'dtype', 'object'].includes(t.k) || (t.k === 'instance' && !t.cls.methods.has('__len__') && !t.cls.methods.has('__bool__') && !t.cls.methods.has('__nonzero__'));

/** A condition. */
export function test(c: Emit, e: Expr): Text {
  if (e.kind === 'not') return not(c, e.operand);
  if (e.kind === 'logic') {
    const prec = e.op === 'and' ? P.and : P.or;
    return text(`${paren(test(c, e.left), prec)} ${e.op === 'and' ? '&&' : '||'} ${paren(test(c, e.right), prec + 1)}`, prec);
  }
  if (e.kind === 'compare') return compare(c, e);
  const t = c.typeOf(e);
  if (sameTruth(t)) return c.sub(e);
  if (isSequence(t) && e.kind === 'name' && !nullable(c, e)) return text(`${c.expr(e, P.call)}.length > 0`, P.compare);
  return py(c, 'truth', c.expr(e, P.assign));
}
/** A parameter may be None whatever the calls here pass. */
const nullable = (c: Emit, e: ExprOf<'name'>): boolean => c.scope.find(e.id)?.param === true || (c.scope.find(e.id)?.writes ?? 0) > 1;

export function not(c: Emit, operand: Expr): Text {
  if (operand.kind === 'compare' && operand.rest.length === 1) {
    const flipped: Readonly<Record<string, string>> = { in: 'not in', is: 'is not', '==': '!=' };
    const [op, right] = operand.rest[0]!;
    if (op in flipped) return compare(c, { ...operand, rest: [[flipped[op]!, right]] });
  }
  return text(`!${paren(test(c, operand), P.unary)}`, P.unary);
}

/** `a or b`, `a and b` as values. */
export function logic(c: Emit, e: ExprOf<'logic'>): Text {
  const boolean = (x: Expr): boolean => x.kind === 'compare' || x.kind === 'not' || c.typeOf(x).k === 'bool' || (x.kind === 'logic' && boolean(x.left) && boolean(x.right));
  if (boolean(e.left) && boolean(e.right)) return test(c, e);
  const [o, prec] = e.op === 'and' ? ['&&', P.and] as const : ['||', P.or] as const;
  if (sameTruth(c.typeOf(e.left)) || isTensor(c.typeOf(e.left))) return text(`${c.expr(e.left, prec)} ${o} ${c.expr(e.right, prec + 1)}`, prec);
  return py(c, e.op, c.expr(e.left, P.assign), `() => ${arrowBody(c.expr(e.right, P.assign))}`);
}
/** An arrow's body that starts with `{` would be a block. */
export function arrowBody(s: string): string { return s.startsWith('{') ? `(${s})` : s; }
