// The shape_* programs of the golden records: static shapes, and slices and broadcasting.
import * as programs from './programs/shape.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs);
