// The engine of a session that does not name one: `wasm`, or where the host cannot run generated code `reference`.
import { afterEach, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';

afterEach(() => { vi.unstubAllGlobals(); });

function head(options: tf.SessionOptions = {}): string {
  const graph = new tf.Graph();
  const y = graph.asDefault(() => tf.placeholder(tf.float32, [2], { name: 'x' }).add(1.));
  using sess = new tf.Session({ graph, ...options });
  expect((sess.runSync(y, [['x:0', [1, 2]]]) as tf.NDArray).toArray()).toEqual([2, 3]);
  return String(sess.explain(y, [graph.getTensorByName('x:0')])).split('\n')[0]!;
}
/** WebAssembly as a host has it that cannot run generated code. */
const host = (validates: boolean): object => ({
  validate: () => validates,
  Module: function Module() { throw new Error('code generation disallowed'); },
});

test('is wasm', () => { expect(head()).toBe('plan add:0  engine=wasm  mode=exact  threads=1  peak=16B  area=128B  (2 nodes -> 3 steps)'); });

test.each([
  ['no WebAssembly', undefined, 'this host has no WebAssembly'],
  ['no vectors', host(false), 'the WebAssembly of this host has no vectors (SIMD)'],
  ['a policy against code made at run time', host(true), 'this host compiles no WebAssembly at run time: code generation disallowed'],
])('%s: reference, and the plan says why; wasm by name is an error', (_, webAssembly, why) => {
  vi.stubGlobal('WebAssembly', webAssembly);
  expect(head()).toBe(`plan add:0  engine=reference (${why})  mode=exact  threads=1  peak=16B  (2 nodes -> 3 steps)`);
  expect(head({ engine: 'reference' })).toContain('engine=reference  mode');
  expect(() => head({ engine: 'wasm' })).toThrow(new tf.errors.UnimplementedError(`Engine 'wasm' cannot run here: ${why}.`, { remedy: "leave engine out (then `reference` serves, with the same bits), or use 'reference' or 'tfjs:<backend>'" }));
});
