// Ops over the rows of the last axis of a loop: folds (a sum, a mean, an extremum: one element a row) and what is made of
// them with arithmetic between (softmax, log-softmax, cross-entropy), the same steps as in kernels/{reduce,softmax}.ts.
import { float32 } from '../../graph/dtype.ts';
import type { DeviceNode } from '../engines/engine.ts';
import { sameShape } from '../kernels/common.ts';
import type { ValueRow } from '../kernels/compute.ts';
import * as fn from '../kernels/elementary.ts';
import type { Expr, ExprPool } from '../jit/expr.ts';
import type { Lanes, LaneStorage } from '../jit/lanes.ts';
import { sameNumber } from './cwise.ts';
import { broadcasting, type Elementwise } from './elementwise.ts';
import type { FoldOp } from './fold.ts';
import type { Kit, WasmValue } from './kit.ts';
import { floats, valueBody } from './map.ts';
import { reductionOf } from './roots.ts';
import { areBelow } from './rows.ts';

/** Arithmetic on values, or a fold of each row of one; `squeezed`: the last axis goes. */
export type Part = { readonly op: Elementwise; readonly inputs: readonly number[] } | { readonly fold: FoldOp; readonly of: number; readonly squeezed: boolean };
/** What an op does, given the numbers of its inputs and outputs; `add` returns the number of what a part makes. */
export interface RowNode {
  /** It makes one element a row, and nothing else. */
  readonly folds: boolean;
  /** Positions of inputs that must be there before, and what must hold of those for the node to have no error to report. */
  readonly outside: readonly number[];
  readonly holds?: (k: Kit, x: readonly WasmValue[]) => boolean;
  /** `places`: the value 0, 1, 2, .. */
  readonly expand: (x: readonly number[], out: readonly number[], add: (part: Part, to?: number) => number, places: () => number) => void;
}

/** Rows shorter than this are not worth it, longer ones leave the caches. */
const SHORT = 4, LONG = 1 << 15;

const row = (float: NonNullable<ValueRow['float']>): ValueRow => ({ float });
const SHIFTED = row((o, a, m) => o.sub(a, m)), SHIFTED_EXP = row((o, a, m) => fn.expNonPositive(o, o.sub(a, m)));
const SOFTMAX = row((o, v, s) => o.mul(v, o.div(o.c(1), s))), LOG_SOFTMAX = row((o, v, t) => o.sub(v, fn.log(o, t)));
const SPARSE_LOSS = row((o, t, v) => o.sub(fn.log(o, t), v));
const LOSS = row((o, v, t, l) => o.mul(l, o.sub(fn.log(o, t), v))), BACK = row((o, v, t, l) => o.sub(o.div(v, t), l));

function arithmetic(key: string, value: ValueRow, inputs: readonly number[], squeezed = false): Part {
  const fit: Elementwise['fit'] = squeezed ? (views) => ({ shape: views[0]!.slice(0, -1), views }) : broadcasting;
  return { op: { key, body: valueBody(value, 'f32')!, reads: inputs.map(() => 'f32'), results: [float32], fit, squeezes: squeezed }, inputs };
}
const fold = (op: FoldOp, of: number, squeezed = false): Part => ({ fold: op, of, squeezed });

const softmax = (log: boolean): RowNode => ({ folds: false, outside: [], expand: ([x], [out], add) => {
  const most = add(fold('max', x!)), e = add(arithmetic('ShiftedExp', SHIFTED_EXP, [x!, most])), total = add(fold('sum', e));
  add(log ? arithmetic('LogSoftmax', LOG_SOFTMAX, [add(arithmetic('Shifted', SHIFTED, [x!, most])), total]) : arithmetic('Softmax', SOFTMAX, [e, total]), out!);
} });
const crossEntropy: RowNode = { folds: false, outside: [], expand: ([x, labels], [loss, back], add) => {
  const most = add(fold('max', x!)), e = add(arithmetic('ShiftedExp', SHIFTED_EXP, [x!, most])), total = add(fold('sum', e));
  add(fold('sum', add(arithmetic('Xent', LOSS, [add(arithmetic('Shifted', SHIFTED, [x!, most])), total, labels!])), true), loss!);
  add(arithmetic('XentBack', BACK, [e, total, labels!]), back!);
} };
/** Labels name the class of their row. */
const sparseCrossEntropy = (labels: LaneStorage, width: number): RowNode => ({
  folds: false, outside: [1], holds: (k, [y]) => areBelow(k, y!, width),
  expand: ([x, y], [loss, back], add, places) => {
    const fit: Elementwise['fit'] = ([v]) => ({ shape: v!, views: [v!, [v![0]!, 1], [v![1]!]] }), classes = places();
    /** A value where the class is that of the row, 0 elsewhere. */
    const own = (key: string, of: number, value: (pool: ExprPool, v: Lanes) => Expr): number => add({
      op: { key: `${key}:${labels}`, body: (pool, [v, label, place]) => [[pool.simd('v128.and', value(pool, v!), sameNumber(pool, labels, label!, place!)[0]!)]], reads: ['f32', labels, 'i32'], results: [float32], fit }, inputs: [of, y!, classes],
    });
    const most = add(fold('max', x!)), e = add(arithmetic('ShiftedExp', SHIFTED_EXP, [x!, most])), total = add(fold('sum', e));
    const chosen = add(fold('sum', own('Chosen', add(arithmetic('Shifted', SHIFTED, [x!, most])), (_, v) => v[0]!)));
    add(arithmetic('SparseXent', SPARSE_LOSS, [total, chosen], true), loss!);
    add(arithmetic('XentBack', BACK, [e, total, own('Hot', x!, (pool) => floats(pool, 'f32').c(1))]), back!);
  },
});
const extremum = (op: 'max' | 'min', keepDims: boolean): RowNode => ({ folds: true, outside: [], expand: ([x], [out], add) => { add(fold(op, x!, !keepDims), out!); } });
const sum = (terms: number, mean: boolean, keepDims: boolean): RowNode => ({ folds: true, outside: [], expand: ([x], [out], add) => {
  if (mean) add(arithmetic(`Mean${terms}`, row((o, s) => o.div(s, o.c(terms))), [add(fold('sum', x!))], !keepDims), out!);
  else add(fold('sum', x!, !keepDims), out!);
} });

/** How the node works over rows of its first input; undefined: it does not. */
export function rowNode(node: DeviceNode): RowNode | undefined {
  const shape = node.inputShapes[0] ?? [], last = shape.length - 1;
  if (!node.shapesKnown || last < 1 || shape.includes(0) || node.inputDtypes[0]!.storage !== 'f32') return undefined;
  const terms = shape[last]!;
  if (terms < SHORT || terms > LONG) return undefined;
  switch (node.op) {
    case 'Softmax': case 'LogSoftmax': return softmax(node.op === 'LogSoftmax');
    case 'SoftmaxCrossEntropyWithLogits': return last === 1 && sameShape(shape, node.inputShapes[1]!) ? crossEntropy : undefined;
    case 'SparseSoftmaxCrossEntropyWithLogits': {
      const labels = node.inputShapes[1]!, { storage } = node.inputDtypes[1]!;
      return last === 1 && labels.length === 1 && labels[0] === shape[0] && (storage === 'i32' || storage === 'i64') ? sparseCrossEntropy(storage, terms) : undefined;
    }
    case 'Sum': case 'Mean': case 'Max': case 'Min': {
      const r = reductionOf(node), reduced = r?.reduced(shape.length);
      if (!reduced?.every((gone, i) => gone === (i === last) || (shape[i] === 1 && r!.keepDims))) return undefined;
      return node.op === 'Max' || node.op === 'Min' ? extremum(node.op === 'Max' ? 'max' : 'min', r!.keepDims) : sum(terms, r!.mean, r!.keepDims);
    }
    default: return undefined;
  }
}
