// Initializers of contrib.layers. Follows contrib/layers/python/layers/initializers.py (1.15).
import type { DType } from '../../graph/dtype.ts';
import { TypeError } from '../../graph/errors.ts';
import { api } from '../api.ts';
import type { Initializer } from '../init_ops.ts';
import { randomUniform, truncatedNormal } from '../random_ops.ts';

interface VarianceScalingParams { factor?: number; mode?: 'FAN_IN' | 'FAN_OUT' | 'FAN_AVG'; uniform?: boolean; seed?: number | null; dtype?: DType }

/** `tf.contrib.layers.variance_scaling_initializer`: `factor / n` variance; truncated at two standard deviations when
 * not uniform (with contrib's own correction 1.3, unlike the core initializer). */
export const varianceScalingInitializer = api('varianceScalingInitializer', ['factor', 'mode', 'uniform', 'seed', 'dtype'], (p: VarianceScalingParams): Initializer => {
  const { factor = 2, mode = 'FAN_IN', uniform = false, seed = null } = p;
  if (p.dtype && !p.dtype.isFloating) throw new TypeError('Cannot create initializer for non-floating point type.');
  if (!['FAN_IN', 'FAN_OUT', 'FAN_AVG'].includes(mode)) throw new TypeError(`Unknown mode ${String(mode)} [FAN_IN, FAN_OUT, FAN_AVG]`);
  return {
    initialize: (shape, o = {}) => {
      const dtype = o.dtype ?? p.dtype;
      if (dtype && !dtype.isFloating) throw new TypeError('Cannot create initializer for non-floating point type.');
      let fanIn = shape.length > 1 ? shape[shape.length - 2]! : shape[shape.length - 1] ?? 1;
      let fanOut = shape[shape.length - 1] ?? 1;
      for (const d of shape.slice(0, -2)) { fanIn *= d; fanOut *= d; }
      const n = mode === 'FAN_IN' ? fanIn : mode === 'FAN_OUT' ? fanOut : (fanIn + fanOut) / 2;
      if (uniform) {
        const limit = Math.sqrt((3 * factor) / n);
        return randomUniform(shape, -limit, limit, dtype ?? null, { seed });
      }
      return truncatedNormal(shape, 0, Math.sqrt((1.3 * factor) / n), dtype ?? undefined, { seed });
    },
  };
});

/** `tf.contrib.layers.xavier_initializer`: uniform (default) or normal, variance 1 / mean of fan-in and fan-out. */
export const xavierInitializer = api('xavierInitializer', ['uniform', 'seed', 'dtype'], (p: { uniform?: boolean; seed?: number | null; dtype?: DType }): Initializer =>
  varianceScalingInitializer({ factor: 1, mode: 'FAN_AVG', uniform: p.uniform ?? true, seed: p.seed ?? null, ...(p.dtype ? { dtype: p.dtype } : {}) }));
