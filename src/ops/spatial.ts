// Where spatial axes are in a data format, and sizes given for them. Follows _get_sequence in python/ops/nn_ops.py.
import { ValueError } from '../graph/errors.ts';

/** Whether a data format ('NCHW', 'NCDHW', 'NCW') has channels before the spatial axes. */
export function isChannelsFirst(format: string): boolean { return format.startsWith('NC'); }

/** One number, n numbers or n + 2 numbers as the n + 2 of a data format with n spatial axes.
 * Errors: ValueError for another number of numbers. */
export function sequenceOf(v: number | readonly number[] | null, n: number, channelsFirst: boolean, name: string): number[] {
  const list = v === null ? [1] : typeof v === 'number' ? [v] : [...v];
  if (list.length === n + 2) return list;
  if (list.length !== 1 && list.length !== n) throw new ValueError(`${name} should be of length 1, ${n} or ${n + 2} but was ${list.length}`);
  const spatial = list.length === 1 ? Array.from({ length: n }, () => list[0]!) : list;
  return channelsFirst ? [1, 1, ...spatial] : [1, ...spatial, 1];
}
