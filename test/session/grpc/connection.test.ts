// Our client of servers that are wrong, slow, or gone: every call ends with a status, in bounded memory, and the next one finds a
// new connection.
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Connection, type Reply } from '../../../src/session/grpc/connection.ts';
import * as f from '../../../src/session/grpc/http2/frames.ts';
import type { Header } from '../../../src/session/grpc/http2/hpack.ts';
import { block, frame, Listener, message, PREFACE, settings, uint32 } from '../../support/http2_peer.ts';

/** What a server does with a stream whose body has come. */
type Script = (send: (...bytes: Uint8Array[]) => void, stream: number, socket: Socket, listener: Listener) => void;
let server: Server, script: Script, connection: Connection, connections: number;
const sockets = new Set<Socket>();

beforeEach(async () => {
  connections = 0;
  server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    const listener = new Listener(PREFACE), send = (...bytes: Uint8Array[]): void => { socket.write(Buffer.concat(bytes)); };
    let answered = 0;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      listener.push(bytes);
      const ended = listener.of(f.DATA).filter((d) => d.flags & f.END_STREAM);
      for (; answered < ended.length; answered++) script(send, ended[answered]!.stream, socket, listener);
    });
    send(settings([4, 2 ** 31 - 1]), frame(f.WINDOW_UPDATE, 0, 0, uint32(2 ** 30)));
  });
  await new Promise<void>((r) => { server.listen(0, '127.0.0.1', r); });
  connection = new Connection(`127.0.0.1:${(server.address() as AddressInfo).port}`, 100);
});
afterEach(() => {
  connection.close();
  for (const s of sockets) s.destroy();
  sockets.clear();
  server.close();
});

const limits = { deadline: Infinity, signal: null, waitForReady: false };
const ask = (more: Partial<Parameters<Connection['unary']>[2]> = {}, bytes = 10): Promise<Reply> => connection.unary('/a.B/C', new Uint8Array(5 + bytes), { ...limits, ...more });
const statusOf = (r: Reply): unknown => ('status' in r ? [r.status.code, r.status.message] : Buffer.from(r.message).toString());
const HEAD: readonly Header[] = [[':status', '200'], ['content-type', 'application/grpc']];
const headers = (id: number, h: readonly Header[], end = false): Buffer => frame(f.HEADERS, f.END_HEADERS | (end ? f.END_STREAM : 0), id, block(h));
const good: Script = (send, id) => { send(headers(id, HEAD), frame(f.DATA, 0, id, message(Buffer.from('fine'))), headers(id, [['grpc-status', '0']], true)); };

describe('a call', () => {
  test('is answered; what it sends again is short', async () => {
    const sizes: number[] = [];
    script = (send, id, socket, listener) => { sizes.push(listener.of(f.HEADERS, id)[0]!.payload.length); good(send, id, socket, listener); };
    for (let i = 0; i < 3; i++) expect(statusOf(await ask())).toBe('fine');
    expect(sizes[0]).toBeGreaterThan(60);
    expect(sizes.slice(1)).toEqual([7, 7]);
    expect(connections).toBe(1);
  });
  test('with headers in front of the headers, and an answer in many pieces', async () => {
    script = (send, id) => {
      const body = message(Buffer.from('fine'));
      send(headers(id, [[':status', '103']]), headers(id, HEAD), ...Array.from(body, (b) => frame(f.DATA, 0, id, Buffer.from([b]))), headers(id, [['grpc-status', '0']], true));
    };
    expect(statusOf(await ask())).toBe('fine');
  });
  test('of 20 MB and its answer', async () => {
    const large = Buffer.alloc(20 << 20, 7);
    script = (send, id, _, listener) => { send(headers(id, HEAD)); for (let at = 0; at < 5 + large.length; at += 1 << 20) send(frame(f.DATA, 0, id, message(large).subarray(at, at + (1 << 20)))); send(headers(id, [['grpc-status', listener.body(id).length === large.length + 5 ? '0' : '2']], true)); };
    const r = await ask({}, large.length);
    expect('message' in r && Buffer.compare(r.message, large)).toBe(0);
  });
});

describe('answers that are wrong', () => {
  test.each<[string, Script, unknown]>([
    ['a status', (send, id) => { send(headers(id, [...HEAD, ['grpc-status', '9'], ['grpc-message', 'not%20yet %zz %E2%82%AC']], true)); }, [9, 'not yet %zz €']],
    ['a status behind a message', (send, id) => { send(headers(id, HEAD), frame(f.DATA, 0, id, message(Buffer.from('x'))), headers(id, [['grpc-status', '5'], ['grpc-message', 'no']], true)); }, [5, 'no']],
    ['a status that is no number', (send, id) => { send(headers(id, [...HEAD, ['grpc-status', 'zero']], true)); }, [2, '']],
    ['no message', (send, id) => { send(headers(id, HEAD), headers(id, [['grpc-status', '0']], true)); }, [13, 'the message of the reply is not whole, or compressed']],
    ['half a message', (send, id) => { send(headers(id, HEAD), frame(f.DATA, 0, id, message(Buffer.from('fine')).subarray(0, 7)), headers(id, [['grpc-status', '0']], true)); }, [13, 'the message of the reply is not whole, or compressed']],
    ['a message that claims 4 GB', (send, id) => { send(headers(id, HEAD), frame(f.DATA, 0, id, Buffer.from([0, 255, 255, 255, 255, 1])), headers(id, [['grpc-status', '0']], true)); }, [13, 'the message of the reply is not whole, or compressed']],
    ['a compressed message', (send, id) => { send(headers(id, HEAD), frame(f.DATA, 0, id, Buffer.from([1, 0, 0, 0, 1, 9])), headers(id, [['grpc-status', '0']], true)); }, [13, 'the message of the reply is not whole, or compressed']],
    ['no trailers', (send, id) => { send(headers(id, HEAD), frame(f.DATA, f.END_STREAM, id, message(Buffer.from('fine')))); }, [2, '']],
    ['an error of HTTP', (send, id) => { send(headers(id, [[':status', '503']]), frame(f.DATA, f.END_STREAM, id, Buffer.from('busy'))); }, [14, 'HTTP status 503']],
    ['an error of HTTP and nothing else', (send, id) => { send(headers(id, [[':status', '404']], true)); }, [12, 'HTTP status 404']],
    ['a refusal', (send, id) => { send(frame(f.RST_STREAM, 0, id, uint32(f.REFUSED_STREAM))); }, [14, 'the stream was reset with HTTP/2 code 7']],
    ['a reset', (send, id) => { send(headers(id, HEAD), frame(f.RST_STREAM, 0, id, uint32(f.CANCEL))); }, [1, 'the stream was reset with HTTP/2 code 8']],
    ['a goodbye before the call', (send) => { send(frame(f.GOAWAY, 0, 0, uint32(0, 0))); }, [14, 'the connection was lost']],
    ['the end', (_, __, socket) => { socket.destroy(); }, [14, 'the connection was lost']],
    ['nonsense', (send) => { send(Buffer.alloc(5000, 0xab)); }, [14, 'the connection was lost']],
    ['headers without end', (send, id) => { send(frame(f.HEADERS, 0, id)); for (let i = 0; i < 100; i++) send(frame(f.CONTINUATION, 0, id)); }, [14, 'the connection was lost']],
  ])('%s', async (_, s, told) => {
    script = s;
    expect(statusOf(await ask())).toEqual(told);
    script = good;
    expect(statusOf(await ask({ waitForReady: true }))).toBe('fine'); // on a new connection where the old one is lost
  });
  test('a goodbye behind the call: it is answered, the next one goes elsewhere', async () => {
    script = (send, id, socket, listener) => { send(frame(f.GOAWAY, 0, 0, uint32(id, 0))); setTimeout(() => { good(send, id, socket, listener); }, 20); };
    expect(statusOf(await ask())).toBe('fine');
    script = good;
    expect(statusOf(await ask())).toBe('fine');
    expect(connections).toBe(2);
  });
  test('an answer before the question has ended: the rest is not sent', async () => {
    let done = false;
    script = () => undefined;
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      const listener = new Listener(PREFACE);
      socket.write(settings());
      socket.on('error', () => undefined);
      socket.on('data', (b) => {
        listener.push(b);
        if (!done && listener.of(f.DATA, 1).length > 0) { done = true; socket.write(Buffer.concat([frame(f.WINDOW_UPDATE, 0, 0, uint32(1 << 20)), headers(1, [...HEAD, ['grpc-status', '8'], ['grpc-message', 'too much']], true)])); }
        if (listener.reset(1) === f.CANCEL && listener.of(f.DATA, 3).length > 0) socket.write(Buffer.concat([headers(3, HEAD), frame(f.DATA, 0, 3, message(Buffer.from('fine'))), headers(3, [['grpc-status', '0']], true)]));
      });
    });
    expect(statusOf(await ask({}, 1 << 20))).toEqual([8, 'too much']);
    expect(statusOf(await ask())).toBe('fine');
  });
});

describe('a call that ends early', () => {
  test.each<[string, () => Promise<Reply>, unknown]>([
    ['in time', () => ask({ deadline: Date.now() + 50 }), [4, 'Deadline Exceeded']],
    ['too late to begin with', () => ask({ deadline: Date.now() - 1 }), [4, 'Deadline Exceeded']],
    ['by its caller', () => ask({ signal: AbortSignal.timeout(30) }), [1, 'Cancelled']],
  ])('%s: the server is told', async (_, call, told) => {
    let listening: Listener | undefined, late: (() => void) | undefined;
    script = (send, id, socket, listener) => { listening = listener; late = () => { good(send, id, socket, listener); }; };
    expect(statusOf(await call())).toEqual(told);
    if (listening) while (listening.reset(1) !== f.CANCEL) await new Promise((r) => { setTimeout(r, 5); });
    late?.(); // to nobody
    script = good;
    expect(statusOf(await ask())).toBe('fine');
    expect(connections).toBe(1);
  });
  test('nobody listens', async () => {
    const gone = new Connection('127.0.0.1:1', 100);
    expect(statusOf(await gone.unary('/a.B/C', new Uint8Array(9), limits))).toEqual([14, 'connect ECONNREFUSED 127.0.0.1:1']);
    expect(statusOf(await gone.unary('/a.B/C', new Uint8Array(9), { ...limits, waitForReady: true, deadline: Date.now() + 150 }))).toEqual([4, 'Deadline Exceeded']);
  });
});
