// Monitored sessions: the program of train_monitored.py, line by line.
import * as tf from 'tfgraph';
import { attempt, note, type Program } from '../oracle.ts';

type Calls = string[];
const { train } = tf;

/** train_monitored.py */
export function train_monitored(): Program {
  const saver: tf.train.SaverLike = { restore: () => undefined };
  attempt('no global step', () => { new train.StopAtStepHook(3).begin(); });
  attempt('no steps', () => new train.StopAtStepHook());
  attempt('two steps', () => new train.StopAtStepHook(1, 2));
  attempt('copy', () => new train.Scaffold({ copyFromScaffold: 3 as never }));
  attempt('local', () => new train.SessionManager({ readyForLocalInitOp: tf.constant(1, { dtype: tf.int32, name: 'ready' }) }));
  const step = train.getOrCreateGlobalStep() as tf.Variable;
  const x = tf.placeholder(tf.float32, [], { name: 'x' });
  const v = tf.getVariable('v', { initializer: 1. }) as tf.Variable;
  const n = tf.getVariable('n', { initializer: 2., collections: [tf.GraphKeys.LOCAL_VARIABLES] });
  const table = new tf.contrib.lookup.HashTable(new tf.lookup.KeyValueTensorInitializer(['a'], new tf.NDArray(tf.int32, [1], Int32Array.of(7))), -1, { sharedName: 'shared', name: 'table' });
  const found = table.lookup(tf.constant(['a', 'b'])) as tf.Tensor;
  const up = tf.assignAdd(v, x, { name: 'up' }) as tf.Tensor;
  const count = tf.assignAdd(step, 1, { name: 'count' }) as tf.Tensor;
  const op = tf.group(up, count, { name: 'train' });
  const sum = tf.add(v, n, { name: 'sum' });
  for (const hook of [new train.StopAtStepHook({ numSteps: 3 }), new train.StopAtStepHook({ lastStep: 5 })]) hook.begin();
  const scaffold = new train.Scaffold({ saver, initFeedDict: [[x, 2.]] });
  note('before', [scaffold.initOp, scaffold.readyOp, scaffold.localInitOp]);
  scaffold.finalize();
  attempt('finalized', () => tf.constant(1));
  tf.getDefaultGraph()._unsafeUnfinalize();
  note('ops', [scaffold.initOp, scaffold.readyOp, scaffold.readyForLocalInitOp, scaffold.localInitOp, scaffold.summaryOp]);
  const other = new train.Scaffold({ saver }).finalize();
  note('again', [other.initOp, other.readyOp]);
  tf.getDefaultGraph()._unsafeUnfinalize();
  const onlyV = tf.variablesInitializer([v], { name: 'only_v' });
  const copied = new train.Scaffold({ initOp: onlyV, copyFromScaffold: scaffold });
  note('copied', [copied.initOp, copied.readyOp, copied.localInitOp]);

  class Watch extends train.SessionRunHook {
    readonly calls: Calls;
    readonly feeds: tf.Feeds | null;
    constructor(calls: Calls, feeds: tf.Feeds | null = null) {
      super();
      this.calls = calls;
      this.feeds = feeds;
    }
    override begin(): void { this.calls.push('begin'); }
    override async afterCreateSession(session: tf.Session): Promise<void> { this.calls.push(`create ${String(await session.run(v))}`); }
    override beforeRun(): tf.train.SessionRunArgs {
      this.calls.push('before');
      return new train.SessionRunArgs({ up, found }, this.feeds);
    }
    override afterRun(_: tf.train.SessionRunContext, values: tf.train.SessionRunValues): void {
      const r = values.results as { up: number; found: tf.NDArray };
      this.calls.push(`after ${r.up} [${(r.found.toArray() as number[]).join(', ')}]`);
    }
    override async end(session: tf.Session): Promise<void> { this.calls.push(`end ${String(await session.run(v))}`); }
  }
  const steps = async (hooks: readonly tf.train.SessionRunHook[], runs: () => readonly tf.Fetchable[], calls: Calls, scaffoldOptions: tf.train.ScaffoldOptions = {}): Promise<Calls> => {
    const m = new train.MonitoredSession(new train.ChiefSessionCreator(new train.Scaffold({ saver, ...scaffoldOptions })), hooks);
    try {
      while (!m.shouldStop()) calls.push(`step ${String((await m.run([count, ...runs()], [[x, 3.]]))[0])}`);
    } finally {
      await m[Symbol.asyncDispose]();
    }
    return calls;
  };
  const named = (name: string): tf.Tensor => tf.getDefaultGraph().getTensorByName(name);

  const stops = async (): Promise<unknown> => {
    const calls: Calls = [];
    return note('stops', await steps([new Watch(calls), new train.StopAtStepHook({ numSteps: 3 })], () => [op], calls));
  };
  const starts = async (): Promise<unknown> => {
    const calls: Calls = [];
    const initFn = async (_: unknown, session: tf.Session): Promise<void> => {
      await step.load(10, session);
      await v.load(100., session);
    };
    return note('starts', await steps([new Watch(calls), new train.StopAtStepHook({ lastStep: 12 })], () => [op], calls, { initFn }));
  };
  const fails = async (): Promise<unknown> => {
    const calls: Calls = [];
    attempt('fails', () => named('nope:0')); // before the session is made, as Python's argument is
    return note('failed', calls);
  };
  const feeds = async (): Promise<unknown> => {
    const calls: Calls = [];
    await attempt('two hooks', () => steps([new Watch(calls, [[x, 1.]]), new Watch(calls, [[x, 1.]])], () => [op], calls));
    await attempt('hook and user', () => steps([new Watch(calls, [[x, 1.]])], () => [op], calls));
    return note('feeds', calls);
  };
  const nan = async (): Promise<unknown> => {
    await attempt('nan', () => steps([new train.NanTensorHook(named('nan:0'))], () => [], []));
    const calls: Calls = [];
    return note('nan stops', await steps([new train.NanTensorHook(named('nan:0'), { failOnNanLoss: false })], () => [], calls));
  };
  const last = async (): Promise<unknown> => {
    const final = new train.FinalOpsHook([v, sum]);
    await steps([new train.StopAtStepHook(1), final], () => [op], []);
    const m = new train.SingularMonitoredSession([new train.FeedFnHook(() => [[x, 4.]]), final], new train.Scaffold({ saver }));
    const r = [await m.run(up), await m.rawSession()!.run(v)];
    attempt('open graph', () => tf.constant(1));
    await m.close();
    await attempt('closed', () => m.close());
    note('end', [m.shouldStop(), m.graph === null]);
    return [...r, ...final.finalOpsValues as number[]];
  };
  const managers = async (): Promise<unknown> => {
    const sm = new train.SessionManager({ localInitOp: other.localInitOp, readyOp: other.readyOp, readyForLocalInitOp: other.readyForLocalInitOp });
    await attempt('no init', () => new train.SessionManager().prepareSession(''));
    await attempt('not ready', () => new train.SessionManager({ readyOp: other.readyOp }).prepareSession('', { initOp: onlyV }));
    await attempt('not ready for local', () => sm.prepareSession('', { initOp: onlyV }));
    await attempt('two files', () => sm.prepareSession('', { initOp: onlyV, checkpointDir: 'a', checkpointFilenameWithPath: 'b' }));
    await attempt('wait', () => sm.waitForSession('', { maxWaitSecs: 0 }));
    const [recovered, ok] = await sm.recoverSession('');
    recovered.close();
    using p = await sm.prepareSession('', { initOp: other.initOp });
    return [await p.run(sum), ok];
  };
  tf.divide(tf.subtract(x, x), tf.subtract(x, x), { name: 'nan' });
  return { runs: [stops, starts, fails, feeds, nan, last, managers].map((call) => ({ call })) };
}
