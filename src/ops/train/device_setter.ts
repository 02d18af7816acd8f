// Placement of replicas: variables on parameter servers, everything else on a worker. Follows
// python/training/device_setter.py (1.15).
import { type DeviceFunction, DeviceSpec } from '../../graph/device.ts';
import { TypeError } from '../../graph/errors.ts';
import type { Operation } from '../../graph/tensor.ts';
import { api } from '../api.ts';
import { type ClusterLike, ClusterSpec } from './server_lib.ts';

/** Op types that hold parameters. */
const STANDARD_PS_OPS = [
  'Variable', 'VariableV2', 'AutoReloadVariable', 'MutableHashTable', 'MutableHashTableV2', 'MutableHashTableOfTensors', 'MutableHashTableOfTensorsV2', 'MutableDenseHashTable', 'MutableDenseHashTableV2', 'VarHandleOp',
  'BoostedTreesEnsembleResourceHandleOp', 'BoostedTreesQuantileStreamResourceHandleOp', 'ResourceConditionalAccumulator',
] as const;

interface Setter {
  psTasks?: number;
  psDevice?: string | null;
  workerDevice?: string | null;
  mergeDevices?: boolean;
  cluster?: ClusterLike | null;
  psOps?: readonly string[] | null;
  psStrategy?: ((op: Operation) => number) | null;
}

/** `tf.train.replica_device_setter(ps_tasks=0, ps_device, worker_device, merge_devices=True, cluster, ps_ops, ps_strategy)`: a device
 * function for `tf.device`. Ops of `psOps` (variables and tables by default) go to the tasks of `psDevice` ('/job:ps') in turn, or as
 * `psStrategy` says, all others to `workerDevice` ('/job:worker'). null, which changes nothing, where there are no such tasks.
 * Errors: TypeError for a `cluster` that is none, or a `psStrategy` that is no function. */
export const replicaDeviceSetter = api('replicaDeviceSetter', ['psTasks', 'psDevice', 'workerDevice', 'mergeDevices', 'cluster', 'psOps', 'psStrategy'], (p: Setter): DeviceFunction | null => {
  const { psDevice = '/job:ps', workerDevice = '/job:worker', mergeDevices = true } = p;
  let psTasks = p.psTasks ?? 0;
  if (p.cluster !== undefined && p.cluster !== null) {
    const cluster = new ClusterSpec(p.cluster);
    const job = DeviceSpec.fromString(psDevice ?? '').job;
    if (job === null || !cluster.jobs.includes(job)) return null;
    psTasks = cluster.numTasks(job);
  }
  if (psTasks === 0) return null;
  const psOps = new Set<string>(p.psOps ?? STANDARD_PS_OPS);
  let next = 0;
  const strategy: unknown = p.psStrategy ?? ((): number => { const task = next; next = (next + 1) % psTasks; return task; });
  if (typeof strategy !== 'function') throw new TypeError('ps_strategy must be callable');
  const merged = (device: string | null, current: DeviceSpec): string => DeviceSpec.fromString(device ?? '').makeMergedSpec(current).toString();
  return (op) => {
    if (!mergeDevices && op.device !== '') return op.device;
    const current = DeviceSpec.fromString(op.device);
    if (psDevice === null || psDevice === '' || !psOps.has(op.type)) return merged(workerDevice, current);
    const ps = DeviceSpec.fromString(psDevice);
    const isOurs = ps.job !== null && ps.job !== '' && (current.job === null || current.job === '' || current.job === ps.job);
    return (isOurs ? ps.replace({ task: (strategy as (op: Operation) => number)(op) }) : ps).makeMergedSpec(current).toString();
  };
});
