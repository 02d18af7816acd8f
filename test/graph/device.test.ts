// Devices against real TensorFlow 1.15.5 (test/graph/devices/make.py): strings, specs, and the device a node gets under
// generated stacks of device scopes, functions, resets and colocation.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { type DeviceFields, type DeviceFunction, mergeDevice } from '../../src/graph/device.ts';

type Fields = { job?: string | null; replica?: number | null; task?: number | null; device_type?: string | null; device_index?: number | null };
type Entry = string | null | { function?: string; spec?: Fields; merge?: string; colocate?: Entry[] };
type Result = string | { error: string; text: string };
interface Cases { strings: [string, Result][]; merged: [Fields, Fields, Fields, string, string, string][]; stacks: [Entry[], Result][] }
const cases = JSON.parse(gunzipSync(readFileSync(new URL('devices/cases.json.gz', import.meta.url))).toString()) as Cases;

const NAMES: Readonly<Record<string, string>> = { device_type: 'deviceType', device_index: 'deviceIndex' };
const fields = (f: Fields): DeviceFields => Object.fromEntries(Object.entries(f).map(([k, v]) => [NAMES[k] ?? k, v]));
function guarded(f: () => string): Result {
  try {
    return f();
  } catch (e) {
    if (!(e instanceof tf.errors.TfError)) throw e;
    return { error: e.name, text: e.text };
  }
}

test.each(cases.strings)('%j is read as TensorFlow reads it', (s, want) => {
  expect(guarded(() => tf.DeviceSpec.fromString(s).toString())).toEqual(want);
  expect(guarded(() => new tf.DeviceSpec({ job: 'other' }).parseFromString(s).toString())).toEqual(want);
});

test(`${cases.merged.length} merged and replaced specs`, () => {
  for (const [a, b, c, merged, replaced, inPlace] of cases.merged) {
    const spec = new tf.DeviceSpec(fields(a));
    expect([String(spec.makeMergedSpec(new tf.DeviceSpec(fields(b)))), String(spec.replace(fields(c)))], JSON.stringify([a, b, c])).toEqual([merged, replaced]);
    spec.mergeFrom(new tf.DeviceSpec(fields(b)));
    expect(String(spec)).toBe(inPlace);
    expect(spec.equals(tf.DeviceSpec.fromString(inPlace))).toBe(true);
  }
});

const FUNCTIONS: Readonly<Record<string, DeviceFunction>> = {
  const_cpu: (op) => (op.type === 'Const' ? '/cpu:0' : '/gpu:1'),
  keep: (op) => op.device || '/job:f',
  raw: () => '/cpu:0/job:raw',
  empty: () => '',
  named: (op) => `/job:${op.name.split('_')[0]}`,
};

function place(g: tf.Graph, [e, ...rest]: readonly (Entry | undefined)[], name: string): tf.Operation {
  if (e === undefined) return tf.constant(1, { name }).op;
  if (e !== null && typeof e === 'object') {
    if (e.colocate) {
      const other = g.device(null, () => place(g, e.colocate!, 'other'));
      return g.colocateWith(other, () => place(g, rest, name));
    }
    return g.device(e.function !== undefined ? FUNCTIONS[e.function]! : e.spec ? new tf.DeviceSpec(fields(e.spec)) : mergeDevice(e.merge!), () => place(g, rest, name));
  }
  return g.device(e, () => place(g, rest, name));
}

test(`${cases.stacks.length} stacks of device scopes`, () => {
  for (const [stack, want] of cases.stacks) {
    const g = new tf.Graph();
    expect(guarded(() => g.asDefault(() => place(g, stack, 'x').device)), JSON.stringify(stack)).toEqual(want);
  }
});

test('a device function that gives no device is told so', () => {
  new tf.Graph().asDefault(() => expect(() => tf.device((() => null) as never, () => tf.constant(1))).toThrow('Expected binary or unicode string, got None'));
});

test('a spec changed inside its scope counts as it is when the node is made', () => {
  new tf.Graph().asDefault(() => {
    const spec = new tf.DeviceSpec({ job: 'a' });
    tf.device(spec, () => {
      spec.parseFromString('/job:b');
      expect(tf.constant(1).device).toBe('/job:b');
    });
  });
});
