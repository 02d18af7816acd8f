// Device strings: parse, merge, print. Follows tensorflow/python/framework/device_spec.py.
import { ValueError } from './errors.ts';
import type { NodeDef } from './node_def.ts';

export interface DeviceSpec { readonly job?: string; readonly replica?: number; readonly task?: number; readonly type?: string; readonly index?: number | '*' }

/** What the device stack holds: a spec to merge, null (reset), or a user function of the node. */
export type DeviceEntry = DeviceSpec | null | ((node: NodeDef) => string | null);

/** `/job:ps/task:1/cpu:0` -> fields. Throws ValueError on an unknown attribute. */
export function parseDevice(s: string): DeviceSpec {
  const spec: { job?: string; replica?: number; task?: number; type?: string; index?: number | '*' } = {};
  for (const part of s.split('/')) {
    if (part === '') continue;
    const f = part.split(':');
    const [k, v] = [f[0]!, f[1]];
    if (f.length === 2 && k === 'job') spec.job = v!;
    else if (f.length === 2 && k === 'replica') spec.replica = Number(v);
    else if (f.length === 2 && k === 'task') spec.task = Number(v);
    else if ((f.length === 1 || f.length === 2) && /^(cpu|gpu)$/i.test(k)) {
      spec.type = k.toUpperCase();
      if (v !== undefined && v !== '*') spec.index = Number(v);
    } else if (f.length === 3 && k === 'device') {
      spec.type = v!;
      if (f[2] !== '*') spec.index = Number(f[2]);
    } else throw new ValueError(`Unknown attribute: '${k}' in '${s}'`);
  }
  return spec;
}

export function deviceToString(d: DeviceSpec): string {
  let s = '';
  if (d.job !== undefined) s += `/job:${d.job}`;
  if (d.replica !== undefined) s += `/replica:${d.replica}`;
  if (d.task !== undefined) s += `/task:${d.task}`;
  if (d.type !== undefined) s += `/device:${d.type}:${d.index ?? '*'}`;
  return s;
}

/** Fields of `inner` win over those of `outer`. */
export function mergeDevice(outer: DeviceSpec, inner: DeviceSpec): DeviceSpec {
  return {
    ...outer,
    ...inner,
    ...(inner.type !== undefined ? { index: inner.index } : {}),
  };
}

/** The device of a new node under a stack of scopes (outermost first). */
export function applyDeviceStack(stack: readonly DeviceEntry[], node: NodeDef): string {
  let device = node.device;
  for (let i = stack.length - 1; i >= 0; i--) {
    const e = stack[i]!;
    if (e === null) break;
    device = typeof e === 'function' ? canonical(e({ ...node, device }) ?? '') : deviceToString(mergeDevice(e, parseDevice(device)));
  }
  return device;
}

function canonical(s: string): string { return s === '' ? '' : deviceToString(parseDevice(s)); }
