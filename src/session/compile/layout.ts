// layout: nodes that read each other and do not mind the order of axes are computed in another order where that moves fewer
// elements: images with channels first between convolutions that want them last, what lies between a Transpose and its
// inverse. Such a group reads turned inputs and hands on turned outputs, and no element changes its bits (turn.ts).
import { attr } from '../../graph/node_def.ts';
import { int32 } from '../../graph/dtype.ts';
import { arraysEqual, NDArray } from '../../graph/ndarray.ts';
import { inputNode, inputString, isControlInput, parseInput } from '../../graph/names.ts';
import { Rewriting } from '../../graph/rewrite.ts';
import { TensorShape } from '../../graph/shape.ts';
import { toNumbers } from '../kernels/common.ts';
import { transpose } from '../kernels/move.ts';
import { adopt, dataInputs, type Derived, inOrder, type Program, type ProgramNode, shapeOf, typeOf, type ValueType, type Weighed } from './program.ts';
import { simplify } from './simplify.ts';
import type { Target } from './target.ts';
import { CHANNEL_OPS, turned, type Turned, turnedVector } from './turn.ts';

type Dims = readonly number[];
const RULE = 'nodes in one order of axes -> the same in another, turned at their borders';

export function layout(p: Program, target: Target): Program {
  if (!target.engine.channelsLast) return p;
  let q = p;
  for (const order of ordersOf(p)) {
    const next = turn(q, order);
    if (next !== q) q = simplify(next, target); // turned twice is turned once, or not at all
  }
  return q;
}

/** Orders that are worth a thought: channels last where something has them first, and those of the transpositions. */
function ordersOf(p: Program): Dims[] {
  const orders = new Map<string, Dims>(), add = (o: Dims): void => { if (!o.every((d, i) => d === i)) orders.set(o.join(), o); };
  for (const k in p.nodes) {
    const n = p.nodes[k]!, format = CHANNEL_OPS.has(n.op) ? n.attr['data_format'] : undefined;
    if (format?.kind === 's' && String(format.value).startsWith('NC')) add(String(format.value) === 'NCDHW' ? [0, 2, 3, 4, 1] : [0, 2, 3, 1]);
  }
  for (const k in p.nodes) {
    const perm = permOf(p, p.nodes[k]!);
    if (perm) { add(perm); add(inverse(perm)); }
  }
  return [...orders.values()];
}
function permOf(p: Program, n: ProgramNode): Dims | undefined {
  const c = n.op === 'Transpose' ? p.constants.get(n.input[1]!) : undefined, perm = c && toNumbers(c);
  return perm && shapeOf(p, n.input[0]!).ndims === perm.length && shapeOf(p, n.name).isFullyDefined && perm.every((d) => d >= 0 && d < perm.length) && new Set(perm).size === perm.length ? perm : undefined;
}
const inverse = (order: Dims): Dims => order.map((_, i) => order.indexOf(i));
/** Elements that turning an array moves: none where only axes of one change places. */
function moved(dims: Dims, order: Dims): number {
  const wide = order.filter((d) => dims[d] !== 1);
  return wide.every((d, i) => i === 0 || wide[i - 1]! < d) ? 0 : dims.reduce((a, b) => a * b, 1);
}
const dimsOf = (p: Program, tensor: string): Dims => shapeOf(p, tensor).dims as Dims;
/** Axes of one in front, up to a rank. */
const widened = (dims: Dims, rank: number): Dims => [...Array.from({ length: rank - dims.length }, () => 1), ...dims];
const named = (s: string): string => { const { name, index } = parseInput(s); return inputString(name, index); };

/** Nodes that are turned together. */
interface Group { readonly nodes: ProgramNode[]; gain: number; kernels: number; /** What `gain` adds up. */ readonly terms: Map<string, number> }
/** Elements of a tensor that are moved (`times`: less often, below zero: more often) when the group is turned. */
function count(g: Group, tensor: string, elements: number, times: number): void {
  if (elements === 0 || times === 0) return;
  g.gain += times * elements;
  g.terms.set(tensor, (g.terms.get(tensor) ?? 0) + times);
}

function turn(p: Program, order: Dims): Program {
  const able = new Map<string, Turned>(), nodes = inOrder(p);
  for (const n of nodes) { const t = turned(p, n, order); if (t) able.set(n.name, t); }
  const isHeld = (s: string): boolean => { const { name, index } = parseInput(s); return able.get(name)?.out(index) ?? false; };
  const groups = groupsOf(nodes, able, isHeld);
  weigh(p, nodes, order, able, groups, isHeld);
  const chosen = new Map<string, Turned>(), weighed: Weighed[] = [];
  for (const g of new Set(groups.values())) {
    const tie = g.kernels > 0 && g.nodes.length > g.kernels, done = g.gain > 0 || (g.gain === 0 && tie);
    if (g.terms.size > 0) weighed.push({ terms: [...g.terms], tie, done });
    if (done) for (const n of g.nodes) chosen.set(n.name, able.get(n.name)!);
  }
  return chosen.size > 0 ? rewrite(p, nodes, order, chosen, weighed) : weighed.length === 0 ? p : adopt(p, new Rewriting('layout', p.nodes).finish(), {}, { weighed });
}

/** Nodes that hand each other what is held, by node. */
function groupsOf(nodes: readonly ProgramNode[], able: ReadonlyMap<string, Turned>, isHeld: (s: string) => boolean): Map<string, Group> {
  const of = new Map<string, Group>();
  for (const n of nodes) {
    const t = able.get(n.name);
    if (!t) continue;
    let own: Group = { nodes: [n], gain: 0, kernels: 0, terms: new Map() };
    of.set(n.name, own);
    const data = dataInputs(n);
    for (const i of t.images) {
      const other = isHeld(data[i]!) ? of.get(inputNode(data[i]!)) : undefined;
      if (!other || other === own) continue;
      const [into, from] = other.nodes.length >= own.nodes.length ? [other, own] : [own, other];
      for (const m of from.nodes) { into.nodes.push(m); of.set(m.name, into); }
      own = into;
    }
  }
  return of;
}

/** How many elements fewer each group moves when it is turned. */
function weigh(p: Program, nodes: readonly ProgramNode[], order: Dims, able: ReadonlyMap<string, Turned>, groups: ReadonlyMap<string, Group>, isHeld: (s: string) => boolean): void {
  const back = inverse(order), entered = new Map<Group, Map<string, number>>(), left = new Set<string>(), readers = new Map<string, number>();
  const read = (name: string): void => { readers.set(name, (readers.get(name) ?? 0) + 1); };
  /** A tensor of a group that others read: it is turned back once. */
  const leaves = (tensor: string): void => {
    const g = groups.get(inputNode(tensor))!;
    if (!left.has(tensor)) { left.add(tensor); count(g, tensor, moved(dimsOf(p, tensor), order), -1); }
  };
  for (const n of nodes) {
    const t = able.get(n.name), g = groups.get(n.name), data = dataInputs(n), turns = permOf(p, n);
    if (t && g && CHANNEL_OPS.has(n.op)) {
      g.kernels++;
      for (const i of t.images) count(g, named(data[i]!), moved(dimsOf(p, data[i]!), order), 1);
      p.types.get(n.name)!.forEach((o, port) => { if (t.out(port)) count(g, inputString(n.name, port), moved(o.shape.dims as Dims, order), 1); });
    }
    for (const s of n.input) read(inputNode(s));
    data.forEach((s, i) => {
      const tensor = named(s), from = isHeld(s) ? groups.get(inputNode(s)) : undefined;
      if (t?.images.includes(i)) {
        if (from === g) return;
        if (from) leaves(tensor);
        const own = entered.get(g!) ?? entered.set(g!, new Map()).get(g!)!;
        own.set(tensor, (own.get(tensor) ?? 0) + 1);
      } else if (from) {
        if (turns && i === 0) { count(from, tensor, moved(dimsOf(p, s), turns), 1); count(from, tensor, moved(order.map((d) => dimsOf(p, s)[d]!), turns.map((d) => back[d]!)), -1); }
        else leaves(tensor);
      }
    });
  }
  for (const v of [...p.fetches, ...p.commits]) { read(inputNode(v.value)); if (isHeld(v.value)) leaves(named(v.value)); }
  for (const k of [...p.keep, ...p.awaited]) read(k);
  for (const [g, own] of entered) for (const [tensor, times] of own) {
    if (p.constants.has(tensor)) continue;
    const source = p.nodes[inputNode(tensor)]!, perm = permOf(p, source), dims = dimsOf(p, tensor);
    if (perm?.length !== order.length) { count(g, tensor, moved(widened(dims, order.length), order), -1); continue; }
    // Turned twice; the first turn goes when nobody else reads it.
    const from = named(source.input[0]!), whole = dimsOf(p, from);
    if (readers.get(source.name) === times) count(g, from, moved(whole, perm), 1);
    count(g, from, moved(whole, order.map((d) => perm[d]!)), -1);
  }
}

function rewrite(p: Program, nodes: readonly ProgramNode[], order: Dims, chosen: ReadonlyMap<string, Turned>, weighed: readonly Weighed[]): Program {
  const r = new Rewriting('layout', p.nodes), constants = new Map(p.constants), types = new Map(p.types);
  const derived: Derived[] = [], turnedIn = new Map<string, string>(), turnedBack = new Map<string, string>();
  const put = (n: Pick<ProgramNode, 'name' | 'op' | 'input' | 'attr'>, type: ValueType, by: ProgramNode, at: number): string => {
    r.put({ ...n, device: by.device, from: by.from, at });
    types.set(n.name, [type]);
    return n.name;
  };
  const free = (name: string): string => { let s = name; for (let i = 2; r.node(s) !== undefined; i++) s = `${name}${i}`; return s; };
  const constant = (name: string, value: NDArray, by: ProgramNode, at: number): string => {
    const own = free(name);
    constants.set(own, value);
    return put({ name: own, op: 'Const', input: [], attr: {} }, { dtype: value.dtype, shape: new TensorShape(value.shape) }, by, at);
  };
  const made: string[] = [];
  const turnNode = (tensor: string, type: ValueType, perm: Dims, what: string, by: ProgramNode, at: number): string => {
    const c = constant(`${inputNode(tensor)}@${what}/perm`, new NDArray(int32, [perm.length], Int32Array.from(perm)), by, at);
    const dims = type.shape.dims as Dims;
    const name = put({ name: free(`${inputNode(tensor)}@${what}`), op: 'Transpose', input: [tensor, c], attr: { T: attr.type(type.dtype), Tperm: attr.type(int32) } }, { dtype: type.dtype, shape: new TensorShape(perm.map((d) => dims[d]!)) }, by, at);
    made.push(c, name);
    return name;
  };
  /** A tensor from outside, as it is held. */
  const enter = (s: string, by: ProgramNode): string => {
    const tensor = named(s), known = turnedIn.get(tensor), type = typeOf(p, s)!, dims = type.shape.dims as Dims;
    if (known !== undefined) return known;
    if (dims.length < order.length && dims.every((d) => d === 1)) return s;
    const wide = widened(dims, order.length), at = (Math.ceil(by.at) - 1 + by.at) / 2, c = p.constants.get(tensor), source = p.nodes[inputNode(s)]!;
    let out: string;
    if (c) {
      out = constant(`${tensor}@turned`, transpose(new NDArray(c.dtype, wide, c.data), order), source, at);
      made.push(out);
      derived.push({ constants: [out], of: [tensor], how: `turned ${order.join()}`, make: ([t]) => [transpose(new NDArray(t!.value!.dtype, widened(t!.value!.shape, order.length), t!.value!.data), order)] });
    } else {
      let from = tensor;
      if (dims.length < order.length) {
        const shape = constant(`${inputNode(s)}@wide/shape`, new NDArray(int32, [wide.length], Int32Array.from(wide)), source, at);
        from = put({ name: free(`${inputNode(s)}@wide`), op: 'Reshape', input: [tensor, shape], attr: { T: attr.type(type.dtype), Tshape: attr.type(int32) } }, { dtype: type.dtype, shape: new TensorShape(wide) }, source, at);
        made.push(shape, from);
        derived.push({ constants: [shape], of: [tensor], how: `wide ${order.length}`, make: ([t]) => [new NDArray(int32, [order.length], Int32Array.from(widened(t!.shape.dims as Dims, order.length)))] });
      }
      out = turnNode(from, { dtype: type.dtype, shape: new TensorShape(wide) }, order, 'turned', source, at);
    }
    turnedIn.set(tensor, out);
    return out;
  };
  const isHeld = (s: string): boolean => { const { name, index } = parseInput(s); return chosen.get(name)?.out(index) ?? false; };
  const heldType = (s: string): ValueType => { const t = typeOf(p, s)!; return { dtype: t.dtype, shape: new TensorShape(order.map((d) => (t.shape.dims as Dims)[d]!)) }; };
  /** A tensor of a group, as it was. */
  const leave = (s: string, at: number): string => {
    const tensor = named(s), known = turnedBack.get(tensor);
    if (known !== undefined) return known;
    const out = turnNode(tensor, heldType(s), inverse(order), 'back', p.nodes[inputNode(s)]!, at);
    turnedBack.set(tensor, out);
    return out;
  };
  for (const n of nodes) {
    const t = chosen.get(n.name);
    const input = n.input.map((s, i) => {
      if (isControlInput(s)) return s;
      const arg = t?.args?.get(i);
      if (arg) {
        const c = constant(`${n.name}@${i}`, arg, n, (Math.ceil(n.at) - 1 + n.at) / 2);
        made.push(c);
        derived.push({ constants: [c], of: [named(s)], how: `${t!.vectors ?? 'as it is'} ${order.join()}`, make: ([v]) => argumentAgain(v!.value!, t!, order, p.constants.get(named(s))!, arg) });
        return c;
      }
      if (t?.images.includes(i)) return isHeld(s) ? s : enter(s, n);
      return isHeld(s) ? leave(s, (Math.ceil(n.at) - 1 + n.at) / 2) : s;
    });
    if (t) types.set(n.name, p.types.get(n.name)!.map((o, port) => (t.out(port) ? heldType(inputString(n.name, port)) : o)));
    if (t || input.some((s, i) => s !== n.input[i])) r.put({ ...n, input, attr: argumentTypes(t, n) });
  }
  const after = (s: string): string => (isHeld(s) ? leave(s, p.nodes[inputNode(s)]!.at + 0.5) : s);
  const fetches = p.fetches.map((f) => ({ ...f, value: after(f.value) })), commits = p.commits.map((c) => ({ ...c, value: after(c.value) }));
  r.record(RULE, [...chosen.keys()], [...chosen.keys(), ...made]);
  return adopt(p, r.finish(), { constants, types, fetches, commits }, { derived, weighed });
}
/** An argument of a turned node when it is another constant; undefined: it has to be what it was. */
function argumentAgain(value: NDArray, { vectors }: Turned, order: Dims, was: NDArray, made: NDArray): readonly NDArray[] | undefined {
  if (vectors !== undefined) return [turnedVector(toNumbers(value), order, vectors)];
  return arraysEqual(value, was) ? [made] : undefined;
}
/** Attrs of a turned node; the arguments that were made for it are of int32. */
function argumentTypes(t: Turned | undefined, n: ProgramNode): ProgramNode['attr'] {
  const attrs = t?.attr ?? n.attr;
  return t?.args ? { ...attrs, ...Object.fromEntries(['Tidx', 'Index', 'Tpaddings', 'Tmultiples', 'Tlen'].filter((a) => attrs[a]).map((a) => [a, attr.type(int32)])) } : attrs;
}
