// The arguments of `run`: fetches, feed_dict, options and run_metadata by position or by name.
import { AttributeError, TypeError } from '../graph/errors.ts';
import { pythonTypeName } from '../graph/graph.ts';
import { isOptions, nearest, snakeCase } from '../ops/api.ts';
import type { Feeds } from './feed.ts';
import { RunMetadata, RunOptions } from './run_options.ts';

/** Named arguments of `run`. */
export interface RunArguments {
  /** Feeds by Python's name, instead of the second argument. */
  readonly feedDict?: Feeds | null;
  /** Timeout and tracing of this run. */
  readonly options?: RunOptions | null;
  /** Filled when the run succeeds. */
  readonly runMetadata?: RunMetadata | null;
  /** Ends the run with CancelledError when it is aborted. While it is given, a run yields to other tasks now and then. */
  readonly signal?: AbortSignal | null;
  /** Results as tensors of TensorFlow.js (engines `tfjs:*`, and `wasm` with `heap: 'tfjs'`): not copied, and yours to dispose. */
  readonly asTfjs?: boolean;
}
const ORDER = ['feedDict', 'options', 'runMetadata'] as const;
const KNOWN = [...ORDER, 'signal', 'asTfjs'];

const NOTHING: RunArguments = {};

/** Whether a plain object holds named arguments, and not feeds by tensor names. */
function isNamed(v: unknown): v is RunArguments { return isOptions(v) && Object.keys(v).length > 0 && Object.keys(v).every((k) => KNOWN.includes(k)); }

/** Binds what follows `fetches`. Throws TypeError with Python's texts. */
export function runArguments(args: readonly unknown[]): RunArguments {
  if (args.length === 0) return NOTHING;
  if (args.length === 1 && (Array.isArray(args[0]) || args[0] instanceof Map)) return { feedDict: args[0] as Feeds }; // what is asked most
  const out: Record<string, unknown> = {};
  let n = args.length;
  while (n > 0 && args[n - 1] === undefined) n--;
  const last = args[n - 1];
  // Feeds keyed by names are the one plain object that is no options; they stand first.
  if (n > 0 && (n === 1 ? isNamed(last) : isOptions(last))) {
    n--;
    Object.assign(out, checked(last as Record<string, unknown>));
  }
  if (n > ORDER.length) throw new TypeError(`run() takes from 2 to 5 positional arguments but ${n + 2} were given`);
  for (let i = 0; i < n; i++) {
    if (args[i] === undefined) continue;
    if (ORDER[i]! in out) throw new TypeError(`run() got multiple values for argument '${snakeCase(ORDER[i]!)}'`);
    out[ORDER[i]!] = args[i];
  }
  const { options } = out as { options: unknown };
  if (options && !(options instanceof RunOptions)) {
    throw new AttributeError(`'${pythonTypeName(options)}' object has no attribute 'SerializeToString'`, { remedy: 'options is a tf.RunOptions' });
  }
  return out as RunArguments;
}

function checked(named: Record<string, unknown>): Record<string, unknown> {
  for (const key of Object.keys(named)) {
    if (KNOWN.includes(key)) continue;
    const near = nearest(key, KNOWN);
    throw new TypeError(`run() got an unexpected keyword argument '${snakeCase(key)}'`, { remedy: `known options: ${KNOWN.join(', ')}${near === undefined ? '' : ` (did you mean ${near}?)`}` });
  }
  return named;
}

/** The metadata to fill after a run. As in TF a wrong object is noticed only then. */
export function metadataOf(a: RunArguments): RunMetadata | undefined {
  const m: unknown = a.runMetadata;
  if (!m) return undefined;
  if (m instanceof RunMetadata) return m;
  throw new AttributeError(`'${pythonTypeName(m)}' object has no attribute 'ParseFromString'`, { remedy: 'runMetadata is a tf.RunMetadata' });
}
