// Connections of HTTP/2 and what peers may do to them: bytes in any pieces, frames that are wrong, too many or without end. A
// peer loses at most its connection, with the code of RFC 9113, and memory stays bounded.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Body } from '../../../src/session/grpc/body.ts';
import { type ConnectionEvents, Http2Connection } from '../../../src/session/grpc/http2/connection.ts';
import * as f from '../../../src/session/grpc/http2/frames.ts';
import type { Header } from '../../../src/session/grpc/http2/hpack.ts';
import type { Http2Stream, StreamHandler } from '../../../src/session/grpc/http2/stream.ts';
import { block, call, DeafSocket, frame, message, PREFACE, settings, uint32 } from '../../support/http2_peer.ts';

const text = (n: number, seed = 1): Buffer => Buffer.from(Uint8Array.from({ length: n }, (_, i) => (i * 31 + seed * 17 + (i >> 8)) & 255));
const ANSWER: readonly Header[] = [[':status', '200'], ['content-type', 'application/grpc']];
const TRAILERS = { kept: [['grpc-status', '0']] } as const;

/** A server that sends back what it gets, and its log. */
function echo(socket: DeafSocket, maxStreams = 1000): { readonly http2: Http2Connection; readonly log: string[] } {
  const log: string[] = [];
  const events: ConnectionEvents = {
    stream: (stream): StreamHandler => {
      const body = new Body();
      const answer = (): void => { const m = body.message; if (m) http2.respond(stream, { kept: ANSWER }, [message(m)], TRAILERS); };
      return {
        headers: (fields, ended) => { log.push(`${stream.id} ${fields.map((h) => h.join('=')).join(' ')}`); if (ended) answer(); },
        data: (bytes) => { body.add(bytes); },
        ended: answer,
        closed: (code) => { log.push(`${stream.id} closed ${code}`); },
      };
    },
    closed: (why) => { log.push(`over: ${why}`); },
  };
  const http2 = new Http2Connection(socket.socket, { server: true, maxStreams }, events);
  return { http2, log };
}
/** A whole call of stream 1, as a pedantic client might send it. */
const CALL = (() => {
  const headers = call('/a/b'), body = message(text(300));
  const padded = (bytes: Uint8Array, n: number): Buffer => Buffer.concat([Buffer.from([n]), bytes, Buffer.alloc(n)]);
  return Buffer.concat([
    PREFACE, settings([4, 1000], [5, 20_000]), frame(f.PRIORITY, 0, 1, Buffer.alloc(5)),
    frame(f.HEADERS, f.PADDED | f.PRIORITIZED, 1, padded(Buffer.concat([Buffer.alloc(5), headers.subarray(0, 10)]), 3)), frame(f.CONTINUATION, 0, 1), frame(f.CONTINUATION, f.END_HEADERS, 1, headers.subarray(10)),
    frame(f.DATA, 0, 1, body.subarray(0, 3)), frame(f.PING, 0, 0, Buffer.from('12345678')), frame(f.DATA, f.PADDED, 1, padded(body.subarray(3, 100), 200)), frame(f.DATA, 0, 1), frame(99, 255, 7, Buffer.alloc(33)),
    frame(f.SETTINGS, f.ACK, 0), frame(f.WINDOW_UPDATE, 0, 1, uint32(5)), frame(f.DATA, f.PADDED | f.END_STREAM, 1, padded(body.subarray(100), 0)),
  ]);
})();

describe('bytes in pieces', () => {
  const answered = (pieces: readonly Uint8Array[]): unknown[] => {
    const socket = new DeafSocket(), { http2, log } = echo(socket);
    for (const p of pieces) http2.push(p);
    const { listener } = socket;
    return [listener.body(1).equals(message(text(300))), listener.of(f.HEADERS, 1).map((h) => h.headers), listener.of(f.PING).map((p) => `${p.flags} ${p.payload.toString()}`), listener.goodbye, log];
  };
  const whole = answered([CALL]);
  test('in one', () => {
    expect(whole).toEqual([true, [ANSWER, [['grpc-status', '0']]], ['1 12345678'], undefined, ['1 :method=POST :scheme=http :path=/a/b content-type=application/grpc te=trailers', '1 closed 0']]);
  });
  test('split at every place', () => { for (let at = 1; at < CALL.length; at++) expect(answered([CALL.subarray(0, at), CALL.subarray(at)])).toEqual(whole); });
  test('byte by byte', () => { expect(answered(Array.from(CALL, (b) => Uint8Array.of(b)))).toEqual(whole); });
  test('broken off anywhere', () => {
    for (let at = 0; at < CALL.length; at++) {
      const socket = new DeafSocket(), { http2, log } = echo(socket);
      http2.push(CALL.subarray(0, at));
      socket.destroy();
      http2.push(CALL.subarray(at));
      expect([http2.active, log.at(-1)]).toEqual([0, 'over: the connection was closed']);
      expect(log.filter((l) => l === '1 closed undefined').length).toBe(log.length > 1 && at < CALL.length ? 1 : 0);
    }
  });
});

describe('both sides', () => {
  /** A client and a server whose bytes come in pieces of any size. */
  function pair(maxStreams: number, cut: () => number): { readonly client: Http2Connection; readonly run: () => void; readonly log: string[] } {
    const [a, b] = [new DeafSocket(), new DeafSocket(false, PREFACE)], queue: (() => void)[] = [];
    const to = (target: () => Http2Connection) => (bytes: Uint8Array): void => {
      for (let at = 0; at < bytes.length;) {
        const n = cut(), piece = bytes.subarray(at, at + n);
        queue.push(() => { target().push(piece); });
        at += n;
      }
    };
    a.onWrite = to(() => client);
    b.onWrite = to(() => server.http2);
    const server = echo(a, maxStreams);
    const client: Http2Connection = new Http2Connection(b.socket, { server: false, maxStreams: 0 }, {});
    return { client, log: server.log, run: () => { for (let next = queue.shift(); next; next = queue.shift()) next(); } };
  }
  test('many calls at once, none larger than the windows allow, all answered', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 4 }), fc.array(fc.integer({ min: 100, max: 90_000 }), { minLength: 1, maxLength: 5 }), (sizes, maxStreams, cuts) => {
      let at = 0;
      const { client, run } = pair(maxStreams, () => cuts[at++ % cuts.length]!);
      run(); // the settings
      const got = sizes.map((n, i) => {
        const body = new Body(), told: string[] = [];
        client.request({ kept: [[':method', 'POST'], [':path', `/${i}`]] }, [message(text(n, i)).subarray(0, 3), message(text(n, i)).subarray(3)], {
          headers: (fields, ended) => { told.push(`${fields.length}${ended ? ' end' : ''}`); }, data: (b) => { body.add(b); }, ended: () => { told.push('ended'); }, closed: (code) => { told.push(`closed ${code}`); },
        }, () => { told.push('written'); });
        return { body, told };
      });
      run();
      sizes.forEach((n, i) => {
        expect(got[i]!.body.message && Buffer.from(got[i]!.body.message!).equals(text(n, i))).toBe(true);
        expect(got[i]!.told).toEqual(['written', '2', '1 end', 'closed 0']);
      });
      expect(client.active).toBe(0);
    }), { numRuns: 30 });
  });
  test('a peer that allows one stream at a time, and says goodbye', () => {
    const socket = new DeafSocket(false, PREFACE), told: string[] = [];
    const client = new Http2Connection(socket.socket, { server: false, maxStreams: 0 }, { ending: () => told.push('ending') });
    client.push(settings([3, 1]));
    const ask = (name: string): Http2Stream => client.request({ kept: [[':path', name]] }, [message(text(10))], { headers: () => undefined, data: () => undefined, ended: () => undefined, closed: (code) => { told.push(`${name} ${code}`); } });
    const [a, b] = [ask('a'), ask('b'), ask('c')];
    expect(socket.listener.of(f.HEADERS).map((h) => h.stream)).toEqual([1]);
    client.reset(b!, f.CANCEL);
    client.push(frame(f.HEADERS, f.END_HEADERS | f.END_STREAM, 1, block(ANSWER)));
    expect(socket.listener.of(f.HEADERS).map((h) => h.stream)).toEqual([1, 3]);
    client.push(frame(f.GOAWAY, 0, 0, uint32(1, 0)));
    expect([a!.id, told, socket.ended, client.open]).toEqual([1, ['b 8', 'a 0', 'ending', 'c 7'], true, false]);
  });
});

describe('windows', () => {
  test('a client that takes a byte at a time', () => {
    const socket = new DeafSocket(), { http2 } = echo(socket);
    http2.push(Buffer.concat([PREFACE, settings([4, 0]), frame(f.HEADERS, f.END_HEADERS, 1, call('/a')), frame(f.DATA, f.END_STREAM, 1, message(text(20)))]));
    for (let got = 0; got <= 25; got++) {
      expect(socket.listener.body(1)).toEqual(message(text(20)).subarray(0, got));
      expect(socket.listener.of(f.HEADERS, 1).length).toBe(got < 25 ? 1 : 2);
      http2.push(frame(f.WINDOW_UPDATE, 0, 1, uint32(1)));
    }
  });
  test('of the connection, of streams, and one that shrinks', () => {
    const socket = new DeafSocket(), { http2 } = echo(socket);
    http2.push(Buffer.concat([PREFACE, settings([4, 50_000], [5, 1 << 20]), ...[1, 3].flatMap((id) => [frame(f.HEADERS, f.END_HEADERS, id, call('/a')), frame(f.DATA, f.END_STREAM, id, message(text(60_000)))])]));
    const sent = (): number[] => [1, 3].map((id) => socket.listener.body(id).length);
    expect(sent()).toEqual([50_000, 15_535]);
    http2.push(settings([4, 10]));
    http2.push(frame(f.WINDOW_UPDATE, 0, 0, uint32(100_000)));
    expect(sent()).toEqual([50_000, 15_535]);
    http2.push(settings([4, 60_005]));
    expect(sent()).toEqual([60_005, 60_005]);
  });
  test.each<[string, Buffer, number]>([
    ['of the connection, too large', frame(f.WINDOW_UPDATE, 0, 0, uint32(2 ** 31 - 1)), f.FLOW_CONTROL_ERROR], ['of the connection, by nothing', frame(f.WINDOW_UPDATE, 0, 0, uint32(0)), f.PROTOCOL_ERROR],
    ['by settings, too large', settings([4, 2 ** 31]), f.FLOW_CONTROL_ERROR], ['by settings, with what there was', Buffer.concat([frame(f.WINDOW_UPDATE, 0, 1, uint32(2 ** 31 - 1 - 65_535)), settings([4, 65_536])]), f.FLOW_CONTROL_ERROR],
  ])('%s', (_, bytes, code) => {
    const socket = new DeafSocket(), { http2, log } = echo(socket);
    http2.push(Buffer.concat([PREFACE, settings(), frame(f.HEADERS, f.END_HEADERS, 1, call('/a')), bytes]));
    expect([socket.listener.goodbye, socket.destroyed, log.at(-2)]).toEqual([code, true, '1 closed undefined']);
  });
  test('of a stream: it costs the stream', () => {
    const socket = new DeafSocket(), { http2 } = echo(socket);
    http2.push(Buffer.concat([PREFACE, settings(), ...[1, 3, 5].map((id) => frame(f.HEADERS, f.END_HEADERS, id, call('/a'))), frame(f.WINDOW_UPDATE, 0, 1, uint32(2 ** 31 - 1)), frame(f.WINDOW_UPDATE, 0, 3, uint32(0))]));
    expect([1, 3, 5].map((id) => socket.listener.reset(id))).toEqual([f.FLOW_CONTROL_ERROR, f.PROTOCOL_ERROR, undefined]);
    expect(http2.active).toBe(1);
  });
});

describe('frames that are wrong', () => {
  const open = frame(f.HEADERS, f.END_HEADERS, 1, call('/a'));
  const done = Buffer.concat([open, frame(f.DATA, f.END_STREAM, 1, message(text(1)))]);
  test.each<[string, Buffer, number]>([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n'), f.PROTOCOL_ERROR], ['a preface with an end of its own', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\rX'), f.PROTOCOL_ERROR],
  ])('%s', (_, bytes, code) => {
    const socket = new DeafSocket();
    echo(socket).http2.push(bytes);
    expect([socket.listener.goodbye, socket.destroyed]).toEqual([code, true]);
  });
  test.each<[string, Buffer, number]>([
    ['data of no stream', frame(f.DATA, 0, 0, text(3)), f.PROTOCOL_ERROR], ['data of a stream to come', frame(f.DATA, 0, 5, text(3)), f.PROTOCOL_ERROR], ['headers of no stream', frame(f.HEADERS, 5, 0, call('/a')), f.PROTOCOL_ERROR],
    ['headers of an even stream', frame(f.HEADERS, 5, 2, call('/a')), f.PROTOCOL_ERROR], ['a push', frame(f.PUSH_PROMISE, 4, 1, uint32(2)), f.PROTOCOL_ERROR], ['a reset of a stream to come', frame(f.RST_STREAM, 0, 5, uint32(8)), f.PROTOCOL_ERROR],
    ['a reset without a code', Buffer.concat([open, frame(f.RST_STREAM, 0, 1)]), f.FRAME_SIZE_ERROR], ['settings of a stream', frame(f.SETTINGS, 0, 1), f.PROTOCOL_ERROR], ['settings that are cut', frame(f.SETTINGS, 0, 0, text(5)), f.FRAME_SIZE_ERROR],
    ['settings in a confirmation', frame(f.SETTINGS, f.ACK, 0, text(6)), f.FRAME_SIZE_ERROR], ['frames too small to send', settings([5, 100]), f.PROTOCOL_ERROR], ['frames too large to send', settings([5, 1 << 24]), f.PROTOCOL_ERROR],
    ['a ping of a stream', frame(f.PING, 0, 1, text(8)), f.PROTOCOL_ERROR], ['a ping that is cut', frame(f.PING, 0, 0, text(7)), f.FRAME_SIZE_ERROR], ['a goodbye of a stream', frame(f.GOAWAY, 0, 1, text(8)), f.PROTOCOL_ERROR],
    ['a goodbye that is cut', frame(f.GOAWAY, 0, 0, text(7)), f.FRAME_SIZE_ERROR], ['a window that is cut', frame(f.WINDOW_UPDATE, 0, 0, text(3)), f.FRAME_SIZE_ERROR], ['a window of a stream to come', frame(f.WINDOW_UPDATE, 0, 9, uint32(1)), f.PROTOCOL_ERROR],
    ['a block that nobody began', frame(f.CONTINUATION, 4, 1, call('/a')), f.PROTOCOL_ERROR], ['a frame inside a block', Buffer.concat([frame(f.HEADERS, 0, 1), frame(f.PING, 0, 0, text(8))]), f.PROTOCOL_ERROR],
    ['data inside a block', Buffer.concat([open, frame(f.HEADERS, 0, 3), frame(f.DATA, 0, 1, text(1))]), f.PROTOCOL_ERROR], ['a block that goes on elsewhere', Buffer.concat([frame(f.HEADERS, 0, 1), frame(f.CONTINUATION, 4, 3)]), f.PROTOCOL_ERROR],
    ['more padding than data', Buffer.concat([open, frame(f.DATA, f.PADDED, 1, Buffer.from([9, 1]))]), f.PROTOCOL_ERROR], ['padding that is not there', Buffer.concat([open, frame(f.DATA, f.PADDED, 1)]), f.FRAME_SIZE_ERROR],
    ['more padding than headers', frame(f.HEADERS, f.PADDED | 4, 1, Buffer.from([9, 1])), f.PROTOCOL_ERROR], ['headers without their priority', frame(f.HEADERS, f.PRIORITIZED | 4, 1, text(2)), f.PROTOCOL_ERROR],
    ['headers that are none', frame(f.HEADERS, 5, 1, Buffer.from([0xff])), f.COMPRESSION_ERROR], ['a very long frame', frame(f.HEADERS, 4, 1, Buffer.alloc(70_000)), f.ENHANCE_YOUR_CALM], ['a very long frame of an unknown type', frame(77, 0, 0, Buffer.alloc(70_000)), f.ENHANCE_YOUR_CALM],
  ])('%s', (_, bytes, code) => {
    const socket = new DeafSocket(), { http2, log } = echo(socket);
    http2.push(Buffer.concat([PREFACE, settings(), bytes]));
    http2.push(done); // nobody listens any more
    expect([socket.listener.goodbye, socket.destroyed, http2.active, log.at(-1)?.startsWith('over: ')]).toEqual([code, true, 0, true]);
  });
  test('data and headers behind the end of a stream cost the stream; behind its close they are nothing', () => {
    const socket = new DeafSocket(), { http2, log } = echo(socket);
    const half = (id: number): Buffer => frame(f.HEADERS, f.END_HEADERS | f.END_STREAM, id, call('/a'));
    http2.push(Buffer.concat([PREFACE, settings(), half(1), frame(f.DATA, 0, 1, text(9)), half(3), frame(f.HEADERS, 5, 3, call('/b')), frame(f.HEADERS, 4, 5, call('/a')), frame(f.HEADERS, 4, 5, call('/b')), frame(f.DATA, 1, 1, text(9)), frame(f.HEADERS, 5, 3, call('/b'))]));
    expect([1, 3, 5].map((id) => socket.listener.reset(id))).toEqual([f.STREAM_CLOSED, f.STREAM_CLOSED, f.PROTOCOL_ERROR]);
    expect([log.length, http2.active, socket.listener.goodbye]).toEqual([6, 0, undefined]);
  });
  test('any bytes, and any frames', () => {
    const anyFrame = fc.tuple(fc.oneof(fc.integer({ min: 0, max: 10 }), fc.nat(255)), fc.nat(255), fc.oneof(fc.integer({ min: 0, max: 9 }), fc.nat(2 ** 31 - 1)), fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(call('/a')), fc.constant(uint32(7)), fc.constant(message(text(5)))))
      .map(([type, flags, id, payload]) => frame(type, flags, id, payload));
    fc.assert(fc.property(fc.array(fc.oneof(anyFrame, fc.uint8Array({ maxLength: 30 })), { maxLength: 12 }), fc.boolean(), (parts, isServer) => {
      const socket = new DeafSocket(false, isServer ? undefined : PREFACE), handler: StreamHandler = { headers: () => undefined, data: () => undefined, ended: () => undefined, closed: () => undefined };
      const http2 = isServer ? echo(socket).http2 : new Http2Connection(socket.socket, { server: false, maxStreams: 0 }, {});
      if (!isServer) for (let i = 0; i < 3; i++) http2.request({ kept: [[':path', '/']] }, [message(text(9))], handler);
      if (isServer) http2.push(PREFACE);
      for (const p of parts) http2.push(p);
      socket.destroy();
      expect(http2.active).toBe(0);
    }), { numRuns: 1500 });
  });
});

describe('too much', () => {
  const pushed = (bytes: readonly Uint8Array[], stuck = false): { readonly socket: DeafSocket; readonly log: string[]; readonly taken: number } => {
    const socket = new DeafSocket(stuck), { http2, log } = echo(socket);
    http2.push(Buffer.concat([PREFACE, settings()]));
    let taken = 0;
    for (const b of bytes) if (!socket.destroyed) { http2.push(b); taken++; }
    return { socket, log, taken };
  };
  test('header blocks without end', () => {
    expect(pushed([frame(f.HEADERS, 0, 1), ...Array<Buffer>(1000).fill(frame(f.CONTINUATION, 0, 1))])).toMatchObject({ taken: 65, socket: { listener: { goodbye: f.ENHANCE_YOUR_CALM } } });
    expect(pushed([frame(f.HEADERS, 0, 1), ...Array<Buffer>(1000).fill(frame(f.CONTINUATION, 0, 1, Buffer.alloc(16_000)))])).toMatchObject({ taken: 6, socket: { listener: { goodbye: f.ENHANCE_YOUR_CALM } } });
  });
  test('header lists that are large, and blocks that say more than they are long', () => {
    const list = block(Array.from({ length: 1500 }, (_, i): Header => [`x${i}`, 'y'.repeat(10)]));
    expect(pushed([frame(f.HEADERS, f.END_HEADERS, 1, list)]).socket.listener.goodbye).toBe(f.ENHANCE_YOUR_CALM);
    const bomb = Buffer.concat([block([['a', 'x'.repeat(4000)]], 0x40), Buffer.alloc(10_000, 0xbe)]);
    expect(pushed([frame(f.HEADERS, f.END_HEADERS, 1, bomb)]).socket.listener.goodbye).toBe(f.ENHANCE_YOUR_CALM);
  });
  test('streams that are reset as soon as they are open', () => {
    const { socket, log, taken } = pushed(Array.from({ length: 5000 }, (_, i) => Buffer.concat([frame(f.HEADERS, f.END_HEADERS, 2 * i + 1, call('/a')), frame(f.RST_STREAM, 0, 2 * i + 1, uint32(8))])));
    expect([taken, socket.listener.goodbye, log.filter((l) => l.endsWith('closed 8')).length]).toEqual([1001, f.ENHANCE_YOUR_CALM, 1000]);
  });
  test('resets between calls that are answered are nothing', () => {
    const one = (id: number): Buffer => Buffer.concat([frame(f.HEADERS, f.END_HEADERS, id, call('/a')), frame(f.RST_STREAM, 0, id, uint32(8)), frame(f.HEADERS, f.END_HEADERS, id + 2, call('/a')), frame(f.DATA, f.END_STREAM, id + 2, message(text(1)))]);
    expect(pushed(Array.from({ length: 3000 }, (_, i) => one(4 * i + 1))).taken).toBe(3000);
  });
  test('more streams than allowed are refused', () => {
    const { socket } = pushed(Array.from({ length: 1005 }, (_, i) => frame(f.HEADERS, f.END_HEADERS, 2 * i + 1, call('/a'))));
    expect([socket.listener.of(f.RST_STREAM).map((r) => r.stream), socket.listener.reset(2001)]).toEqual([[2001, 2003, 2005, 2007, 2009], f.REFUSED_STREAM]);
  });
  test.each<[string, Buffer]>([['pings', frame(f.PING, 0, 0, text(8))], ['settings', settings([3, 1])]])('%s of a peer that reads nothing', (_, one) => {
    const many = Buffer.concat(Array<Buffer>(10_000).fill(one));
    const { socket, taken } = pushed(Array<Buffer>(1000).fill(many), true);
    expect(socket.destroyed && taken < 200 && socket.writableLength < 1 << 25).toBe(true);
  });
  test('answers to a peer that reads nothing stay where they are', () => {
    const socket = new DeafSocket(true), { http2 } = echo(socket);
    http2.push(Buffer.concat([PREFACE, settings([4, 2 ** 31 - 1]), frame(f.WINDOW_UPDATE, 0, 0, uint32(2 ** 30))]));
    const large = message(text(1 << 20));
    for (let id = 1; id < 40; id += 2) http2.push(Buffer.concat([frame(f.HEADERS, f.END_HEADERS, id, call('/a')), frame(f.DATA, f.END_STREAM, id, large)]));
    expect([socket.destroyed, http2.active > 10, socket.writableLength < 8 << 20]).toEqual([false, true, true]);
  });
});
