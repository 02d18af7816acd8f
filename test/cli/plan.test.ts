// tfgraph plan: what a session would run, as text and as JSON; which engine runs a step, and why when it is not the plan's own.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { encodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { golden, tempFile, tfgraph } from './support.ts';

/** A product and its text: an op with a generated kernel and one without, on a file. */
const file = (): string => {
  const graph = new tf.Graph();
  graph.asDefault(() => {
    const x = tf.placeholder(tf.float32, [null, 2], { name: 'x' });
    const square = tf.matmul(x, x, { transposeA: true, name: 'square' });
    tf.asString(square, { name: 'text' });
    tf.controlDependencies([square], () => tf.noOp({ name: 'done' }));
  });
  return tempFile('graph.pb', encodeGraphDef(graph.asGraphDef()));
};

test('by default the plan is that of the wasm engine, with the reason where a step runs on reference', async () => {
  expect((await tfgraph('plan', file(), '--fetch', 'text,done', '--feed', 'x:3,2')).out).toMatchInlineSnapshot(`
    "plan text:0, ^done  engine=wasm  mode=exact  threads=1  peak=?  area=192B  (3 nodes -> 5 steps)
     %0:float[3,2] = feed x:0                                                  # x
     %1:float[2,2] = MatMul(%0, %0) transpose_a=true                           # square
     free %0
     %2:float[2,2] = move %1 to host                                           # text
     free %1
     %3:string[2,2] = AsString(%2) precision=-1 width=-1 on reference (no kernel for AsString in the wasm engine yet)  # text
     free %2
     fetch text:0 %3                                                           # text
     free %3
    "
  `);
  expect((await tfgraph('plan', file(), '--fetch', 'text', '--engine', 'reference')).out).toMatchInlineSnapshot(`
    "plan text:0  engine=reference  mode=exact  threads=1  peak=?  (2 nodes -> 4 steps)
     %0:float[?,2] = feed x:0                             # x
     %1:float[2,2] = MatMul(%0, %0) transpose_a=true      # square
     free %0
     %2:string[2,2] = AsString(%1) precision=-1 width=-1  # text
     free %1
     fetch text:0 %2                                      # text
     free %2
    "
  `);
});
test('--json has engine, reasons and steps as data', async () => {
  const plan = JSON.parse((await tfgraph('plan', file(), '--fetch', 'text', '--feed', 'x:3,2', '--json')).out) as { engine: string; why: string | null; report: unknown; steps: { kind: string; node?: { op: string }; call?: unknown; why?: string | null }[] };
  expect([plan.engine, plan.why, plan.report]).toEqual(['wasm', null, null]);
  expect(plan.steps.filter((s) => s.kind === 'kernel').map((s) => [s.node!.op, s.why ?? null])).toEqual([
    ['MatMul', null], ['AsString', 'no kernel for AsString in the wasm engine yet'],
  ]);
});
test('a training step of a convolutional network runs on wasm, all of it', async () => {
  const { out, code } = await tfgraph('plan', golden('seed_entry1_nhwc'), '--fetch', 'GradientDescent');
  expect(code, out).toBe(0);
  expect(out).toMatch(/^plan \^GradientDescent {2}engine=wasm {2}mode=exact/);
  expect(out).toContain('Conv2DBackpropFilter(');
  expect(out).not.toContain(' on reference');
});
test('--nodes says of each node where it is or why it is gone; --dot draws the plan; --threads is in its head', async () => {
  const told = (await tfgraph('plan', file(), '--fetch', 'done', '--feed', 'x:3,2', '--nodes')).out;
  expect(told.slice(told.indexOf('\nnodes: 4\n'))).toMatchInlineSnapshot(`
    "
    nodes: 4
      x (Placeholder)  %0 fed
      square (MatMul)  gone: skipUnneeded: waited for only, without effect or failure -> nothing
      text (AsString)  not needed for what is fetched
      done (NoOp)      only an order, kept by the order of the steps
    "
  `);
  const dot = (await tfgraph('plan', file(), '--fetch', 'square', '--feed', 'x:3,2', '--dot')).out;
  expect(dot).toMatch(/^digraph plan \{\n[^]*label="square\\nMatMul"[^]* -> [^]*\}\n$/);
  expect((await tfgraph('plan', file(), '--fetch', 'square', '--threads', '2')).out).toMatch(/ threads=2 /);
  expect((await tfgraph('plan', file(), '--fetch', 'square', '--threads', '0')).code).toBe(2);
  expect(await tfgraph('plan', file(), '--fetch', 'square', '--dot', '--json')).toMatchObject({ code: 2, out: '' });
});
