// Sessions case by case: what was fetched and fed how, errors, state, options; as TensorFlow 1.15.5 does it. Fetch and
// feed structures are in test/golden (sess_fetch, sess_feed, sess_errors), callables and partial runs beside this file.
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';

async function refusal(f: () => unknown): Promise<string> {
  try { await f(); } catch (e) { return `${(e as Error).name}: ${(e as tf.errors.TfError).text.split('\n\t')[0]}`; }
  return 'no error';
}
function build() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const a = tf.placeholder(tf.float32, [], { name: 'a' });
    const v = new tf.Variable(1., { name: 'v' });
    const inc = tf.assignAdd(v, 10., { name: 'inc' });
    const init = tf.globalVariablesInitializer();
    const open = (options: tf.SessionOptions = {}): tf.Session => { const s = new tf.Session({ graph, ...options }); s.runSync(init); return s; };
    return { graph, a, v, inc, init, square: tf.square(a, { name: 'sq' }), open };
  });
}
const { graph, a, v, inc, init, square, open } = build();
afterEach(() => { vi.restoreAllMocks(); });

test('34: nested, empty and duplicate fetches keep their structure; each is computed once', async () => {
  using s = open();
  expect(await s.run({ x: [inc, inc], y: [], z: { n: {}, op: inc.op }, m: new Map([['k', inc]]) })).toEqual({ x: [11, 11], y: [], z: { n: {}, op: null }, m: new Map([['k', 11]]) });
  expect(await s.run(v)).toBe(11);
});
test('35: a fetched tensor that is fed gives the fed value', () => {
  using s = open();
  expect(s.runSync([square, a], [[square, 5], [a, 2]])).toEqual([5, 2]);
});
test('36: anything may be fed, also a list of keys with a list of values', () => {
  using s = open();
  const y = graph.asDefault(() => tf.add(square, tf.multiply(v, 2.)));
  expect(s.runSync(y, [[square, 5], ['v/read:0', 4]])).toBe(13);
  expect(s.runSync(y, new Map<tf.Tensor[] | tf.Tensor, number | number[]>([[[square, v.value()], [5, 4]]]) as tf.Feeds)).toBe(13);
});
test('37: lists of keys that do not fit are refused', async () => {
  using s = open();
  const feed = (...f: [unknown, unknown][]): Promise<string> => refusal(() => s.runSync(a, f as unknown as tf.Feeds));
  expect(await feed([[a, square], [1]])).toBe("ValueError: Could not flatten dictionary. Key had 2 elements, but value had 1 elements. Key: [<tf.Tensor 'a:0' shape=() dtype=float32>, <tf.Tensor 'sq:0' shape=() dtype=float32>], value: [1].");
  expect(await feed([[a, square], [1, 2]], [a, 3])).toBe('ValueError: Could not flatten dictionary: key Tensor("a:0", shape=(), dtype=float32) is not unique.');
  expect(await feed([null, 1])).toBe('TypeError: Cannot interpret feed_dict key as Tensor: Can not convert a NoneType into a Tensor.');
  const sp = graph.asDefault(() => tf.sparsePlaceholder(tf.float32, [2, 2]));
  expect(await feed([sp, null])).toBe('TypeError: zip argument #2 must support iteration');
  expect(await feed([sp, [[[0, 0, 0]], [1.], [2, 2]]])).toMatch(/^ValueError: Cannot feed value of shape \(1, 3\) for Tensor 'Placeholder_1:0', which has shape '\(\?, 2\)'/);
});
test('38: an operation of another graph is refused by its NodeDef', async () => {
  using s = open();
  const other = new tf.Graph().asDefault(() => tf.noOp({ name: 'n' }));
  expect(await refusal(() => s.runSync(other))).toBe("ValueError: Fetch argument <tf.Operation 'n' type=NoOp> cannot be interpreted as a Tensor. (Operation name: \"n\"\nop: \"NoOp\"\n is not an element of this graph.)");
  const added = graph.asDefault(() => tf.add(a, [1., 2.]));
  expect(await refusal(() => s.runSync(graph.asDefault(() => tf.add(tf.placeholderWithDefault(tf.constant([1., 2., 3.]), null), [1., 2.]))))).toBe('InvalidArgumentError: Incompatible shapes: [3] vs. [2]');
  expect(s.runSync(added, [[a, 1]]).valueOf()).toBeInstanceOf(tf.NDArray);
});
test('39: a closed session and an empty graph refuse everything', async () => {
  const s = open();
  s.close();
  s.close();
  for (const f of [() => s.runSync(v), () => s.runSync([]), () => s.run(v), () => s.partialRunSetup(v)]) expect(await refusal(f)).toBe('RuntimeError: Attempted to use a closed Session.');
  const empty = new tf.Session({ graph: new tf.Graph() });
  for (const f of [() => empty.runSync([]), () => empty.run('x:0'), () => empty.partialRunSetup([])]) expect(await refusal(f)).toBe('RuntimeError: The Session graph is empty.  Add operations to the graph before calling run().');
});
test('40: the graph may grow between runs; variables stay', async () => {
  using s = open();
  await s.run(inc);
  const late = graph.asDefault(() => tf.add(v, 100.));
  expect(await s.run(late)).toBe(111);
});
test('43: an assign that is not fetched has no effect; 44: two sessions of one graph share nothing', async () => {
  using s = open();
  using other = open();
  await s.run(square, [[a, 3]]);
  expect(await s.run(v)).toBe(1);
  await s.run(inc);
  expect([await s.run(v), await other.run(v)]).toEqual([11, 1]);
});
test('a session closes at the end of a `using` block', () => {
  let kept: tf.Session | undefined;
  { using s = open(); kept = s; expect(s.closed).toBe(false); }
  expect(kept.closed).toBe(true);
});

describe('default sessions', () => {
  test('eval and run use it, or the session they are given', async () => {
    using s = open();
    expect(await s.asDefault(() => square.eval([[a, 3]]))).toBe(9);
    expect(inc.op.runSync(null, s)).toBeNull();
    expect(s.asDefault(() => tf.getDefaultSession())).toBe(s);
    expect(tf.getDefaultSession()).toBeNull();
  });
  test('of another graph are refused', async () => {
    using s = open();
    const t = new tf.Graph().asDefault(() => tf.constant(1.));
    expect(await refusal(() => s.asDefault(() => t.evalSync()))).toBe("ValueError: Cannot use the default session to evaluate tensor: the tensor's graph is different from the session's graph. Pass an explicit session to `eval(session=sess)`.");
    expect(await refusal(() => s.asDefault(() => t.op.runSync()))).toBe("ValueError: Cannot use the default session to execute operation: the operation's graph is different from the session's graph. Pass an explicit session to run(session=sess).");
    expect(await refusal(() => t.evalSync(null, s))).toBe("ValueError: Cannot use the given session to evaluate tensor: the tensor's graph is different from the session's graph.");
    expect(await refusal(() => t.op.runSync(null, s))).toBe("ValueError: Cannot use the given session to execute operation: the operation's graph is different from the session's graph.");
  });
  test('InteractiveSession is one until it is closed, and its graph the default graph; a second one warns', () => {
    const warned: string[] = [];
    const before = tf.getDefaultGraph();
    const one = new tf.InteractiveSession({ graph, onWarning: (w) => warned.push(w) });
    expect([tf.getDefaultSession(), tf.getDefaultGraph()]).toEqual([one, graph]);
    expect(square.evalSync([[a, 4]])).toBe(16);
    expect(warned).toEqual([]);
    const two = new tf.InteractiveSession({ graph, onWarning: (w) => warned.push(w) });
    expect(warned).toEqual(['An interactive session is already active. This can cause out-of-memory errors in some cases. You must explicitly call `InteractiveSession.close()` to release resources held by the other session(s).']);
    two.close();
    expect(tf.getDefaultSession()).toBe(one);
    one.close();
    expect([tf.getDefaultSession(), tf.getDefaultGraph()]).toEqual([null, before]);
  });
});

test('Session.reset closes the sessions of this process', async () => {
  const s = open();
  const h = await s.partialRunSetup(square, a);
  tf.Session.reset('');
  expect(await s.run([])).toEqual([]);
  for (const f of [() => s.run(v), () => s.partialRunSetup(square, a), () => s.partialRun(h, square, [[a, 1]]), () => s.makeCallable(v)()]) expect(await refusal(f)).toBe('CancelledError: Session has been closed.');
  using later = open();
  expect(await later.run(v)).toBe(1);
  expect(await refusal(() => tf.Session.reset('bogus'))).toBe('NotFoundError: No session factory registered for the given session options: {target: "bogus" config: } Registered factories are {DIRECT_SESSION, GRPC_SESSION}.');
});

describe('runs that end early', () => {
  /** A clock that goes on 10 ms whenever it is asked. */
  const slowClock = (): void => { let t = 0; vi.spyOn(performance, 'now').mockImplementation(() => (t += 10)); };
  test('after a timeout: DeadlineExceededError, and nothing is written', async () => {
    using s = open();
    slowClock();
    const late = { options: new tf.RunOptions({ timeoutInMs: 5 }) };
    expect(await refusal(() => s.runSync(inc, late))).toBe('DeadlineExceededError: Timed out waiting for notification');
    expect(await refusal(() => s.run(inc, null, late))).toBe('DeadlineExceededError: Timed out waiting for notification');
    expect(await s.run(inc, null, new tf.RunOptions({ timeoutInMs: 1e6 }))).toBe(11);
  });
  test('at whichever step the time is up, nothing is written', async () => {
    using s = open({ onWarning: () => {} });
    s.runSync([inc, init]); // compiled once: that asks the clock too
    s.runSync(init);
    slowClock();
    let failed = 0;
    for (let timeoutInMs = 5; ; timeoutInMs += 10, failed++) {
      const end = await refusal(() => s.runSync([inc, init], { options: new tf.RunOptions({ timeoutInMs }) }));
      if (end === 'no error') break;
      expect(end).toBe('DeadlineExceededError: Timed out waiting for notification');
      expect(s.runSync(v)).toBe(1);
    }
    // It ended at each of the times a run asks, but the first: then the clock is set.
    const before = performance.now();
    s.runSync([inc, init], { options: new tf.RunOptions({ timeoutInMs: 1e6 }) });
    const asked = (performance.now() - before) / 10 - 1;
    expect(failed).toBe(asked - 1);
    expect(asked).toBeGreaterThan(s.explain([inc, init]).steps.length);
  });
  test('operationTimeoutInMs is the timeout of runs that have none', async () => {
    using s = new tf.Session({ graph, config: new tf.ConfigProto({ operationTimeoutInMs: 5 }) });
    s.runSync(init);
    slowClock();
    expect(await refusal(() => s.runSync(inc))).toBe('DeadlineExceededError: Timed out waiting for notification');
    expect(await refusal(() => s.runSync(inc, { options: new tf.RunOptions({ timeoutInMs: -1 }) }))).toBe('DeadlineExceededError: Timed out waiting for notification');
    expect(s.runSync(inc, { options: new tf.RunOptions({ timeoutInMs: 1e6 }) })).toBe(11);
  });
  test('when aborted: CancelledError, before the run or in its middle, and nothing is written', async () => {
    using s = open();
    expect(await refusal(() => s.run(inc, { signal: AbortSignal.abort() }))).toBe('CancelledError: Run call was cancelled');
    slowClock(); // every step takes longer than a slice, so the run lets others work
    const controller = new AbortController();
    const run = refusal(() => s.run(inc, { signal: controller.signal }));
    const behind = s.run(v);
    controller.abort();
    expect(await run).toBe('CancelledError: Run call was cancelled');
    expect(await behind).toBe(1);
    expect(await s.run(inc, { signal: new AbortController().signal })).toBe(11);
  });
  test('when their session is closed: CancelledError', async () => {
    const s = open();
    slowClock();
    const run = refusal(() => s.run(inc, { signal: new AbortController().signal }));
    s.close();
    expect(await run).toBe('CancelledError: Session has been closed.');
  });
  test('runs in flight keep their order', async () => {
    using s = open();
    slowClock();
    const { signal } = new AbortController();
    expect(await Promise.all([s.run(inc, { signal }), s.run(v), s.run(inc, { signal }), s.run(v)])).toEqual([11, 11, 21, 21]);
  });
});

describe('options are checked', () => {
  test.each<[() => unknown, string]>([
    [() => new tf.ConfigProto({ allowSoft: true } as never), 'ValueError: Protocol message ConfigProto has no "allow_soft" field.'],
    [() => new tf.ConfigProto({ graphOptions: { x: 1 } } as never), 'ValueError: Protocol message GraphOptions has no "x" field.'],
    [() => new tf.RunOptions({ timeout: 3 } as never), 'ValueError: Protocol message RunOptions has no "timeout" field.'],
    [() => new tf.ConfigProto({ allowSoftPlacement: 'x' } as never), "TypeError: 'x' has type str, but expected one of: int, bool"],
    [() => new tf.ConfigProto({ interOpParallelismThreads: 1.5 }), 'TypeError: 1.5 has type float, but expected one of: int'],
    [() => new tf.ConfigProto({ graphOptions: 3 } as never), 'TypeError: Parameter to MergeFrom() must be instance of same class: expected tensorflow.GraphOptions got int.'],
    [() => new tf.ConfigProto({ deviceCount: { GPU: 'x' } } as never), "TypeError: 'x' has type str, but expected one of: int"],
    [() => new tf.ConfigProto({ deviceCount: 3 } as never), "TypeError: 'int' object is not iterable"],
    [() => new tf.ConfigProto({ deviceFilters: 3 } as never), 'TypeError: Value must be iterable'],
    [() => new tf.GPUOptions({ allocatorType: 3 } as never), 'TypeError: 3 has type int, but expected one of: bytes, unicode'],
    [() => new tf.GPUOptions({ perProcessGpuMemoryFraction: 'x' } as never), "TypeError: 'x' has type str, but expected one of: int, float"],
    [() => new tf.Session({ config: 3 } as never), "TypeError: config must be a tf.ConfigProto, but got <class 'int'>"],
    [() => new tf.Session({ config: { logPlacement: true } } as never), 'ValueError: Protocol message ConfigProto has no "log_placement" field.'],
    [() => new tf.Session(new tf.ConfigProto() as never), 'TypeError: target must be a string, but got <class \'tensorflow.core.protobuf.config_pb2.ConfigProto\'>. Did you do "Session(config)" instead of "Session(config=config)"?'],
    [() => new tf.Session({ graph: 3 } as never), "TypeError: graph must be a tf.Graph, but got <class 'int'>"],
    [() => open().runSync(v, null, { feedDic: null } as never), "TypeError: run() got an unexpected keyword argument 'feed_dic'"],
  ])('%#', async (f, want) => { expect(await refusal(f)).toBe(want); });
  test('an unknown field names the nearest; fields can be set later, unknown ones not', () => {
    expect(() => new tf.ConfigProto({ allowSoftPlacment: true } as never)).toThrow(/did you mean allowSoftPlacement\?/);
    const config = new tf.ConfigProto({ deviceCount: { GPU: 0 }, gpuOptions: { perProcessGpuMemoryFraction: 0.3 }, graphOptions: new tf.GraphOptions({ optimizerOptions: { optLevel: tf.OptimizerOptions.L0 } }) });
    config.gpuOptions.allowGrowth = true;
    expect(config).toMatchObject({ deviceCount: { GPU: 0 }, gpuOptions: { allowGrowth: true, perProcessGpuMemoryFraction: 0.3 }, graphOptions: { optimizerOptions: { optLevel: -1 }, inferShapes: false } });
    expect(() => { (config.gpuOptions as unknown as { allowGrwth: boolean }).allowGrwth = true; }).toThrow(/not extensible/);
  });
});

describe('register_session_run_conversion_functions', () => {
  class Squared { readonly sq: tf.Tensor; constructor(t: tf.Tensor) { this.sq = tf.square(t); } }
  class Sealed { readonly t: tf.Tensor = a; }
  test('makes a class fetchable and feedable, also in partial runs', async () => {
    tf.registerSessionRunConversionFunctions(Squared, (x) => [[x.sq], ([value]) => ({ squared: value })], (x, value) => [[x.sq, value]], (x) => [x.sq]);
    tf.registerSessionRunConversionFunctions(Sealed, (x) => [[x.t], ([value]) => value]);
    using s = open();
    const q = graph.asDefault(() => new Squared(a));
    expect(await s.run([q, a] as tf.Fetchable, [[a, 3]])).toEqual([{ squared: 9 }, 3]);
    expect(await s.run(q as unknown as tf.Fetchable, [[q as never, 5]])).toEqual({ squared: 5 });
    const more = graph.asDefault(() => tf.add(q.sq, 1.));
    const h = await s.partialRunSetup(more, [q as never]);
    expect(await s.partialRun(h, more, [[q as never, 5]])).toBe(6);
    expect(await s.run(new Sealed() as unknown as tf.Fetchable, [[a, 3]])).toBe(3);
    expect(await refusal(() => s.run(a, [[new Sealed() as never, 3]]))).toBe("TypeError: 'NoneType' object is not callable");
    expect(await refusal(() => s.partialRunSetup(a, [new Sealed() as never]))).toBe("TypeError: 'NoneType' object is not callable");
  });
  test('refuses a class twice, and one that a registered class derives from', async () => {
    expect(await refusal(() => tf.registerSessionRunConversionFunctions(Squared, (x) => [[x.sq], (l) => l[0]]))).toBe("ValueError: <class 'Squared'> has already been registered so ignore it.");
    expect(await refusal(() => tf.registerSessionRunConversionFunctions(Object, (x) => [[x], (l) => l[0]]))).toBe("ValueError: <class 'Object'> has already been registered so ignore it.");
  });
});

test('inverses, Cholesky factors and top-k as TensorFlow computes them', async () => {
  const g = new tf.Graph();
  const m = g.asDefault(() => tf.placeholder(tf.float32, null));
  const [inverse, adjoint, factor] = g.asDefault(() => [tf.matrixInverse(m), tf.matrixInverse(m, { adjoint: true }), tf.cholesky(m)]);
  using s = new tf.Session({ graph: g });
  const of = (t: tf.Tensor, x: unknown): unknown => (s.runSync(t, [[m, x as number[]]]) as tf.NDArray).toArray();
  const close = (have: unknown, want: number[][]): void => { (have as number[][]).flat().forEach((h, i) => { expect(h).toBeCloseTo(want.flat()[i]!, 6); }); };
  close(of(inverse!, [[4, 2, 1], [2, 5, 3], [1, 3, 6]]), [[0.31343284, -0.13432837, 0.01492537], [-0.13432837, 0.34328359, -0.14925373], [0.01492537, -0.14925373, 0.23880597]]);
  expect(of(inverse!, [[0, 1], [1, 0]])).toEqual([[0, 1], [1, 0]]);
  close(of(adjoint!, [[2, 1], [0, 3]]), [[0.5, 0], [-0.16666667, 0.33333334]]);
  close(of(factor!, [[4, 2, 1], [2, 5, 3], [1, 3, 6]]), [[2, 0, 0], [1, 2, 0], [0.5, 1.25, 2.0463381]]);
  expect((of(inverse!, [[[2, 0], [0, 4]], [[1, 0], [0, 5]]]) as number[][][])[0]).toEqual([[0.5, 0], [0, 0.25]]);
  expect(await refusal(() => of(inverse!, [[1, 2, 3]]))).toBe('InvalidArgumentError: Input matrix must be square.');
  expect(await refusal(() => of(factor!, [[1, 2], [2, 1]]))).toBe('InvalidArgumentError: Cholesky decomposition was not successful. The input might not be valid.');
  expect(await refusal(() => g.asDefault(() => tf.matrixInverse(tf.placeholder(tf.float32, [2, 3, 4]))))).toMatch(/^ValueError: Dimensions must be equal, but are 3 and 4 for 'MatrixInverse_2' \(op: 'MatrixInverse'\) with input shapes: \[2,3,4\]\./);
  const [gy] = g.asDefault(() => tf.gradients(tf.reduceSum(inverse!), [m]));
  close(of(gy as tf.Tensor, [[2, 0], [0, 4]]), [[-0.25, -0.125], [-0.125, -0.0625]]);
  const top = (p: number[][], t: number[], k: number): unknown => (s.runSync(g.asDefault(() => tf.nn.inTopK(p, t, k))) as tf.NDArray).toArray();
  expect([top([[1, 2], [3, 3]], [1, 0], 1), top([[1, 2]], [5], 1), top([[1, NaN]], [0], 1), top([[1, 2]], [0], 0), top([[1, 2]], [0], 5), top([[1, 2]], [-1], 2), top([[Infinity, Infinity]], [0], 1), top([[1, 1, 1]], [2], 1)])
    .toEqual([[true, true], [false], [false], [false], [true], [false], [false], [true]]);
});
