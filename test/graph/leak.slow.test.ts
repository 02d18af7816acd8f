// Scope state must not keep graphs alive: 10,000 graphs are built and dropped, with every kind of scope open on the way.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A graph with scopes of all kinds, some left by an error, some open across an await. */
async function build(i: number): Promise<WeakRef<tf.Graph>> {
  const graph = new tf.Graph();
  graph.asDefault(() => tf.variableScope('a', { reuse: tf.AUTO_REUSE }, () => {
    const w = tf.getVariable('w', [2], { initializer: tf.zerosInitializer() });
    tf.controlDependencies([w], () => tf.device('/cpu:0', () => tf.colocateWith(w, () => tf.container('c', () => graph._attrScope({}, () =>
      tf.nameScope('s', null, [w], () => graph.isolated(() => tf.add(w, 1))))))));
    try {
      tf.nameScope('t', () => tf.device('/gpu:0', () => { throw new Error('left by an error'); }));
    } catch { /* on purpose */ }
  }));
  {
    using _g = graph.asDefault();
    using _s = tf.nameScope('using');
    using _v = tf.variableScope('b');
    tf.noOp();
  }
  if (i % 50 === 0) {
    await graph.asDefault(async () => tf.nameScope('late', async () => {
      await Promise.resolve();
      tf.noOp();
    }));
  }
  return new WeakRef(graph);
}

test('10,000 graphs come and go', async () => {
  const used = async (): Promise<number> => {
    await new Promise((r) => { setImmediate(r); });
    collect();
    return process.memoryUsage().heapUsed;
  };
  const refs: WeakRef<tf.Graph>[] = [];
  for (let i = 0; i < 1000; i++) refs.push(await build(i));
  const before = await used();
  for (let i = 1000; i < 10_000; i++) refs.push(await build(i));
  const after = await used();
  // Contexts remember a few idle graphs; the 9,000 weak references themselves take some 100 bytes each.
  expect(refs.filter((r) => r.deref() !== undefined).length).toBeLessThan(40);
  expect(after - before).toBeLessThan(4e6);
}, 120_000);
