// The master as clients see it: sessions, graphs that grow, steps, statuses. Texts are those of real servers (1.15.5).
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { float32, int32, string } from '../../src/graph/dtype.ts';
import { NDArray } from '../../src/graph/ndarray.ts';
import { attr, type GraphDef, type NodeDef } from '../../src/graph/node_def.ts';
import { MasterClient, newMaster, refusal } from '../support/master_client.ts';

const f32 = (...v: number[]): NDArray => new NDArray(float32, [v.length], Float32Array.from(v));
const graph = (node: readonly Partial<NodeDef>[]): GraphDef => ({ versions: { producer: 134 }, node: node.map((n) => ({ name: 'n', op: 'NoOp', input: [], device: '', attr: {}, ...n })) });

/** `y = x * v + 1`, an initializer, an increment. */
function program(): tf.Graph {
  const g = new tf.Graph();
  g.asDefault(() => {
    const x = tf.placeholder(tf.float32, [null], { name: 'x' });
    const v = new tf.Variable([2, 3], { dtype: tf.float32, name: 'v' });
    tf.add(tf.multiply(x, v, { name: 'c' }), 1, { name: 'y' });
    tf.assignAdd(v, [1, 1], { name: 'inc' });
    tf.globalVariablesInitializer();
  });
  return g;
}

describe('sessions and steps', () => {
  test('feeds, fetches, targets, variables', async () => {
    const s = await new MasterClient().open(program());
    expect(await s.run([], {}, { target: ['init'] })).toEqual([]);
    expect(await s.run(['y:0', 'v:0', 'x'], { 'x:0': f32(1, 2) }).catch(() => 'x is fed')).toBe('x is fed');
    expect(await s.run(['y:0', 'v:0'], { 'x:0': f32(1, 2) })).toEqual([[3, 7], [2, 3]]);
    expect(await s.run(['y:0'], { c: f32(4, 5) })).toEqual([[5, 6]]);
    await s.run([], {}, { target: ['inc'] });
    expect(await s.run(['v'])).toEqual([[3, 4]]);
  });
  test('answers carry the names that were asked for', async () => {
    const c = new MasterClient();
    const s = await c.open(program());
    const r = await c.call('RunStep', { sessionHandle: s.handle, fetch: ['c:0'], feed: [{ name: 'x:0', tensor: f32(1, 2) }, { name: 'v/read:0', tensor: f32(1, 2) }] });
    expect(r.tensor!.map((t) => t.name)).toEqual(['c:0']);
  });
  test('the graph grows by versions', async () => {
    const s = await new MasterClient().open(program());
    await s.run([], {}, { target: ['init'] });
    const more = graph([{ name: 'z', op: 'Neg', input: ['v/read'], attr: { T: attr.type(float32) } }]);
    expect(await refusal(s.extend(more, 1))).toBe('AbortedError: Current version is 0 but caller expected 1.');
    expect(await s.extend(more)).toBe(1);
    expect(await s.run(['z:0'])).toEqual([[-2, -3]]);
    expect(await refusal(s.extend(more, 1))).toBe("InvalidArgumentError: GraphDef argument to Extend includes node 'z', which was created by a previous call to Create or Extend in this session.");
    expect(await s.extend(graph([{ name: 'w', op: 'Neg', input: ['z'], attr: { T: attr.type(float32) } }]), 1)).toBe(2);
    expect(await s.run(['w:0', 'z:0'])).toEqual([[2, 3], [-2, -3]]);
  });
  test('sessions share variables by name and container, unless they are isolated', async () => {
    const c = new MasterClient();
    const [a, b, alone] = [await c.open(program()), await c.open(program()), await c.open(program(), { isolateSessionState: true })];
    await a.run([], {}, { target: ['init'] });
    expect(await b.run(['v:0'])).toEqual([[2, 3]]);
    await b.run([], {}, { target: ['inc'] });
    await b.close();
    expect(await a.run(['v:0'])).toEqual([[3, 4]]);
    expect(await refusal(alone.run(['v/read:0']))).toBe('FailedPreconditionError: Attempting to use uninitialized value v\n\t [[{{node v/read}}]]');
    await alone.run([], {}, { target: ['init'] });
    expect(await a.run(['v:0'])).toEqual([[3, 4]]);
  });
  test('with isolate no session shares', async () => {
    const c = new MasterClient(newMaster({ isolate: true }));
    const [a, b] = [await c.open(program()), await c.open(program())];
    await a.run([], {}, { target: ['init'] });
    expect(await refusal(b.run(['v:0']))).toContain('FailedPreconditionError: Attempting to use uninitialized value v');
  });
  test('Reset closes every session and clears the containers named', async () => {
    const c = new MasterClient();
    const inBox = (): GraphDef => ({ ...graph([]), node: program().asGraphDef().node.map((n) => (n.op === 'VariableV2' ? { ...n, attr: { ...n.attr, container: attr.s('box') } } : n)) });
    const s = await c.open(program()), box = await c.open(inBox());
    for (const x of [s, box]) await x.run([], {}, { target: ['init'] });
    await c.call('Reset', { container: ['box'] });
    expect(await refusal(s.run(['v:0']))).toBe(`AbortedError: Session ${s.handle} is not found.`);
    expect(await (await c.open(program())).run(['v:0'])).toEqual([[2, 3]]);
    expect(await refusal((await c.open(inBox())).run(['v:0']))).toContain('Attempting to use uninitialized value v');
    await c.call('Reset', {});
    expect(await refusal((await c.open(program())).run(['v:0']))).toContain('Attempting to use uninitialized value v');
  });
  test('devices', async () => {
    const c = new MasterClient();
    const [d] = (await c.call('ListDevices', {})).localDevice!;
    expect(d).toMatchObject({ name: '/job:localhost/replica:0/task:0/device:CPU:0', deviceType: 'CPU' });
    expect(await refusal(c.call('ListDevices', { sessionHandle: 'x' }))).toBe('AbortedError: Session x is not found.');
    const on = (device: string): GraphDef => graph([{ device, name: 'y' }]);
    for (const device of ['/cpu:0', '/device:CPU:0', '/job:localhost', '/job:localhost/replica:0/task:0/device:CPU:0', '/job:localhost/task:0/cpu:0']) expect(await refusal(c.open(on(device)))).toBe('no error');
    expect(await refusal(c.open(on('/job:ps')))).toBe('InvalidArgumentError: Cannot assign a device for operation y: {{node y}} was explicitly assigned to /job:ps but available devices are [ /job:localhost/replica:0/task:0/device:CPU:0 ]. Make sure the device specification refers to a valid device.\n\t [[{{node y}}]]');
    expect(await refusal(c.open(on('/device:GPU:0')))).toContain('The requested device appears to be a GPU, but CUDA is not enabled.');
    expect(await refusal(c.open(on('/device:GPU:0'), { allowSoftPlacement: true }))).toBe('no error');
    expect(await refusal(c.open(on('/job:ps'), { allowSoftPlacement: true }))).toContain('was explicitly assigned to /job:ps');
    expect(await refusal(c.open(on('/nonsense!')))).toContain("InvalidArgumentError: Malformed device specification '/nonsense!'");
  });
  test('step stats and executed graphs', async () => {
    const c = new MasterClient();
    const s = await c.open(program());
    const step = { sessionHandle: s.handle, fetch: ['y:0'], feed: [{ name: 'x:0', tensor: f32(1, 2) }, { name: 'v/read:0', tensor: f32(1, 2) }] };
    expect((await c.call('RunStep', step)).metadata).toEqual({});
    const { metadata } = await c.call('RunStep', { ...step, options: { traceLevel: 3, outputPartitionGraphs: true } });
    expect(metadata!.stepStats!.devStats!.map((d) => d.device)).toEqual(['/job:localhost/replica:0/task:0/device:CPU:0']);
    expect(metadata!.stepStats!.devStats![0]!.nodeStats!.map((n) => n.nodeName)).toEqual(expect.arrayContaining(['c', 'y']));
    expect(metadata!.partitionGraphs!.length).toBe(1);
  });
});

describe('what a graph may be', () => {
  test('ops nobody knows are accepted; a step that needs one fails with op and node', async () => {
    const s = await new MasterClient().open(graph([{ name: 'f', op: 'Foo', attr: { any: attr.i(1) } }, { name: 'g', op: 'Neg', input: ['f:3'], attr: { T: attr.type(int32) } }, { name: 'k', op: 'Const', attr: { dtype: attr.type(int32), value: attr.tensor(new NDArray(int32, [], Int32Array.of(4))) } }]));
    expect(await s.run(['k:0'])).toEqual([4]);
    expect(await refusal(s.run(['g:0']))).toBe("UnimplementedError: No OpKernel was registered to support Op 'Foo' used by node f\n\t [[{{node f}}]]");
  });
  test('attrs that have defaults may be missing, others not', async () => {
    const c = new MasterClient();
    const s = await c.open(graph([{ name: 'a', op: 'Placeholder', attr: { dtype: attr.type(float32) } }, { name: 'm', op: 'MatMul', input: ['a', 'a'], attr: { T: attr.type(float32) } }]));
    expect(await s.run(['m:0'], { 'a:0': new NDArray(float32, [1, 1], Float32Array.of(3)) })).toEqual([[[9]]]);
    expect(await refusal(c.open(graph([{ name: 'm', op: 'Placeholder' }])))).toContain("InvalidArgumentError: NodeDef missing attr 'dtype' from Op<name=Placeholder;");
  });
  test.each([
    ['a cycle', [{ name: 'a', op: 'Neg', input: ['b'], attr: { T: attr.type(float32) } }, { name: 'b', op: 'Neg', input: ['a'], attr: { T: attr.type(float32) } }], 'Graph is invalid, contains a cycle with 2 nodes, including: '],
    ['a name twice', [{ name: 'a' }, { name: 'a' }], "Node 'a' is not unique"],
    ['an unknown input', [{ name: 'q', op: 'NoOp', input: ['^nothere'] }], "Node 'q': Unknown input node '^nothere'"],
    ['a bad name', [{ name: 'a b' }], "Node 'a b': Node name contains invalid characters"],
    ['an output that is not there', [{ name: 'p', op: 'Placeholder', attr: { dtype: attr.type(float32) } }, { name: 'q', op: 'Neg', input: ['p:7'], attr: { T: attr.type(float32) } }], "Node 'q': Connecting to invalid output 7 of source node p which has 1 outputs."],
    ['types that do not fit', [{ name: 'p', op: 'Placeholder', attr: { dtype: attr.type(string) } }, { name: 'q', op: 'Neg', input: ['p'], attr: { T: attr.type(float32) } }], 'Input 0 of node q was passed string from p:0 incompatible with expected float.'],
  ] as [string, Partial<NodeDef>[], string][])('%s is refused, and nothing of it stays', async (_, nodes, text) => {
    const c = new MasterClient();
    expect(await refusal(c.open(graph(nodes)))).toContain(`InvalidArgumentError: ${text}`);
    const s = await c.open(graph([]));
    expect(await refusal(s.extend(graph([{ name: 'fine' }, ...nodes])))).toContain(`InvalidArgumentError: ${text}`);
    expect(await s.extend(graph([{ name: 'fine' }]))).toBe(1);
  });
  test('loops are accepted; a step that needs one says so', async () => {
    const f = { T: attr.type(float32) };
    const s = await new MasterClient().open(graph([
      { name: 'x', op: 'Placeholder', attr: { dtype: attr.type(float32) } }, { name: 'p', op: 'Placeholder', attr: { dtype: attr.type(tf.bool) } },
      { name: 'e', op: 'Enter', input: ['x'], attr: { ...f, frame_name: attr.s('l') } }, { name: 'm', op: 'Merge', input: ['e', 'n'], attr: { ...f, N: attr.i(2) } },
      { name: 's', op: 'Switch', input: ['m', 'p'], attr: f }, { name: 'n', op: 'NextIteration', input: ['s:1'], attr: f }, { name: 'o', op: 'Exit', input: ['s'], attr: f },
    ]));
    expect(await refusal(s.run(['o:0']))).toContain('UnimplementedError: Node ');
  });
});

describe('refusals', () => {
  test.each([
    [['nope:0'], {}, [], 'NotFoundError: FetchOutputs node nope:0: not found'],
    [['y:4'], {}, [], 'InvalidArgumentError: FetchOutputs y:4: output index too large, must be < 1'],
    [['init:0'], {}, [], "InvalidArgumentError: Tried to fetch data for 'init:0', which produces no output."],
    [['y:0'], { 'nope:0': f32(1) }, [], 'NotFoundError: FeedInputs: unable to find feed output nope:0'],
    [['y:0'], { 'x:1': f32(1) }, [], 'InvalidArgumentError: FeedInputs: x:1 should have output index < 1'],
    [['y:0'], {}, ['nope'], 'NotFoundError: PruneForTargets: Some target nodes not found: nope '],
    [[], {}, [], 'InvalidArgumentError: Must specify at least one target to fetch or execute.'],
    [['x:0'], { 'x:0': f32(1) }, [], 'InvalidArgumentError: x:0 is both fed and fetched.'],
    [['y:0'], { 'x:0': f32(1), x: f32(1) }, [], 'InvalidArgumentError: Endpoint "x" fed more than once.'],
    [['y:0'], { 'x:0': new NDArray(int32, [1], Int32Array.of(1)) }, [], 'InternalError: Output 0 of type int32 does not match declared output type float for node {{node _recv_x_0}}\n\t [[{{node x}}]]'],
    [['y:0'], { 'v/read:0': f32(1, 2) }, [], "InvalidArgumentError: You must feed a value for placeholder tensor 'x' with dtype float and shape [?]\n\t [[{{node x}}]]"],
    [['y:0'], { 'x:0': f32(1, 2, 3), 'v/read:0': f32(1, 2) }, [], 'InvalidArgumentError: Incompatible shapes: [3] vs. [2]\n\t [[{{node c}}]]'],
  ])('%#: %s', async (fetch, feeds, target, text) => {
    const s = await new MasterClient().open(program());
    const asStatus = await refusal(s.run(fetch, feeds, { target }));
    expect(asStatus.startsWith(text)).toBe(true);
    expect(await refusal(s.run(fetch, feeds, { target, storeErrorsInResponseBody: true }))).toBe(asStatus);
  });
  test('unknown sessions are aborted, never unavailable', async () => {
    const c = new MasterClient();
    for (const call of [c.call('RunStep', { sessionHandle: 'x', fetch: ['a:0'] }), c.call('ExtendSession', { sessionHandle: 'x' }), c.call('CloseSession', { sessionHandle: 'x' }), c.call('PartialRunSetup', { sessionHandle: 'x' }), c.call('MakeCallable', { sessionHandle: 'x' }), c.call('RunCallable', { sessionHandle: 'x' })]) {
      expect(await refusal(call)).toBe('AbortedError: Session x is not found.');
    }
  });
  test('no id of a request runs twice', async () => {
    const s = await new MasterClient().open(program());
    await s.run([], {}, { target: ['init'], requestId: -7n });
    expect(await refusal(s.run([], {}, { target: ['inc'], requestId: -7n }))).toBe('AbortedError: The same RunStep (RunStepRequest) request was received twice. request_id: -7');
    await s.run([], {}, { target: ['inc'], requestId: 8n });
    expect(await s.run(['v:0'])).toEqual([[3, 4]]);
  });
  test('too many sessions', async () => {
    const c = new MasterClient(newMaster({ maxSessions: 2 }));
    const s = await c.open(graph([]));
    await c.open(graph([]));
    expect(await refusal(c.open(graph([])))).toContain('ResourceExhaustedError: The server has 2 sessions');
    await s.close();
    expect(await refusal(c.open(graph([])))).toBe('no error');
  });
  test('a session that has been idle for long makes room', async () => {
    const c = new MasterClient(newMaster({ maxSessions: 2, maxIdleMs: 0 }));
    const [a, b] = [await c.open(program()), await c.open(program())];
    await new Promise((r) => { setTimeout(r, 5); });
    await a.run([], {}, { target: ['init'] });
    await c.open(program());
    expect(await a.run(['v:0'])).toEqual([[2, 3]]);
    expect(await refusal(b.run(['v:0']))).toBe(`AbortedError: Session ${b.handle} is not found.`);
  });
  test('a server that stops takes no more', async () => {
    const master = newMaster();
    const c = new MasterClient(master);
    const s = await c.open(program());
    master.stop();
    expect(await refusal(s.run(['y:0']))).toBe('UnavailableError: The server is stopping.');
    expect(await refusal(c.open(program()))).toBe('UnavailableError: The server is stopping.');
  });
});

describe('partial runs and callables', () => {
  function sums(): tf.Graph {
    const g = new tf.Graph();
    g.asDefault(() => {
      const [a, b] = ['a', 'b'].map((name) => tf.placeholder(tf.float32, [], { name })) as [tf.Tensor, tf.Tensor];
      tf.multiply(tf.add(a, 1, { name: 'r1' }), b, { name: 'r2' });
    });
    return g;
  }
  const scalar = (v: number): NDArray => new NDArray(float32, [], Float32Array.of(v));

  test('a partial run comes in parts', async () => {
    const c = new MasterClient();
    const s = await c.open(sums());
    const { partialRunHandle } = await c.call('PartialRunSetup', { sessionHandle: s.handle, feed: ['a:0', 'b:0'], fetch: ['r1:0', 'r2:0'] });
    expect(await refusal(s.run(['r2:0'], { 'a:0': scalar(1) }, { partialRunHandle }))).toBe("InvalidArgumentError: Fetch b:0 can't be computed from the feeds that have been fed so far.");
    expect(await s.run(['r1:0'], { 'a:0': scalar(1) }, { partialRunHandle })).toEqual([2]);
    expect(await refusal(s.run(['r1:0'], { 'b:0': scalar(1) }, { partialRunHandle }))).toContain('The fetch r1:0 has already been fetched.');
    expect(await s.run(['r2:0'], { 'b:0': scalar(5) }, { partialRunHandle })).toEqual([10]);
    expect(await refusal(s.run(['r2:0'], { 'b:0': scalar(5) }, { partialRunHandle }))).toBe('InvalidArgumentError: Must run PartialRunSetup before performing partial runs');
  });
  test('a partial run begins with its first part, not when it is set up', async () => {
    const c = new MasterClient();
    const s = await c.open(program());
    for (const target of [['init'], ['inc']]) await s.run([], {}, { target });
    const { partialRunHandle } = await c.call('PartialRunSetup', { sessionHandle: s.handle, feed: ['x:0'], fetch: ['c:0'], target: ['init'] });
    expect(await s.run(['v:0'])).toEqual([[3, 4]]);
    expect(await s.run(['c:0'], { 'x:0': f32(1, 1) }, { partialRunHandle })).toEqual([[3, 4]]);
    expect(await s.run(['v:0'])).toEqual([[2, 3]]);
  });
  test('callables run by handle until they are released', async () => {
    const c = new MasterClient();
    const s = await c.open(sums());
    const make = async (feed: string[], fetch: string[]): Promise<number> => Number((await c.call('MakeCallable', { sessionHandle: s.handle, options: { feed, fetch } })).handle ?? 0);
    const handle = await make(['a:0', 'b:0'], ['r2:0']);
    const run = async (feed: NDArray[], h = handle): Promise<unknown[]> => (await c.call('RunCallable', { sessionHandle: s.handle, handle: h, feed })).fetch!.map((a) => a.flat(0));
    expect(await run([scalar(1), scalar(4)])).toEqual([8]);
    expect(await run([scalar(2), scalar(4)])).toEqual([12]);
    expect(await refusal(run([scalar(1)]))).toBe('InvalidArgumentError: Expected 2 feed tensors, but got 1');
    expect(await refusal(run([], 7))).toBe('InvalidArgumentError: No such callable handle: 7');
    expect(await refusal(make(['a:0'], ['nope:0']))).toBe('NotFoundError: FetchOutputs node nope:0: not found');
    await c.call('ReleaseCallable', { sessionHandle: s.handle, handle });
    expect(await refusal(run([scalar(1), scalar(4)]))).toBe(`InvalidArgumentError: Attempted to run callable after handle was released: ${handle}`);
  });
});

describe('steps that end early', () => {
  /** Too long for any machine to finish. */
  function endless(): tf.Graph {
    const g = new tf.Graph();
    g.asDefault(() => {
      let y = tf.placeholder(tf.float32, [256, 256], { name: 'x' });
      for (let i = 0; i < 1500; i++) y = tf.matmul(y, y);
      tf.identity(y, { name: 'y' });
      tf.constant(5, { name: 'k' });
    });
    return g;
  }
  const x = new NDArray(float32, [256, 256], new Float32Array(256 * 256).fill(0.5));
  const soon = (): Promise<void> => new Promise((r) => { setTimeout(r, 50); });

  test('by a client that goes, a timeout, CloseSession; other sessions answer meanwhile', async () => {
    const c = new MasterClient();
    const s = await c.open(endless(), { isolateSessionState: true });
    const gone = new AbortController();
    const step = refusal(s.run(['y:0'], { 'x:0': x }, {}, gone.signal));
    await soon();
    const other = await c.open(program(), { isolateSessionState: true });
    await other.run([], {}, { target: ['init'] });
    expect(await other.run(['v:0'])).toEqual([[2, 3]]);
    gone.abort();
    expect(await step).toBe('CancelledError: Run call was cancelled');
    expect(await refusal(s.run(['y:0'], { 'x:0': x }, { options: { timeoutInMs: 30 } }))).toBe('DeadlineExceededError: Timed out waiting for notification');
    expect(await s.run(['k:0'])).toEqual([5]);
    const closed = refusal(s.run(['y:0'], { 'x:0': x }, { storeErrorsInResponseBody: true }));
    await soon();
    await s.close();
    expect(await closed).toBe('CancelledError: Step was cancelled by an explicit call to `Session::Close()`.');
  });
});
