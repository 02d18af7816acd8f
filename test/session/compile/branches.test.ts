// takeBranches and unguard: what is left of conditionals on constants, who waits for a branch, and that no value and no error
// depends on it.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { applyOp, op1 } from '../../../src/ops/op_def_library.ts';
import { passes } from '../../../src/session/compile/pipeline.ts';
import { lines, programs, targetOn } from '../../support/compile.ts';
import { openSession } from '../../support/engines.ts';
import { filled, ph } from '../../support/fusion.ts';
import { Random } from '../../support/random.ts';

beforeEach(() => { tf.resetDefaultGraph(); });
const only = (...names: string[]): typeof passes => passes.filter((p) => names.includes(p.name));
const WITHOUT = { toolchain: { passes: passes.filter((p) => p.name !== 'takeBranches' && p.name !== 'unguard') } };

/** The same values with the passes and without, on both engines. */
async function same(fetches: readonly tf.Tensor[], feeds: tf.Feeds, init?: tf.Operation): Promise<void> {
  const out: unknown[] = [];
  for (const engine of ['reference', 'wasm']) {
    for (const options of [{}, WITHOUT]) {
      const s = await openSession(engine, options);
      if (init) s.runSync(init);
      out.push([s.runSync(fetches as tf.Tensor[], feeds), s.runSync(fetches as tf.Tensor[], feeds)]);
    }
  }
  for (const o of out) expect(o).toEqual(out[0]);
}

describe('a Switch on a constant', () => {
  test.each([true, false])('%s: one side is left', async (side) => {
    const x = ph('x', [2, 3]), feeds: tf.Feeds = [[x, filled(new Random(1), [2, 3])]], pred = tf.constant(side, { name: 'pred' });
    const [no, yes] = applyOp('Switch', [x, pred], {}, 'sw').outputs as [tf.Tensor, tf.Tensor];
    const y = applyOp('Merge', [[op1('Neg', [no], {}, 'n'), op1('Square', [yes], {}, 'q')]], {}, 'y').outputs[0]!, z = tf.tanh(y, 'z');
    const all = programs([z], feeds as never, targetOn(x.graph, 'reference', only('takeBranches', 'sweep')));
    expect(lines(all.get('takeBranches')!)).toEqual(side ? ['q = Square(_arg_x_0)', 'z = Tanh(q)'] : ['n = Neg(_arg_x_0)', 'z = Tanh(n)']);
    await same([z], feeds);
    await same([z, y], feeds);
  });
  test('cond on a constant: gradients, writes, constants inside', async () => {
    const x = ph('x', [2, 3]), feeds: tf.Feeds = [[x, filled(new Random(2), [2, 3])]], v = tf.getVariable('v', { initializer: tf.constant([1, 2, 3]) });
    const build = (p: tf.Tensor): tf.Tensor => tf.cond(p, () => x.mul(v.value()).add(1.), () => tf.exp(x.sub(tf.assign(v, v.value().mul(2.))))) as tf.Tensor;
    for (const side of [true, false]) {
      const y = build(tf.constant(side)), [g] = tf.gradients(tf.reduceSum(tf.square(y)), [x]) as [tf.Tensor];
      const plan = String((await openSession('wasm')).explain([y], feeds));
      expect(plan.includes('Exp('), plan).toBe(!side);
      await same([y, g], feeds, tf.globalVariablesInitializer());
    }
  });
  test('which side came, or a dead value, is asked for: nothing is taken away', async () => {
    const x = ph('x', [2, 3]), feeds: tf.Feeds = [[x, filled(new Random(3), [2, 3])]], pred = tf.constant(true);
    const [no, yes] = applyOp('Switch', [x, pred], {}, 'sw').outputs as [tf.Tensor, tf.Tensor], n = op1('Neg', [no], {}, 'n');
    const m = applyOp('Merge', [[n, yes]], {}, 'y');
    for (const fetch of [m.outputs[1]!, n]) expect(programs([fetch], feeds as never, targetOn(x.graph, 'reference', only('takeBranches'))).get('takeBranches')!.log).toEqual([]);
    await same([m.outputs[0]!, m.outputs[1]!], feeds);
    for (const engine of ['reference', 'wasm']) { const s = await openSession(engine); expect(() => s.runSync([n], feeds)).toThrow(/does not have value/); }
  });
});

test('nodes wait for a branch only where nothing they read lies in it', async () => {
  const x = ph('x', [2, 3]), on = tf.placeholder(tf.bool, [], { name: 'on' }), value = filled(new Random(4), [2, 3]);
  const y = tf.cond(on, () => tf.reduceSum(tf.multiply(x, 2., { name: 'twice' }), 1, { keepdims: true, name: 'rows' }).add(x), () => x.sub(7.)) as tf.Tensor;
  const all = programs([y], [[x, value], [on, new tf.NDArray(tf.bool, [], Uint8Array.of(1))]], targetOn(x.graph, 'reference', only('unguard')));
  const after = lines(all.get('unguard')!).filter((l) => /^cond\/(twice|rows) /.test(l));
  expect(after.length).toBe(2);
  expect(after.filter((l) => l.includes('^'))).toEqual([]);
  for (const side of [true, false]) await same([y], [[x, value], [on, side]]);
});
