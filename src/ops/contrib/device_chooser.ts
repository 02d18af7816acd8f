// Variables spread over parameter servers. Follows contrib/framework/python/ops/variables.py (1.15).
import { DeviceSpec } from '../../graph/device.ts';
import { type Args, bind } from '../api.ts';

interface Chooser { numTasks?: number; jobName?: string; deviceType?: string; deviceIndex?: number; replica?: number | null }
const ORDER = ['numTasks', 'jobName', 'deviceType', 'deviceIndex', 'replica'] as const;
/** `tf.contrib.framework.VariableDeviceChooser`: `choose()` names, call after call, the next of `numTasks` (0: none is named) tasks of the job `jobName` ('ps'). Python calls the object itself. */
export class VariableDeviceChooser {
  readonly #options: Chooser;
  #next = 0;
  constructor(...args: Args<Chooser, typeof ORDER>) { this.#options = bind('__init__', ORDER, new Set<string>(ORDER), args, {}) as Chooser; }
  /** The device of the next variable, a device function as `tf.device` takes it. */
  readonly choose = (): string => {
    const { numTasks = 0, jobName = 'ps', deviceType = 'CPU', deviceIndex = 0, replica = null } = this.#options, task = this.#next;
    if (numTasks > 0) this.#next = (task + 1) % numTasks;
    return new DeviceSpec({ replica, deviceType, deviceIndex, ...(numTasks > 0 ? { job: jobName, task } : {}) }).toString();
  };
}
