// The framework_* programs of the golden records: contrib.framework's helpers, assert_shapes.
import * as programs from './programs/framework.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, { framework_more: { relative: 1e-6 } });
