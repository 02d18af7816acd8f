// Devices: specs, their strings, and the device a new node gets from a stack of device scopes. Follows
// tensorflow/python/framework/device_spec.py, device.py and Graph._apply_device_functions of ops.py (1.15).
import { TypeError, ValueError } from './errors.ts';
import type { Operation } from './tensor.ts';

/** Fields of a device; what is not given is null. */
export interface DeviceFields { job?: string | null; replica?: number | null; task?: number | null; deviceType?: string | null; deviceIndex?: number | null }

/** `tf.DeviceSpec`: a device, possibly partly known. */
export class DeviceSpec {
  #job: string | null = null;
  #replica: number | null = null;
  #task: number | null = null;
  #type: string | null = null;
  #index: number | null = null;

  constructor(fields: DeviceFields = {}) { this.#assign(fields); }
  /** `/job:ps/task:1/cpu:0` -> spec. Errors: ValueError for an unknown attribute or two device types. */
  static fromString(s: string): DeviceSpec { return new DeviceSpec(parse(s)); }

  get job(): string | null { return this.#job; }
  get replica(): number | null { return this.#replica; }
  get task(): number | null { return this.#task; }
  get deviceType(): string | null { return this.#type; }
  get deviceIndex(): number | null { return this.#index; }

  /** Takes all fields from a string, in place (TF 1.x). Errors: as `fromString`. */
  parseFromString(s: string): this { return this.#assign(parse(s)); }
  /** Takes over the fields that `dev` has, in place (TF 1.x). */
  mergeFrom(dev: DeviceSpec): void { this.#assign(this.#merged(dev)); }
  /** A new spec: the fields of `dev`, this one's where `dev` has none. */
  makeMergedSpec(dev: DeviceSpec): DeviceSpec { return new DeviceSpec(this.#merged(dev)); }
  /** A new spec with some fields set anew (null: unset). */
  replace(fields: DeviceFields): DeviceSpec { return new DeviceSpec({ ...this.#merged(this), ...fields }); }
  /** Same device string. */
  equals(other: unknown): boolean { return other instanceof DeviceSpec && other.toString() === this.toString(); }

  /** The canonical device string: `/job:ps/replica:0/task:1/device:CPU:0`; '' when nothing is known. */
  toString(): string {
    let s = '';
    if (this.#job !== null) s += `/job:${this.#job}`;
    if (this.#replica !== null) s += `/replica:${this.#replica}`;
    if (this.#task !== null) s += `/task:${this.#task}`;
    if (this.#type !== null) s += `/device:${this.#type}:${this.#index ?? '*'}`;
    return s;
  }

  #merged(d: DeviceSpec): DeviceFields {
    return { job: d.#job ?? this.#job, replica: d.#replica ?? this.#replica, task: d.#task ?? this.#task, deviceType: d.#type ?? this.#type, deviceIndex: d.#index ?? this.#index };
  }
  #assign(f: DeviceFields): this {
    this.#job = f.job ?? null;
    this.#replica = f.replica ?? null;
    this.#task = f.task ?? null;
    this.#type = f.deviceType === 'cpu' || f.deviceType === 'gpu' ? f.deviceType.toUpperCase() : f.deviceType ?? null;
    this.#index = f.deviceIndex ?? null;
    return this;
  }
}

function parse(s: string): DeviceFields {
  const f: { job?: string; replica?: string; task?: string; deviceType?: string; deviceIndex?: number } = {};
  const setType = (type: string, index: string | undefined): void => {
    if (f.deviceType !== undefined) throw new ValueError(`Cannot specify multiple device types: ${s}`);
    f.deviceType = type;
    if (index !== undefined && index !== '*') f.deviceIndex = pythonInt(index);
  };
  for (const part of s.split('/')) {
    const [k, v, w, ...rest] = part.split(':') as [string, ...string[]];
    const n = 1 + (v === undefined ? 0 : 1) + (w === undefined ? 0 : 1) + rest.length;
    if (n === 2 && k === 'job') f.job = v!;
    else if (n === 2 && k === 'replica') f.replica = v!;
    else if (n === 2 && k === 'task') f.task = v!;
    else if (n <= 2 && (k.toUpperCase() === 'GPU' || k.toUpperCase() === 'CPU')) setType(k.toUpperCase(), v);
    else if (n === 3 && k === 'device') setType(v!, w);
    else if (k !== '') throw new ValueError(`Unknown attribute: '${k}' in '${s}'`);
  }
  // Python reads these two numbers last, whatever stands where.
  const replica = f.replica === undefined ? null : pythonInt(f.replica);
  return { ...f, replica, task: f.task === undefined ? null : pythonInt(f.task) };
}

function pythonInt(s: string): number {
  if (!/^\s*[+-]?\d+(_\d+)*\s*$/.test(s)) throw new ValueError(`invalid literal for int() with base 10: '${s}'`);
  return Number(s.replaceAll('_', ''));
}

/** `canonical_name`: the spec's string in its normal form; '' for null. */
export function canonicalDevice(device: string | DeviceSpec | null): string {
  return device === null ? '' : device instanceof DeviceSpec ? device.toString() : DeviceSpec.fromString(device).toString();
}

/** A user's device function: where a node should go. It sees the node with the device that inner scopes gave it. */
export type DeviceFunction = (op: Operation) => string | DeviceSpec;

/** The device function that fills in what a node's device leaves open; `tf.device('...')` makes one of its string. */
export interface MergeDevice extends DeviceFunction { readonly spec: DeviceSpec }

/** `merge_device`. Errors: ValueError for a bad string. */
export function mergeDevice(spec: string | DeviceSpec): MergeDevice {
  const s = spec instanceof DeviceSpec ? spec : DeviceSpec.fromString(spec);
  return Object.assign((op: Operation) => s.makeMergedSpec(DeviceSpec.fromString(op.device)), { spec: s });
}

/** What `tf.device` takes; null makes the scopes outside of it ignored. */
export type DeviceLike = string | DeviceSpec | DeviceFunction | null;
/** What the device stack holds. An empty spec has no effect. */
export type DeviceEntry = DeviceFunction | 'nothing' | null;

/** One scope of the device stack. Errors: ValueError for a bad string. */
export function deviceEntry(device: DeviceLike): DeviceEntry {
  if (device === null) return null;
  const f = typeof device === 'function' ? device : mergeDevice(device);
  return 'spec' in f && (f as MergeDevice).spec.toString() === '' ? 'nothing' : f;
}

/** Places a new node: the scopes of the stack, innermost (last) first, each seeing what the ones inside it chose. */
export function applyDeviceStack(stack: readonly DeviceEntry[], op: Operation): void {
  for (let i = stack.length - 1; i >= 0; i--) {
    const e = stack[i]!;
    if (e === 'nothing') continue;
    if (e === null) break;
    const device: unknown = e(op);
    if (!(device instanceof DeviceSpec) && typeof device !== 'string') throw new TypeError(`Expected binary or unicode string, got ${device === null || device === undefined ? 'None' : String(device)}`);
    op._setDevice(String(device));
  }
}
