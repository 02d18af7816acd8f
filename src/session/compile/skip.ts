// skipUnneeded: a node that others only wait for need not run when it has no effect and cannot fail: nobody could tell.
// (Gradients that nobody asked for are such nodes: tf.gradients makes all gradients of an op wait for each other.) What it
// reads may still fail: then that is waited for in its place.
import { inputNode } from '../../graph/names.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { Rewriting } from '../../graph/rewrite.ts';
import { shapesFit } from './fit.ts';
import { isPure } from './fold.ts';
import { adopt, dataInputs, type Program, type ProgramNode, typeOf } from './program.ts';
import type { Target } from './target.ts';

/** Ops that fail for shapes only. */
const ONLY_SHAPES: ReadonlySet<string> = new Set([
  'Add', 'AddV2', 'Sub', 'Mul', 'Maximum', 'Minimum', 'SquaredDifference', 'AddN', 'BiasAdd', 'BiasAddGrad', 'Identity', 'Cast', 'Select', 'SelectV2',
  'Neg', 'Abs', 'Sign', 'Square', 'Sqrt', 'Rsqrt', 'Exp', 'Log', 'Log1p', 'Tanh', 'Sigmoid', 'Relu', 'Relu6', 'Elu', 'Selu', 'Softplus',
  'ReluGrad', 'Relu6Grad', 'EluGrad', 'SeluGrad', 'SoftplusGrad', 'TanhGrad', 'SigmoidGrad', 'SqrtGrad', 'RsqrtGrad',
  'MatMul', 'BatchMatMul', 'BatchMatMulV2', 'Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'Sum', 'Mean', 'Max', 'Min', 'Prod', 'Reshape', 'Transpose', 'Tile',
  'ZerosLike', 'OnesLike', 'Softmax', 'LogSoftmax', 'Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Equal', 'NotEqual', 'LogicalAnd', 'LogicalOr', 'LogicalNot',
  'Slice', 'Split', 'ConcatV2', 'Pack', 'Unpack',
]);
/** Inputs that say what to do: known, or the op may fail for them. */
const ARGUMENTS: Readonly<Record<string, readonly number[]>> = { Slice: [1, 2], Split: [0], ConcatV2: [-1] };

export function skipUnneeded(p: Program, target: Target): Program {
  if (p.awaited.length === 0) return p;
  const needed = new Set<string>();
  const stack = [...p.fetches.map((f) => inputNode(f.value)), ...p.commits.map((c) => inputNode(c.value)), ...p.keep];
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    for (const s of p.nodes[name]!.input) stack.push(inputNode(s));
  }
  // What is needed runs in any case: nobody has to wait for its value. Where values can be dead, nothing else is known.
  if (p.conditional) {
    const awaited = p.awaited.filter((k) => !needed.has(k));
    return awaited.length === p.awaited.length ? p : { ...p, awaited };
  }
  const r = new Rewriting('skipUnneeded', p.nodes);
  const awaited = new Set<string>(), skipped = new Set<string>();
  const open = [...p.awaited];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const n = p.nodes[name]!;
    if (needed.has(name) || awaited.has(name) || skipped.has(name) || n.op === 'Const') continue;
    if (!cannotFail(n, p, target)) { awaited.add(name); continue; }
    skipped.add(name);
    r.record('waited for only, without effect or failure -> nothing', [name], []);
    for (const s of n.input) open.push(inputNode(s));
  }
  const kept = p.awaited.filter((k) => !skipped.has(k) && !needed.has(k));
  if (skipped.size === 0 && awaited.size === 0 && kept.length === p.awaited.length) return p;
  return adopt(p, r.finish(), { awaited: [...new Set([...kept, ...awaited])] });
}

function cannotFail(n: ProgramNode, p: Program, target: Target): boolean {
  if (n.op === 'Assert') return holds(p.constants.get(n.input[0]!));
  if (!ONLY_SHAPES.has(n.op) || !isPure(n, target) || !target.kernels.has(n.op)) return false;
  const data = dataInputs(n), types = p.types.get(n.name)!;
  const inputs = data.map((s) => ({ type: typeOf(p, s)!, value: p.constants.get(s) }));
  const known = inputs.every((x) => x.type.shape.isFullyDefined) && types.every((t) => t.shape.isFullyDefined);
  if (!known || !(ARGUMENTS[n.op] ?? []).every((i) => inputs.at(i)?.value !== undefined) || (n.op === 'Slice' && !isInside(inputs[0]!.type.shape.dims!, inputs[1]!.value!, inputs[2]!.value!))) return false;
  return shapesFit(n, inputs, types, target.graph);
}
/** Whether a slice begins and ends inside. */
export function isInside(dims: readonly (number | null)[], begin: NDArray, size: NDArray): boolean {
  return begin.size === dims.length && size.size === dims.length && dims.every((d, i) => { const b = Number(begin.flat(i)), n = Number(size.flat(i)); return b >= 0 && b <= d! && (n === -1 || (n >= 0 && b + n <= d!)); });
}
/** A condition that is known to hold. */
function holds(c: NDArray | undefined): boolean { return c?.dtype.name === 'bool' && c.size === 1 && Boolean(c.flat(0)); }
