// Errors of a server: class, text, node, the user's line.
import * as tf from 'tfgraph';
import { expect } from 'vitest';
import type { Check } from './checks.ts';
import { failure, inGraph } from './check_support.ts';

const { InvalidArgumentError, NotFoundError, FailedPreconditionError, UnimplementedError } = tf.errors;
type OpErrorClass = typeof tf.errors.OpError;

/** A check of one run that fails. `text`: what TF's part of the message contains. */
function fails(name: string, cls: OpErrorClass, text: string | RegExp, build: () => { fetch: tf.Fetchable; feeds?: tf.Feeds; node?: string }): Check {
  return { name, run: async ({ open, old }) => {
    const { fetch, feeds, node, graph } = inGraph(build);
    const sess = open(graph);
    const e = await failure(() => sess.run(fetch, feeds ?? null));
    expect(e.constructor).toBe(cls);
    if (old && e.text === '') { expect(e.detail.remedy).toContain('the server sent no text'); return; }
    expect(e.text).toMatch(text);
    if (node === undefined) return;
    expect(e.nodeName).toBe(node);
    expect(e.text).toMatch(new RegExp(`\\[\\[node ${node} \\(defined at [^)]*checks_errors\\.ts:\\d+\\) \\]\\]`));
    expect(e.message).toContain(`node: ${node} (op: `);
    expect(e.message).toMatch(/created at: .*checks_errors\.ts:\d+/);
    expect(e.message).toContain('fetches: ');
  } };
}
const x = (dtype: tf.DType, shape: readonly (number | null)[] | null = null): tf.Tensor => tf.placeholder(dtype, shape, { name: 'x' });

export const ERROR_CHECKS: readonly Check[] = [
  fails('an uninitialized variable', FailedPreconditionError, 'Attempting to use uninitialized value v', () => ({ fetch: tf.negative(tf.getVariable('v', { initializer: tf.constant(1) })), node: 'v/read' })),
  fails('an uninitialized resource variable', FailedPreconditionError, 'Error while reading resource variable v from Container: localhost', () => ({ fetch: tf.getVariable('v', { initializer: tf.constant(1), useResource: true }).sub(1) })),
  fails('a placeholder without a value', InvalidArgumentError, "You must feed a value for placeholder tensor 'x' with dtype float", () => ({ fetch: x(tf.float32).sub(1), node: 'x' })),
  fails('shapes that do not fit', InvalidArgumentError, 'Matrix size-incompatible: In[0]: [1,2], In[1]: [3,1]', () => { const t = x(tf.float32, [null, null]); return { fetch: tf.matmul(t, [[1], [2], [3]], { name: 'product' }), feeds: [[t, [[1, 2]]]], node: 'product' }; }),
  fails('shapes that do not broadcast', InvalidArgumentError, 'Incompatible shapes: [2] vs. [3]', () => { const t = x(tf.float32); return { fetch: t.sub([1, 2, 3]), feeds: [[t, [1, 2]]], node: 'sub' }; }),
  fails('an index out of range', InvalidArgumentError, 'indices[0] = 7 is not in [0, 3)', () => { const t = x(tf.int32, [1]); return { fetch: tf.gather([1, 2, 3], t, { name: 'pick' }), feeds: [[t, [7]]], node: 'pick' }; }),
  fails('a reshape that cannot be', InvalidArgumentError, 'Input to reshape is a tensor with 3 values, but the requested shape has 4', () => { const t = x(tf.int32, [2]); return { fetch: tf.reshape([1, 2, 3], t, { name: 'r' }), feeds: [[t, [2, 2]]], node: 'r' }; }),
  fails('a division of integers by zero', InvalidArgumentError, 'Integer division by zero', () => { const t = x(tf.int32, []); return { fetch: tf.floordiv(1, t, 'div'), feeds: [[t, 0]], node: 'div' }; }),
  fails('numbers that are none', InvalidArgumentError, 'the check failed : Tensor had NaN values', () => { const t = x(tf.float32, []); return { fetch: tf.checkNumerics(t, 'the check failed', { name: 'numeric' }), feeds: [[t, NaN]], node: 'numeric' }; }),
  fails('an assertion', InvalidArgumentError, 'assertion failed: [not so] [3]', () => { const t = x(tf.float32, []); return { fetch: tf.Assert(t.less(1), ['not so', t]), feeds: [[t, 3]] }; }),
  fails('a slice beyond the end', InvalidArgumentError, 'Expected size[0] in [0, 1], but got 3', () => { const t = x(tf.int32, [1]); return { fetch: tf.slice([1, 2, 3], t, [3], { name: 's' }), feeds: [[t, [2]]], node: 's' }; }),
  fails('a concat of different ranks', InvalidArgumentError, 'ConcatOp : Ranks of all input tensors should match', () => { const t = x(tf.float32); return { fetch: tf.concat([t, [1]], 0, { name: 'c' }), feeds: [[t, [[1]]]], node: 'c' }; }),
  fails('a matrix without an inverse', InvalidArgumentError, 'Input is not invertible', () => { const t = x(tf.float32, [2, 2]); return { fetch: tf.matrixInverse(t, { name: 'inverse' }), feeds: [[t, [[0, 0], [0, 0]]]], node: 'inverse' }; }),
  fails('a file that is not there', NotFoundError, '/nothing/here', () => ({ fetch: tf.rawOps.ReadFile({ filename: '/nothing/here', name: 'file' }) as tf.Tensor, node: 'file' })),
  fails('a device that is not there', InvalidArgumentError, 'Cannot assign a device for operation', () => ({ fetch: tf.device('/job:nowhere/task:3', () => tf.constant(1, { name: 'lost' })) })),
  { name: 'a long message arrives whole', run: async ({ open }) => {
    const { y, t, graph } = inGraph(() => { const t = x(tf.float32, []); return { t, y: tf.Assert(t.less(1), ['long'.repeat(2000)]) }; });
    const e = await failure(() => open(graph).run(y, [[t, 3]]));
    expect(e.text.length).toBeGreaterThan(8000);
  } },
  { name: 'after an error the session goes on', run: async ({ open }) => {
    const { y, t, graph } = inGraph(() => { const t = x(tf.int32, []); return { t, y: tf.floordiv(6, t) }; });
    const sess = open(graph);
    await failure(() => sess.run(y, [[t, 0]]));
    expect(await sess.run(y, [[t, 2]])).toBe(3);
  } },
  { name: 'a graph that the server refuses, and once more', run: async ({ open, wire }) => {
    const { a, graph } = inGraph(() => ({ a: tf.device('/job:nowhere', () => tf.constant(1)) }));
    const sess = open(graph);
    for (let i = 0; i < 2; i++) expect((await failure(() => sess.run(a))).constructor).toBe(InvalidArgumentError);
    expect(wire.calls.map((c) => c.method)).toEqual(['CreateSession', 'CreateSession']);
  } },
  { name: 'an extension that the server refuses', run: async ({ open, wire }) => {
    const { a, graph } = inGraph(() => ({ a: tf.constant(1) }));
    const sess = open(graph);
    await sess.run(a);
    const b = graph.asDefault(() => tf.device('/job:nowhere', () => a.add(1)));
    for (let i = 0; i < 2; i++) expect(await failure(() => sess.run(b))).toBeInstanceOf(tf.errors.OpError);
    expect(wire.calls.map((c) => c.method).slice(0, 3)).toEqual(['CreateSession', 'RunStep', 'ExtendSession']);
  } },
  { name: 'what the client refuses itself sends nothing', run: async ({ open, target, wire }) => {
    const { t, y, graph } = inGraph(() => { const t = x(tf.float32, [2]); return { t, y: t.add(1) }; });
    const sess = open(graph);
    const refusals: [() => unknown, unknown, string][] = [
      [() => sess.runSync(y, [[t, [1, 2]]]), UnimplementedError, 'runSync: the session runs on'],
      [() => sess.explain(y, [t]), UnimplementedError, 'explain: the session runs on'],
      [() => new tf.Session({ target, graph, engine: 'wasm' }), tf.errors.ValueError, "engine: the session runs on 'grpc://"],
      [() => new tf.Session({ target, graph, heap: 'tfjs' }), tf.errors.ValueError, "heap: the session runs on 'grpc://"],
      [() => sess.run(y, [[t, [1, 2, 3]]]), tf.errors.ValueError, "Cannot feed value of shape (3,) for Tensor 'x:0'"],
      [() => sess.run('nothing:0'), tf.errors.ValueError, 'cannot be interpreted as a Tensor'],
      [() => sess.run(y, [[t, [1, 2]]], { asTfjs: true }), tf.errors.ValueError, `asTfjs: engine '${target}'`],
      [() => new tf.Session({ target: 'grpc://nowhere', graph }).run(y, [[t, [1, 2]]]), InvalidArgumentError, 'Could not interpret "nowhere" as a host-port pair.'],
    ];
    for (const [run, cls, text] of refusals) {
      const e = await failure(async () => run());
      expect([e.constructor, e.text]).toEqual([cls, expect.stringContaining(text)]);
    }
    expect([sess.sessStr, sess.engine, wire.calls]).toEqual([target, target, []]);
  } },
];
