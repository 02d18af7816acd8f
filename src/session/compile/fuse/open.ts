// open: ops that stand for a formula become the ops of that formula, written over the same arithmetic, so that every bit
// stays: their sums end what made their terms, and what they compute element by element goes on in what reads it. Nodes whose
// shapes do not fit stay: they have an error to report.
import { attr, type AttrMap } from '../../../graph/node_def.ts';
import { float32, int32 } from '../../../graph/dtype.ts';
import { inputString } from '../../../graph/names.ts';
import { NDArray } from '../../../graph/ndarray.ts';
import { Rewriting } from '../../../graph/rewrite.ts';
import { TensorShape } from '../../../graph/shape.ts';
import { frozenNormGrad, normalise, type Plain, type Statistics, trainingNorm, trainingNormGrad } from '../../kernels/batch_norm.ts';
import { broadcast } from '../../kernels/common.ts';
import { attrsKey } from '../cse.ts';
import { adopt, type Derived, inOrder, type Program, type ProgramNode, typeOf, type ValueType } from '../program.ts';
import type { Target } from '../target.ts';

type Shape = readonly number[];
/** Inputs that formulas read; a gradient's sixth is nothing to them. */
const READ = 5;
/** Makes the nodes of a formula of one node. */
interface Builder extends Statistics<string> {
  op(op: string, ...inputs: readonly string[]): string;
  /** Of some axes. */
  total(x: string, axes: readonly number[]): string;
}
/** The outputs of the node, of tensors of these shapes; undefined: it stays. */
type Formula = (b: Builder, x: readonly string[], node: ProgramNode, shapes: readonly Shape[]) => readonly string[] | undefined;

export function open(p: Program, target: Target): Program {
  if (!target.engine.fusion || p.conditional) return p;
  const candidates = inOrder(p).filter((n) => FORMULAS[n.op]);
  if (candidates.length === 0) return p;
  const r = new Rewriting('open', p.nodes), constants = new Map(p.constants), types = new Map<string, readonly ValueType[]>(p.types), derived: Derived[] = [];
  for (const n of candidates) {
    const known = n.input.slice(0, READ).map((s) => typeOf(p, s)!);
    if (!known.every((t) => t.dtype === float32 && t.shape.isFullyDefined)) continue;
    const made: ProgramNode[] = [];
    const put = (op: string, input: readonly string[], shape: Shape, attrs: AttrMap, value?: NDArray): string => {
      const name = `${n.name}@open${made.length}`;
      made.push({ name, op, input, device: '', attr: attrs, from: n.from, at: n.at });
      types.set(name, [{ dtype: value?.dtype ?? float32, shape: new TensorShape(shape) }]);
      if (value) constants.set(name, value);
      return name;
    };
    const dims = (s: string): Shape => typeOf({ types }, s)!.shape.dims as Shape;
    const b = builder(put, dims), outputs = FORMULAS[n.op]!(b, n.input.map((s) => r.resolve(s)), n, known.map((t) => t.shape.dims as Shape));
    if (!outputs) continue;
    for (const m of made) r.put(m);
    const replaced = Object.fromEntries(outputs.map((t, i) => [inputString(n.name, i), t]));
    for (const [t, to] of Object.entries(replaced)) r.redirect(t, to);
    r.remove(n.name);
    derived.push({ constants: made.flatMap((m) => (m.op === 'Const' ? [m.name] : [])), of: n.input.slice(0, READ), how: `${n.op} ${attrsKey(n.attr)}`, make: (of) => constantsOf(n, of.map((x) => x.shape.dims as Shape)) });
    r.record(`${n.op} -> the ops of its formula`, [n.name], made.map((m) => m.name), replaced);
  }
  const done = r.finish();
  return done.log.length === 0 ? p : adopt(p, done, { constants, types }, { derived });
}
/** The constants of a node's formula for tensors of other shapes. */
function constantsOf(n: ProgramNode, shapes: readonly Shape[]): readonly NDArray[] | undefined {
  const out: NDArray[] = [], known = [...shapes];
  const b = builder((_, __, shape, ___, value) => { if (value) out.push(value); return String(known.push(shape) - 1); }, (s) => known[Number(s)]!);
  return FORMULAS[n.op]!(b, shapes.map((_, i) => String(i)), n, shapes) && out;
}

function builder(put: (op: string, input: readonly string[], shape: Shape, attrs: AttrMap, value?: NDArray) => string, dims: (s: string) => Shape): Builder {
  const numbers = new Map<number, string>(), T = { T: attr.type(float32) };
  const op = (name: string, ...inputs: readonly string[]): string => put(name, inputs, inputs.map(dims).reduce((a, s) => broadcast(a, s)!), T);
  const scalar = (x: number): string => {
    let name = numbers.get(x);
    if (name === undefined) {
      const value = new NDArray(float32, [], Float32Array.of(x));
      numbers.set(x, name = put('Const', [], [], {}, value));
    }
    return name;
  };
  const total = (x: string, axes: readonly number[]): string => {
    const value = new NDArray(int32, [axes.length], Int32Array.from(axes)), list = put('Const', [], [axes.length], {}, value);
    return put('Sum', [x, list], dims(x).filter((_, i) => !axes.includes(i)), { ...T, Tidx: attr.type(int32), keep_dims: attr.b(false) });
  };
  const arithmetic: Plain<string> = {
    c: scalar, add: (a, b) => op('AddV2', a, b), sub: (a, b) => op('Sub', a, b), mul: (a, b) => op('Mul', a, b), div: (a, b) => op('RealDiv', a, b), neg: (a) => op('Neg', a), sqrt: (a) => op('Sqrt', a),
  };
  return { op, total, scalar, map: (_, row, ...inputs) => row(arithmetic, ...inputs), sum: (x) => total(x, [...dims(x).keys()].slice(0, -1)) };
}

/** Whether images have elements, their channels last, and the vectors one for each of those. */
function fits(node: ProgramNode, [x, ...vectors]: readonly Shape[]): boolean {
  const format = node.attr['data_format'];
  return x?.length === 4 && !x.includes(0) && (format === undefined || String(format.value) === 'NHWC') && vectors.every((v) => v.length === 1 && v[0] === x[3]);
}
const training = (node: ProgramNode): boolean => node.attr['is_training']?.value !== false;
const epsilonOf = (node: ProgramNode): number => (node.attr['epsilon'] ? Number(node.attr['epsilon'].value) : 0.0001);
const positions = (x: Shape): number => x[0]! * x[1]! * x[2]!;

const norm = (outputs: 5 | 6): Formula => (b, [x, scale, offset, mean, variance], node, [shape, ...vectors]) => {
  const epsilon = epsilonOf(node), given = vectors.slice(2);
  if (!fits(node, [shape!, ...vectors.slice(0, 2), ...(training(node) ? [] : given)]) || (training(node) && given.some((v) => v.length !== 1 || v[0] !== 0))) return undefined;
  const out = training(node) ? trainingNorm(b, x!, scale!, offset!, epsilon, positions(shape!)) : [normalise(b, x!, mean!, variance!, offset!, scale!, epsilon), mean!, variance!, mean!, variance!];
  return outputs === 6 ? [...out, b.scalar(0)] : out;
};
const normGrad: Formula = (b, [dy, x, scale, mean, variance], node, [g, shape, ...vectors]) => {
  const epsilon = epsilonOf(node);
  if (!fits(node, [shape!, ...vectors.slice(0, 3)]) || String(g) !== String(shape)) return undefined;
  const out = training(node) ? trainingNormGrad(b, dy!, x!, scale!, mean!, variance!, epsilon, positions(shape!)) : frozenNormGrad(b, dy!, x!, scale!, mean!, variance!, epsilon);
  return [...out, b.scalar(0), b.scalar(0)];
};
const l2Loss: Formula = (b, [x], _, [shape]) => (shape!.includes(0) ? undefined : [b.op('Mul', b.total(b.op('Square', x!), [...shape!.keys()]), b.scalar(0.5))]);

const FORMULAS: Readonly<Record<string, Formula | undefined>> = {
  FusedBatchNorm: norm(5), FusedBatchNormV2: norm(5), FusedBatchNormV3: norm(6),
  FusedBatchNormGrad: normGrad, FusedBatchNormGradV2: normGrad, FusedBatchNormGradV3: normGrad,
  L2Loss: l2Loss,
};
