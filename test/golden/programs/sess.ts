// Sessions: the programs of sess_*.py, line by line (test/golden/programs/sess_*.py).
import * as tf from 'tfgraph';
import { arr, attempt, note, type Program, type Step } from '../oracle.ts';

/** sess_fetch.py */
export function sess_fetch(): Program {
  const x = tf.placeholder(tf.float32, [null, 3], { name: 'x' });
  const a = tf.reduceSum(x, 1, { name: 'a' });
  const b = tf.multiply(a, 2., { name: 'b' });
  const v = new tf.Variable([1., 2.], { name: 'v' });
  const up = tf.assignAdd(v, [1., 1.], { name: 'up' });
  const sp = new tf.SparseTensor([[0, 1], [2, 0]], tf.constant([1., 2.]), [3, 4]);
  const sl = new tf.IndexedSlices(tf.constant([[1., 2.]]), tf.constant([1], { dtype: tf.int32 }), tf.constant([3, 2], { dtype: tf.int32 }));
  const sl2 = new tf.IndexedSlices(tf.constant([[1., 2.]]), tf.constant([1], { dtype: tf.int32 }));
  const s = tf.placeholder(tf.string, { name: 's' });
  const init = tf.globalVariablesInitializer();
  const f: tf.Feeds = [[x, arr([2, 3], 1)]];
  const od = { z: a, a: [b, a] };
  const runs: Step[] = [{ fetch: init }];
  for (const fetch of [a, [a], [a, b], { k: a, l: [b, { m: a }] }, od, { first: a, second: [b] }, [a, a, b, a], [], {}, [], [[], {}, [a]], ['a:0', 'b:0'], 'a', ['b', a.op], v, [v, 'v:0', 'v', 'v/read:0'],
    init, [init, a], sp, [sp, a], sl, sl2, [x, a], { first: [], second: [] }, [[[a]]]]) {
    runs.push({ fetch, feed: f });
  }
  runs.push({ fetch: up }, { fetch: up.op }, { fetch: v }, { fetch: s, feed: [[s, ['ab', 'c']]] }, { fetch: s, feed: [[s, Uint8Array.of(0, 255)]] },
    { fetch: tf.stringJoin([s, s]), feed: [[s, ['x']]] }, { fetch: tf.asString(a), feed: f });
  return { runs };
}

/** sess_feed.py */
export function sess_feed(): Program {
  const x = tf.placeholder(tf.float32, [null, 2], { name: 'x' });
  const n = tf.placeholder(tf.int32, [], { name: 'n' });
  const u = tf.placeholder(tf.float32, { name: 'unknown' });
  const bo = tf.placeholder(tf.bool, [2], { name: 'bo' });
  const i8 = tf.placeholder(tf.uint8, [2], { name: 'i8' });
  const d = tf.placeholderWithDefault(tf.constant([1., 2.]), [null], { name: 'd' });
  const v = new tf.Variable([5., 6.], { name: 'v' });
  const y = tf.square(x, { name: 'y' });
  const z = tf.add(y, tf.cast(n, tf.float32), { name: 'z' });
  const w = tf.multiply(v, d, { name: 'w' });
  const sp = tf.sparsePlaceholder(tf.float32, { name: 'sp' });
  const spd = tf.sparseTensorToDense(sp);
  const init = tf.globalVariablesInitializer();
  const other = new tf.Graph();
  const ox = other.asDefault(() => tf.placeholder(tf.float32, [2], { name: 'ox' }));
  const X = arr([2, 2], 3);
  const fs: [unknown, readonly (readonly [unknown, unknown])[] | undefined][] = [
    [z, [[x, X], [n, 3]]], [z, [[y, X], [n, 3]]], [[y, z], [[y, X], [n, 1]]], [z, [['x:0', X], ['n:0', 4n]]], [z, [[x, [[1, 2]]], [n, 2.7]]], [w, []], [w, [[d, [3., 4.]]]], [w, [['v/read:0', [1., 1.]]]],
    [w, [[v, [2., 2.]]]], [u, [[u, 5]]], [u, [[u, [[1, 2], [3, 4]]]]], [bo, [[bo, [1, 0]]]], [i8, [[i8, [1, 255]]]], [spd, [[sp, new tf.SparseTensorValue<unknown>([[0, 1], [2, 2]], [1., 2.], [3, 3])]]], [spd, [[sp, [[[1, 1]], [9.], [3, 3]]]]],
    [z, [[x, [1., 2.]], [n, 0]]], [z, [[x, [[1., 2., 3.]]], [n, 0]]], [z, [[x, X], [n, [1]]]], [z, [[x, 'abc'], [n, 1]]], [z, [[x, X]]], [z, [[n, 1]]], [u, []], [u, undefined], [i8, [[i8, [1, 300]]]], [n, [[n, 3.0]]], [n, [[n, 2 ** 40]]], [z, [[x, null], [n, 1]]],
    [z, [[x, tf.zeros([2, 2])], [n, 1]]], [z, [['x', X], [n, 1]]], [z, [['nope:0', 1]]], [z, [[ox, X]]], [z, [[3, X]]], [z, [[x.op, X]]], [z, [[[x, n], [X, 1]]]], [z, [[x, [[1., 2.], [3.]]], [n, 1]]], [bo, [[bo, ['a', 'b']]]], [y, [[x, new tf.NDArray(tf.float64, [0, 2], new Float64Array(0))]]],
  ];
  return { runs: [{ fetch: init }, ...fs.map(([fetch, feed]) => ({ fetch, feed: feed as tf.Feeds | undefined }))] };
}

/** sess_callable.py */
export function sess_callable(): Program {
  const a = tf.placeholder(tf.float32, [], { name: 'a' });
  const b = tf.placeholder(tf.float32, [], { name: 'b' });
  const c = tf.placeholder(tf.float32, [], { name: 'c' });
  const r1 = tf.add(a, b, { name: 'r1' });
  const r2 = tf.multiply(r1, c, { name: 'r2' });
  const v = new tf.Variable(0., { name: 'v' });
  const inc = tf.assignAdd(v, 1.);
  const init = tf.globalVariablesInitializer();

  const callables = async (s: tf.Session): Promise<unknown> => {
    const f = s.makeCallable(r2, [a, b, c]);
    const g = s.makeCallable(inc.op);
    const h = s.makeCallable({ x: inc, y: [r1] }, { feedList: ['a:0', b] });
    const out = [await f(1., 2., 3.), await g(), (await h(3, 4)).y[0]];
    await attempt('few', () => f(1.));
    await attempt('many', () => f(1., 2., 3., 4.));
    await attempt('shape', () => f([1.], 2., 3.));
    attempt('bad feed', () => s.makeCallable(r2, ['nope:0']));
    attempt('bad fetch', () => s.makeCallable(null as never));
    attempt('bad options', () => s.makeCallable(r2, 3 as never));
    return out;
  };
  const partial = async (s: tf.Session): Promise<unknown> => {
    const h = await s.partialRunSetup([r1, r2], [a, b, c]);
    const x = await s.partialRun(h, r1, [[a, 1], [b, 2]]);
    const y = await s.partialRun(h, r2, [[c, Number(x) * 17]]);
    return [x, y];
  };
  const partialErrors = async (s: tf.Session): Promise<unknown> => {
    let h = await s.partialRunSetup([r1, r2], [a, b, c]);
    await attempt('not enough', () => s.partialRun(h, r2, [[a, 1.]]));
    h = await s.partialRunSetup([r1, r2], [a, b, c]);
    await s.partialRun(h, r1, [[a, 1.], [b, 2.]]);
    await attempt('already fetched', () => s.partialRun(h, r1, [[c, 2.]]));
    h = await s.partialRunSetup([r1, r2], [a, b, c]);
    await s.partialRun(h, r1, [[a, 1.], [b, 2.]]);
    await attempt('already fed', () => s.partialRun(h, r2, [[a, 1.]]));
    h = await s.partialRunSetup([r1], [a, b]);
    await attempt('unspecified fetch', () => s.partialRun(h, r2, [[a, 1.]]));
    await attempt('unspecified feed', () => s.partialRun(h, r1, [[c, 1.]]));
    await attempt('no setup', () => s.partialRun('x', r1, [[a, 1.]]));
    await attempt('op fetch', () => s.partialRunSetup([init], [a]));
    await attempt('no feeds', () => s.partialRunSetup([r1]));
    await attempt('no fetches', () => s.partialRunSetup([], [a]));
    return null;
  };
  const meta = async (s: tf.Session): Promise<unknown> => {
    const m = new tf.RunMetadata();
    await s.run(r2, [[a, 1], [b, 2], [c, 3]], new tf.RunOptions({ traceLevel: tf.RunOptions.FULL_TRACE }), m);
    note('has stats', m.stepStats.devStats.length > 0);
    await attempt('metadata type', () => s.run(r1, [[a, 1], [b, 2]], null, 3 as never));
    await attempt('options type', () => s.run(r1, [[a, 1], [b, 2]], 3 as never));
    return null;
  };
  return { runs: [{ fetch: init }, { call: callables }, { call: partial }, { call: meta }, { fetch: v }, { call: partialErrors }, { fetch: v }] };
}

/** sess_errors.py */
export function sess_errors(): Program {
  const x = tf.placeholder(tf.float32, [null, null], { name: 'x' });
  const q = tf.placeholder(tf.float32, { name: 'q' });
  const v = new tf.Variable([1., 2.], { name: 'v' });
  const w = tf.getVariable('w', [2]);
  const mm = tf.matmul(x, x, { name: 'mm' });
  const other = new tf.Graph();
  const oc = other.asDefault(() => {
    const t = tf.constant(1., { name: 'oc' });
    attempt('eval no session', () => t.evalSync());
    attempt('run no session', () => t.op.runSync());
    return t;
  });
  new tf.Graph().asDefault(() => {
    attempt('empty graph', () => new tf.Session().runSync([]));
    attempt('empty graph name', () => new tf.Session().runSync('x:0'));
    const s = new tf.Session();
    const c = tf.constant(1.);
    s.close();
    attempt('closed', () => s.runSync(c));
  });
  const bad: unknown[] = [null, [null], 3, [q, 2.5], 'nope', 'nope:0', 'x:3', 'x:a', oc, oc.op, { a: null }, tf.Graph, Object, new Set([1, 2]), [[q], 'zz']];
  const runs: Step[] = bad.map((fetch) => ({ fetch }));
  runs.push({ fetch: v }, { fetch: v.value().add(1.) }, { fetch: [w, v] }, { fetch: tf.globalVariablesInitializer() }, { fetch: v });
  runs.push({ fetch: mm, feed: [[x, arr([2, 3], 1)]] }, { fetch: mm }, { fetch: q.add(1.) });
  const rs = tf.reshape(q, [2, 2], { name: 'rs' });
  runs.push({ fetch: rs, feed: [[q, [1., 2., 3.]]] }, { fetch: tf.gather(v, tf.cast(q, tf.int32), { name: 'ga' }), feed: [[q, [7.]]] },
    { fetch: tf.concat([x, tf.ones([1, 3])], 0, { name: 'cc' }), feed: [[x, [[1., 2.]]]] }, { fetch: tf.assign(v, q, { validateShape: true, name: 'asg' }), feed: [[q, [1., 2., 3.]]] },
    { fetch: tf.add(q, [1., 2.], { name: 'ad' }), feed: [[q, [1., 2., 3.]]] }, { fetch: tf.slice(q, [1], [3], { name: 'sl' }), feed: [[q, [1., 2.]]] }, { fetch: tf.nn.inTopK(x, [5], 1), feed: [[x, [[1., 2.]]]] },
    { fetch: tf.nn.sparseSoftmaxCrossEntropyWithLogits({ labels: tf.cast(q, tf.int32), logits: x }), feed: [[q, [9.]], [x, [[1., 2.]]]] }, { fetch: tf.split(q, 3)[0], feed: [[q, [1., 2.]]] },
    { fetch: tf.checkNumerics(q, 'bad numbers', { name: 'cn' }), feed: [[q, [Infinity]]] }, { fetch: tf.oneHot(tf.cast(q, tf.int32), 3), feed: [[q, [5., -1.]]] }, { fetch: tf.transpose(x, tf.cast(q, tf.int32)), feed: [[x, [[1.]]], [q, [0., 0.]]] },
    { fetch: tf.matrixInverse(x), feed: [[x, [[1., 1.], [1., 1.]]]] }, { fetch: tf.div(tf.cast(q, tf.int32), 0), feed: [[q, 1]] }, { fetch: tf.cholesky(x), feed: [[x, [[-1.]]]] });
  return { runs };
}
