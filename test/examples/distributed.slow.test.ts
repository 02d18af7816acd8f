// The example `distributed`, a parameter server and two workers of real TensorFlow, where TF115_PYTHON names a Python with
// TensorFlow 1.15. Servers listen on all interfaces: `npm run test:grpc` gives them a network name space of their own.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import 'tfgraph/grpc';
import { Cluster } from '../../examples/distributed/cluster.ts';
import { BATCH, mean, trainAsync, trainSync, WORKERS } from '../../examples/distributed/train.ts';
import { loadDigits } from '../../examples/vbn/data.ts';

const python = process.env['TF115_PYTHON'];

test.skipIf(python === undefined)('trains on a cluster, asynchronously and synchronously, and ends it', async () => {
  const digits = loadDigits(BATCH, 1, 'NHWC'), steps = 12;
  const cluster = await Cluster.start(python!, WORKERS);
  try {
    const { losses, updates } = await trainAsync(cluster, digits, steps);
    expect([updates, losses.length]).toEqual([WORKERS * steps, WORKERS * steps]);
    expect(mean(losses.slice(-2 * WORKERS))).toBeLessThan(mean(losses.slice(0, 2 * WORKERS)));
    const { remote, local } = await trainSync(cluster, digits, steps);
    expect(remote.at(-1)).toBeLessThan(remote[0]!);
    expect(Math.max(...remote.map((x, i) => Math.abs(x - local[i]!) / local[i]!))).toBeLessThan(1e-3);
    expect(cluster.isUp).toBe(true);
  } finally { cluster[Symbol.dispose](); }
  await cluster.ended();
  expect(cluster.isUp).toBe(false);
  const late = new tf.Session({ target: cluster.worker(0), graph: new tf.Graph(), config: { operationTimeoutInMs: 1000 }, rpc: { waitForReady: false, maxRetries: 0 } });
  await expect(late.listDevices()).rejects.toThrow(tf.errors.UnavailableError);
}, 300_000);
