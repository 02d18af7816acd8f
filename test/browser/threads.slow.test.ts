// A page of headless Chromium: training on its main thread, where large modules compile only without blocking, by one thread
// and, where the page is cross-origin isolated, by two (Web Workers). Runs where there is a `chromium` (or what CHROMIUM names).
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const browser = process.env['CHROMIUM'] ?? ((): string | undefined => { try { return execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim(); } catch { return undefined; } })();
const HEADERS = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

interface Run { plan: string; losses: number[]; bits: number; modules: number; sync: boolean }
interface Told { failed?: string; isolated: boolean; reference: Run; one: Run; two: Run }

/** What the page has to tell, and the files it asked for; `isolated`: it may share memory between threads. */
async function visit(script: string, isolated: boolean): Promise<Told & { readonly asked: readonly string[] }> {
  const profile = mkdtempSync(join(tmpdir(), 'tfgraph-page-'));
  const files: Readonly<Record<string, readonly [type: string, body: string]>> = {
    '/': ['text/html', '<!doctype html><script type="module" src="/page.js"></script>'], '/page.js': ['text/javascript', script],
    '/thread_worker.js': ['text/javascript', readFileSync(`${root}src/session/wasm/thread_worker.js`, 'utf8')],
  };
  let told: (what: Told) => void = () => undefined;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/told') {
      let text = '';
      request.on('data', (d: Buffer) => { text += d.toString(); }).on('end', () => { response.end(); told(JSON.parse(text) as Told); });
      return;
    }
    const file = files[request.url ?? ''];
    asked.push(request.url ?? '');
    response.writeHead(file ? 200 : 404, { 'content-type': file?.[0] ?? 'text/plain', ...(isolated ? HEADERS : {}) });
    response.end(file?.[1] ?? '');
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const page = spawn(browser!, ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`, '--remote-debugging-port=0', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`], { stdio: 'ignore', detached: true });
  try {
    const what = await new Promise<Told>((resolve, reject) => { told = resolve; page.once('exit', () => { reject(new Error('the browser ended')); }); });
    return { ...what, asked };
  } finally {
    page.removeAllListeners('exit');
    const gone = new Promise((resolve) => { page.once('exit', resolve); });
    try { process.kill(-page.pid!, 'SIGKILL'); } catch { /* it has ended */ }
    await gone;
    server.closeAllConnections();
    server.close();
    // Its other processes end a little after it, and one that still writes can put a file into a folder being removed.
    for (let tries = 50; existsSync(profile) && tries > 0; tries--) {
      try { rmSync(profile, { recursive: true, force: true }); } catch { await new Promise((resolve) => { setTimeout(resolve, 100); }); }
    }
  }
}

test.skipIf(!browser)('a training step on the main thread of a page, by one thread and by two (skipped without a chromium)', async () => {
  const { output } = await build({
    input: `${root}test/browser/page.ts`, write: false, logLevel: 'silent', platform: 'browser', external: /^node:/,
    resolve: { alias: { tfgraph: `${root}src/index.ts` } }, output: { format: 'esm', codeSplitting: false },
  });
  for (const isolated of [true, false]) {
    const t = await visit(output[0].code, isolated);
    expect(t.failed).toBeUndefined();
    expect(t.isolated).toBe(isolated);
    expect(t.asked.includes('/thread_worker.js'), 'another thread').toBe(isolated);
    expect(t.reference.losses.every((x) => x > 0)).toBe(true);
    for (const run of [t.one, t.two]) {
      expect(run.losses).toEqual(t.reference.losses);
      expect(run.bits).toBe(t.reference.bits);
      expect(run.sync, 'runSync after the code is there').toBe(true);
    }
    expect(t.one.plan).toMatch(/ threads=1 {2}/);
    expect(t.two.plan).toContain(isolated ? 'threads=2  ' : 'threads=1 (this host shares no memory between threads: a page has to be cross-origin isolated)');
  }
});
