// What the distributions over the real numbers share: scalar events, a batch shape that its parameters broadcast to, parameters
// that are identities of what was given. Follows python/ops/distributions/{normal,uniform,laplace,gamma,student_t}.py (1.15).
import { float16, float64 } from '../../graph/dtype.ts';
import { broadcastShapes, SCALAR_SHAPE, type TensorShape } from '../../graph/shape.ts';
import { ValueError } from '../../graph/errors.ts';
import { publicCall } from '../../graph/site.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import type { Args } from '../api.ts';
import { broadcastDynamicShape } from '../array_broadcast.ts';
import { shape as shapeOf } from '../array_shape.ts';
import { identity } from '../array_values.ts';
import { afterOps, inScope } from '../building.ts';
import { assertPositive, assertSameFloatDtype } from '../check_ops.ts';
import type { TensorLike } from '../convert.ts';
import { type Common, Distribution, FULLY_REPARAMETERIZED, parametersOf } from './distribution.ts';

/** A distribution over numbers. */
export abstract class ScalarDistribution extends Distribution {
  /** The parameters that make the batch. */
  protected abstract get _broadcast(): readonly Tensor[];
  protected override _batchShape(): TensorShape {
    return this._broadcast.map((t) => t.shape).reduce((a, b) => {
      const s = broadcastShapes(a, b);
      if (!s) throw new ValueError(`Incompatible shapes for broadcasting: ${a} and ${b}`);
      return s;
    });
  }
  protected override _batchShapeTensor(): Tensor {
    const [first, ...rest] = this._broadcast.map((t) => shapeOf(t));
    // All but the first are joined first.
    return rest.length === 0 ? first! : broadcastDynamicShape(first!, rest.reduce((a, b) => broadcastDynamicShape(a, b)));
  }
  protected override _eventShape(): TensorShape { return SCALAR_SHAPE; }
}

interface LocationParams extends Common { loc: TensorLike; scale: TensorLike }
const LOCATION = ['loc', 'scale', 'validateArgs', 'allowNanStats', 'name'] as const;
export type LocationArgs = Args<LocationParams, typeof LOCATION>;
/** A distribution with a location and a scale above 0; they broadcast. */
export abstract class LocationScale extends ScalarDistribution {
  readonly loc: Tensor;
  readonly scale: Tensor;
  constructor(defaultName: string, args: LocationArgs) {
    const p = parametersOf<LocationParams>(LOCATION, args, 2, { name: defaultName });
    const { made: [loc, scale], name } = publicCall(new.target as never, () => identities(p, { loc: p.loc, scale: p.scale }, () => [assertPositive(p.scale)]));
    super({ dtype: scale!.dtype, reparameterizationType: FULLY_REPARAMETERIZED, validateArgs: p.validateArgs, allowNanStats: p.allowNanStats, parameters: { ...p }, graphParents: [loc!, scale!], name });
    this.loc = loc!;
    this.scale = scale!;
  }
  protected static override _paramNames(): readonly string[] { return ['loc', 'scale']; }
  protected override get _broadcast(): readonly Tensor[] { return [this.loc, this.scale]; }
}

/** The parameters under the distribution's scope, as identities that wait for the checks; they must be of one floating dtype. */
export function identities(p: { readonly name: string; readonly validateArgs: boolean }, given: Readonly<Record<string, TensorLike>>, checks: () => readonly Operation[]): { made: Tensor[]; name: string } {
  return inScope(p.name, '', Object.values(given), (name) => {
    const made = afterOps(p.validateArgs ? checks() : [], () => {
      const tensors = Object.entries(given).map(([k, v]) => identity(v, { name: k }));
      assertSameFloatDtype(tensors);
      return tensors;
    });
    return { made, name };
  });
}

/** Bits of the fraction of a floating dtype, and the exponent of its smallest normal number. */
export function floatLimits(t: { readonly dtype: Tensor['dtype'] }): { fraction: number; smallest: number } {
  return t.dtype === float64 ? { fraction: 52, smallest: 2 ** -1022 } : t.dtype === float16 ? { fraction: 10, smallest: 2 ** -14 } : { fraction: 23, smallest: 2 ** -126 };
}
