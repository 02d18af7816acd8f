// Callables (case 41), against what TensorFlow 1.15.5 did with the same calls.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';

async function refusal(f: () => unknown): Promise<string> {
  try { await f(); } catch (e) { return `${(e as Error).name}: ${(e as tf.errors.TfError).text.split('\n\t')[0]}`; }
  return 'no error';
}
const graph = new tf.Graph();
const { a, b, r1, v, inc, init } = graph.asDefault(() => {
  const [p, q] = [tf.placeholder(tf.float32, [], { name: 'a' }), tf.placeholder(tf.float32, [], { name: 'b' })];
  const w = new tf.Variable(1., { name: 'v' });
  return { a: p, b: q, r1: tf.add(p, q, { name: 'r1' }), v: w, inc: tf.assignAdd(w, 1.), init: tf.globalVariablesInitializer() };
});
const open = (): tf.Session => { const s = new tf.Session({ graph }); s.runSync(init); return s; };

test('with a feed list: values in its order, names and tensors alike', async () => {
  using s = open();
  const f = s.makeCallable({ sum: r1, parts: [a, b], done: inc.op }, ['a:0', b]);
  expect(await f(1, 2)).toEqual({ sum: 3, parts: [1, 2], done: null });
  expect(await f(3, 4, 5)).toEqual({ sum: 7, parts: [3, 4], done: null });
  expect(await s.run(v)).toBe(3);
  expect(await refusal(() => f(1))).toBe("InvalidArgumentError: You must feed a value for placeholder tensor 'b' with dtype float");
});
test('with a feed list nothing is checked before the call', async () => {
  using s = open();
  const f = s.makeCallable(r1, ['nope:0']);
  expect(await refusal(() => f(1))).toMatch(/^TypeError: Cannot interpret feed_dict key as Tensor: The name 'nope:0' refers to/);
  expect(await refusal(() => s.makeCallable('zz:0', [a])(1))).toMatch(/^ValueError: Fetch argument 'zz:0' cannot be interpreted as a Tensor/);
  expect(await refusal(() => s.makeCallable(r1, 3 as never))).toBe('TypeError: `feed_list` must be a list or tuple.');
  expect(await refusal(() => s.makeCallable(r1, { feeds: [a] } as never))).toBe("TypeError: make_callable() got an unexpected keyword argument 'feeds'");
});
test('with a feed list options and metadata follow the values', async () => {
  using s = open();
  const f = s.makeCallable(r1, { feedList: [a, b] });
  const runMetadata = new tf.RunMetadata();
  expect(await f(1, 2, { options: new tf.RunOptions({ traceLevel: 3 }), runMetadata })).toBe(3);
  expect(runMetadata.stepStats.devStats).toHaveLength(1);
  expect(await refusal(() => f(1, 2, { bogus: 3 }))).toBe("TypeError: run() got an unexpected keyword argument 'bogus'");
});
test('without feeds: fetches are checked when it is made, arguments are refused', async () => {
  using s = open();
  expect(await s.makeCallable(inc.op)()).toBeNull();
  expect(await s.makeCallable([v, [inc]])()).toEqual([2, [3]]);
  expect(await refusal(() => s.makeCallable('nope:0'))).toMatch(/^ValueError: Fetch argument 'nope:0' cannot be interpreted as a Tensor/);
  expect(await refusal(() => s.makeCallable([])())).toBe('InvalidArgumentError: Must specify at least one target to fetch or execute.');
  expect(await refusal(() => s.makeCallable(v)({ options: new tf.RunOptions() }))).toBe("TypeError: _fetch_handler_run() got an unexpected keyword argument 'options'");
  expect(await refusal(() => s.makeCallable(v)(1))).toBe('TypeError: _fetch_handler_run() takes 0 positional arguments but 1 was given');
  expect(await refusal(() => s.makeCallable(inc.op)(1))).toBe('TypeError: _single_operation_run() takes 0 positional arguments but 1 was given');
  expect(await refusal(() => s.makeCallable(inc)(1, 2))).toBe('TypeError: _single_tensor_run() takes 0 positional arguments but 2 were given');
});
test('acceptOptions', async () => {
  using s = open();
  const f = s.makeCallable(v, null, true);
  const m = new tf.RunMetadata();
  expect(await f({ options: new tf.RunOptions({ traceLevel: 3 }), runMetadata: m })).toBe(1);
  expect(m.stepStats.devStats).toHaveLength(1);
  expect(await f()).toBe(1);
  expect(await f(new tf.RunOptions(), m)).toBe(1);
  expect(m.stepStats.devStats).toHaveLength(0);
  expect(await refusal(() => f(1))).toBe("AttributeError: 'int' object has no attribute 'SerializeToString'");
});
test('sparse tensors and slices, fetched and fed', async () => {
  using s = open();
  const [sp, slices] = graph.asDefault(() => [
    new tf.SparseTensor([[0, 1]], tf.constant([2.]), [3, 3]),
    new tf.IndexedSlices(tf.constant([[1., 2.]]), tf.constant([1], { dtype: tf.int32 }), tf.constant([3, 2], { dtype: tf.int32 })),
  ] as const);
  const lists = (x: object): unknown => [...x as Iterable<tf.NDArray>].map((p) => p.toArray());
  const got = await s.makeCallable([sp, slices])();
  expect(got[0]).toBeInstanceOf(tf.SparseTensorValue);
  expect(got[1]).toBeInstanceOf(tf.IndexedSlicesValue);
  expect(got.map(lists)).toEqual([[[[0, 1]], [2], [3, 3]], [[[1, 2]], [1], [3, 2]]]);
  expect(lists(await sp.eval(null, s))).toEqual([[[0, 1]], [2], [3, 3]]);
  expect(lists(sp.evalSync([[sp, [[[2, 2]], [7.], [3, 3]]]], s))).toEqual([[[2, 2]], [7], [3, 3]]);
  expect(lists(await s.makeCallable(sp, [sp])([[[0, 0]], [5.], [1, 1]]))).toEqual([[[0, 0]], [5], [1, 1]]);
  expect(lists(await s.makeCallable(slices, [slices])(new tf.IndexedSlicesValue<unknown>([[3., 4.]], [0], [3, 2])))).toEqual([[[3, 4]], [0], [3, 2]]);
});
test('on a closed session', async () => {
  const s = open();
  const [plain, fed] = [s.makeCallable(v), s.makeCallable(v, [])];
  s.close();
  expect(await refusal(() => plain())).toBe('CancelledError: Session has been closed.');
  expect(await refusal(() => s.makeCallable(v)())).toBe('CancelledError: Session has been closed.');
  expect(await refusal(() => fed())).toBe('RuntimeError: Attempted to use a closed Session.');
});
