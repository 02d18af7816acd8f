// Mistakes of the text as asked that do not run. Each is made here, as a user would make it, and the error is shown with
// the line it points to. (Two others never get that far: a missing bracket, and `Activq`, which is only a name.)
import * as tf from 'tfgraph';
import { placeOf } from './places.ts';
import type { Check, Refusal } from './results.ts';
import { VbnDouble } from './vbn_double.ts';
import { vbnSingle } from './vbn_single.ts';

interface Attempt { readonly name: string; readonly what: string; readonly says: RegExp; readonly make: () => unknown }

const images = (n: number | null): tf.Tensor => tf.placeholder(tf.float32, [n, 1, 8, 8]);
const conv = (x: tf.Tensor, scope: string): tf.Tensor => tf.contrib.layers.conv2d(x, 4, [3, 3], { activationFn: null, dataFormat: 'NCHW', scope });

const ATTEMPTS: readonly Attempt[] = [
  {
    name: 'names nobody defined', what: '`inputs` in the first code, `data_format` in the second', says: /^dataFormat is not defined/,
    // @ts-expect-error TypeScript refuses the name before anything runs.
    make: () => conv(images(4), dataFormat),
  },
  {
    name: "contrib's arguments", what: 'tf.nn.conv2d is called with those of contrib.layers.conv2d', says: /^conv2d\(\) got an unexpected keyword argument/,
    // @ts-expect-error TypeScript refuses the arguments, too.
    make: () => tf.nn.conv2d(images(4), { kernelSize: [3, 3], numOutputs: 1, stride: [1, 1], padding: 'VALID', dataFormat: 'NCHW' }),
  },
  {
    name: 'reshape to nothing', what: 'rank 2 becomes [N, C, 0, 0]; meant was [N, C, 1, 1]', says: /^Cannot reshape a tensor with 224 elements to shape \[32,7,0,0\]/,
    make: () => tf.reshape(tf.placeholder(tf.float32, [32, 7]), [32, 7, 0, 0]),
  },
  {
    name: 'unknown batch size', what: 'which half is the reference batch, if the size is fed?', says: /^vbnSingle: dimension 0 of \S+ is unknown/,
    make: () => vbnSingle(images(null), { scope: 'Norm0' }),
  },
  {
    name: 're-opened scope', what: 'Vbn_double keeps the name of its scope and is called outside `convnet`', says: /^Variable Norm0\/gamma does not exist/,
    make: () => {
      const vbn = tf.variableScope('convnet', () => new VbnDouble(conv(images(4), 'Layer0'), { scope: 'Norm0' }));
      return vbn.call(images(4));
    },
  },
  {
    name: 'head under reuse', what: 'fully_connected inside the block that reuses the tower', says: /^Variable convnet\/fully_connected\/weights does not exist/,
    make: () => {
      tf.variableScope('convnet', () => conv(images(4), 'Layer0'));
      return tf.variableScope('convnet', { reuse: true }, () => tf.contrib.layers.fullyConnected(tf.reduceMean(conv(images(4), 'Layer0'), [2, 3]), { numOutputs: 2 }));
    },
  },
];

/** Makes each mistake in a graph of its own and reports what it was told. */
export function refusals(): Refusal[] {
  return ATTEMPTS.map(({ name, what, says, make }) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 50; // the user's line lies below the library's
    try {
      new tf.Graph().asDefault(make);
      return { name, what, expected: false, error: 'ran without complaint', where: '', remedy: '' };
    } catch (e) {
      if (!(e instanceof Error)) throw e;
      const [text = '', ...detail] = e.message.split('\n');
      const remedy = detail.find((l) => l.startsWith('remedy: '))?.slice('remedy: '.length) ?? '';
      return { name, what, expected: says.test(text), error: `${e.name}: ${text}`, where: placeOf(e, 'refused'), remedy };
    } finally {
      Error.stackTraceLimit = limit;
    }
  });
}

export function refusalsCheck(rs: readonly Refusal[]): Check {
  return { claim: 'the mistakes that cannot run are refused with an error that says which', ok: rs.every((r) => r.expected), evidence: `${rs.filter((r) => r.expected).length} of ${rs.length}` };
}
