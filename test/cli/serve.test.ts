// tfgraph serve: what it prints, and how it ends.
import { describe, expect, test } from 'vitest';
import { Client, credentials } from '@grpc/grpc-js';
import { serve } from '../../src/cli/serve.ts';
import { parseCommand } from '../../src/cli/command.ts';

const run = (...args: string[]): Promise<number> => serve.run(parseCommand(serve, args), { out: () => undefined, err: () => undefined, color: false });

describe('arguments', () => {
  test.each([[['--log', 'loud'], "--log must be text or json, not 'loud'"], [['--port', 'x'], "--port must be a whole number >= 0, not 'x'"], [['--engine', 'none'], "Unknown engine 'none'."], [['--memory-limit', '1'], '--memory-limit must be a whole number >= 65536'], [['--root', '/not/there'], "--root: '/not/there' is not a directory."]])('%j', async (args, text) => {
    await expect(run(...args)).rejects.toThrow(text);
  });
});

test('serves until it is told to stop', async () => {
  const before = process.listenerCount('SIGINT');
  let out = '';
  const done = serve.run(parseCommand(serve, ['--log', 'json', '--engine', 'reference']), { out: (t) => { out += t; }, err: () => undefined, color: false });
  const lines = (): { event: string; port?: number }[] => out.trim().split('\n').map((l) => JSON.parse(l) as { event: string; port?: number });
  while (out === '') await new Promise((r) => { setTimeout(r, 5); });
  const client = new Client(`127.0.0.1:${lines()[0]!.port}`, credentials.createInsecure());
  await new Promise((r) => { client.makeUnaryRequest('/tensorflow.MasterService/ListDevices', (b: Buffer) => b, (b: Buffer) => b, Buffer.alloc(0), r); });
  client.close();
  process.listeners('SIGINT').at(before)!('SIGINT');
  expect(await done).toBe(0);
  expect(lines().map((l) => l.event)).toEqual(['listening', 'call', 'stopping', 'stopped']);
  for (const s of ['SIGINT', 'SIGTERM'] as const) process.listeners(s).slice(before).forEach((l) => { process.removeListener(s, l); });
});
