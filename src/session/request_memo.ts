// What a caller asked for last. Most callers ask for the same again and again: then fetches are not taken apart anew, and
// the request is the same object, by which the plan is found.
import type { Graph } from '../graph/graph.ts';
import { TensorShape } from '../graph/shape.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { type CompileRequest, resolve, type Resolved } from './compile/pipeline.ts';
import type { Target } from './compile/target.ts';
import type { Fed } from './feed.ts';
import { checkFetchable, type FetchPlan, planFetches } from './fetch.ts';

export class RequestMemo {
  /** The fetches as they were given: an element, or a list of elements. */
  #given: Tensor | Operation | readonly (Tensor | Operation)[] | undefined;
  #fetch: FetchPlan | undefined;
  #request: CompileRequest | undefined;
  #elements: FetchPlan['elements'] = [];

  /** Takes fetches apart. Throws as planFetches does. */
  fetch(graph: Graph, fetches: unknown): FetchPlan {
    if (this.#fetch && this.#isGiven(fetches)) {
      for (const e of this.#fetch.elements) checkFetchable(graph, e);
      return this.#fetch;
    }
    const plan = planFetches(graph, fetches);
    const plain = Array.isArray(fetches) ? fetches.every(isElement) && (fetches as (Tensor | Operation)[]).slice() : isElement(fetches) && fetches;
    this.#given = plain || undefined;
    return this.#fetch = plan;
  }
  #isGiven(fetches: unknown): boolean {
    const given = this.#given;
    if (!Array.isArray(given)) return given !== undefined && given === fetches;
    return Array.isArray(fetches) && same(given as unknown[], fetches as unknown[]);
  }

  /** What these fetches and feeds ask for. */
  request({ elements }: FetchPlan, fed: readonly Fed[]): CompileRequest {
    const last = this.#request;
    if (last && same(this.#elements, elements) && last.feeds.length === fed.length && fed.every((f, i) => last.feeds[i]!.tensor === f.tensor && same(last.feeds[i]!.shape.dims!, f.shape))) return last;
    this.#elements = elements;
    return this.#request = requestOf(elements, fed.map((f) => ({ tensor: f.tensor, shape: new TensorShape(f.shape) })));
  }
}

/** Nodes of programs that are kept. */
const FEW = 5000;

/** What was compiled last, before its feeds had shapes: other shapes start from there. */
export class ResolvedMemo {
  #last: { readonly request: CompileRequest; readonly edits: number; readonly resolved: Resolved } | undefined;

  of(request: CompileRequest, target: Target): Resolved {
    const { edits } = target.graph, last = this.#last?.edits === edits && asksTheSame(this.#last.request, request) ? this.#last : undefined;
    if (last) return last.resolved;
    const resolved = resolve(request, target);
    this.#last = resolved.nodeCount > FEW ? undefined : { request, edits, resolved };
    return resolved;
  }
}
function asksTheSame(a: CompileRequest, b: CompileRequest): boolean {
  return same(a.fetches, b.fetches) && same(a.targets, b.targets) && same(a.feeds.map((f) => f.tensor), b.feeds.map((f) => f.tensor));
}

export function requestOf(elements: readonly (Tensor | Operation)[], feeds: readonly { tensor: Tensor; shape: TensorShape }[]): CompileRequest {
  const fed = new Set(feeds.map((f) => f.tensor));
  return {
    fetches: elements.filter((e): e is Tensor => e instanceof Tensor && !fed.has(e)),
    targets: elements.filter((e): e is Operation => e instanceof Operation),
    feeds,
  };
}

function isElement(f: unknown): f is Tensor | Operation { return f instanceof Tensor || f instanceof Operation; }
function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
