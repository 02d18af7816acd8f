// In a page of headless Chromium, on its software adapter: engines `tfjs:webgl`, `tfjs:webgpu`, and `wasm` on the main thread
// of a browser, where large modules compile only without blocking. `npm run test:gpu` brings what it needs.
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from './page.ts';

const packages = process.env['GPU_TESTS'];
const root = fileURLToPath(new URL('../../', import.meta.url));
const FLAGS = ['--no-sandbox', '--no-zygote', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--enable-unsafe-webgpu'];

interface Browser { close(): Promise<void>; newPage(): Promise<{ goto(url: string): Promise<unknown>; evaluate<A extends unknown[], R>(f: (...args: A) => R, ...args: A): Promise<Awaited<R>>; on(event: string, f: (e: unknown) => void): void }> }
let server: Server;
let browser: Browser;
let page: Awaited<ReturnType<Browser['newPage']>>;
/** The page's own global; used inside of `evaluate` only. */
declare const self: { page: Page };

describe.skipIf(packages === undefined)('in Chromium (skipped without the packages of npm run test:gpu)', () => {
  beforeAll(async () => {
    const esbuild = await import(`${packages}/node_modules/esbuild/lib/main.js`);
    const { outputFiles } = await esbuild.build({
      stdin: { contents: [...['cpu', 'wasm', 'webgl', 'webgpu'].map((b) => `import '@tensorflow/tfjs-backend-${b}';`), "import './page.ts';"].join('\n'), resolveDir: `${root}test/gpu` },
      bundle: true, write: false, format: 'esm', target: 'es2022', logLevel: 'silent', external: ['node:*'], define: { 'process.env': '{}' },
      alias: { tfgraph: `${root}src/index.ts`, '@tensorflow/tfjs-backend-webgl': `${packages}/node_modules/@tensorflow/tfjs-backend-webgl`, '@tensorflow/tfjs-backend-webgpu': `${packages}/node_modules/@tensorflow/tfjs-backend-webgpu` },
    });
    const files: Readonly<Record<string, readonly [type: string, body: Uint8Array | string]>> = {
      '/': ['text/html', '<!doctype html><script type="module" src="/page.js"></script>'], '/page.js': ['text/javascript', outputFiles[0].contents],
      ...Object.fromEntries(['', '-simd', '-threaded-simd'].map((kind) => [`/tfjs-backend-wasm${kind}.wasm`, ['application/wasm', readFileSync(`${root}node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm${kind}.wasm`)]])),
    };
    server = createServer((request, response) => {
      const file = files[request.url ?? ''];
      response.writeHead(file ? 200 : 404, { 'content-type': file?.[0] ?? 'text/plain' });
      response.end(file?.[1] ?? '');
    });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const { default: chromium } = await import(`${packages}/node_modules/@sparticuz/chromium/build/esm/index.js`);
    const { default: puppeteer } = await import(`${packages}/node_modules/puppeteer-core/lib/esm/puppeteer/puppeteer-core.js`);
    browser = await puppeteer.launch({ executablePath: await chromium.executablePath(), headless: 'shell', args: FLAGS });
    page = await browser.newPage();
    const errors: unknown[] = [];
    page.on('pageerror', (e) => { errors.push(e); });
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(errors, 'the library loads in a browser').toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const check = (options: object, tolerance: number): ReturnType<Page['check']> => page.evaluate((o: object, t: number) => self.page.check(o, t), options, tolerance);

  test.each(['tfjs:webgl', 'tfjs:webgpu'])('%s: the programs of the engine suite, exact and fast', async (engine) => {
    const checked = await check({ engine }, 1e-3);
    expect(checked.filter((c) => c.fault !== null)).toEqual([]);
    expect(checked.find((c) => c.program.startsWith('conv2d') && c.mode === 'fast')!.onEngine).toBe(3);
  });
  test.each(['tfjs:webgl', 'tfjs:webgpu'])('%s: special values have the bits of reference in exact mode', async (engine) => {
    expect(await page.evaluate((e: string) => self.page.rows(e), engine)).toEqual([]);
  });
  test('a GPU without float32 textures is refused', async () => {
    expect(await page.evaluate(() => self.page.withoutFloat32('tfjs:webgl'))).toMatch(/^This GPU has no float32 textures/);
  });
  test.each(['own', 'tfjs'])('wasm, heap %s: the programs of the engine suite have the bits of reference', async (heap) => {
    const checked = await check({ heap }, 0);
    expect(checked.filter((c) => c.fault !== null)).toEqual([]);
    expect(checked.find((c) => c.program.startsWith('conv2d'))!.onEngine).toBe(3);
  });
});
