// The layers_* programs of the golden records: layers, losses, metrics.
import * as programs from './programs/layers.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, { layers_core: { relative: 2e-6 }, layers_losses: { relative: 2e-7 } });
