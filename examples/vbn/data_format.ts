// Where the channels are: NCHW puts them after the batch, NHWC last. Everything the networks need to know about it.
import type * as tf from 'tfgraph';

export type DataFormat = 'NCHW' | 'NHWC';

/** Axes over which a batch of images is averaged, channel by channel. */
export const momentAxes = (f: DataFormat): number[] => (f === 'NCHW' ? [0, 2, 3] : [0, 1, 2]);
/** Height and width. */
export const spatialAxes = (f: DataFormat): number[] => (f === 'NCHW' ? [2, 3] : [1, 2]);
/** Shape of a per-channel parameter that broadcasts against images of this shape. */
export const channelShape = (shape: readonly number[], f: DataFormat): number[] => (f === 'NCHW' ? [1, shape[1]!, 1, 1] : [1, 1, 1, shape[3]!]);
/** Shape of a batch of square one-channel images. */
export const imageShape = (batch: number, size: number, f: DataFormat): number[] => (f === 'NCHW' ? [batch, 1, size, size] : [batch, size, size, 1]);

/** `x.get_shape().as_list()` of a tensor whose shape is fully known; a clear error where it is not (Python's
 * `int(None)` would fail too, only later). */
export function staticShape(x: tf.Tensor, who: string): number[] {
  return x.shape.asList().map((d, i) => {
    if (d === null) throw new Error(`${who}: dimension ${i} of ${x.name} is unknown, but its size decides which part is the reference batch`);
    return d;
  });
}
