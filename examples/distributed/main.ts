// `npm run example:distributed -- --python PATH`: a cluster of real TensorFlow 1.15 (a parameter server and two workers) is started,
// driven from TypeScript and ended: data-parallel training of the convnet with virtual batch normalisation, first with
// asynchronous replicas, then with synchronous ones, whose losses are compared with the same program run by tfgraph itself.
// Exit status: 0 both learned and the losses agree, 1 not so, 2 no Python.
// TensorFlow's servers listen on all interfaces: `unshare -rn sh -c 'ip link set lo up; npm run ...'` keeps them to themselves.
import { parseArgs } from 'node:util';
import 'tfgraph/grpc';
import { loadDigits } from '../vbn/data.ts';
import { Cluster } from './cluster.ts';
import { BATCH, mean, trainAsync, trainSync, WORKERS } from './train.ts';

const { values: options } = parseArgs({ options: { python: { type: 'string' }, steps: { type: 'string', default: '40' } } });
const python = options.python ?? process.env['TF115_PYTHON'];
if (python === undefined) {
  console.error('--python PATH (or TF115_PYTHON): a Python with TensorFlow 1.15');
  process.exit(2);
}
const steps = Number(options.steps);
const digits = loadDigits(BATCH, 1, 'NHWC');
using cluster = await Cluster.start(python, WORKERS);
console.log(String(cluster.spec));

const { losses, updates } = await trainAsync(cluster, digits, steps);
const [before, after] = [mean(losses.slice(0, 2 * WORKERS)), mean(losses.slice(-2 * WORKERS))];
console.log(`async: ${updates} updates by ${WORKERS} workers, loss ${before.toFixed(4)} -> ${after.toFixed(4)}`);

const { remote, local } = await trainSync(cluster, digits, steps);
const apart = Math.max(...remote.map((x, i) => Math.abs(x - local[i]!) / local[i]!));
console.log(`sync: loss ${remote[0]!.toFixed(4)} -> ${remote.at(-1)!.toFixed(4)}; at most ${apart.toExponential(1)} (relative) from the same training by tfgraph's own engine`);

if (!(after < before && remote.at(-1)! < remote[0]! && apart < 1e-3)) process.exitCode = 1;
