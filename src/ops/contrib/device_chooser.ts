// Variables spread over parameter servers. Follows contrib/framework/python/ops/variables.py (1.15).
import { DeviceSpec } from '../../graph/device.ts';
import { type Args, bind } from '../api.ts';

interface Chooser { numTasks?: number; jobName?: string; deviceType?: string; deviceIndex?: number; replica?: number | null }
const ORDER = ['numTasks', 'jobName', 'deviceType', 'deviceIndex', 'replica'] as const;
type DeviceFunction = (op?: unknown) => string;
/** `tf.contrib.framework.VariableDeviceChooser`: a device function, as `tf.device` takes it, that names, call after call, the next of `numTasks` (0: none is named) tasks of the job `jobName` ('ps'). */
export const VariableDeviceChooser = function VariableDeviceChooser(...args: Args<Chooser, typeof ORDER>): DeviceFunction {
  const { numTasks = 0, jobName = 'ps', deviceType = 'CPU', deviceIndex = 0, replica = null } = bind('__init__', ORDER, new Set<string>(ORDER), args, {}) as Chooser;
  let next = 0;
  return () => {
    const task = next;
    if (numTasks > 0) next = (task + 1) % numTasks;
    return new DeviceSpec({ replica, deviceType, deviceIndex, ...(numTasks > 0 ? { job: jobName, task } : {}) }).toString();
  };
} as unknown as new (...args: Args<Chooser, typeof ORDER>) => DeviceFunction;
