// The ops a monitored session initializes a model with: picked from the graph's collections, made where they are not there.
// Follows python/training/monitored_session.py (1.15); nodes and names are TensorFlow's, but for those of a saver.
import { GraphKeys } from '../../graph/collections.ts';
import { string } from '../../graph/dtype.ts';
import { RuntimeError, TypeError, UnimplementedError } from '../../graph/errors.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { Operation, type Tensor } from '../../graph/tensor.ts';
import { bind } from '../../ops/api.ts';
import { concat } from '../../ops/array_join.ts';
import { inScope, onDevice } from '../../ops/building.ts';
import { group, noOp } from '../../ops/control_flow_ops.ts';
import { constantNode } from '../../ops/convert.ts';
import { tablesInitializer } from '../../ops/lookup_tables.ts';
import { globalVariables } from '../../ops/variables.ts';
import { globalVariablesInitializer, localVariablesInitializer, reportUninitializedVariables } from '../../ops/variables_initializer.ts';
import { info } from '../../ops/tf_logging.ts';
import type { Feeds } from '../feed.ts';
import type { Session } from '../session.ts';

/** What a scaffold asks of a saver. TensorFlow's own is not there yet: without one a model starts from its init op and `initFn`. */
export interface SaverLike {
  /** Adds its nodes, once, before the graph is finalized. */
  build?(): void;
  restore(session: Session, savePath: string): void | Promise<void>;
}
export interface ScaffoldOptions {
  /** Initializes the variables. Default: all global ones. */
  initOp?: Operation | Tensor | null;
  initFeedDict?: Feeds | null;
  /** Called after the init op, to bring values from elsewhere: those of a checkpoint of your own, say. */
  initFn?: ((scaffold: Scaffold, session: Session) => void | Promise<void>) | null;
  /** Gives names of what is not initialized. Default: all variables. */
  readyOp?: Operation | Tensor | null;
  /** The same, for what the local init op reads. Default: global variables. */
  readyForLocalInitOp?: Operation | Tensor | null;
  /** Runs in every new session. Default: local variables and tables. */
  localInitOp?: Operation | Tensor | null;
  summaryOp?: Operation | Tensor | null;
  saver?: SaverLike | null;
  /** What is not given is taken from this one. */
  copyFromScaffold?: Scaffold | null;
}
const OPS = ['initOp', 'readyOp', 'readyForLocalInitOp', 'localInitOp', 'summaryOp'] as const;
const ORDER = ['initOp', 'initFeedDict', 'initFn', 'readyOp', 'readyForLocalInitOp', 'localInitOp', 'summaryOp', 'saver', 'copyFromScaffold'] as const;

/** `tf.train.Scaffold`. Errors: TypeError when `copyFromScaffold` is none. */
export class Scaffold {
  readonly #given: ScaffoldOptions;
  #ops: Partial<Record<typeof OPS[number], Operation | Tensor | null>>;

  constructor(...args: readonly [options?: ScaffoldOptions] | readonly [initOp: Operation | Tensor | null, ...unknown[]]) {
    const p = bind('__init__', ORDER, new Set(ORDER), args, {}) as ScaffoldOptions, from: unknown = p.copyFromScaffold ?? undefined;
    if (from !== undefined && !(from instanceof Scaffold)) throw new TypeError('copy_from_scaffold is not a Scaffold instance.');
    this.#given = from ? { initFeedDict: p.initFeedDict ?? from.initFeedDict, initFn: p.initFn ?? from.#given.initFn ?? null, saver: p.saver ?? from.saver } : p;
    this.#ops = Object.fromEntries(OPS.map((k) => [k, p[k] ?? from?.[k] ?? null]));
  }

  /** Makes what is missing, in the default graph, and finalizes it. A second call makes nothing.
   * Errors: RuntimeError when a collection has several candidates; UnimplementedError for resources that are in a collection of the graph. */
  finalize(): this {
    const { RESOURCES, LOCAL_RESOURCES } = GraphKeys, graph = getDefaultGraph();
    for (const key of [RESOURCES, LOCAL_RESOURCES]) if (graph.getCollection(key).length > 0) throw new UnimplementedError(`The graph's collection '${key}' has resources, which a Scaffold does not initialize.`, { remedy: 'give initOp, readyOp and localInitOp' });
    const ops = this.#ops;
    ops.initOp ??= orDefault('init_op', GraphKeys.INIT_OP, () => group(globalVariablesInitializer(), noOp('init')));
    ops.readyOp ??= orDefault('ready_op', GraphKeys.READY_OP, () => concat([reportUninitializedVariables(), uninitializedResources()], 0));
    ops.readyForLocalInitOp ??= orDefault('ready_for_local_init_op', GraphKeys.READY_FOR_LOCAL_INIT_OP, () => concat([reportUninitializedVariables(globalVariables()), uninitializedResources()], 0));
    ops.localInitOp ??= orDefault('local_init_op', GraphKeys.LOCAL_INIT_OP, () => Scaffold.defaultLocalInitOp());
    ops.summaryOp ??= orDefault('summary_op', GraphKeys.SUMMARY_OP, () => null);
    this.saver?.build?.();
    graph.finalize();
    info('Graph was finalized.');
    return this;
  }
  get initOp(): Operation | Tensor | null { return this.#ops.initOp ?? null; }
  get readyOp(): Operation | Tensor | null { return this.#ops.readyOp ?? null; }
  get readyForLocalInitOp(): Operation | Tensor | null { return this.#ops.readyForLocalInitOp ?? null; }
  get localInitOp(): Operation | Tensor | null { return this.#ops.localInitOp ?? null; }
  /** The collection SUMMARY_OP's, or the one given; TensorFlow would merge the graph's summaries. */
  get summaryOp(): Operation | Tensor | null { return this.#ops.summaryOp ?? null; }
  get saver(): SaverLike | null { return this.#given.saver ?? null; }
  get initFeedDict(): Feeds | null { return this.#given.initFeedDict ?? null; }
  /** `init_fn`, as a function of the session alone. */
  get initFn(): ((session: Session) => void | Promise<void>) | null {
    const f = this.#given.initFn;
    return f ? (session) => f(this, session) : null;
  }

  /** `Scaffold.get_or_default(arg_name, collection_key, default_constructor)`. Errors: RuntimeError when there are several. */
  static getOrDefault<T>(argName: string, collectionKey: string, defaultConstructor: () => T): T { return orDefault(argName, collectionKey, defaultConstructor); }
  /** `Scaffold.default_local_init_op()`: local variables and tables. */
  static defaultLocalInitOp(): Operation { return group(localVariablesInitializer(), tablesInitializer(), noOp('init')); }
}

function orDefault<T>(argument: string, key: string, make: () => T): T {
  const found = getDefaultGraph().getCollection(key) as T[];
  if (found.length > 1) throw new RuntimeError(`More than one item in the collection "${key}". Please indicate which one to use by passing it to the tf.Scaffold constructor as:  tf.Scaffold(${argument}=item to use)`);
  if (found.length === 1) return found[0]!;
  const made = make();
  if (made !== null) getDefaultGraph().addToCollection(key, made);
  return made;
}
/** `report_uninitialized_resources()` of a graph that has none. */
function uninitializedResources(): Tensor {
  return inScope('report_uninitialized_resources', '', [], () => onDevice('/cpu:0', () => constantNode(new NDArray(string, [0], []))));
}
