// Whole sessions on the `wasm` engine: the same bits as `reference` over training steps; the plan says what falls back;
// the heap may grow in the middle of a run or be exhausted.
import { describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import type { NDArray } from '../../../src/graph/ndarray.ts';
import { wasmEngine } from '../../../src/session/engines/wasm.ts';
import { OwnHeap } from '../../../src/session/wasm/heap.ts';
import { expectBits, randomF32, stateful } from '../kernels/helpers.ts';
import { arrays, feeds, model } from './model.ts';

test('training has the bits of reference, and nothing falls back in the step', () => {
  for (const optimizer of [() => new tf.train.AdamOptimizer(0.01), () => new tf.train.MomentumOptimizer(0.1, 0.9), () => new tf.train.RMSPropOptimizer(0.01)]) {
    const m = model(optimizer);
    const trace = (engine: string): NDArray[] => {
      using sess = new tf.Session({ graph: m.graph, engine });
      sess.runSync(m.init);
      const out: NDArray[] = [];
      for (let s = 0; s < 3; s++) out.push(...arrays(sess.runSync([m.loss, m.logits, m.train], feeds(m, s, 5 + s)).slice(0, 2)));
      out.push(...arrays(sess.runSync([...m.variables])));
      if (engine === 'wasm') {
        const left = sess.explain([m.loss, m.train], feeds(m, 0)).steps.filter((p) => p.kind === 'kernel' && p.why !== null && p.node.op !== 'NoOp');
        expect(left.map((p) => p.nodes[0])).toEqual([]);
      }
      return out;
    };
    const want = trace('reference');
    trace('wasm').forEach((a, i) => { expectBits(a, want[i]!); });
  }
});
test('the plan names the op that falls back', () => {
  const graph = new tf.Graph();
  const y = graph.asDefault(() => tf.asString(tf.placeholder(tf.float32, [1], { name: 'x' })));
  using sess = new tf.Session({ graph, engine: 'wasm' });
  expect(String(sess.explain(y, ['x:0'].map((n) => graph.getTensorByName(n))))).toContain('no kernel for AsString in the wasm engine yet');
});
describe('the heap', () => {
  test('grows in the middle of a kernel without harm', () => {
    const engine = wasmEngine();
    const a = randomF32([700, 300], 1), b = randomF32([300, 500], 2);
    const node = (op: string, inputs: NDArray[]) => ({ name: 'n', op, attr: {}, inputDtypes: inputs.map((v) => v.dtype), outputDtypes: [], inputShapes: [], shapesKnown: true, constant: () => undefined });
    const run = (op: string, inputs: NDArray[]): NDArray => {
      const call = engine.place(node(op, inputs), 'exact');
      if (typeof call === 'string') throw new Error(call);
      const x = inputs.map((v) => engine.upload(v));
      const [out] = engine.run(call, x, stateful());
      const r = engine.downloadSync(out!, inputs[0]!.dtype);
      for (const v of [...x, out!]) engine.free(v);
      return r;
    };
    const first = run('MatMul', [a, b]); // the first call makes the heap grow for its scratch and its result
    expectBits(run('MatMul', [a, b]), first);
    expect(engine.memory()).toEqual({ tensors: 0, bytes: 0 });
    const fresh = wasmEngine(() => { const h = new OwnHeap(); h.alloc(20_000_000); return h; });
    const x = [a, b].map((v) => fresh.upload(v));
    expectBits(fresh.downloadSync(fresh.run(fresh.place(node('MatMul', [a, b]), 'exact') as never, x, stateful())[0]!, tf.float32), first);
  });
  test('exhausted: ResourceExhaustedError, and the engine goes on', () => {
    const engine = wasmEngine(() => new OwnHeap(5 << 20));
    const big = engine.upload(randomF32([500_000], 1));
    const call = engine.place({ name: 'n', op: 'Add', attr: {}, inputDtypes: [tf.float32, tf.float32], outputDtypes: [], inputShapes: [], shapesKnown: true, constant: () => undefined }, 'exact');
    if (typeof call === 'string') throw new Error(call);
    const before = engine.memory();
    const more = engine.run(call, [big, big], stateful())[0]!;
    expect(() => engine.run(call, [big, more], stateful())).toThrow(tf.errors.ResourceExhaustedError);
    engine.free(more);
    expect(engine.memory()).toEqual(before);
    engine.free(engine.run(call, [big, big], stateful())[0]!);
    expect(engine.memory()).toEqual(before);
  });
});
