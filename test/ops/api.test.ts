// Argument binding: Python's positional order, trailing options, aliases, and Python's TypeErrors.
import { describe, expect, test } from 'vitest';
import { api, nearest, snakeCase } from '../../src/ops/api.ts';

interface P { inputs: number; numOutputs?: number; stride?: number; name?: string | null }
const f = api('convLayer', ['inputs', 'numOutputs', 'stride', 'name'], (p: P) => p, { required: 1, aliases: { strides: 'stride' } });

describe('binding', () => {
  test('by position, by name, mixed; undefined means not given, null means None', () => {
    expect(f(1)).toEqual({ inputs: 1 });
    expect(f(1, 2, { name: 'x' })).toEqual({ inputs: 1, numOutputs: 2, name: 'x' });
    expect(f({ inputs: 1, stride: 3 })).toEqual({ inputs: 1, stride: 3 });
    expect(f(1, undefined, 3)).toEqual({ inputs: 1, stride: 3 });
    expect(f(1, { name: null })).toEqual({ inputs: 1, name: null });
    expect(f(1, { strides: 2 } as never)).toEqual({ inputs: 1, stride: 2 });
  });
  test('a wrong keyword is Python\'s TypeError plus the nearest legal key', () => {
    expect(() => f(1, { numOutput: 2 } as never)).toThrow(/^conv_layer\(\) got an unexpected keyword argument 'num_output'\n\nremedy: .*did you mean numOutputs\?/);
  });
  test('missing, surplus and doubled arguments', () => {
    expect(() => (f as () => unknown)()).toThrow("conv_layer() missing 1 required positional argument: 'inputs'");
    expect(() => (f as (...a: number[]) => unknown)(1, 2, 3, 4, 5)).toThrow('conv_layer() takes 4 positional arguments but 5 were given');
    expect(() => f(1, 2, { numOutputs: 3 } as never)).toThrow("conv_layer() got multiple values for argument 'num_outputs'");
  });
});
test('names', () => {
  expect([snakeCase('reduceMean'), snakeCase('fullyConnected')]).toEqual(['reduce_mean', 'fully_connected']);
  expect([nearest('kernal', ['kernel', 'name']), nearest('zzz', ['kernel'])]).toEqual(['kernel', undefined]);
});
