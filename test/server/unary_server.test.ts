// gRPC's side of a server, over real sockets: what is refused and how, clients that take nothing or give up, and memory that is
// used again only when nobody reads it.
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as f from '../../src/session/grpc/http2/frames.ts';
import { UnaryServer, type UnaryMethod } from '../../src/server/unary_server.ts';
import { block, call, frame, Listener, message, PREFACE, settings, uint32 } from '../support/http2_peer.ts';

const MAX = 1 << 23;
const signals: AbortSignal[] = [];
const never = new Promise<never>(() => undefined);
/** A message that nobody shares, with its room in front. */
const framed = (bytes: Uint8Array): Uint8Array => Uint8Array.from(message(bytes));
const large = framed(new Uint8Array(MAX));
const METHODS = new Map<string, UnaryMethod>([
  ['/echo', (m) => Promise.resolve({ frame: framed(m) })],
  ['/fill', (m) => Promise.resolve({ frame: framed(new Uint8Array(MAX - 1).fill(m[0]!)) })],
  ['/same', () => Promise.resolve({ frame: large })],
  ['/long', () => Promise.resolve({ frame: framed(new Uint8Array(MAX + 1)) })],
  ['/never', (_, signal) => { signals.push(signal); return never; }],
]);

let server: UnaryServer, port: number, socket: Socket, listener: Listener;
const until = async (done: () => boolean): Promise<void> => { while (!done()) await new Promise((r) => { setTimeout(r, 5); }); };
const send = (...bytes: Uint8Array[]): void => { socket.write(Buffer.concat(bytes)); };
const ask = (id: number, path: string, m: Uint8Array): Buffer => Buffer.concat([frame(f.HEADERS, f.END_HEADERS, id, call(path)), frame(f.DATA, f.END_STREAM, id, message(m))]);
const status = (id: number): string | undefined => listener.headers(id).find(([n]) => n === 'grpc-status')?.[1];
const statusOf = async (id: number): Promise<string> => { await until(() => status(id) !== undefined || socket.destroyed); return status(id)!; };

beforeEach(async () => {
  signals.length = 0;
  server = new UnaryServer(METHODS, MAX);
  port = await server.listen('127.0.0.1', 0);
  listener = new Listener();
  socket = connect(port, '127.0.0.1');
  socket.on('data', (b) => { listener.push(b); });
  socket.on('error', () => undefined);
  send(PREFACE, settings([4, 2 ** 31 - 1]), frame(f.WINDOW_UPDATE, 0, 0, uint32(2 ** 30)));
});
afterEach(async () => {
  socket.destroy();
  await server.close(0);
});

describe('what is refused', () => {
  test.each<[string, string, Buffer]>([
    ['a method that is not there', '12', ask(1, '/nothing', Buffer.alloc(3))], ['an answer that is too long', '8', ask(1, '/long', Buffer.alloc(3))],
    ['a compressed message', '13', Buffer.concat([frame(f.HEADERS, f.END_HEADERS, 1, call('/echo')), frame(f.DATA, f.END_STREAM, 1, Buffer.from([1, 0, 0, 0, 1, 5]))])],
    ['half a message', '13', Buffer.concat([frame(f.HEADERS, f.END_HEADERS, 1, call('/echo')), frame(f.DATA, f.END_STREAM, 1, message(Buffer.alloc(9)).subarray(0, 11))])],
    ['no message', '13', frame(f.HEADERS, f.END_HEADERS | f.END_STREAM, 1, call('/echo'))],
    ['a message that claims 4 GB', '8', Buffer.concat([frame(f.HEADERS, f.END_HEADERS, 1, call('/echo')), frame(f.DATA, 0, 1, Buffer.from([0, 255, 255, 255, 255, 1]))])],
    ['too late', '4', Buffer.concat([frame(f.HEADERS, f.END_HEADERS, 1, Buffer.concat([call('/never'), block([['grpc-timeout', '20m']])])), frame(f.DATA, f.END_STREAM, 1, message(Buffer.alloc(9)))])],
  ])('%s', async (_, code, bytes) => {
    send(bytes);
    expect(await statusOf(1)).toBe(code);
    send(ask(3, '/echo', Buffer.from('hello')));
    expect(await statusOf(3)).toBe('0');
    expect(listener.body(3)).toEqual(message(Buffer.from('hello')));
    expect(signals.every((s) => s.aborted)).toBe(true);
  });
  test.each<[string, Buffer]>([['another kind of request', block([[':method', 'GET'], [':path', '/echo']])], ['another kind of content', block([[':method', 'POST'], [':path', '/echo'], ['content-type', 'text/plain']])]])('%s', async (_, headers) => {
    send(frame(f.HEADERS, f.END_HEADERS, 1, headers));
    await until(() => listener.reset(1) === f.NO_ERROR);
    expect(listener.of(f.HEADERS, 1)[0]!.headers).toEqual([[':status', '415']]);
  });
});

describe('clients', () => {
  test('that take no answers: they may not have any number of them', async () => {
    send(settings([4, 0]));
    const calls = 50;
    for (let i = 0; i < calls; i++) send(ask(2 * i + 1, '/same', Buffer.alloc(3)));
    expect(await statusOf(2 * calls - 1)).toBe('8');
    const waiting = Array.from({ length: calls }, (_, i) => status(2 * i + 1)).filter((s) => s === undefined).length;
    expect(waiting).toBeGreaterThan(20);
    expect(waiting).toBeLessThan(40);
  });
  test('that begin more than they end', async () => {
    const part = new Uint8Array(1 << 20);
    for (let i = 0; i < 80; i++) {
      send(frame(f.HEADERS, f.END_HEADERS, 2 * i + 1, call('/echo')), frame(f.DATA, 0, 2 * i + 1, Buffer.concat([Buffer.from([0]), uint32(MAX), part])));
      for (let more = 0; more < 4; more++) send(frame(f.DATA, 0, 2 * i + 1, part));
    }
    expect(await statusOf(159)).toBe('8');
    expect(status(1)).toBeUndefined();
  });
  test('that give up: the call is told', async () => {
    send(ask(1, '/never', Buffer.alloc(3)), ask(3, '/never', Buffer.alloc(3)));
    await until(() => signals.length === 2);
    send(frame(f.RST_STREAM, 0, 1, uint32(f.CANCEL)));
    await until(() => signals[0]!.aborted);
    expect(signals[1]!.aborted).toBe(false);
    socket.destroy();
    await until(() => signals[1]!.aborted);
  });
  test('that read late: every answer has its own bytes', async () => {
    socket.pause();
    for (let i = 0; i < 12; i++) send(ask(2 * i + 1, '/fill', Buffer.alloc(1 << 16, i + 1)));
    await new Promise((r) => { setTimeout(r, 100); });
    socket.resume();
    for (let i = 0; i < 12; i++) {
      expect(await statusOf(2 * i + 1)).toBe('0');
      expect(listener.body(2 * i + 1).equals(message(Buffer.alloc(MAX - 1, i + 1)))).toBe(true);
    }
  });
});

test('closing: no new connections, calls under way are waited for, then all is broken', async () => {
  send(ask(1, '/never', Buffer.alloc(3)));
  await until(() => signals.length === 1);
  const idle = connect(port, '127.0.0.1'), ended = new Promise((r) => { idle.once('end', r); });
  idle.resume();
  await new Promise((r) => { idle.once('connect', r); });
  await new Promise((r) => { setTimeout(r, 20); });
  const closing = server.close(100);
  await ended; // it had nothing to wait for
  idle.destroy();
  send(ask(3, '/echo', Buffer.alloc(3)));
  await until(() => listener.reset(3) === f.REFUSED_STREAM);
  expect([listener.goodbye, signals[0]!.aborted]).toEqual([f.NO_ERROR, false]);
  await closing;
  expect(signals[0]!.aborted).toBe(true);
});
