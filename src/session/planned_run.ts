// Runs that are named before they are made (to look at their plans, or to have them compiled), and runs asked for in handles.
import { TypeError } from '../graph/errors.ts';
import { type Graph, pythonTypeName } from '../graph/graph.ts';
import { TensorShape } from '../graph/shape.ts';
import type { NDArray } from '../graph/ndarray.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import type { CompileRequest } from './compile/pipeline.ts';
import { type Feeds, readFeeds } from './feed.ts';
import { type Fetchable, planFetches } from './fetch.ts';
import { requestOf } from './request_memo.ts';
import type { RunArguments } from './run_arguments.ts';
import type { RunSignal } from './run_control.ts';
import type { Prepared } from './transfer.ts';

/** What a run will fetch and be fed: values, of which the shapes count, or the tensors, with what is known of their shapes. */
export interface PlannedRun { readonly fetches: Fetchable; readonly feeds?: Feeds | readonly Tensor[] | null }

/** What such a run asks for. Throws as `run` does. */
export function plannedRequest(graph: Graph, fetches: Fetchable, feeds: PlannedRun['feeds']): CompileRequest {
  const tensors = Array.isArray(feeds) && feeds.every((t) => t instanceof Tensor) ? feeds as readonly Tensor[] : undefined;
  const fed = tensors ? tensors.map((tensor) => ({ tensor, shape: tensor.shape })) : readFeeds(graph, feeds as Feeds | null | undefined).map((f) => ({ tensor: f.tensor, shape: new TensorShape(f.shape) }));
  return requestOf(planFetches(graph, fetches).elements, fed);
}

/** The same of a list. Throws TypeError for what is no list of runs. */
export function plannedRequests(graph: Graph, runs: readonly PlannedRun[]): CompileRequest[] {
  if (!Array.isArray(runs)) throw new TypeError(`prepare: the runs must be a list, but got <class '${pythonTypeName(runs)}'>`, { remedy: 'sess.prepare([{ fetches: [loss, step], feeds: [x, y] }, { fetches: accuracy, feeds: [x, y] }])' });
  return (runs as readonly PlannedRun[]).map((r) => {
    const unknown = typeof r === 'object' && r !== null && 'fetches' in r ? Object.keys(r).find((k) => k !== 'fetches' && k !== 'feeds') : '';
    if (unknown !== undefined) throw new TypeError(unknown === '' ? 'prepare: a run is { fetches, feeds }.' : `prepare: a run has no '${unknown}'.`, { remedy: 'name what it fetches and what it is fed: { fetches, feeds }' });
    return plannedRequest(graph, r.fetches, r.feeds);
  });
}

/** A run as a server has it: with no structure of the caller's. */
export interface AskedInHandles { readonly fetches: readonly Tensor[]; readonly targets: readonly Operation[]; readonly feeds: readonly (readonly [Tensor, NDArray])[] }
export function preparedFrom({ fetches, targets, feeds }: AskedInHandles, told: RunArguments, signal: RunSignal): Prepared {
  const elements = [...new Set([...fetches, ...targets])], places = fetches.map((t) => elements.indexOf(t));
  return {
    fetch: { elements, names: elements.map((e) => e.name), build: (values) => places.map((i) => values[i]) }, told, signal, asArrays: true,
    fed: feeds.map(([tensor, value]) => ({ tensor, value, shape: value.shape })),
    request: requestOf(elements, feeds.map(([tensor, value]) => ({ tensor, shape: new TensorShape(value.shape) }))),
  };
}
