import { beforeEach, describe, expect, test } from 'vitest';
import { resetDefaultGraph } from '../../src/graph/graph.ts';
import { Session } from '../../src/session/session.ts';
import { op1 } from '../../src/ops/op_def_library.ts';
import { Variable } from '../../src/ops/variables.ts';
import { globalVariablesInitializer } from '../../src/ops/variables_initializer.ts';
import { assignAdd } from '../../src/ops/state_ops.ts';
import { controlDependencies } from '../../src/ops/framework.ts';
import { constantNode } from '../../src/ops/convert.ts';

beforeEach(() => resetDefaultGraph());

test('the first run', () => {
  const v = new Variable(1., { name: 'v' });
  const inc = assignAdd(v, 10., { name: 'inc' });
  const y = controlDependencies([inc], () => op1('AddV2', [v, 0.], {}, 'y'));
  const id = controlDependencies([inc], () => op1('Identity', [v], {}, 'id'));
  const init = globalVariablesInitializer();
  const twice = op1('Mul', [v, 2.]);
  const sess = new Session();
  const reset = () => sess.runSync(init);
  console.log(String(sess.explain([v, inc, y, id, twice])));
  reset(); expect(sess.runSync([v, inc])).toEqual([1, 11]);
  expect(sess.runSync(v)).toBe(11);
  reset(); expect(sess.runSync(y)).toBe(11);
  reset(); expect(sess.runSync(id)).toBe(11);
  reset(); expect(sess.runSync([twice, inc])).toEqual([2, 11]);
  void constantNode; void describe;
});
