// Runs before every test file. Files share their modules (a third of the time goes into loading them otherwise), and so
// what TensorFlow keeps per thread: each file starts with an empty default graph and reference variables.
import { beforeAll } from 'vitest';
import * as tf from 'tfgraph';

beforeAll(() => {
  tf.resetDefaultGraph();
  tf.disableResourceVariables();
});
