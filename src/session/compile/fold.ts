// foldConstants: pure nodes whose inputs are constants are computed once, by the very kernels that would run them; static
// shapes are re-derived with the shapes the feeds really have, so shape arithmetic folds too. Never stateful, random or
// failing nodes; never results above the size limit. Where the engine's arithmetic is not the reference kernels', only
// integers, bools and data movement fold.
import { allocate, NDArray } from '../../graph/ndarray.ts';
import type { DType } from '../../graph/dtype.ts';
import { attr } from '../../graph/node_def.ts';
import { inputNode, parseInput } from '../../graph/names.ts';
import { Rewriting } from '../../graph/rewrite.ts';
import { TensorShape } from '../../graph/shape.ts';
import { Operation, type Tensor } from '../../graph/tensor.ts';
import { inferShapes } from '../../ops/op_def_library.ts';
import { opDef } from '../../ops/registry.ts';
import { adopt, ARG, dataInputs, GUARD, HAS_VALUE, inOrder, LATEST, type Program, type ProgramNode, READ, type ValueType } from './program.ts';
import type { Target } from './target.ts';

/** Larger results are computed in the run instead of kept with the plan. */
export const MAX_FOLDED_BYTES = 1 << 18;

/** Ops that only move elements: any engine gives these bits. */
const MOVES = new Set([
  'Reshape', 'Transpose', 'ExpandDims', 'Squeeze', 'Identity', 'Slice', 'StridedSlice', 'Concat', 'ConcatV2', 'Pack', 'Unpack', 'Split', 'SplitV',
  'Tile', 'Pad', 'PadV2', 'Gather', 'GatherV2', 'Fill', 'ReverseV2', 'BroadcastTo', 'StopGradient', 'ZerosLike', 'OnesLike', 'MirrorPad', 'Diag',
]);
/** Ops whose value may be dead though their inputs are not: what depends on them must stay a node to be dead in its turn. */
const MAKES_DEAD = new Set(['Switch', LATEST, GUARD, READ]);
/** Ops that look at shapes only. */
const ASKS_SHAPE = new Set(['Shape', 'ShapeN', 'Size', 'Rank']);
/** Ops whose value must come from the run. */
const NEVER = new Set([ARG, READ, HAS_VALUE, LATEST, GUARD, 'Const', 'Placeholder', 'PlaceholderV2', 'Switch', 'Merge', 'NoOp', 'Assign']);
const noState = { get: <T>(init: () => T): T => init(), set: (): void => undefined };

/** Whether a node's value depends on its inputs alone and computing it has no effect. */
export function isPure(n: ProgramNode, target: Pick<Target, 'kernels'>): boolean {
  if (NEVER.has(n.op)) return false;
  const d = opDef(n.op);
  return d !== undefined && !d.isStateful && target.kernels.get(n.op)?.writes === undefined;
}

/** What is found out about a node: the types of its outputs, and their values where it can be computed now. */
export interface Evaluated { readonly types: readonly ValueType[]; readonly values: readonly NDArray[] | undefined; /** False: its shape function refuses what it is given. */ readonly fits: boolean }
/** `known`: what the graph says of its outputs. `shadow`: the node over what is known of its inputs; `mayDie`: its value may be dead. */
export function evaluate(n: ProgramNode, known: readonly ValueType[], shadow: Operation, input: (i: number) => NDArray | undefined, mayDie: boolean, target: Target): Evaluated {
  const { types, fits } = outputTypes(n, known, shadow, target);
  return { types, fits, values: mayDie ? undefined : fold(n, shadow, types, input, target) };
}

export function foldConstants(p: Program, target: Target): Program { return foldSeen(p, target); }
/** Told of every node, inputs first. */
export type Seen = (n: ProgramNode, known: readonly ValueType[], found: Evaluated, mayDie: boolean) => void;
export function foldSeen(p: Program, target: Target, seen?: Seen): Program {
  const r = new Rewriting('fold', p.nodes);
  const constants = new Map(p.constants);
  const types = new Map(p.types);
  const shadows = new Map<string, Operation>();
  const mayDie = p.conditional ? new Set<string>() : undefined;
  for (const n of inOrder(p)) {
    const shadow = shadowOf(n, p, shadows, constants, target);
    if (mayDie && (MAKES_DEAD.has(n.op) || n.input.some((s) => mayDie.has(inputNode(s))))) mayDie.add(n.name);
    const known = p.types.get(n.name)!, dies = mayDie?.has(n.name) ?? false, data = dataInputs(n);
    const found = evaluate(n, known, shadow, (i) => { const { name, index } = parseInput(data[i]!); return constants.get(index === 0 ? name : `${name}@${index}`); }, dies, target);
    const { types: outs, values } = found;
    seen?.(n, known, found, dies);
    types.set(n.name, outs);
    shadow.outputs.forEach((t, i) => { if (outs[i]) t._setInferredShape(outs[i].shape); });
    if (!values) { shadows.set(n.name, shadow); continue; }
    const made: string[] = [];
    const replaced: Record<string, string> = {};
    values.forEach((v, i) => {
      const name = i === 0 ? n.name : `${n.name}@${i}`;
      const tensor = i === 0 ? n.name : `${n.name}:${i}`;
      constants.set(name, v);
      const type = { dtype: v.dtype, shape: new TensorShape(v.shape) };
      types.set(name, [type]);
      r.put({ name, op: 'Const', input: [], device: n.device, attr: {}, from: n.from, at: n.at });
      if (i > 0) r.redirect(tensor, name);
      made.push(name);
      if (i > 0) replaced[tensor] = name;
      shadows.set(i === 0 ? n.name : tensor, constShadow(shadow, v, i));
    });
    r.record(`${n.op}(${ASKS_SHAPE.has(n.op) ? 'known shape' : 'constants'}) -> Const`, [n.name], made, replaced);
  }
  return adopt(p, r.finish(), { constants, types });
}

/** The values of a node that can be computed now. */
function fold(n: ProgramNode, shadow: Operation, outs: readonly ValueType[], input: (i: number) => NDArray | undefined, target: Target): readonly NDArray[] | undefined {
  if (!isPure(n, target) || outs.length === 0) return undefined;
  if (outs.some((o) => (o.shape.numElements ?? 0) * Math.max(1, o.dtype.size) > MAX_FOLDED_BYTES)) return undefined;
  const shape = shapeValue(n, shadow, outs);
  if (shape) return shape;
  if (shadow.inputs.length === 0) return undefined;
  if (!target.engine.foldsAll && !MOVES.has(n.op) && outs.some((o) => o.dtype.isFloating || o.dtype.isComplex)) return undefined;
  const inputs: NDArray[] = [];
  for (let i = 0; i < shadow.inputs.length; i++) {
    const v = input(i);
    if (!v) return undefined;
    inputs.push(v);
  }
  const kernel = target.kernels.get(n.op)?.kernel;
  if (!kernel) return undefined;
  try {
    const out = kernel(inputs, { name: n.from[0]!, op: n.op, attr: n.attr }, noState);
    return out.every((v) => v.byteLength <= MAX_FOLDED_BYTES) ? out : undefined;
  } catch {
    return undefined; // it will fail in the run, with everything the message wants
  }
}

/** Shape, ShapeN, Size and Rank of tensors whose shape is known. */
function shapeValue(n: ProgramNode, shadow: Operation, outs: readonly ValueType[]): readonly NDArray[] | undefined {
  if (!ASKS_SHAPE.has(n.op)) return undefined;
  const dtype = outs[0]!.dtype;
  // The rank of a variable is asked for to see whether it has a value (tf.assert_variables_initialized).
  if (n.op === 'Rank' && shadow.inputs[0]!.op.type === READ) return undefined;
  if (n.op === 'Rank') { const k = shadow.inputs[0]!.shape.ndims; return k === null ? undefined : [ints([k], [], dtype)]; }
  if (!shadow.inputs.every((t) => t.shape.isFullyDefined)) return undefined;
  if (n.op === 'Size') return [ints([shadow.inputs[0]!.shape.numElements!], [], dtype)];
  return shadow.inputs.map((t) => ints(t.shape.dims as number[], [t.shape.dims!.length], dtype));
}

function ints(values: readonly number[], shape: readonly number[], dtype: DType): NDArray {
  const data = allocate(dtype, values.length);
  values.forEach((v, i) => { if (dtype.storage === 'i64') (data as BigInt64Array)[i] = BigInt(v); else (data as Int32Array)[i] = v; });
  return new NDArray(dtype, shape, data);
}

/** A stand-in operation for shape functions: the node as it is now, with the shapes known now. Not part of the graph. */
function shadowOf(n: ProgramNode, p: Program, shadows: ReadonlyMap<string, Operation>, constants: ReadonlyMap<string, NDArray>, target: Target): Operation {
  const inputs: Tensor[] = [];
  for (const s of dataInputs(n)) {
    const { name, index } = parseInput(s);
    const folded = index > 0 ? shadows.get(s) : undefined;
    const from = folded ?? shadows.get(name);
    const t = folded ? folded.outputs[0] : from?.outputs[index];
    if (t) inputs.push(t);
  }
  const value = n.op === 'Const' ? constants.get(n.name) : undefined;
  const def = value ? { ...n, attr: { ...n.attr, value: attr.tensor(value) } } : n;
  return new Operation(target.graph, 0, def, inputs, [], p.types.get(n.name)!.map((t) => t.dtype), null, null, undefined);
}

function constShadow(of: Operation, v: NDArray, i: number): Operation {
  const def = { name: i === 0 ? of.name : `${of.name}@${i}`, op: 'Const', input: [], device: '', attr: { value: attr.tensor(v), dtype: attr.type(v.dtype) } };
  const op = new Operation(of.graph, 0, def, [], [], [v.dtype], null, null, undefined);
  op.outputs[0]!._setInferredShape(new TensorShape(v.shape));
  return op;
}

/** What is known of a node's outputs: what the graph knew, sharpened by its shape function on the shapes of this run. */
function outputTypes(n: ProgramNode, known: readonly ValueType[], shadow: Operation, target: Target): Pick<Evaluated, 'types' | 'fits'> {
  const plain = { types: known, fits: true };
  if (n.op === 'Const' || n.op === ARG || n.op === READ || n.op === HAS_VALUE || n.op === LATEST) return plain;
  if (n.op === GUARD) return { types: [{ dtype: known[0]!.dtype, shape: shadow.inputs[0]!.shape }], fits: true };
  if (shadow.inputs.length === 0 || target.kernels.get(n.op)?.writes !== undefined) return plain;
  try {
    const shapes = inferShapes(shadow);
    return { fits: true, types: known.map((t, i) => {
      const s = shapes[i];
      if (!s || s.dims === null) return t;
      return { dtype: t.dtype, shape: t.shape.isCompatibleWith(s) ? t.shape.mergeWith(s) : s };
    }) };
  } catch {
    return { types: known, fits: false }; // shapes that do not fit are the kernel's to report
  }
}
