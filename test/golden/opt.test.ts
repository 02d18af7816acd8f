// The opt_* programs of the golden records: optimizers.
import * as programs from './programs/opt.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, {
  opt_contrib: {
    relative: 1e-6,
    skipValues: Object.fromEntries(['ref', 'resource'].flatMap((k) => ['emb', 'w', 'b'].map((v) => [`155 .${k}/${v}/ExponentialMovingAverage_1:0`, 'averages beside the updates (sequential_update=False): TensorFlow reads before or after']))),
  },
  opt_rows: { relative: 2e-7 }, opt_dense: { relative: 2e-6 }, opt_sparse: { relative: 3e-7 },
  opt_api: { relative: 2e-7, skipFacts: { 'apply bad': "Python's own AttributeError", 'callable loss': 'a loss given as a function is for gradient tapes' } },
});
