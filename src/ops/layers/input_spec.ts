// What a layer says of its inputs. Follows python/keras/engine/input_spec.py (1.15).
import type { DType } from '../../graph/dtype.ts';
import { type Args, bind } from '../api.ts';

interface Spec { dtype?: DType | null; shape?: readonly (number | null)[] | null; ndim?: number | null; maxNdim?: number | null; minNdim?: number | null; axes?: ReadonlyMap<number, number | null> | null }
const ORDER = ['dtype', 'shape', 'ndim', 'maxNdim', 'minNdim', 'axes'] as const;

/** `tf.layers.InputSpec`: dtype, shape (null: any size), number of dimensions or its bounds, and sizes of single axes. A shape says the number of dimensions too. */
export class InputSpec {
  readonly dtype: DType | null;
  readonly shape: readonly (number | null)[] | null;
  readonly ndim: number | null;
  readonly maxNdim: number | null;
  readonly minNdim: number | null;
  readonly axes: ReadonlyMap<number, number | null>;
  constructor(...args: Args<Spec, typeof ORDER>) {
    const s = bind('__init__', ORDER, new Set<string>(ORDER), args, {}) as Spec;
    this.dtype = s.dtype ?? null;
    this.shape = s.shape ?? null;
    this.ndim = this.shape?.length ?? s.ndim ?? null;
    this.maxNdim = s.maxNdim ?? null;
    this.minNdim = s.minNdim ?? null;
    this.axes = s.axes ?? new Map<number, number | null>();
  }
  /** As Python prints it. */
  toString(): string {
    const list = (v: readonly (number | null)[]): string => `(${v.map((d) => d ?? 'None').join(', ')}${v.length === 1 ? ',' : ''})`;
    const parts = [
      this.dtype ? `dtype=${this.dtype.repr}` : '', this.shape ? `shape=${list(this.shape)}` : '', this.ndim ? `ndim=${this.ndim}` : '', this.maxNdim ? `max_ndim=${this.maxNdim}` : '', this.minNdim ? `min_ndim=${this.minNdim}` : '',
      this.axes.size > 0 ? `axes={${[...this.axes].map(([k, v]) => `${k}: ${v ?? 'None'}`).join(', ')}}` : '',
    ];
    return `InputSpec(${parts.filter((x) => x !== '').join(', ')})`;
  }
}
