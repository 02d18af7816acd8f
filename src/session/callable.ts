// `sess.make_callable`: which arguments the made function takes. Follows BaseSession.make_callable in
// python/client/session.py (1.15).
import { InvalidArgumentError, TypeError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import { NDArray } from '../graph/ndarray.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { isOptions, snakeCase } from '../ops/api.ts';
import { asarray, type Fed, type FeedKey, keyTensor, readFeedList } from './feed.ts';
import { sameShape } from './kernels/common.ts';
import { type RunArguments, runArguments } from './run_arguments.ts';
import type { Prepared } from './transfer.ts';

/** A function made by `make_callable`. */
export interface Callable<R> {
  (...values: unknown[]): Promise<R>;
  /** The same without waiting, as `runSync`. */
  sync(...values: unknown[]): R;
}

/** A callable of functions that return a value, a promise of one, or throw. */
export function callable(run: (...values: unknown[]) => unknown, sync: (...values: unknown[]) => unknown): Callable<unknown> {
  return Object.assign(async (...values: unknown[]) => run(...values), { sync });
}

/** Named arguments of `make_callable`. */
export interface CallableOptions {
  /** Keys of feeds; the callable takes their values in this order. null (the default): no feeds. */
  readonly feedList?: readonly FeedKey[] | null;
  /** Without `feedList`: the callable takes `options` and `runMetadata`. With it, it always does. */
  readonly acceptOptions?: boolean | null;
}

/** What follows `fetches`, bound. Throws TypeError with TF's texts. */
export function callableOptions(args: readonly unknown[]): CallableOptions {
  const last = args[args.length - 1];
  const named = isOptions(last) ? last : {};
  for (const key of Object.keys(named)) if (key !== 'feedList' && key !== 'acceptOptions') throw new TypeError(`make_callable() got an unexpected keyword argument '${snakeCase(key)}'`, { remedy: 'known options: feedList, acceptOptions' });
  const [feedList, acceptOptions] = named === last ? args.slice(0, -1) : args;
  const out = { feedList, acceptOptions, ...named } as CallableOptions;
  if (out.feedList !== undefined && out.feedList !== null && !Array.isArray(out.feedList)) throw new TypeError('`feed_list` must be a list or tuple.');
  return out;
}

/** A call of a callable with feeds: surplus values are ignored, missing ones not fed, as Python's zip does. */
export function feedsOfCall(graph: Graph, feedList: readonly FeedKey[], args: readonly unknown[]): { readonly fed: readonly Fed[]; readonly told: RunArguments } {
  const last = args[args.length - 1];
  const told = isOptions(last) && !('shape' in last && 'data' in last) ? runArguments([null, last]) : NOTHING_TOLD;
  return { fed: readFeedList(graph, feedList, told === NOTHING_TOLD ? args : args.slice(0, -1)), told };
}
const NOTHING_TOLD: RunArguments = {};

/** What a call asks for when it feeds nothing but arrays and gets nothing but fetched values. */
type Asked = Pick<Prepared, 'fetch' | 'request' | 'fed'>;
/** Calls of a callable, each prepared and run; a call like the one before it, with other arrays, goes the `direct` way (which may give up). */
export function repeating(graph: Graph, feedList: readonly FeedKey[], prepare: (values: readonly unknown[]) => Prepared, run: (p: Prepared) => unknown, direct: (asked: Asked, values: readonly NDArray[]) => unknown): (...values: unknown[]) => unknown {
  let last: Asked | undefined;
  return (...values) => {
    const again = last && isLike(graph, last, feedList, values) ? direct(last, values) : undefined;
    if (again !== undefined) return again;
    const p = prepare(values), results = run(p), { fetch, request, told } = p;
    last = told === NOTHING_TOLD && request.targets.length === 0 && request.fetches.length === fetch.elements.length ? { fetch, request, fed: [] } : undefined;
    return results;
  };
}
/** Whether a call gives arrays of the same dtypes and shapes. */
function isLike(graph: Graph, { fetch, request: { feeds } }: Asked, feedList: readonly FeedKey[], values: readonly unknown[]): values is readonly NDArray[] {
  if (values.length !== feeds.length || feedList.length !== feeds.length) return false;
  for (let i = 0; i < feeds.length; i++) {
    const { tensor, shape } = feeds[i]!, v = values[i];
    if (feedList[i] !== tensor || !(v instanceof NDArray) || v.dtype !== tensor.dtype.baseDtype || !sameShape(v.shape, shape.dims as number[]) || !graph.isFeedable(tensor)) return false;
  }
  for (const e of fetch.elements) if (!graph.isFetchable(e)) return false;
  return true;
}

/** A call of a callable without feeds: nothing, or options and metadata. Throws TypeError with Python's texts. */
export function optionsOfCall(fetches: unknown, acceptOptions: boolean, args: readonly unknown[]): readonly unknown[] {
  if (args.length === 0) return [];
  const last = args[args.length - 1];
  const name = acceptOptions ? '_callable_template_with_options_and_metadata' : fetches instanceof Operation ? '_single_operation_run' : fetches instanceof Tensor ? '_single_tensor_run' : '_fetch_handler_run';
  const remedy = acceptOptions ? 'it takes options and runMetadata' : 'make it with { acceptOptions: true } to pass options, with a feedList to pass values';
  const positional = isOptions(last) ? args.length - 1 : args.length;
  if (isOptions(last)) {
    const odd = Object.keys(last).find((k) => !acceptOptions || !['options', 'runMetadata', 'signal'].includes(k));
    if (odd !== undefined) throw new TypeError(`${name}() got an unexpected keyword argument '${snakeCase(odd)}'`, { remedy });
  }
  if (!acceptOptions && positional > 0) throw new TypeError(`${name}() takes 0 positional arguments but ${positional} ${positional === 1 ? 'was' : 'were'} given`, { remedy });
  if (positional > 2) throw new TypeError(`${name}() takes from 3 to 5 positional arguments but ${positional + 3} were given`, { remedy });
  return args;
}

/** A function made by `make_callable_from_options`; what follows the values may be named arguments. */
export type OptionsCallable = ((...values: readonly unknown[]) => Promise<unknown[]>) & {
  /** Forgets the callable; a server is told. */
  release(): Promise<void>;
};
type NamedArguments = Pick<RunArguments, 'runMetadata' | 'signal'>;

/** Converts and counts the values of a callable. Errors: those of feeds, InvalidArgumentError for a wrong number. */
export function optionsCallable(graph: Graph, spec: { readonly feed?: readonly string[] }): { bind(run: (feeds: readonly NDArray[], named: NamedArguments) => Promise<unknown[]>, release: () => Promise<void>): OptionsCallable } {
  const feeds = (spec.feed ?? []).map((name) => keyTensor(graph, name));
  return {
    bind: (run, release) => Object.assign(async (...args: readonly unknown[]) => {
      const last = args[args.length - 1];
      const named = isOptions(last) && !('shape' in last && 'data' in last);
      const values = named ? args.slice(0, -1) : args;
      if (values.length !== feeds.length) throw new InvalidArgumentError(`Expected ${feeds.length} feed tensors, but got ${values.length}`);
      return run(feeds.map((t, i) => asarray(values[i], t.dtype.baseDtype)), named ? last as NamedArguments : {});
    }, { release }),
  };
}
