// Elementwise ops as data: what is read, what comes out, how shapes fit and the arithmetic between. A kernel of one op and
// a loop over many (fused.ts) are made of the same description, so their bits are the same.
import type { DType } from '../../graph/dtype.ts';
import { broadcast, sameShape } from '../kernels/common.ts';
import type { ValueRow } from '../kernels/compute.ts';
import type { DeviceNode } from '../engines/engine.ts';
import { castLanes } from '../jit/cast.ts';
import { laneStorage, type LaneStorage } from '../jit/lanes.ts';
import type { Kit, WasmKernel, WasmValue } from './kit.ts';
import { type Body, inputOf, mapValue, runLoop, valueBody } from './map.ts';

type Shape = readonly number[];
/** Shape of the results, and the shapes as which the operands broadcast to it. */
export interface Fit { readonly shape: Shape; readonly views: readonly Shape[] }

/** An elementwise computation. */
export interface Elementwise {
  /** Tells its code from all other code. */
  readonly key: string;
  readonly body: Body;
  /** How each operand's elements are read. */
  readonly reads: readonly LaneStorage[];
  readonly results: readonly DType[];
  /** How results are written, when not as their dtype. */
  readonly writes?: readonly LaneStorage[];
  /** undefined: the shapes do not fit (TF has an error for that). */
  readonly fit: (shapes: readonly Shape[]) => Fit | undefined;
  /** One more operand is read than the node has: 0, 1, 2, .. as its view says. */
  readonly counts?: boolean;
  /** The result lacks the last axis (of one element) of the operands: only inside loops over rows. */
  readonly squeezes?: boolean;
  /** Whether the elements themselves may be wrong (a divisor of zero): then it never joins others. */
  readonly fails?: (k: Kit, inputs: readonly WasmValue[]) => boolean;
}
/** The computation of a node; undefined: none for its dtypes or attrs. */
export type ElementwiseOp = (node: DeviceNode) => Elementwise | undefined;

/** Operands broadcast. */
export function broadcasting(shapes: readonly Shape[]): Fit | undefined {
  let shape: Shape | undefined = shapes[0]!;
  for (let i = 1; i < shapes.length && shape; i++) if (!sameShape(shape, shapes[i]!)) shape = broadcast(shape, shapes[i]!);
  return shape && { shape, views: shapes };
}
/** Operands have one shape. */
export function alike(shapes: readonly Shape[]): Fit | undefined { return shapes.every((s) => sameShape(s, shapes[0]!)) ? { shape: shapes[0]!, views: shapes } : undefined; }

/** The kernel of one elementwise op. */
export function kernelOf(op: ElementwiseOp): WasmKernel {
  const known = new WeakMap<DeviceNode, Elementwise>();
  return (k, x, node) => {
    let e = known.get(node);
    if (!e) {
      e = op(node);
      if (!e) return undefined;
      known.set(node, e);
    }
    const fit = e.fit(x.map((v) => v.shape));
    if (!fit || e.fails?.(k, x)) return undefined;
    const outs = e.results.map((type) => k.make(type, fit.shape));
    const { reads } = e;
    const inputs = x.map((v, i) => ({ address: v.address, storage: reads[i]!, shape: fit.views[i]! }));
    runLoop(k, e.key, e.body, fit.shape, outs.map((o, i) => ({ address: o.address, storage: e!.writes?.[i] ?? laneStorage(o.type.storage) })), inputs);
    return outs;
  };
}

/** A value row over inputs that broadcast: for kernels made of several loops. */
export function evaluate(k: Kit, key: string, row: ValueRow, inputs: readonly WasmValue[], shape: Shape | undefined = broadcasting(inputs.map((a) => a.shape))?.shape): WasmValue | undefined {
  if (!shape) return undefined;
  const { type } = inputs[0]!;
  return mapValue(k, key, valueBody(row, laneStorage(type.storage)), type, shape, inputs.map(inputOf));
}
/** The value in another dtype. */
export function castValue(k: Kit, a: WasmValue, to: DType): WasmValue {
  const [s, t] = [laneStorage(a.type.storage), laneStorage(to.storage)];
  return mapValue(k, 'Cast', (pool, [x]) => [castLanes(pool, s, t, x!)], to, a.shape, [inputOf(a)])!;
}
