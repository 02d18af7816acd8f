// What `run` hands out for one value.
import { TfError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { FetchedValue } from './fetch.ts';

/** Scalars as JS values (int64 as number up to 2^53, bigint beyond; strings decoded), anything else as it is. A string
 * that is not UTF-8 stays an array, so that its bytes are not lost. */
export function resultOf(a: NDArray): FetchedValue {
  if (a.shape.length > 0) return a;
  try {
    return a.flat(0);
  } catch (e) {
    if (e instanceof TfError) return a;
    throw e;
  }
}
