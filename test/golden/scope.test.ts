// The scope_* programs of the golden records: variable scopes, reuse, inheritance, threads, getters, partitions.
import * as programs from './programs/scope.ts';
import { scope_resource } from './programs/scope_resource.ts';
import { scope_variables } from './programs/scope_variables.ts';
import { goldenSuite } from './suite.ts';

const RANDOM = 'a random initial value without any seed';

const random = (step: number, names: readonly string[]): Record<string, string> => Object.fromEntries(names.map((n) => [`${step} .${n}:0`, RANDOM]));

goldenSuite({ ...programs, scope_resource, scope_variables }, {
  scope_inherit: { skipValues: random(2, ['con/x', 'untrain', 'coll', 'cc', 'tfv_1']) },
  scope_resource: { skipRuns: { 0: 'which of two reads fails first differs from run to run in TensorFlow', 6: 'which of several reads fails first' } },
  scope_variables: { skipRuns: { 0: 'which of two reads fails first' } },
  scope_getters: { skipValues: random(6, ['o/i/v', 'o/i/rR', 'p/scalar', 'p/small/part_0', 'p/small/part_1', 'q/w', 'res/in/k']) },
});
