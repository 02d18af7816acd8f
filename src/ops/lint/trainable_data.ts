// Rule: a trainable variable that was initialised from data and is an input of the network. An optimizer then changes
// the data (a reference batch, a table of images) together with the weights. What tells data from weights is where the
// variable is used (the data operand of a convolution or matmul, or joined with fed examples along the batch), not how
// it is named; weights and biases given as arrays are left alone.
import { GraphKeys } from '../../graph/collections.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { Operation, type Tensor } from '../../graph/tensor.ts';
import { constInts, dependencies, type Finding, type GraphView, isVariable, type Rule } from './finding.ts';

const NAME = 'trainable-data';

/** Ops that move or reshape values: op type -> the input that is moved. */
const MOVES: ReadonlyMap<string, number> = new Map<string, number>([
  ...['Identity', 'ReadVariableOp', 'Reshape', 'Transpose', 'Slice', 'StridedSlice', 'Pad', 'PadV2', 'MirrorPad', 'Cast', 'ExpandDims', 'Squeeze', 'Tile',
    'SplitV', 'Unpack', 'ReverseV2', 'SpaceToBatchND', 'SpaceToDepth', 'DepthToSpace', 'ResizeBilinear', 'ResizeBicubic', 'ResizeNearestNeighbor', 'ResizeArea',
    'Bitcast', 'CheckNumerics', 'EnsureShape'].map((op): [string, number] => [op, 0]),
  ['Split', 1],
]);
/** Elementwise arithmetic that leaves data data when the other operand is fixed (scaling, centring). */
const SCALING = new Set(['Add', 'AddV2', 'Sub', 'Mul', 'Div', 'RealDiv']);
/** Ops with one data operand and its index; the other operands are parameters. */
const SINKS: ReadonlyMap<string, number> = new Map([
  ['Conv2D', 0], ['Conv3D', 0], ['DepthwiseConv2dNative', 0], ['Dilation2D', 0], ['MaxPool', 0], ['MaxPoolV2', 0], ['AvgPool', 0], ['MaxPool3D', 0], ['AvgPool3D', 0],
  ['LRN', 0], ['FusedBatchNorm', 0], ['FusedBatchNormV2', 0], ['FusedBatchNormV3', 0], ['ExtractImagePatches', 0],
]);
const MATMULS = new Set(['MatMul', 'BatchMatMul', 'BatchMatMulV2']);

function check(g: GraphView): Finding[] {
  const trainable = trainableOps(g);
  const trained = g.ops.filter((op) => /^(Resource)?(Sparse)?Apply[A-Z]/.test(op.type));
  const optimised = new Set(trained.map((op) => op.inputs[0]?.op));
  const reached = dependencies(trained);
  const out: Finding[] = [];
  for (const v of g.ops) {
    if (!isVariable(v) || !(trainable.has(v) || optimised.has(v))) continue;
    // An optimizer that sees the variable and does not update it was told so by its var_list.
    if (reached.has(v) && !optimised.has(v)) continue;
    const data = initialData(v);
    if (!data) continue;
    const use = useAsInput(g, v, trainable);
    if (!use) continue;
    out.push(g.finding(NAME, v,
      `trainable variable '${v.name}' is initialised from data (${data.dtype.name}[${data.shape.join(',')}]) and used as an input of the network (${use}): training changes the data`,
      `make it { trainable: false }, leave it out of the optimizer's varList, or feed it; if it is meant to be learned, give it an initializer`));
  }
  return out;
}

function trainableOps(g: GraphView): Set<Operation> {
  const keys = [GraphKeys.TRAINABLE_VARIABLES, GraphKeys.TRAINABLE_RESOURCE_VARIABLES];
  const items = keys.flatMap((k) => g.graph.getCollection(k));
  return new Set(items.flatMap((v) => (typeof v === 'object' && v !== null && 'op' in v && v.op instanceof Operation ? [v.op] : [])));
}

/** The array a variable starts from, when it was given as one: not a value of an initializer (`<variable>/Initializer/`),
 * and not one number repeated. */
function initialData(v: Operation): NDArray | undefined {
  const assigns = v.output.consumers().filter((c) => (c.type === 'Assign' || c.type === 'AssignVariableOp') && c.inputs[0]?.op === v);
  const assign = assigns.find((c) => c.name === `${v.name}/Assign`) ?? assigns[0];
  let value = assign?.inputs[1]?.op;
  while (value && (value.type === 'Identity' || value.type === 'Cast')) value = value.inputs[0]?.op;
  const a = value?.type === 'Const' ? value.attr('value') : undefined;
  if (a?.kind !== 'tensor' || value!.name.startsWith(`${v.name}/Initializer/`)) return undefined;
  return isOneNumber(a.value) ? undefined : a.value;
}

function isOneNumber(a: NDArray): boolean {
  if (a.splat || a.size < 2) return true;
  if (a.dtype.isComplex) return false;
  const first = a.flat(0);
  for (let i = 1; i < a.size; i++) if (a.flat(i) !== first) return false;
  return true;
}

/** How the variable's value gets into the network as data; undefined when it does not. */
function useAsInput(g: GraphView, v: Operation, trainable: ReadonlySet<Operation>): string | undefined {
  const seen = new Set<Tensor>(v.outputs);
  const stack: Tensor[] = [...v.outputs];
  const follow = (op: Operation): void => { for (const t of op.outputs) if (!seen.has(t)) { seen.add(t); stack.push(t); } };
  for (let t = stack.pop(); t; t = stack.pop()) {
    for (const c of t.consumers()) {
      const i = c.inputs.indexOf(t);
      if (MOVES.get(c.type) === i) follow(c);
      else if (SCALING.has(c.type) && g.isFixed(c.inputs[1 - i]!)) follow(c);
      else if (c.type === 'Pack' || isJoin(c, i)) {
        if (joinsExamples(g, c, t)) return `${c.type} '${c.name}' joins it with fed examples${lineOf(c)}`;
        follow(c);
      } else if (SINKS.get(c.type) === i) return `data of ${c.type} '${c.name}'${lineOf(c)}`;
      else if (MATMULS.has(c.type) && i === 0 && isLayer(g, c, v, trainable)) return `data of ${c.type} '${c.name}'${lineOf(c)}`;
    }
  }
  return undefined;
}

function isJoin(op: Operation, i: number): boolean {
  return op.type === 'ConcatV2' ? i < op.inputs.length - 1 : op.type === 'Concat' ? i > 0 : false;
}

/** A concat along the batch with something that was fed. */
function joinsExamples(g: GraphView, op: Operation, t: Tensor): boolean {
  const axis = op.type === 'Pack' ? op.getAttr('axis') : constInts(op.type === 'ConcatV2' ? op.inputs[op.inputs.length - 1] : op.inputs[0])?.[0];
  const rank = t.shape.ndims;
  if (axis !== 0 && !(rank !== null && axis === -rank)) return false;
  return op.inputs.some((x) => x !== t && g.fromInputs.has(x.op));
}

/** `data x weights`: the right side is a parameter, and known to be one: it has an initializer, or is applied to fed
 * data elsewhere. (The product of two arrays may as well be a factorisation.) */
function isLayer(g: GraphView, op: Operation, v: Operation, trainable: ReadonlySet<Operation>): boolean {
  const right = op.inputs[1]!;
  if (g.fromInputs.has(right.op)) return false;
  let w: Tensor | undefined = right;
  while (w && !isVariable(w.op)) w = MOVES.has(w.op.type) ? w.op.inputs[MOVES.get(w.op.type)!] : undefined;
  if (!w || w.op === v || !trainable.has(w.op) && trainable.size > 0) return false;
  if (!initialData(w.op)) return true;
  return right.consumers().some((c) => MATMULS.has(c.type) && c.inputs[1] === right && g.fromInputs.has(c.inputs[0]!.op) && !c.name.startsWith('gradients'));
}

function lineOf(op: Operation): string { return op.site ? `, ${op.site.location}` : ''; }

export const trainableData: Rule = { name: NAME, about: 'a trainable variable initialised from data and used as an input of the network', check };
