// `variable.eval()` and `variable.load()`: runs of the default session, or of the one given.
// Follows class Variable in python/ops/variables.py (1.15).
import { ValueError } from '../graph/errors.ts';
import { Variable } from '../ops/variables.ts';
import type { FeedValue } from './feed.ts';
import type { FetchedValue } from './fetch.ts';
import { getDefaultSession, type Session } from './session.ts';
import './eval.ts';

declare module '../ops/variables.ts' {
  interface Variable {
    /** `v.eval(session)`: the value in the default session, or in the given one. Errors: ValueError when there is none. */
    eval(session?: Session | null): Promise<FetchedValue>;
    /** `v.load(value, session)`: sets the value by running the initializer with `value` in place of the initial value;
     * adds no node. Errors: ValueError without a session. */
    load(value: FeedValue, session?: Session | null): Promise<void>;
  }
}

Object.assign(Variable.prototype, {
  eval(this: Variable, session?: Session | null): Promise<FetchedValue> { return this.asGraphElement().eval(null, session ?? null); },
  async load(this: Variable, value: FeedValue, session?: Session | null): Promise<void> {
    const s = session ?? getDefaultSession();
    if (!s) throw new ValueError('Either session argument should be provided or default session should be established');
    await s.run(this.initializer, [[this.initializer.inputs[1]!, value]]);
  },
});
