// The model_* programs of the golden records: small models and their training.
import * as programs from './programs/model.ts';
import { goldenSuite } from './suite.ts';

goldenSuite(programs, {
  model_linear: { relative: 1e-6 }, model_dqn: { relative: 1e-5 }, model_logistic: { relative: 1e-5 }, model_vae: { relative: 1e-5 }, model_convnet: { relative: 1e-5 },
  model_dcgan: {
    relative: 1e-5,
    skipRuns: {
      8: 'biases before batch norm have a gradient of zero, and Adam makes whole steps of its rounding errors: TensorFlow differs from itself without graph rewriting by 4e-3',
      10: 'the same biases, and moving averages that two calls update in one step without an order',
    },
  },
});
