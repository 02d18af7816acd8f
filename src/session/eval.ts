// `tensor.eval()` and `operation.run()`: a run of the default session. Follows python/framework/ops.py.
import { ValueError } from '../graph/errors.ts';
import { Operation, Tensor } from '../graph/tensor.ts';
import { SparseTensor } from '../ops/sparse_tensor.ts';
import type { Feeds } from './feed.ts';
import type { FetchedValue } from './fetch.ts';
import { getDefaultSession, type Session } from './session.ts';

declare module '../ops/sparse_tensor.ts' {
  interface SparseTensor {
    /** `sp.eval(feed_dict, session)`: a SparseTensorValue. Errors: ValueError when there is no session. */
    eval(feeds?: Feeds | null, session?: Session | null): Promise<import('../ops/sparse_tensor.ts').SparseTensorValue<FetchedValue>>;
    /** `eval` without waiting. */
    evalSync(feeds?: Feeds | null, session?: Session | null): import('../ops/sparse_tensor.ts').SparseTensorValue<FetchedValue>;
  }
}
declare module '../graph/tensor.ts' {
  interface Tensor {
    /** `t.eval(feed_dict, session)`: the value in the default session, or in the given one. Errors: ValueError when there is none. */
    eval(feeds?: Feeds | null, session?: Session | null): Promise<FetchedValue>;
    /** `eval` without waiting. */
    evalSync(feeds?: Feeds | null, session?: Session | null): FetchedValue;
  }
  interface Operation {
    /** `op.run(feed_dict, session)`: runs the operation in the default session, or in the given one. */
    run(feeds?: Feeds | null, session?: Session | null): Promise<null>;
    /** `run` without waiting. */
    runSync(feeds?: Feeds | null, session?: Session | null): null;
  }
}

function sessionOf(graph: Tensor['graph'], given: Session | null | undefined, what: 'tensor' | 'operation'): Session {
  const s = given ?? getDefaultSession();
  if (!s) {
    throw new ValueError(what === 'tensor'
      ? 'Cannot evaluate tensor using `eval()`: No default session is registered. Use `with sess.as_default()` or pass an explicit session to `eval(session=sess)`'
      : 'Cannot execute operation using `run()`: No default session is registered. Use `with sess.as_default():` or pass an explicit session to `run(session=sess)`');
  }
  if (s.graph !== graph) {
    const [name, verb] = what === 'tensor' ? ['tensor', 'evaluate tensor'] : ['operation', 'execute operation'];
    throw new ValueError(given
      ? `Cannot use the given session to ${verb}: the ${name}'s graph is different from the session's graph.`
      : `Cannot use the default session to ${verb}: the ${name}'s graph is different from the session's graph. Pass an explicit session to ${what === 'tensor' ? '`eval(session=sess)`' : 'run(session=sess)'}.`);
  }
  return s;
}

Object.assign(Tensor.prototype, {
  async eval(this: Tensor, feeds?: Feeds | null, session?: Session | null): Promise<unknown> { return sessionOf(this.graph, session, 'tensor').run(this, feeds); },
  evalSync(this: Tensor, feeds?: Feeds | null, session?: Session | null): unknown { return sessionOf(this.graph, session, 'tensor').runSync(this, feeds); },
});
Object.assign(Operation.prototype, {
  async run(this: Operation, feeds?: Feeds | null, session?: Session | null): Promise<unknown> { return sessionOf(this.graph, session, 'operation').run(this, feeds); },
  runSync(this: Operation, feeds?: Feeds | null, session?: Session | null): unknown { return sessionOf(this.graph, session, 'operation').runSync(this, feeds); },
});
Object.assign(SparseTensor.prototype, {
  async eval(this: SparseTensor, feeds?: Feeds | null, session?: Session | null): Promise<unknown> { return sessionOf(this.graph, session, 'tensor').run(this, feeds); },
  evalSync(this: SparseTensor, feeds?: Feeds | null, session?: Session | null): unknown { return sessionOf(this.graph, session, 'tensor').runSync(this, feeds); },
});
