// The tests that want a GPU backend of TensorFlow.js, on software adapters: WebGPU in Node (Dawn on SwiftShader), WebGL and
// WebGPU in headless Chromium. Not part of `npm test`: the packages weigh 300 MB. They are installed, at these versions,
// into node_modules/.cache. Linux on x64, with libnss3, libnspr4 and libexpat1. Arguments go to vitest.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';

const root = fileURLToPath(new URL('../', import.meta.url));
const cache = `${root}node_modules/.cache/gpu-tests`;
const dependencies = {
  '@sparticuz/chromium': '147.0.0', '@tensorflow/tfjs-backend-webgl': '4.22.0', '@tensorflow/tfjs-backend-webgpu': '4.22.0',
  esbuild: '0.28.2', 'puppeteer-core': '24.43.1', webgpu: '0.6.2',
};

const manifest = JSON.stringify({ private: true, dependencies });
if (!existsSync(`${cache}/swiftshader`) || readFileSync(`${cache}/package.json`, 'utf8') !== manifest) {
  rmSync(cache, { recursive: true, force: true });
  mkdirSync(`${cache}/swiftshader`, { recursive: true });
  writeFileSync(`${cache}/package.json`, manifest);
  execFileSync('npm', ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--no-save'], { cwd: cache, stdio: 'inherit' });
  rmSync(`${cache}/node_modules/@tensorflow/tfjs-backend-cpu`, { recursive: true, force: true }); // the project's own serves
  execFileSync('tar', ['-x', '-C', `${cache}/swiftshader`], { input: brotliDecompressSync(readFileSync(`${cache}/node_modules/@sparticuz/chromium/bin/swiftshader.tar.br`)) });
}
const adapter = { LD_LIBRARY_PATH: `${cache}/swiftshader`, VK_ICD_FILENAMES: `${cache}/swiftshader/vk_swiftshader_icd.json` };
const { status } = spawnSync('npx', ['vitest', 'run', 'test/gpu', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit', env: { ...process.env, ...adapter, GPU_TESTS: cache } });
process.exit(status ?? 1);
