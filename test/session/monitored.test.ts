// Monitored sessions whose server loses them: here `tfgraph serve`, ended and started again. What TensorFlow does without that is
// the golden train_monitored; real servers: grpc/checks_monitored.ts.
import { afterEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import 'tfgraph/grpc';
import { serve, type Serving } from '../../src/server/serve.ts';
import { failure, inGraph } from './grpc/check_support.ts';
import { Keeper, trainer } from './grpc/checks_monitored.ts';

let server: Serving | undefined;
const start = async (port = 0): Promise<string> => (server = await serve({ engine: 'reference', port })).target;
const restart = async (): Promise<void> => {
  const { port } = server!;
  await server!.stop(0);
  await start(port);
};
afterEach(async () => {
  await server?.stop(0);
  server = undefined;
});

describe('recovery', () => {
  test('a new server: initialized, what was kept is brought back, the run is run again', async () => {
    const master = await start(), { graph, count, w, step, keeper } = trainer();
    const stop = graph.asDefault(() => new tf.train.StopAtStepHook({ lastStep: 5 }));
    await using sess = graph.asDefault(() => tf.train.MonitoredTrainingSession({ master, scaffold: keeper.scaffold, hooks: [keeper, stop] }));
    const steps: number[] = [];
    while (!sess.shouldStop()) {
      steps.push(await sess.run(count) as number);
      if (steps.length === 2) await restart();
    }
    expect([steps, keeper.sessions, keeper.loads]).toEqual([[1, 2, 3, 4, 5], 2, 1]);
    expect(keeper.kept).toEqual([[step, 5], [w, 5]]);
    expect(await failure(() => sess.run(count))).toMatchObject({ name: 'RuntimeError', text: 'Run called even after should_stop requested.' });
  });
  test('a session that was reset', async () => {
    const master = await start(), { graph, count, keeper } = trainer();
    await using sess = graph.asDefault(() => tf.train.MonitoredTrainingSession({ master, scaffold: keeper.scaffold, hooks: [keeper] }));
    expect(await sess.run(count)).toBe(1);
    await tf.Session.reset(master);
    expect([await sess.run(count), keeper.sessions]).toEqual([2, 2]);
  });
  test('runs that fail together make one new session', async () => {
    const master = await start(), { graph, w, keeper } = trainer();
    await using sess = graph.asDefault(() => tf.train.MonitoredTrainingSession({ master, scaffold: keeper.scaffold, hooks: [keeper] }));
    await sess.run(w);
    await restart();
    expect(await Promise.all([sess.run(w), sess.run(w), sess.run(w)])).toEqual([0, 0, 0]);
    expect(keeper.sessions).toBe(2);
  });
  test('a server that is lost while the session is being made', async () => {
    const master = await start(), { graph, w, keeper } = trainer();
    class Unlucky extends tf.train.SessionRunHook {
      times = 0;
      override async afterCreateSession(): Promise<void> { if (++this.times < 3) await restart(); }
    }
    const hook = new Unlucky();
    await using sess = graph.asDefault(() => tf.train.MonitoredTrainingSession({ master, scaffold: keeper.scaffold, hooks: [hook, keeper] }));
    expect(await sess.run(w)).toBe(0);
    expect([hook.times, keeper.sessions]).toEqual([3, 3]);
  });
  test('a hook stops the session because of what the server did', async () => {
    const master = await start(), { graph, w, keeper } = trainer();
    let coord: { requestStop(e?: unknown): void } | undefined;
    class Watch extends tf.train.SessionRunHook { override afterCreateSession(_: tf.Session, c: { requestStop(e?: unknown): void }): void { coord = c; } }
    await using sess = graph.asDefault(() => tf.train.MonitoredTrainingSession({ master, scaffold: keeper.scaffold, hooks: [new Watch(), keeper] }));
    await sess.run(w);
    coord!.requestStop(new tf.errors.UnavailableError('gone'));
    expect(sess.shouldStop()).toBe(false);
    expect([await sess.run(w), keeper.sessions]).toEqual([0, 2]);
    coord!.requestStop();
    expect(sess.shouldStop()).toBe(true);
  });
  test('a singular session does not recover', async () => {
    const master = await start(), { graph, w, keeper } = trainer();
    await using sess = graph.asDefault(() => new tf.train.SingularMonitoredSession({ master, scaffold: keeper.scaffold, hooks: [keeper] }));
    await sess.run(w);
    await restart();
    expect(await failure(() => sess.run(w))).toBeInstanceOf(tf.errors.AbortedError);
    expect([keeper.sessions, keeper.ends]).toEqual([1, 0]);
  });
});

describe('chief and workers', () => {
  test('a worker waits for the chief', async () => {
    const master = await start(), { graph, w, keeper } = trainer();
    const scaffold = graph.asDefault(() => new tf.train.Scaffold().finalize());
    const manager = new tf.train.SessionManager({ graph, readyOp: scaffold.readyOp, readyForLocalInitOp: scaffold.readyForLocalInitOp, localInitOp: scaffold.localInitOp, recoveryWaitSecs: 0.02 });
    let isReady = false;
    const waiting = manager.waitForSession(master).then((s) => { isReady = true; return s; });
    await new Promise((r) => { setTimeout(r, 100); });
    expect(isReady).toBe(false);
    await using chief = graph.asDefault(() => tf.train.MonitoredTrainingSession({ master, scaffold: keeper.scaffold }));
    await chief.ready();
    await using worker = await waiting;
    expect(await worker.run(w)).toBe(0);
  });
});

describe('the end', () => {
  const counter = (): { graph: tf.Graph; up: tf.Tensor; hook: Keeper } => inGraph(() => {
    const v = tf.getVariable('v', { initializer: tf.constant(0) });
    return { up: tf.assignAdd(v, 1) as tf.Tensor, hook: new Keeper([]) };
  });
  test('hooks are told, unless the last run failed', async () => {
    for (const fails of [false, true]) {
      const { graph, up, hook } = counter();
      const x = graph.asDefault(() => tf.placeholder(tf.float32, [], { name: 'x' }));
      const run = async (): Promise<void> => {
        await using sess = graph.asDefault(() => new tf.train.MonitoredSession({ hooks: [hook] }));
        await sess.run(up);
        if (fails) await sess.run(x);
      };
      if (fails) expect(await failure(run)).toBeInstanceOf(tf.errors.InvalidArgumentError);
      else await run();
      expect(hook.ends).toBe(fails ? 0 : 1);
      expect(graph.finalized).toBe(false);
    }
  });
  test('a model that is not ready fails its first run, and leaves nothing open', async () => {
    const { graph, up, hook } = counter();
    await using sess = graph.asDefault(() => new tf.train.MonitoredSession({ sessionCreator: new tf.train.ChiefSessionCreator({ scaffold: new tf.train.Scaffold({ initOp: tf.noOp() }) }), hooks: [hook] }));
    expect(await failure(() => sess.run(up))).toMatchObject({ name: 'RuntimeError', text: expect.stringContaining('Init operations did not make model ready for local_init.') as string });
    expect([hook.sessions, sess.shouldStop()]).toEqual([0, false]);
  });
  test('what is not there says so', () => {
    const { graph } = counter();
    expect(() => graph.asDefault(() => tf.train.MonitoredTrainingSession({ checkpointDir: '/tmp/x' }))).toThrow("checkpointDir '/tmp/x': checkpoints and summaries are not written here.");
    graph.addToCollection(tf.GraphKeys.QUEUE_RUNNERS, {});
    expect(() => graph.asDefault(() => new tf.train.MonitoredSession())).toThrow('queue runners are threads');
  });
});
