// Files that ops of clients reach through a server: those below its root, whatever the path looks like, or none.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { serve } from '../../src/server/serve.ts';
import { MasterClient, newMaster, refusal } from '../support/master_client.ts';

let top: string, root: string;
beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'tfgraph-root-'));
  root = join(top, 'root');
  mkdirSync(join(root, 'sub'), { recursive: true });
  mkdirSync(join(top, 'root-2'));
  for (const f of ['root/words.txt', 'root/sub/more.txt', 'secret.txt', 'root-2/near.txt', 'root/..odd.txt']) writeFileSync(join(top, f), 'a\nb\n');
  symlinkSync('words.txt', join(root, 'inside'));
  symlinkSync('../secret.txt', join(root, 'outside'));
  symlinkSync('..', join(root, 'up'));
  symlinkSync('../not-there.txt', join(root, 'dangling'));
  symlinkSync('loop', join(root, 'loop'));
});
afterAll(() => { rmSync(top, { recursive: true }); });

/** `size` of a table that is filled from the lines of a file. */
async function lines(path: string, below: string | null = root): Promise<string> {
  const g = new tf.Graph();
  const [init, size] = g.asDefault(() => {
    const table = new tf.contrib.lookup.HashTable(new tf.contrib.lookup.TextFileIdTableInitializer(path), -1);
    return [table.init.name, table.size().name] as const;
  });
  const s = await new MasterClient(newMaster({ root: below })).open(g);
  try {
    await s.run([], {}, { target: [init] });
    return String((await s.run([size]))[0]);
  } catch (e) { return refusal(Promise.reject(e as Error)); }
}
async function print(path: string, below: string | null = root): Promise<string> {
  const g = new tf.Graph();
  const op = g.asDefault(() => tf.print('hello', { outputStream: `file://${path}` }).name);
  const s = await new MasterClient(newMaster({ root: below })).open(g);
  return refusal(s.run([], {}, { target: [op] }));
}
const elsewhere = (path: string): string => `PermissionDeniedError: ${path}; Permission denied: this server reaches files below its --root only`;

describe('without a root', () => {
  test('nothing is read or written', async () => {
    const none = (path: string): string => `PermissionDeniedError: ${path}; Permission denied: this server reaches no files, it was started without --root DIR`;
    const path = join(root, 'words.txt');
    expect(await lines(path, null)).toContain(none(path));
    expect(await print(path, null)).toContain(none(path));
    expect(readFileSync(path, 'utf8')).toBe('a\nb\n');
  });
});

describe('below a root', () => {
  test('files by relative and absolute paths, and by links that stay', async () => {
    expect(await Promise.all(['words.txt', './sub/../words.txt', 'sub/more.txt', 'inside', '..odd.txt', 'up/root/words.txt', join(root, 'words.txt')].map((p) => lines(p)))).toEqual(Array(7).fill('2'));
  });
  test('the root may be given as a link', async () => {
    symlinkSync(root, join(top, 'link'));
    expect(await lines(join(top, 'link', 'words.txt'), join(top, 'link'))).toBe('2');
  });
  test('what leads elsewhere is refused, there or not', async () => {
    const paths = ['../secret.txt', 'sub/../../secret.txt', join(top, 'secret.txt'), '../root-2/near.txt', join(top, 'root-2/near.txt'), 'outside', 'up/secret.txt', 'up/not-there.txt', '../not-there.txt', '/etc/passwd', '/proc/self/environ', '/not/there', '/', '..'];
    for (const p of paths) expect(await lines(p)).toContain(elsewhere(p));
    for (const p of paths) expect(await print(p)).toContain(elsewhere(p));
    expect(existsSync(join(top, 'not-there.txt'))).toBe(false);
    expect(readFileSync(join(top, 'secret.txt'), 'utf8')).toBe('a\nb\n');
  });
  test('links that lead nowhere are not followed', async () => {
    expect(await lines('loop')).toContain('UnknownError: loop; Too many levels of symbolic links');
    for (const file of ['dangling', 'loop']) expect(await print(file)).toContain(`UnknownError: ${file}; Too many levels of symbolic links`);
    expect(existsSync(join(top, 'not-there.txt'))).toBe(false);
  });
  test('what is no file, or is not there, is told in the words of the system', async () => {
    expect(await lines('nothing.txt')).toContain('NotFoundError: nothing.txt; No such file or directory');
    expect(await lines('words.txt/x')).toContain('FailedPreconditionError: words.txt/x; Not a directory');
    expect(await lines('sub')).toContain('FailedPreconditionError: sub; Is a directory');
    expect(await print('sub')).toContain('FailedPreconditionError: sub; Is a directory');
    expect(await lines('x'.repeat(5000))).toMatch(/^InvalidArgumentError: x+; File name too long/);
    expect(await lines('words.txt\0.png')).toContain('InvalidArgumentError: A file\'s name holds a zero byte: "words.txt\\u0000.png"');
  });
  test.skipIf(process.platform === 'win32')('a pipe does not hold the server up', async () => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(await lines('pipe')).toContain('PermissionDeniedError: pipe; Permission denied: not a regular file');
    expect(await print('pipe')).toContain('NotFoundError: pipe; No such device or address');
  });
  test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('what the system denies stays denied', async () => {
    writeFileSync(join(root, 'closed.txt'), 'a\n');
    chmodSync(join(root, 'closed.txt'), 0);
    expect(await lines('closed.txt')).toContain('PermissionDeniedError: closed.txt; Permission denied');
  });
  test('writing makes files and adds to them', async () => {
    expect(await print('sub/new.txt')).toBe('no error');
    expect(await print(join(root, 'sub/new.txt'))).toBe('no error');
    expect(readFileSync(join(root, 'sub/new.txt'), 'utf8')).toBe('hello\nhello\n');
    expect(await print('none/new.txt')).toContain('NotFoundError: none/new.txt; No such file or directory');
  });
  test('a root must be a directory', async () => {
    for (const bad of ['words.txt', 'nothing'].map((f) => join(root, f))) await expect(serve({ root: bad })).rejects.toThrow(`--root: '${bad}' is not a directory.`);
  });
});
