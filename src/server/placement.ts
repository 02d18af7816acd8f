// The one device of this server, and what device strings of nodes may ask for. Texts follow
// core/common_runtime/{placer,colocation_graph}.cc (1.15).
import { DeviceSpec } from '../graph/device.ts';
import { InvalidArgumentError, ValueError } from '../graph/errors.ts';
import type { NodeDef } from '../graph/node_def.ts';

/** What a client may ask of `ListDevices`. */
export interface Device { readonly name: string; readonly deviceType: string; readonly memoryLimit: number; readonly incarnation: bigint; readonly physicalDeviceDesc: string }

const TASK = '/job:localhost/replica:0/task:0';
export const CPU = `${TASK}/device:CPU:0`;

/** Refuses nodes that ask for a device that is not there. `soft`: another type or number of device will do. */
export function checkDevices(nodes: readonly NodeDef[], soft: boolean): void {
  const good = new Set(['', CPU]);
  for (const n of nodes) {
    if (good.has(n.device)) continue;
    if (!isHere(n, soft)) {
      const gpu = /gpu/i.test(n.device) ? ' The requested device appears to be a GPU, but CUDA is not enabled.' : '';
      throw new InvalidArgumentError(`Cannot assign a device for operation ${n.name}: {{node ${n.name}}} was explicitly assigned to ${n.device} but available devices are [ ${CPU} ]. Make sure the device specification refers to a valid device.${gpu}\n\t [[{{node ${n.name}}}]]`);
    }
    good.add(n.device);
  }
}

function isHere(n: NodeDef, soft: boolean): boolean {
  let d: DeviceSpec;
  try { d = DeviceSpec.fromString(n.device); } catch (e) {
    if (!(e instanceof ValueError)) throw e;
    throw new InvalidArgumentError(`Malformed device specification '${n.device}' in node: {{node ${n.name}}}\n\t [[{{node ${n.name}}}]]`);
  }
  if ((d.job ?? 'localhost') !== 'localhost' || (d.replica ?? 0) !== 0 || (d.task ?? 0) !== 0) return false;
  return soft || (((d.deviceType ?? 'CPU') === 'CPU') && (d.deviceIndex ?? 0) === 0);
}
