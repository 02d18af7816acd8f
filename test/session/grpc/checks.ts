// What our client is checked for against a server: each check builds its graph, runs it and looks at the answers. The same
// checks run against real servers and against what those answered once (transcript.json.gz).
import * as tf from 'tfgraph';
import { CLUSTER_CHECKS } from './checks_cluster.ts';
import { CONTROL_CHECKS } from './checks_control.ts';
import { ERROR_CHECKS } from './checks_errors.ts';
import { MONITORED_CHECKS } from './checks_monitored.ts';
import { SESSION_CHECKS } from './checks_session.ts';
import { VALUE_CHECKS } from './checks_values.ts';
import type { Wire } from './wire.ts';

/** What a check is given. */
export interface Env {
  readonly wire: Wire;
  readonly target: string;
  /** A session; its variables are its own unless `shared`. */
  open(graph: tf.Graph, options?: Omit<tf.SessionOptions, 'shared'> & { shared?: boolean }): tf.Session;
  /** Ends the server's process; brings a new one up at the same address. */
  kill(task?: string): Promise<void>;
  restart(task?: string): Promise<void>;
}
export interface Check {
  readonly name: string;
  readonly run: (env: Env) => Promise<void>;
  /** Needs two tasks: `ps` and `worker`, which is the master. */
  readonly cluster?: boolean;
  /** Only with a real server: too long to be kept. */
  readonly live?: boolean;
}

export const CHECKS: readonly Check[] = [...VALUE_CHECKS, ...SESSION_CHECKS, ...ERROR_CHECKS, ...CONTROL_CHECKS, ...CLUSTER_CHECKS, ...MONITORED_CHECKS];

/** Runs a check; every session it opened is closed afterwards. */
export async function runCheck(check: Check, wire: Wire, servers: Pick<Env, 'kill' | 'restart'>): Promise<void> {
  const opened: tf.Session[] = [];
  const env: Env = {
    ...servers, wire,
    get target() { return wire.target; },
    open(graph, { shared, config, ...options } = {}) {
      const s = new tf.Session({ target: wire.target, graph, ...options, config: { isolateSessionState: !shared, operationTimeoutInMs: 20_000, ...config } as tf.SessionOptions['config'] });
      opened.push(s);
      return s;
    },
  };
  try {
    await check.run(env);
  } finally {
    for (const s of opened) await s[Symbol.asyncDispose]();
  }
}
