// `tf.InteractiveSession`. Follows python/client/session.py (1.15).
import { sessionStack } from '../graph/scopes.ts';
import { givenGraph, type SessionOptions } from './options.ts';
import { Session } from './session.ts';

/** `tf.InteractiveSession`: a session that is the default one until it is closed; a graph that is given becomes the
 * default graph with it. Warns when another one is open. */
export class InteractiveSession extends Session {
  readonly #leave: () => void;
  constructor(options: SessionOptions);
  constructor(...args: ConstructorParameters<typeof Session>);
  constructor(...args: unknown[]) {
    super(...args as ConstructorParameters<typeof Session>);
    const sessions = sessionStack();
    if (sessions.some((s) => s instanceof InteractiveSession)) {
      this.warn('An interactive session is already active. This can cause out-of-memory errors in some cases. You must explicitly call `InteractiveSession.close()` to release resources held by the other session(s).');
    }
    const graph = givenGraph(args) ? this.graph.enterAsDefault() : undefined;
    sessions.push(this);
    this.#leave = () => {
      graph?.exit();
      const i = sessions.lastIndexOf(this);
      if (i >= 0) sessions.splice(i, 1);
    };
  }
  override close(): void {
    if (!this.closed) this.#leave();
    super.close();
  }
}
