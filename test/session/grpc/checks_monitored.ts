// Monitored sessions on servers that are killed and come back.
import * as tf from 'tfgraph';
import { expect } from 'vitest';
import type { Check } from './checks.ts';
import { inGraph } from './check_support.ts';

/** Keeps the values of variables after every run, and brings them back into a new session. */
export class Keeper extends tf.train.SessionRunHook {
  kept: [tf.Variable, unknown][] | undefined;
  sessions = 0;
  loads = 0;
  ends = 0;
  readonly scaffold = new tf.train.Scaffold({ initFn: async (_, session) => {
    if (!this.kept) return;
    for (const [v, value] of this.kept) await v.load(value as number, session);
    this.loads++;
  } });
  readonly #variables: readonly tf.Variable[];
  constructor(variables: readonly tf.Variable[]) {
    super();
    this.#variables = variables;
  }
  override afterCreateSession(): void { this.sessions++; }
  override async afterRun(context: tf.train.SessionRunContext): Promise<void> {
    const values = await context.session.run(this.#variables as tf.Fetchable) as unknown[];
    this.kept = this.#variables.map((v, i) => [v, values[i]]);
  }
  override end(): void { this.ends++; }
}

interface Trainer { readonly graph: tf.Graph; readonly step: tf.Variable; readonly w: tf.Variable; readonly count: tf.Tensor; readonly keeper: Keeper }
/** `count` adds one to `w` and to the global step, which it gives. */
export function trainer(device = ''): Trainer {
  return inGraph(() => tf.device(device, () => {
    const step = tf.train.getOrCreateGlobalStep() as tf.Variable, w = tf.getVariable('w', { initializer: tf.constant(0) }) as tf.Variable;
    const up = tf.assignAdd(w, 1) as tf.Tensor;
    return { step, w, count: tf.controlDependencies([up], () => tf.assignAdd(step, 1) as tf.Tensor), keeper: new Keeper([step, w]) };
  }));
}

/** Trains until step 4; after step 2 something happens. */
async function trains(master: string, { graph, count, step, w, keeper }: Trainer, after2: () => Promise<void>): Promise<void> {
  const stop = new tf.train.StopAtStepHook({ lastStep: 4 }), steps: number[] = [];
  const config = { isolateSessionState: true, operationTimeoutInMs: 20_000 };
  await using sess = graph.asDefault(() => tf.train.MonitoredTrainingSession({ master, config, scaffold: keeper.scaffold, hooks: [keeper, stop] }));
  while (!sess.shouldStop()) {
    steps.push(await sess.run(count) as number);
    if (steps.length === 2) await after2();
  }
  expect([steps, keeper.sessions, keeper.loads, keeper.kept]).toEqual([[1, 2, 3, 4], 2, 1, [[step, 4], [w, 4]]]);
}

export const MONITORED_CHECKS: readonly Check[] = [
  { name: 'a monitored session when its server dies and comes back', run: ({ target, kill, restart }) => trains(target, trainer(), async () => {
    await kill();
    await restart();
  }) },
  { name: 'a monitored session when ps dies and comes back', cluster: true, run: ({ target, kill, restart }) => trains(target, trainer('/job:ps'), async () => {
    await kill('ps');
    await restart('ps');
  }) },
];
