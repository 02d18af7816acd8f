// Checks of programs between passes: that they are well formed, and that each pass left what it declares. Written apart
// from the passes, so that both would have to be wrong in the same way.
import { DType } from '../../src/graph/dtype.ts';
import { arraysEqual, type NDArray } from '../../src/graph/ndarray.ts';
import { inputNode, isControlInput, parseInput } from '../../src/graph/names.ts';
import { TensorShape } from '../../src/graph/shape.ts';
import { opDef } from '../../src/ops/registry.ts';
import { MAX_FOLDED_BYTES } from '../../src/session/compile/fold.ts';
import { type Program, type ProgramNode, shapeOf, typeOf } from '../../src/session/compile/program.ts';
import { schedule } from '../../src/session/compile/schedule.ts';
import { sideOf } from '../../src/session/compile/take_branches.ts';
import type { Target } from '../../src/session/compile/target.ts';

/** What is wrong with a program, in words; empty when nothing is. */
export type Verifier = (p: Program, target: Target) => string[];

const REFERENCES = new Set(['VariableV2', 'Variable', 'RefIdentity', 'RefSwitch', 'IsVariableInitialized']);
const OURS = new Set(['_Arg', '_Read', '_HasValue', '_Latest', '_Guard', '_Fused']);
const RUN_TIME = new Set([...OURS, 'Const', 'Placeholder', 'PlaceholderV2', 'Switch', 'Merge', 'NoOp', 'Assign']);

const all = (p: Program): ProgramNode[] => Object.values(p.nodes);
const data = (n: ProgramNode): string[] => n.input.filter((s) => !isControlInput(s));
const isPure = (n: ProgramNode, t: Target): boolean => !RUN_TIME.has(n.op) && opDef(n.op)?.isStateful === false && !t.kernels.get(n.op)?.writes;
const constantOf = (p: Program, tensor: string): NDArray | undefined => (p.nodes[tensor]?.op === 'Const' ? p.constants.get(tensor) : undefined);

/** What holds of every program: every edge ends somewhere, every output has a type, constants have values of it. */
export const wellFormed: Verifier = (p) => {
  const bad: string[] = [];
  const known = (tensor: string, where: string): void => { if (!typeOf(p, tensor) || !p.nodes[inputNode(tensor)]) bad.push(`${where} names ${tensor}, which is not there`); };
  for (const [key, n] of Object.entries(p.nodes)) {
    if (n.name !== key) bad.push(`${n.name} is filed under ${key}`);
    if (n.from.length === 0) bad.push(`${n.name} comes from no graph node`);
    let control = false;
    for (const s of n.input) {
      if (isControlInput(s)) { control = true; if (!p.nodes[inputNode(s)]) bad.push(`${n.name} waits for ${s}, which is not there`); continue; }
      if (control) bad.push(`${n.name} has the data input ${s} after a control input`);
      known(s, n.name);
    }
    if (n.op === 'Const') {
      const [value, type] = [p.constants.get(n.name), typeOf(p, n.name)];
      if (!value) bad.push(`${n.name} has no value`);
      else if (value.dtype !== type?.dtype || !type.shape.isCompatibleWith([...value.shape])) bad.push(`${n.name} is ${String(value)}, its type says otherwise`);
    }
  }
  for (const f of p.fetches) known(f.value, `fetch ${f.tensor}`);
  for (const c of p.commits) known(c.value, `commit ${c.variable}`);
  for (const k of [...p.keep, ...p.awaited]) if (!p.nodes[k]) bad.push(`kept node ${k} is not there`);
  if (bad.length === 0) {
    const done = new Set<string>();
    for (const n of schedule(p)) {
      for (const s of n.input) if (!done.has(inputNode(s))) bad.push(`${n.name} is scheduled before ${s}`);
      done.add(n.name);
    }
  }
  return bad;
};

const resolved: Verifier = (p) => all(p).flatMap((n) => [
  ...(REFERENCES.has(n.op) ? [`${n.name} is a ${n.op}`] : []),
  ...p.types.get(n.name)!.flatMap((t, i) => (t.dtype.isRef ? [`${n.name}:${i} is a reference`] : [])),
]);

/** Nodes that may be dead: below a Switch, a guard or an optional read, by data or control. */
function mayBeDead(p: Program): Set<string> {
  const dead = new Set<string>();
  if (p.conditional) for (const n of schedule(p)) if (['Switch', '_Latest', '_Guard', '_Read'].includes(n.op) || n.input.some((s) => dead.has(inputNode(s)))) dead.add(n.name);
  return dead;
}

const folded: Verifier = (p, target) => { const dead = mayBeDead(p); return all(p).flatMap((n) => {
  const inputs = data(n);
  if (!isPure(n, target) || dead.has(n.name)) return [];
  if (['Shape', 'ShapeN', 'Size'].includes(n.op) && inputs.every((s) => shapeOf(p, s).isFullyDefined)) return [`${n.name} asks for a shape that is known`];
  if (n.op === 'Rank' && shapeOf(p, inputs[0]!).ndims !== null) return [`${n.name} asks for a rank that is known`];
  const values = inputs.map((s) => constantOf(p, s));
  if (inputs.length === 0 || values.includes(undefined) || !target.engine.foldsAll) return [];
  let out: readonly NDArray[];
  try {
    out = target.kernels.get(n.op)!.kernel(values as NDArray[], { name: n.name, op: n.op, attr: n.attr }, { get: (f) => f(), set: () => undefined });
  } catch {
    return []; // fails in the run
  }
  return out.every((v) => v.byteLength <= MAX_FOLDED_BYTES) ? [`${n.name} (${n.op}) has only constant inputs`] : [];
}); };

const PASSES_ON = new Set(['Identity', 'Snapshot', 'StopGradient', 'PreventGradient', 'PlaceholderWithDefault']);
const INVOLUTIONS = new Set(['Neg', 'LogicalNot']);

/** Whether n and what it reads are one node that does both, on an engine that keeps the contract (`exact`) or on any. */
function isChain(p: Program, n: ProgramNode, from: ProgramNode, x: string, exact: boolean): boolean {
  const known = (...tensors: string[]): boolean => tensors.every((s) => shapeOf(p, s).isFullyDefined), constants = (m: ProgramNode, first = 1): boolean => data(m).slice(first).every((s) => constantOf(p, s));
  const reshapes = (m: ProgramNode): boolean => ['Reshape', 'ExpandDims', 'Squeeze'].includes(m.op) && constants(m) && known(m.name, data(m)[0]!), moves = (op: string): boolean => n.op === op && from.op === op && constants(n) && constants(from) && known(n.name, x, data(from)[0]!);
  const swaps = (m: ProgramNode): boolean => m.op === 'Transpose' && constants(m) && shapeOf(p, m.name).ndims === 2 && (constantOf(p, m.input[1]!)!.data as Int32Array)[0] === 1;
  if (reshapes(n) && reshapes(from)) return true;
  if (['Transpose', 'ReverseV2', 'Tile', 'Slice', 'Pad'].some(moves)) return true;
  if (n.op === 'Slice' && from.op === 'Pad' && constants(n) && constants(from) && known(n.name, from.input[0]!)) {
    const [begin, pads, size] = [n.input[1]!, from.input[1]!, shapeOf(p, n.name).dims!].map((s) => (typeof s === 'string' ? Array.from(constantOf(p, s)!.data as Int32Array) : s)) as [number[], number[], number[]];
    return !size.includes(0) && begin.every((b, i) => b >= pads[2 * i]! && b + size[i]! <= pads[2 * i]! + shapeOf(p, from.input[0]!).dims![i]!);
  }
  if (['Split', 'SplitV'].includes(n.op) && !p.conditional) {
    const c = p.nodes[inputNode(n.input[n.op === 'Split' ? 1 : 0]!)]!, axis = constantOf(p, n.input[n.op === 'Split' ? 0 : 2]!), parts = data(c).slice(0, -1), own = p.types.get(n.name)!;
    if (c.op !== 'ConcatV2' || !axis || !constants(c, parts.length) || !known(c.name, n.name)) return false;
    const rank = shapeOf(p, c.name).ndims!, at = (k: NDArray): number => (Number(k.flat(0)) + rank) % rank;
    return at(axis) === at(constantOf(p, c.input.at(-1)!)!) && parts.length === own.length && parts.every((s, i) => shapeOf(p, s).equals(own[i]!.shape));
  }
  if (!exact) return false;
  if (n.op === 'MatMul') return data(n).some((s) => swaps(p.nodes[inputNode(s)]!));
  return ['AddV2', 'Add'].includes(n.op) ? data(n).some((s) => p.nodes[inputNode(s)]!.op === 'Neg') : n.op === 'Sub' && p.nodes[inputNode(n.input[1]!)]!.op === 'Neg';
}

const simplified: Verifier = (p, target) => {
  const waitedFor = new Set(all(p).flatMap((n) => n.input.filter(isControlInput).map(inputNode)));
  return all(p).flatMap((n) => {
    const [x] = data(n);
    if (x === undefined || waitedFor.has(n.name) || n.input.some(isControlInput)) return [];
    const from = p.nodes[inputNode(x)]!;
    const sameShape = shapeOf(p, n.name).isFullyDefined && shapeOf(p, n.name).equals(shapeOf(p, x));
    const perm = (m: ProgramNode): number[] | undefined => { const c = m.op === 'Transpose' ? constantOf(p, m.input[1]!) : undefined; return c && Array.from(c.data as Int32Array, Number); };
    const [outer, inner] = [perm(n), perm(from)];
    const passes = PASSES_ON.has(n.op)
      || (n.op === 'Cast' && typeOf(p, n.name)!.dtype === typeOf(p, x)!.dtype)
      || ((n.op === 'Reshape' || n.op === 'BroadcastTo') && sameShape && constantOf(p, n.input[1]!) !== undefined)
      || (n.op === 'Squeeze' && sameShape)
      || outer?.every((d, i) => d === i);
    if (passes) return [`${n.name} (${n.op}) only passes ${x} on`];
    if (data(n).every((s) => !p.nodes[inputNode(s)]!.input.some(isControlInput)) && isChain(p, n, from, x, target.engine.foldsAll)) return [`${n.name} (${n.op}) and ${from.name} (${from.op}) are two nodes`];
    const cancels = !from.input.some(isControlInput) && ((INVOLUTIONS.has(n.op) && from.op === n.op) || (outer && inner && outer.length === inner.length && outer.every((d, i) => inner[d] === i)));
    return cancels ? [`${n.name} (${n.op}) undoes ${from.name}`] : [];
  });
};

const merged: Verifier = (p, target) => {
  const bad: string[] = [];
  const constants = all(p).filter((n) => n.op === 'Const');
  constants.forEach((a, i) => { for (const b of constants.slice(i + 1)) if (arraysEqual(p.constants.get(a.name)!, p.constants.get(b.name)!)) bad.push(`${a.name} and ${b.name} are equal constants`); });
  const seen = new Map<string, string>();
  for (const n of all(p)) {
    if (!isPure(n, target)) continue;
    const attrs = Object.entries(n.attr).filter(([k]) => !k.startsWith('_')).sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([n.op, n.input, attrs], (_, v: unknown) => (v instanceof DType ? v.name : v instanceof TensorShape ? v.debug : typeof v === 'bigint' ? `${v}n` : Object.is(v, -0) ? '-0' : v));
    if (seen.has(key)) bad.push(`${seen.get(key)} and ${n.name} are equal nodes`);
    seen.set(key, n.name);
  }
  return bad;
};

const swept: Verifier = (p) => {
  const used = new Set([...all(p).flatMap((n) => n.input.map((s) => parseInput(s).name)), ...p.fetches.map((f) => inputNode(f.value)), ...p.commits.map((c) => inputNode(c.value)), ...p.keep, ...p.awaited]);
  return all(p).filter((n) => !used.has(n.name)).map((n) => `${n.name} is used by nobody`);
};

/** Nothing but what is read, or may fail, is waited for: of the ops random programs have, as far as the shapes are known. */
const SAFE = new Set(['Add', 'AddV2', 'Sub', 'Mul', 'Neg', 'Tanh', 'Exp', 'Relu', 'MatMul', 'Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'Sum', 'Mean']);
/** In mode exact the pass does nothing (what it leaves in mode fast: relax.test.ts). */
const relaxed: Verifier = (p, target) => (target.mode === 'exact' ? p.log.filter((l) => l.pass === 'relax').map((l) => `${l.rule} in mode exact`) : []);

const unneeded: Verifier = (p) => {
  if (p.conditional) return [];
  const used = new Set([...all(p).flatMap((n) => n.input.map((s) => inputNode(s))), ...p.fetches.map((f) => inputNode(f.value)), ...p.commits.map((c) => inputNode(c.value)), ...p.keep]);
  const known = (n: ProgramNode): boolean => [n.name, ...data(n)].every((s) => shapeOf(p, s).isFullyDefined);
  return p.awaited.filter((k) => !used.has(k) && SAFE.has(p.nodes[k]!.op) && known(p.nodes[k]!)).map((k) => `${k} runs for nothing`);
};

const narrowed: Verifier = (p, target) => {
  if (p.conditional || !target.engine.foldsAll) return [];
  const readers = all(p).flatMap((n) => n.input.map((s) => inputNode(s))), seen = new Set([...p.fetches.map((f) => inputNode(f.value)), ...p.commits.map((c) => inputNode(c.value)), ...p.keep, ...p.awaited]);
  return all(p).flatMap((n) => {
    const product = n.op === 'Slice' ? p.nodes[inputNode(n.input[0]!)] : undefined;
    if (product?.op !== 'MatMul' || seen.has(product.name) || readers.filter((s) => s === product.name).length !== 1 || data(n).slice(1).some((s) => !constantOf(p, s)) || shapeOf(p, n.name).numElements === 0) return [];
    return [product.name, ...data(product)].every((s) => shapeOf(p, s).isFullyDefined) && !shapeOf(p, n.name).equals(shapeOf(p, product.name)) ? [`${product.name} is computed in full, ${n.name} is all that is read of it`] : [];
  });
};

/** Images have their channels last; the vectors of a batch normalisation one element for each. */
const opened: Verifier = (p, target) => {
  if (!target.engine.fusion || p.conditional) return [];
  return all(p).filter((n) => n.op === 'L2Loss' || n.op.startsWith('FusedBatchNorm')).flatMap((n) => {
    const shapes = n.input.slice(0, 5).map((s) => shapeOf(p, s)), x = n.op.includes('Grad') ? shapes[1]! : shapes[0]!;
    const known = shapes.every((s) => s.isFullyDefined) && n.input.every((s) => typeOf(p, s)!.dtype.name === 'float32') && x.numElements !== 0;
    return known && (n.op === 'L2Loss' || n.attr['data_format']?.value !== 'NCHW') ? [`${n.name} is still a ${n.op}`] : [];
  });
};

/** Ops the engines that fuse can join, as far as random programs have them; integer division can fail and stays apart. */
const JOIN = new Set(['Add', 'AddV2', 'Sub', 'Mul', 'Maximum', 'Minimum', 'SquaredDifference', 'Neg', 'Abs', 'Square', 'Sqrt', 'Exp', 'Log', 'Tanh', 'Sigmoid', 'Relu', 'ReluGrad', 'TanhGrad', 'SigmoidGrad', 'BiasAdd', 'AddN']);

/** Ops over rows of the last axis, and others whose results have shapes of their own. */
const ROWS = new Set(['Sum', 'Mean', 'Max', 'Min', 'Softmax', 'LogSoftmax', 'SoftmaxCrossEntropyWithLogits', 'SparseSoftmaxCrossEntropyWithLogits']), ENDS = new Set(['BiasAddGrad', 'ConcatV2', 'Sum', 'Mean', 'Max', 'Min']);
/** The shape of one element a row, with the last axis or without it. */
function rowShape(s: TensorShape, keep: number): string { return new TensorShape([...s.dims!.slice(0, -1), 1].slice(0, s.ndims! - 1 + keep)).debug; }

const fused: Verifier = (p, target) => {
  const dead = mayBeDead(p), bad: string[] = [];
  for (const n of all(p)) {
    const region = p.regions.get(n.name);
    if (n.op === '_Fused') {
      if (!region || region.nodes.length < 2) { bad.push(`${n.name} stands for nothing`); continue; }
      const own = new Set(region.nodes.map((m) => m.name)), read = region.nodes.flatMap((m) => m.input).filter((s) => !own.has(inputNode(s)));
      if (read.some((s) => !n.input.includes(s)) || n.input.some((s) => !read.includes(s))) bad.push(`${n.name} does not read what its nodes read`);
      const whole = region.outputs.filter((t) => !ENDS.has(region.nodes.find((m) => m.name === inputNode(t))?.op ?? '')).map((t) => shapeOf(p, t).debug);
      const rows = region.nodes.find((m) => ROWS.has(m.op)), shapes = rows ? [shapeOf(p, rows.input[0]!).debug, ...[1, 0].map((k) => rowShape(shapeOf(p, rows.input[0]!), k))] : whole.slice(0, 1);
      if (region.outputs.some((t) => !own.has(inputNode(t))) || whole.some((s) => !shapes.includes(s))) bad.push(`${n.name} has outputs of several shapes`);
      for (const m of own) if (p.nodes[m]) bad.push(`${m} is in ${n.name} and beside it`);
    } else if (region) bad.push(`${n.name} is no region`);
  }
  if (!target.engine.fusion) return bad;
  const joins = (n: ProgramNode): boolean => JOIN.has(n.op) && !dead.has(n.name) && typeOf(p, n.name)!.dtype !== undefined && typeOf(p, data(n)[0]!)!.dtype.isFloating && shapeOf(p, n.name).dims !== null;
  /** Whether b reads a, and not through others. */
  const next = (a: string, b: ProgramNode): boolean => {
    const seen = new Set<string>(), stack = b.input.map((s) => inputNode(s)).filter((x) => x !== a);
    while (stack.length > 0) {
      const x = stack.pop()!;
      if (x === a) return false;
      if (!seen.has(x)) { seen.add(x); stack.push(...p.nodes[x]!.input.map((s) => inputNode(s))); }
    }
    return true;
  };
  const waits = (s: string): boolean => { const n = p.nodes[inputNode(s)]!; return n.input.length > 0 && !joins(n); };
  /** Whether a is wanted by what no loop holds, while b waits for more than a does: a is computed before. */
  const before = (a: ProgramNode, b: ProgramNode): boolean => data(b).some((s) => inputNode(s) !== a.name && waits(s)) && all(p).some((n) => n !== b && !joins(n) && n.input.some((s) => inputNode(s) === a.name));
  for (const b of all(p)) {
    if (!joins(b)) continue;
    for (const s of data(b)) {
      const a = p.nodes[inputNode(s)]!;
      if (joins(a) && shapeOf(p, s).equals(shapeOf(p, b.name)) && next(a.name, b) && !before(a, b)) bad.push(`${a.name} and ${b.name} are apart`);
    }
  }
  // A node over rows goes with what makes them, unless that would be too much.
  for (const n of all(p)) {
    const [s] = data(n), dims = s === undefined ? null : shapeOf(p, s).dims;
    if (!['Softmax', 'LogSoftmax'].includes(n.op) || dead.has(n.name) || typeOf(p, s!)!.dtype.name !== 'float32' || !dims || dims.length < 2 || dims.includes(null) || dims.includes(0) || dims.at(-1)! < 4) continue;
    const made = p.nodes[inputNode(s!)]!;
    if ((joins(made) || (p.regions.get(made.name)?.nodes.length ?? 64) < 15) && shapeOf(p, s!).isFullyDefined) bad.push(`${made.name} and ${n.name} are apart`);
  }
  return bad;
};

/** Nothing reads the side of a Switch on a constant that no run takes, in programs that ask for nothing dead. */
const taken: Verifier = (p) => {
  const dead = new Set<string>(), out = new Map<string, string>(), is = (s: string): boolean => dead.has(inputNode(s)) || out.get(inputNode(s)) === s;
  for (const n of schedule(p)) {
    const side = sideOf(p, n);
    if (n.op === 'Merge' || n.op === '_Latest' ? data(n).every(is) : n.input.some(is)) dead.add(n.name); else if (side !== undefined) out.set(n.name, side === 0 ? `${n.name}:1` : n.name);
  }
  const asked = [...p.fetches, ...p.commits].some((v) => is(v.value)) || p.keep.some((k) => dead.has(k)) || all(p).some((n) => n.input.some((s) => p.nodes[inputNode(s)]!.op === 'Merge' && parseInput(s).index === 1));
  return asked ? [] : all(p).flatMap((n) => n.input.filter(is).map((s) => `${n.name} reads ${s}, which is dead in every run`));
};

/** A node that reads a side of a Switch need not wait for the same one. */
const unguarded: Verifier = (p) => all(p).flatMap((n) => {
  const sides = new Set(data(n).filter((s) => p.nodes[inputNode(s)]!.op === 'Switch').map((s) => `${p.nodes[inputNode(s)]!.input[1]} ${parseInput(s).index}`));
  const pivot = (s: string): ProgramNode | undefined => { const c = p.nodes[inputNode(s)]!; return isControlInput(s) && c.op === 'Identity' ? c : undefined; };
  return ['Merge', '_Latest', '_Guard'].includes(n.op) ? [] : n.input.flatMap((s) => { const from = pivot(s)?.input[0], side = from === undefined ? undefined : p.nodes[inputNode(from)]; return side?.op === 'Switch' && sides.has(`${side.input[1]} ${parseInput(from!).index}`) ? [`${n.name} waits for ${s}`] : []; });
});

/** Nothing that only works on elements stands between a transposition and its inverse, or alone between two convolutions with channels first. */
const laidOut: Verifier = (p, target) => {
  if (!target.engine.channelsLast) return [];
  const alone = (n: ProgramNode): boolean => all(p).flatMap((m) => m.input).filter((s) => inputNode(s) === n.name).length === 1 && ![...p.fetches, ...p.commits].some((f) => inputNode(f.value) === n.name) && !p.keep.includes(n.name) && !p.awaited.includes(n.name);
  const perm = (n: ProgramNode): number[] | undefined => { const c = n.op === 'Transpose' ? constantOf(p, n.input[1]!) : undefined; return c && Array.from({ length: c.size }, (_, i) => Number(c.flat(i))); };
  const turnsImages = (n: ProgramNode): boolean => n.op === 'Conv2D' && String(n.attr['data_format']?.value) === 'NCHW' && shapeOf(p, n.name).isFullyDefined && shapeOf(p, n.input[0]!).isFullyDefined;
  return all(p).flatMap((n) => {
    const between = p.nodes[inputNode(n.input[0] ?? '')], before = p.nodes[inputNode(between?.input[0] ?? '')];
    if (!between || !before || !['Relu', 'Neg', 'Tanh', 'Exp', 'LogicalNot'].includes(between.op) || !alone(between) || !alone(before) || !shapeOf(p, n.name).isFullyDefined) return [];
    const [outer, inner] = [perm(n), perm(before)];
    return (outer && inner && outer.every((d, i) => inner[d] === i)) || (turnsImages(n) && turnsImages(before)) ? [`${n.name} and ${before.name} turn ${between.name} for nothing`] : [];
  });
};

/** What each pass declares to leave. */
export const normalForms: Readonly<Record<string, Verifier>> = { resolveState: resolved, fold: folded, takeBranches: taken, unguard: unguarded, simplify: simplified, relax: relaxed, layout: laidOut, open: opened, mergeCommon: merged, skipUnneeded: unneeded, narrow: narrowed, sweep: swept, fuse: fused };
