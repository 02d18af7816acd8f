// Random programs whose number of examples is left open: a plan made to fit another number is the plan that is compiled for
// it, step by step; and a session that has seen other numbers gives the bits of a session that has seen none, and of
// `reference`; or the same error.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { compileKept, type CompileRequest, resolve } from '../../../src/session/compile/pipeline.ts';
import { printPlan } from '../../../src/session/plan_print.ts';
import { targetOn } from '../../support/compile.ts';
import { asArray, sameBits } from '../../support/fetch_sets.ts';
import { openProgram } from '../../support/open_program.ts';
import { Random } from '../../support/random.ts';

const PROGRAMS = Number(process.env['REFIT_PROGRAMS'] ?? 120), FROM = Number(process.env['REFIT_FROM'] ?? 1);
/** Numbers that nothing else is by chance, so that no constants are one because of that. */
const PRIMES = [31, 37, 101, 41, 53];
const SIZES = [11, 7, 23, 8, 64, 3, 7, 12, 2, 1, 0, 40, 5];

test(`${PROGRAMS} random programs: the plans that would be compiled`, () => {
  let fitted = 0, compiled = 0;
  for (let seed = FROM; seed < FROM + PROGRAMS; seed++) {
    const p = openProgram(seed), target = targetOn(p.graph, 'wasm');
    const kept = (n: number): ReturnType<typeof compileKept> => {
      const request: CompileRequest = { fetches: p.fetches, targets: [], feeds: [{ tensor: p.x, shape: new tf.TensorShape(p.shape(n)) }] };
      return compileKept(request, target, undefined, resolve(request, target), true);
    };
    const { refit } = kept(PRIMES[0]!);
    for (const n of PRIMES.slice(1)) {
      const plan = typeof refit === 'string' ? refit : refit.to([new tf.TensorShape(p.shape(n))]);
      if (typeof plan === 'string') { compiled++; continue; }
      fitted++;
      expect(printPlan(plan), `program ${seed}, ${n} examples`).toBe(printPlan(kept(n).plan));
    }
  }
  expect(fitted).toBeGreaterThan(compiled);
}, 1_200_000);

test(`${PROGRAMS} random programs, ${SIZES.length} numbers of examples each: the same bits`, () => {
  let values = 0, failed = 0;
  for (let seed = FROM; seed < FROM + PROGRAMS; seed++) {
    const p = openProgram(seed), init = p.graph.asDefault(() => tf.globalVariablesInitializer());
    const run = (sess: tf.Session, n: number): (tf.NDArray | string)[] => {
      const shape = p.shape(n), x = new tf.NDArray(tf.float32, shape, new Random(n).floats(shape.reduce((a, b) => a * b, 1), -2, 2));
      try {
        return (sess.runSync([...p.fetches], [[p.x, x]]) as unknown[]).map((v, i) => asArray(v, p.fetches[i]!));
      } catch (e) {
        if (!(e instanceof tf.errors.OpError)) throw e;
        return [e.text];
      }
    };
    const open = (engine: string): tf.Session => { const sess = new tf.Session({ graph: p.graph, engine }); sess.runSync(init); return sess; };
    using one = open('wasm'), plain = open('reference');
    for (const n of SIZES) {
      using fresh = open('wasm');
      const want = run(fresh, n);
      for (const [who, got] of [['a session that has seen other numbers', run(one, n)], ['reference', run(plain, n)]] as const) {
        for (const [i, v] of got.entries()) {
          const w = want[i];
          if (typeof v === 'string' || typeof w === 'string') { failed++; expect(typeof w, `${who}: program ${seed}, ${n} examples: ${String(v)}`).toBe(typeof v); continue; }
          values++;
          if (!sameBits(v, w!)) expect.fail(`${who}: program ${seed}, ${n} examples: ${p.fetches[i]!.name} (${p.fetches[i]!.op.type})`);
        }
      }
    }
  }
  expect(values).toBeGreaterThan(20 * failed);
}, 1_200_000);
