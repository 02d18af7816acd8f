// Tests of rewrite rules, one row a rule: what programs look like before and after, where the rule must not fire, and that
// no bit of any result changes, whatever the values.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { inputNode, isControlInput } from '../../src/graph/names.ts';
import { type Rule, RuleSet } from '../../src/graph/rewrite.ts';
import { applyOp, op1 } from '../../src/ops/op_def_library.ts';
import { sweep as sweepProgram } from '../../src/session/compile/program.ts';
import { simplifyBy } from '../../src/session/compile/simplify.ts';
import type { Pass } from '../../src/session/compile/target.ts';
import { bitsOf, lines, programs, targetOn } from './compile.ts';
import { Random } from './random.ts';
import { SPECIAL } from './random_program.ts';

export type Build = (x: tf.Tensor) => tf.Tensor;
export interface Row {
  /** Programs in which the rule fires: how they are built from a fed [2, 3] tensor, and what they are before and after. */
  readonly fires: readonly (readonly [build: Build, before: readonly string[], after: readonly string[]])[];
  /** Programs in which it must not. */
  readonly rests?: readonly Build[];
  readonly dtypes?: readonly tf.DType[];
  /** Besides `reference`. */
  readonly engines?: readonly string[];
}
export type Rows = Readonly<Record<string, Row>>;

export const ints = (...v: number[]): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
export const int = (v: number): tf.Tensor => tf.constant(v, { dtype: tf.int32 });
export const fedShape = (x: tf.Tensor): tf.Tensor => tf.placeholder(tf.int32, [x.shape.ndims!], { name: 'to' });
/** A constant of the dtype of x. */
export const number = (x: tf.Tensor, v: number, shape: readonly number[] = []): tf.Tensor => tf.constant(x.dtype === tf.bool ? v !== 0 : v, { dtype: x.dtype, shape });
/** Programs end in it, so that what is taken away is used by something; ADD in lines. */
export const sum = (x: tf.Tensor): tf.Tensor => op1(x.dtype === tf.bool ? 'LogicalOr' : 'AddV2', [x, x], {}, 'sum');
const added = (dtype: string): string => (dtype === 'bool' ? 'LogicalOr' : 'AddV2');
/** The fed tensor in lines. */
export const X = '_arg_x_0';
export const NUMBERS = [tf.float32, tf.float64, tf.int32, tf.int64];
export const FLOATS = [tf.float32, tf.float64];
const SEEDS = 8;
const DTYPES = [...NUMBERS, tf.bool];

export function valuesOf(dtype: tf.DType, r: Random): tf.NDArray {
  const pick = (): number => (dtype.isFloating ? (r.bool(0.7) ? r.pick(SPECIAL) : 4 * r.next() - 2) : r.pick([0, 1, -1, 7, -2147483648, 2147483647]));
  const v = Array.from({ length: 6 }, pick);
  const data = dtype === tf.float32 ? Float32Array.from(v) : dtype === tf.float64 ? Float64Array.from(v) : dtype === tf.int32 ? Int32Array.from(v) : dtype === tf.int64 ? BigInt64Array.from(v, BigInt) : Uint8Array.from(v, (x) => x & 1);
  return new tf.NDArray(dtype, [2, 3], data);
}
const sweep = (p: Pass): Pass[] => [p, { name: 'sweep', leaves: '', run: (q) => sweepProgram(q) }];

/** Declares the tests of a table of rules. `dropping`: those that are for programs without dead values. */
export function ruleSuite(table: readonly Rule[], rows: Rows, dropping: readonly Rule[] = []): void {
  const drops = new Set(dropping.map((r) => r.name));
  const alone = (name: string): Pass => {
    const rules = new RuleSet(table.filter((r) => r.name === name));
    return { name: 'simplify', leaves: '', run: (p) => simplifyBy(rules, p) };
  };
  beforeEach(() => { tf.resetDefaultGraph(); });

  test('there is a row for every rule', () => {
    expect(Object.keys(rows)).toEqual(table.map((r) => r.name));
  });

  describe.each(Object.entries(rows))('%s', (name, row) => {
    const dtypes = row.dtypes ?? DTYPES;
    const place = (dtype: tf.DType): tf.Tensor => tf.placeholder(dtype, [2, 3], { name: 'x' });

    test('before and after', () => {
      for (const [build, before, after] of row.fires) {
        tf.resetDefaultGraph();
        const dtype = dtypes[0]!;
        const x = place(dtype);
        const y = build(x);
        const all = programs([y], [[x, valuesOf(dtype, new Random(1))]], targetOn(x.graph, 'reference', sweep(alone(name))));
        const named = (l: readonly string[]): string[] => l.map((s) => s.replace('ADD', added(dtype.name)));
        expect(lines(all.get('resolveState')!)).toEqual(named(before));
        expect(lines(all.get('sweep')!)).toEqual(named(after));
        expect(all.get('sweep')!.log.map((l) => `${l.pass}: ${l.rule}`)).toEqual([`simplify: ${name}`]);
      }
    });

    test('does not fire where it must not', () => {
      for (const build of row.rests ?? []) {
        tf.resetDefaultGraph();
        const x = place(dtypes[0]!);
        const all = programs([build(x)], [[x, valuesOf(dtypes[0]!, new Random(1))]], targetOn(x.graph, 'reference', sweep(alone(name))));
        expect(all.get('sweep')!.log, build.toString()).toEqual([]);
      }
    });

    test.skipIf(drops.has(name))('what waits still does, where values can be dead', () => {
      for (const [build] of row.fires) {
        tf.resetDefaultGraph();
        const x = place(dtypes[0]!);
        const on = tf.placeholder(tf.bool, [], { name: 'on' });
        const taken = applyOp('Switch', [on, on], {}, 'taken').outputs[1]!;
        const y = tf.controlDependencies([taken], () => build(x));
        const other = applyOp('Merge', [[op1('Identity', [taken]), applyOp('Switch', [on, on]).outputs[0]!]]).outputs[0]!;
        const p = programs([y, other], [[x, valuesOf(dtypes[0]!, new Random(1))], [on, new tf.NDArray(tf.bool, [], Uint8Array.of(1))]], targetOn(x.graph, 'reference', sweep(alone(name)))).get('sweep')!;
        const waits = (tensor: string): boolean => p.nodes[inputNode(tensor)]!.input.some((s) => isControlInput(s) || waits(s));
        expect(waits(p.fetches[0]!.value), build.toString()).toBe(true);
      }
    });

    test('no bit changes, fetched or not, for random and special values of every dtype', async () => {
      for (const [build] of row.fires) {
        for (const dtype of dtypes) {
          tf.resetDefaultGraph();
          const x = place(dtype), y = build(x);
          const sets = [[y], x.graph.getOperations().flatMap((o) => (o.type === 'Placeholder' ? [] : o.outputs))];
          const results = async (some: readonly Pass[], engine: string): Promise<unknown[]> => {
            using sess = await new tf.Session({ graph: x.graph, engine, onWarning: () => undefined, toolchain: { passes: some } }).ready();
            return sets.flatMap((fetches) => Array.from({ length: SEEDS }, (_, seed) => (sess.runSync(fetches, [[x, valuesOf(dtype, new Random(seed + 1))]]) as unknown as unknown[]).map(bitsOf)));
          };
          const want = await results([], 'reference');
          for (const engine of ['reference', ...(row.engines ?? [])]) expect(await results([alone(name)], engine), `${dtype.name}, ${engine}, ${build.toString()}`).toEqual(want);
        }
      }
    });
  });
}
