// simplify: every rule is in one of the tables that are tested row by row (rules/), and which of them a program gets.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { op1 } from '../../../src/ops/op_def_library.ts';
import { moveRules } from '../../../src/session/compile/rules/moves.ts';
import { droppingParts, partRules } from '../../../src/session/compile/rules/parts.ts';
import { productRules } from '../../../src/session/compile/rules/products.ts';
import { droppingValues, exactRules, valueRules } from '../../../src/session/compile/rules/values.ts';
import { simplifyRules } from '../../../src/session/compile/simplify.ts';
import { programs, targetOn } from '../../support/compile.ts';

test('every rule is in a table', () => {
  expect(simplifyRules.map((r) => r.name).sort()).toEqual([moveRules, partRules, droppingParts, valueRules, droppingValues, exactRules, productRules].flat().map((r) => r.name).sort());
  expect(new Set(simplifyRules.map((r) => r.name)).size).toBe(simplifyRules.length);
});

test('rules of arithmetic are for engines that keep the numeric contract', () => {
  tf.resetDefaultGraph();
  const x = tf.placeholder(tf.float32, [2, 3]), y = op1('RealDiv', [x, tf.constant(4.)]);
  const feeds = [[x, new tf.NDArray(tf.float32, [2, 3], new Float32Array(6))]] as const;
  expect(programs([y], feeds, targetOn(x.graph, 'wasm')).get('simplify')!.nodes[y.op.name]!.op).toBe('Mul');
  expect(programs([y], feeds, targetOn(x.graph, 'tfjs:cpu')).get('simplify')!.nodes[y.op.name]!.op).toBe('RealDiv');
});
