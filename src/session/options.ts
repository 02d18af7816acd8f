// Options of a session: Python's positional arguments (target, graph, config) and ours by name, in one table.
import { NotImplementedError, TypeError, ValueError } from '../graph/errors.ts';
import { getDefaultGraph, Graph, pythonTypeName } from '../graph/graph.ts';
import { bind } from '../ops/api.ts';
import type { Engine } from './engines/engine.ts';
import { referenceEngine } from './engines/reference.ts';
import { tfjsEngine } from './engines/tfjs.ts';
import { wasmEngine } from './engines/wasm.ts';

/** `exact`: every bit is defined and never depends on what else is fetched. `fast`: the engine may use its own arithmetic. */
export type Mode = 'exact' | 'fast';

/** Named arguments of `tf.Session`. */
export interface SessionOptions {
  /** Master to connect to; '' is this process (the only one yet). */
  readonly target?: string | null;
  /** The graph; default: the default graph. */
  readonly graph?: Graph | null;
  /** `tf.ConfigProto` fields; accepted and ignored unless they change results. */
  readonly config?: object | null;
  /** `reference` (default); `wasm`: the same bits from kernels generated as WebAssembly, ops without one (the plan names them) on `reference`;
   * `tfjs:<backend>` with any registered TensorFlow.js backend (`tfjs:cpu`, `tfjs:wasm`). */
  readonly engine?: string | null;
  /** Default `exact`. */
  readonly mode?: Mode | null;
  /** Where warnings about unordered writes go; default: `console.warn`. */
  readonly onWarning?: ((text: string) => void) | null;
}

const ORDER = ['target', 'graph', 'config', 'engine', 'mode', 'onWarning'] as const;
const KNOWN = new Set<string>(ORDER);

/** What a session needs, checked. */
export interface Settings { readonly graph: Graph; readonly engine: Engine; readonly mode: Mode; readonly onWarning: (text: string) => void }

/** Binds and checks the arguments. Throws TypeError with Python's text, ValueError for unknown engines and modes. */
export function settings(args: readonly unknown[]): Settings {
  const p = bind('__init__', ORDER, KNOWN, args, {}) as SessionOptions;
  const target: unknown = p.target ?? '';
  if (typeof target !== 'string') throw new TypeError(`target must be a string, but got <class '${pythonTypeName(target)}'>`, { remedy: 'name the argument: new tf.Session({ graph })' });
  if (target !== '' && target !== 'local') throw new NotImplementedError(`Session targets such as '${target}' are not available yet.`, { remedy: 'leave target out to run in this process' });
  const graph: unknown = p.graph ?? getDefaultGraph();
  if (!(graph instanceof Graph)) throw new TypeError(`graph must be a tf.Graph, but got <class '${pythonTypeName(graph)}'>`);
  const mode = p.mode ?? 'exact';
  if (mode !== 'exact' && mode !== 'fast') throw new ValueError(`Unknown session mode '${String(mode)}'.`, { remedy: "use 'exact' or 'fast'" });
  return { graph, engine: engineByName(p.engine ?? 'reference'), mode, onWarning: p.onWarning ?? ((text) => { console.warn(`tfgraph: ${text}`); }) };
}

function engineByName(name: string): Engine {
  if (name === 'reference') return referenceEngine;
  if (name === 'wasm') return wasmEngine();
  if (/^tfjs:[\w-]+$/.test(name)) return tfjsEngine(name.slice(5));
  throw new ValueError(`Unknown engine '${name}'.`, { remedy: "use 'reference', 'wasm', 'tfjs:cpu', 'tfjs:wasm' or 'tfjs:<registered TensorFlow.js backend>'" });
}
