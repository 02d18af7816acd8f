// HPACK: the examples of RFC 7541, appendix C; Huffman's code against Node's own http2; what is wrong or too much.
import { connect as tcp, type Socket } from 'node:net';
import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConnectionFault, HEADERS } from '../../../src/session/grpc/http2/frames.ts';
import { type Header, HpackDecoder, HpackEncoder } from '../../../src/session/grpc/http2/hpack.ts';
import { HUFFMAN_BITS, STATIC_TABLE } from '../../../src/session/grpc/http2/hpack_tables.ts';
import { block, call, frame, integer, Listener, PREFACE, settings } from '../../support/http2_peer.ts';

const hex = (s: string): Buffer => Buffer.from(s.replace(/\s+/g, ''), 'hex');
const REQUESTS: readonly (readonly Header[])[] = [
  [[':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'www.example.com']],
  [[':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'www.example.com'], ['cache-control', 'no-cache']],
  [[':method', 'GET'], [':scheme', 'https'], [':path', '/index.html'], [':authority', 'www.example.com'], ['custom-key', 'custom-value']],
];
const RESPONSES: readonly (readonly Header[])[] = [
  [[':status', '302'], ['cache-control', 'private'], ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'], ['location', 'https://www.example.com']],
  [[':status', '307'], ['cache-control', 'private'], ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'], ['location', 'https://www.example.com']],
  [[':status', '200'], ['cache-control', 'private'], ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'], ['location', 'https://www.example.com'], ['content-encoding', 'gzip'],
    ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1']],
];
/** The examples of responses have tables of 256 bytes. */
const TABLE_OF_256 = '3f e1 01';

describe('RFC 7541, appendix C', () => {
  test.each<[string, string, readonly Header[]]>([
    ['C.2.1', '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', [['custom-key', 'custom-header']]],
    ['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', [[':path', '/sample/path']]],
    ['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', [['password', 'secret']]],
    ['C.2.4', '82', [[':method', 'GET']]],
  ])('%s', (_, bytes, headers) => { expect(new HpackDecoder().decode(hex(bytes))).toEqual(headers); });
  test.each<[string, readonly (readonly Header[])[], readonly string[]]>([
    ['C.3', REQUESTS, ['8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d', '8286 84be 5808 6e6f 2d63 6163 6865', '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65']],
    ['C.4', REQUESTS, ['8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff', '8286 84be 5886 a8eb 1064 9cbf', '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf']],
    ['C.5', RESPONSES, [
      `${TABLE_OF_256} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      '4803 3330 37c1 c0bf',
      '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
    ]],
    ['C.6', RESPONSES, [
      `${TABLE_OF_256} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      '4883 640e ffc1 c0bf',
      '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
    ]],
  ])('%s', (_, lists, blocks) => {
    const decoder = new HpackDecoder();
    expect(blocks.map((b) => decoder.decode(hex(b)))).toEqual(lists);
  });
  test('the code of Huffman is whole, and the static table as long as it is', () => {
    expect(HUFFMAN_BITS.length).toBe(257);
    expect(HUFFMAN_BITS.reduce((sum, bits) => sum + 2 ** -bits, 0)).toBe(1);
    expect(STATIC_TABLE.length).toBe(61);
  });
});

test('what Node\'s http2 makes of every character', async () => {
  // Enough short words before it, so that Huffman's code is the shorter one whatever follows.
  const values = Array.from({ length: 256 }, (_, c) => String.fromCharCode(c)).filter((c) => c === '\t' || (c >= ' ' && c !== '\x7f')).map((c) => `${'a'.repeat(40)}${c}${'0'.repeat(8)}`);
  const server: Http2Server = createServer();
  server.on('stream', (stream) => { stream.respond({ ':status': 200, ...Object.fromEntries(values.map((v, i) => [`x-${i}`, v])) }, { endStream: true }); });
  await new Promise<void>((r) => { server.listen(0, '127.0.0.1', r); });
  const listener = new Listener();
  const socket: Socket = tcp((server.address() as AddressInfo).port, '127.0.0.1');
  await new Promise<void>((resolve) => {
    socket.on('data', (b) => { listener.push(b); if (listener.of(HEADERS).length > 0) resolve(); });
    socket.write(Buffer.concat([PREFACE, settings(), frame(HEADERS, 5, 1, block([[':method', 'GET'], [':scheme', 'http'], [':path', '/'], [':authority', 'x']]))]));
  });
  const got = new Map(listener.of(HEADERS)[0]!.headers);
  expect(values.map((_, i) => got.get(`x-${i}`))).toEqual(values);
  socket.destroy();
  server.close();
});

describe('there and back', () => {
  const word = fc.string({ unit: fc.integer({ min: 33, max: 126 }).map((c) => String.fromCharCode(c)), maxLength: 300 });
  const list = fc.array(fc.tuple(word, word), { maxLength: 12 });
  test('lists of headers, in a table of any size that changes', () => {
    fc.assert(fc.property(fc.array(fc.tuple(list, list, fc.option(fc.integer({ min: 0, max: 5000 }))), { maxLength: 12 }), (lists) => {
      const [e, d] = [new HpackEncoder(), new HpackDecoder()];
      for (const [kept, others, limit] of lists) {
        if (limit !== null) e.peerLimit = limit;
        for (let times = 0; times < 3; times++) expect(d.decode(e.encode(kept, others))).toEqual([...kept, ...others]);
      }
    }), { numRuns: 200 });
  });
  test('what comes again is a byte each', () => {
    const e = new HpackEncoder(), kept: readonly Header[] = [[':method', 'POST'], [':path', '/a'], ['te', 'trailers']];
    expect([e.encode(kept), e.encode(kept), e.encode(kept)].map((b) => b.length)).toEqual([1 + 4 + 13, 3, 3]);
  });
});

describe('what is wrong', () => {
  test.each<[string, string]>([
    ['an entry that is not there', 'be'], ['entry 0', '80'], ['a string that does not end', '400a6375'], ['a number that does not end', 'ffffff'], ['a number that is too large', 'ffffffffffffff7f'], ['a name without a value', '400161'],
    ['a table larger than allowed', '3fe27f'], ['a size in the middle', '82 20'], ['the end of Huffman inside a string', '0084ffffffff 00'], ['padding of zeros', '0081 1c 00'.replace('1c', '18')], ['more than a byte of padding', '0082 1fff 00'],
  ])('%s', (_, bytes) => { expect(() => new HpackDecoder().decode(hex(bytes))).toThrow(ConnectionFault); });
  test('any bytes', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (blocks) => {
      const d = new HpackDecoder();
      try { for (const b of blocks) d.decode(b); } catch (e) { expect(e).toBeInstanceOf(ConnectionFault); }
    }), { numRuns: 1000 });
  });
  test('a few bytes that mean a lot', () => {
    const d = new HpackDecoder();
    d.decode(block([['a', 'x'.repeat(4000)]], 0x40));
    expect(d.decode(integer(7, 0x80, 62))[0]![1].length).toBe(4000);
    expect(() => d.decode(Buffer.alloc(30, 0xbe))).toThrow('headers of more than 65536 bytes');
  });
  test('a block as it should be', () => { expect(new HpackDecoder().decode(call('/x'))[2]).toEqual([':path', '/x']); });
});
