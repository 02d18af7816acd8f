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
  /** The server is TensorFlow 1.2.1. */
  readonly old: boolean;
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

/** What TensorFlow 1.2.1 has not, and so cannot be checked there. */
const NOT_IN_1_2: Readonly<Record<string, string>> = {
  'uint32, fed and fetched': 'no such values', 'uint64, fed and fetched': 'no such values',
  'isolated sessions share nothing': 'isolate_session_state is not known: sessions share variables', 'an index out of range': 'tf.gather makes GatherV2, an op of later versions',
  'an uninitialized resource variable': 'the server answers nothing more after it',
  'partition graphs': 'they are not told', 'what each task executes': 'partition graphs are not told', 'a long message arrives whole': 'a text of several lines does not arrive',
  'a callable fails with the op\'s line': 'a text of several lines does not arrive', 'an error on another task names node and line': 'a text of several lines does not arrive',
  'a monitored session when its server dies and comes back': 'a scaffold makes GatherV2, an op of later versions', 'a monitored session when ps dies and comes back': 'a scaffold makes GatherV2, an op of later versions',
};
/** The versions of servers, and where what they answered is kept. */
export const VERSIONS = [{ version: '1.15.5', variable: 'TF115_PYTHON', file: 'transcript.json.gz', old: false }, { version: '1.2.1', variable: 'TF12_PYTHON', file: 'transcript_1_2.json.gz', old: true }] as const;
/** The checks for a version. */
export function checksOf(old: boolean): readonly Check[] { return CHECKS.filter((c) => !(old && c.name in NOT_IN_1_2)); }

const CHECKS: readonly Check[] = [...VALUE_CHECKS, ...SESSION_CHECKS, ...ERROR_CHECKS, ...CONTROL_CHECKS, ...CLUSTER_CHECKS, ...MONITORED_CHECKS];

/** Runs a check; every session it opened is closed afterwards. */
export async function runCheck(check: Check, wire: Wire, servers: Pick<Env, 'kill' | 'restart' | 'old'>): Promise<void> {
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
