// Memory of messages: used again for one of the same length, never while somebody has it, and freed when there is too much.
import { expect, test } from 'vitest';
import { Body } from '../../../src/session/grpc/body.ts';
import { free, giveBack, take } from '../../../src/session/grpc/memory.ts';
import { METHODS } from '../../../src/session/grpc/service.ts';
import { float32, int64 } from '../../../src/graph/dtype.ts';
import { arraysEqual, NDArray } from '../../../src/graph/ndarray.ts';
import { message } from '../../support/http2_peer.ts';

test('what is given back is taken again for the same length, by one at a time', () => {
  const a = take(100_000), { buffer } = a;
  expect([a.length, buffer.byteLength]).toEqual([100_000, 100_000]);
  giveBack(a.subarray(5));
  const b = take(99_990), c = take(99_990);
  expect([b.buffer === buffer, c.buffer === buffer, b.length]).toEqual([true, false, 99_990]);
  giveBack(b);
  expect(take(99_000).buffer).not.toBe(buffer);
  expect(take(100_001).buffer).not.toBe(buffer);
  expect(take(100_000).buffer).toBe(buffer);
});
test('small memory is left alone, large memory and what is too much is freed', () => {
  const small = take(100), large = take(1 << 24);
  giveBack(small);
  expect(take(100).buffer).not.toBe(small.buffer);
  giveBack(large);
  expect([small.length, large.length]).toEqual([100, 0]);
  const many = Array.from({ length: 100 }, (_, i) => take(1_000_000 + 100 * i));
  for (const m of many) giveBack(m);
  expect(many.filter((m) => m.length > 0).length).toBe(33);
  const value = new Float32Array(1 << 14);
  free(value.buffer);
  expect(value.length).toBe(0);
  free(value.buffer); // it is gone already
  giveBack(large);
  const once = take(200_000);
  giveBack(once);
  giveBack(once);
  expect(take(200_000).buffer).not.toBe(take(200_000).buffer);
});
test('the elements of a fed tensor lie in the message, whatever stands in front of them', () => {
  const { request } = METHODS.RunStep;
  for (const name of ['x:0', 'xx:0', 'a/longer/name:0', 'a/longer/name/still:0']) {
    for (const tensor of [new NDArray(float32, [1 << 14], Float32Array.from({ length: 1 << 14 }, (_, i) => i)), new NDArray(int64, [1 << 13], BigInt64Array.from({ length: 1 << 13 }, (_, i) => BigInt(i)))]) {
      const framed = message(request.encode({ sessionHandle: 'abc', feed: [{ name, tensor }], fetch: ['y:0'], requestId: 77 }));
      for (const pieces of [[framed], [framed.subarray(0, 3), framed.subarray(3)], [framed.subarray(0, 5), framed.subarray(5, 9), framed.subarray(9)]]) {
        const body = new Body();
        for (const p of pieces) body.add(p);
        const got = request.decode(body.message!, { sharesBytes: true });
        expect((got.feed![0]!.tensor!.data as Float32Array).buffer).toBe(body.message!.buffer);
        expect(arraysEqual(got.feed![0]!.tensor!, tensor)).toBe(true);
        expect([got.feed![0]!.name, got.fetch, got.requestId]).toEqual([name, ['y:0'], 77]);
      }
    }
  }
});
