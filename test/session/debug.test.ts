// `GRAPH_DEBUG`: what each level tells of compilations and runs; nothing unless it is asked for; values are those of quiet runs.
import { afterEach, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';

afterEach(() => { vi.unstubAllEnvs(); vi.restoreAllMocks(); });

function told(level: string): { lines: string[]; values: unknown } {
  const graph = new tf.Graph(), lines: string[] = [];
  vi.stubEnv('GRAPH_DEBUG', level);
  vi.spyOn(console, 'error').mockImplementation((text: string) => { lines.push(text); });
  const { x, y } = graph.asDefault(() => {
    const p = tf.placeholder(tf.float32, [2, 2], { name: 'x' });
    return { x: p, y: tf.nn.relu(tf.identity(tf.matmul(p, p)).add(1.), { name: 'y' }) };
  });
  using sess = new tf.Session({ graph });
  const values = [1, 2, 3].map((v) => String(sess.runSync(y, [[x, [[v, -v], [0, 1]]]])));
  const call = sess.makeCallable(y, [x]);
  return { lines, values: [values, String(call.sync([[1, 2], [3, 4]]))] };
}

test('each level tells what the one below does, and more', () => {
  const quiet = told('');
  expect(quiet.lines).toEqual([]);
  expect(told('0').lines).toEqual([]);
  const head = /^tfgraph: compiled y:0 in [\d.]+ ms: 5 nodes -> \d steps \(1 fused\), \d rewrites, peak 32B$/;
  const one = told('1'), two = told('2'), three = told('3'), four = told('4');
  expect(one.lines).toEqual([expect.stringMatching(head)]);
  expect(two.lines).toEqual([expect.stringMatching(head), expect.stringMatching(/^plan y:0 {2}engine=wasm/)]);
  expect(three.lines.slice(0, 2)).toEqual([expect.stringMatching(head), two.lines[1]]);
  expect(three.lines.slice(2)).toContain(' simplify: Identity(x) -> x  [Identity]');
  expect(four.lines.slice(1, three.lines.length)).toEqual(three.lines.slice(1));
  const runs = four.lines.slice(three.lines.length);
  expect(runs).toHaveLength(4);
  for (const r of runs) expect(r).toMatch(/^tfgraph: ran y:0: \d steps, \d+ us in them\n( +\d+ us +\d+ % {2}.+\n?)+$/);
  expect(runs[0]).toContain('y = MatMul+AddV2+Relu(_arg_x_0_0, ');
  for (const t of [one, two, three, four]) expect(t.values).toEqual(quiet.values);
});

test('what is no level is said, once a session, and tells nothing more', () => {
  expect(told('loud').lines).toEqual(["tfgraph: GRAPH_DEBUG is a level from 0 to 4 (1: compilations, 2: plans, 3: rewrites, 4: times of steps), not 'loud'"]);
});
