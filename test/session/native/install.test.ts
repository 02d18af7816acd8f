// The installer without a network: wheel selection, archives, the steps on a machine that is made up, doctor's words.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { findAddon } from '../../../src/session/engines/native/find.ts';
import { untar, unzip, zipEntries } from '../../../src/session/engines/native/install/archive.ts';
import { compilerArgs, patchSources, wantedHeader } from '../../../src/session/engines/native/install/compile.ts';
import { diagnose, doctorText } from '../../../src/session/engines/native/install/doctor.ts';
import { bar, cudaPlace, install, type Reporter, uninstall } from '../../../src/session/engines/native/install/install.ts';
import { broken, compareVersions, installations } from '../../../src/session/engines/native/install/paths.ts';
import { type Around, notInstalled, obstacle } from '../../../src/session/engines/native/obstacles.ts';
import type { Ended, System } from '../../../src/session/engines/native/install/system.ts';
import { loadFailure } from '../../../src/session/engines/native/install/verify.ts';
import { checkVersion, checkWheel, cudaRequirements, parseWheelName, pipCuda, pipDownload } from '../../../src/session/engines/native/install/wheel.ts';

const LINUX = { platform: 'linux', arch: 'x64' };
const WHEEL = 'tensorflow_cpu-2.16.2-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl';

describe('wheels', () => {
  test('what a name says', () => {
    expect(parseWheelName(WHEEL)).toEqual({ package: 'tensorflow-cpu', version: '2.16.2', platform: 'manylinux_2_17_x86_64.manylinux2014_x86_64' });
    expect(parseWheelName('tensorflow.zip')).toBeUndefined();
  });
  test('what pip is told', () => {
    expect(pipDownload('2.16.2', false, '/w', LINUX).slice(-3)).toEqual(['--dest', '/w', 'tensorflow-cpu==2.16.2']);
    expect(pipDownload('2.20.0', true, '/w', LINUX).at(-1)).toBe('tensorflow==2.20.0');
    expect(pipDownload('2.16.2', false, '/w', { platform: 'linux', arch: 'arm64' })).toEqual(expect.arrayContaining(['manylinux2014_aarch64', 'tensorflow==2.16.2']));
    expect(() => pipDownload('2.16.2', false, '/w', { platform: 'darwin', arch: 'arm64' })).toThrow(/No TensorFlow library for darwin[^]*'wasm'/);
    expect(() => pipDownload('2.16.2', false, '/w', { platform: 'linux', arch: 'ia32' })).toThrow(/processor architecture ia32/);
  });
  const wrong: readonly (readonly [file: string, gpu: boolean, text: RegExp])[] = [
    ['numpy-1.26.0-cp311-cp311-manylinux_2_17_x86_64.whl', false, /no wheel of TensorFlow/],
    ['tensorflow_cpu-2.16.2-cp311-cp311-win_amd64.whl', false, /made for win_amd64/],
    ['tensorflow-2.16.2-cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64.whl', false, /not for Linux on x86_64/],
    [WHEEL, true, /holds no CUDA code/],
    ['tensorflow_cpu-2.4.0-cp38-cp38-manylinux2010_x86_64.whl', false, /does not work with TensorFlow 2.4.0[^]*2.12 to 2.20/],
  ];
  test.each(wrong)('%s (gpu %s) is refused', (file, gpu, text) => { expect(() => checkWheel(file, gpu, LINUX)).toThrow(text); });
  test('versions', () => {
    expect(() => checkVersion('latest')).toThrow(/all three numbers/);
    expect(() => checkVersion('3.0.0')).toThrow(/2.12 to 2.20/);
    expect(compareVersions('2.9.1', '2.16.2')).toBeLessThan(0);
  });
  test('the CUDA libraries a wheel asks for', () => {
    const wanted = cudaRequirements("Requires-Dist: numpy <2.0.0,>=1.23.5 ; python_version <= \"3.11\"\nRequires-Dist: nvidia-cublas-cu12 ==12.3.4.1 ; extra == 'and-cuda'\nRequires-Dist: nvidia-cudnn-cu12 (==8.9.7.29) ; extra == 'and-cuda'\n");
    expect(wanted).toEqual(['nvidia-cublas-cu12==12.3.4.1', 'nvidia-cudnn-cu12==8.9.7.29']);
    expect(pipCuda(wanted, '/w', LINUX).slice(-2)).toEqual(wanted);
    // TensorFlow's library looks in ../nvidia/<package>/lib.
    expect(cudaPlace('/i', 'nvidia/cudnn/lib/libcudnn.so.8')).toBe('/i/nvidia/cudnn/lib/libcudnn.so.8');
    expect(cudaPlace('/i', 'nvidia/cudnn/include/cudnn.h')).toBeUndefined();
  });
  test('headers', () => {
    for (const h of ['tensorflow/c/c_api.h', 'tensorflow/c/eager/c_api.h', 'tensorflow/core/platform/ctstring.h', 'tsl/platform/ctstring_internal.h', 'tsl/c/tsl_status.h', 'xla/tsl/c/tsl_status.h']) expect(wantedHeader(`tensorflow/include/${h}`), h).toBe(true);
    for (const h of ['Eigen/Core', 'tensorflow/core/framework/op.h', 'absl/strings/cord.h']) expect(wantedHeader(`tensorflow/include/${h}`), h).toBe(false);
  });
});

let dir = '';
beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'tfgraph-test-')); made.push(dir); });
const made: string[] = [];
afterAll(async () => { for (const d of made) await rm(d, { recursive: true, force: true }); });

/** A zip archive. */
function zip(files: Readonly<Record<string, string>>): Buffer {
  const parts: Buffer[] = [], table: Buffer[] = [];
  let at = 0;
  for (const [name, text] of Object.entries(files)) {
    const data = Buffer.from(text), packed = name.endsWith('.txt') ? data : deflateRawSync(data);
    const n = Buffer.from(name);
    const local = Buffer.alloc(30), entry = Buffer.alloc(46);
    local.writeUInt32LE(0x04034b50, 0); local.writeUInt16LE(n.length, 26);
    entry.writeUInt32LE(0x02014b50, 0); entry.writeUInt16LE(packed === data ? 0 : 8, 10); entry.writeUInt32LE(crc32(data), 16);
    entry.writeUInt32LE(packed.length, 20); entry.writeUInt32LE(data.length, 24); entry.writeUInt16LE(n.length, 28); entry.writeUInt32LE(at, 42);
    parts.push(local, n, packed);
    table.push(entry, n);
    at += 30 + n.length + packed.length;
  }
  const t = Buffer.concat(table), end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0); end.writeUInt16LE(Object.keys(files).length, 10); end.writeUInt32LE(t.length, 12); end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, t, end]);
}
/** An npm tarball. */
function tgz(files: Readonly<Record<string, string>>): Buffer {
  return gzipSync(Buffer.concat([...Object.entries(files).flatMap(([name, text]) => {
    const head = Buffer.alloc(512), data = Buffer.from(text);
    head.write(`package/${name}`, 0);
    head.write(`${data.length.toString(8).padStart(11, '0')}\0`, 124);
    head.write('0', 156);
    return [head, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  }), Buffer.alloc(1024)]));
}

describe('archives', () => {
  test('entries come out whole, only those wanted, and stay when they are there', async () => {
    const file = join(dir, 'a.whl');
    await writeFile(file, zip({ 'a/x.so': 'x'.repeat(5000), 'a/y.txt': 'why', 'b/z': 'no', 'empty.txt': '' }));
    const to = (name: string): string | undefined => (name.startsWith('b/') ? undefined : join(dir, 'out', name));
    expect((await unzip(file, to)).map((f) => basename(f))).toEqual(['x.so', 'y.txt', 'empty.txt']);
    expect(await readFile(join(dir, 'out/a/x.so'), 'utf8')).toBe('x'.repeat(5000));
    expect(await readFile(join(dir, 'out/empty.txt'), 'utf8')).toBe('');
    let written = 0;
    await unzip(file, to, (n) => { written += n; });
    expect(written).toBe(0);
    expect((await readdir(join(dir, 'out/a'))).sort()).toEqual(['x.so', 'y.txt']);
  });
  test('damage is named, and leaves no file under its name', async () => {
    const good = zip({ 'x.so': 'abc'.repeat(1000) });
    const file = join(dir, 'a.whl');
    const damage: readonly (readonly [string, Buffer, RegExp])[] = [
      ['cut', good.subarray(0, good.length - 30), /no table of contents|cut short/],
      ['empty', Buffer.alloc(0), /no table of contents/],
      ['a flipped bit', Buffer.from(good.map((b, i) => (i === 40 ? b ^ 4 : b))), /'x.so' (cannot be unpacked|is damaged)/],
      ['a table elsewhere', Buffer.from(good.map((b, i) => (i === good.length - 6 ? b ^ 1 : b))), /damaged|cut short/],
    ];
    for (const [what, bytes, text] of damage) {
      await writeFile(file, bytes);
      await expect(unzip(file, (n) => join(dir, 'out', n)), what).rejects.toThrow(text);
      expect(existsSync(join(dir, 'out/x.so')), what).toBe(false);
    }
    await writeFile(file, good);
    expect(await zipEntries(file)).toMatchObject([{ name: 'x.so', size: 3000, method: 8 }]);
  });
  test('tarballs', async () => {
    expect(await untar(tgz({ 'binding/a.cc': 'code', 'dist/b.js': 'no' }), dir, (f) => f.startsWith('binding/'))).toEqual(['binding/a.cc']);
    expect(await readFile(join(dir, 'binding/a.cc'), 'utf8')).toBe('code');
  });
});

const BACKEND = 'x;\n    NAPI_THROW_ERROR(env, "Session fail to run with error: %s",\n                     m);\n';
const BINDING = '#include "utils.h"\n      {"TF_Version", nullptr, x},\n', HEADER = ' private:\n  TFJSBackend(napi_env env);\n';
const SOURCES = { 'binding/tfjs_backend.cc': BACKEND, 'binding/tfjs_backend.h': HEADER, 'binding/tfjs_binding.cc': BINDING };
const CHANGES = ['failing runs free their inputs', expect.stringMatching(/^calls made ready \([0-9a-f]+\)$/) as string];
const AVX = 'processor\t: 0\nflags\t\t: fpu sse4_2 avx avx2\n';
/** A machine whose pip, npm, compiler and addon are made up. `lacks`: programs it does not have. */
function machine(o: { lacks?: readonly string[]; free?: number; arch?: string; fails?: Readonly<Record<string, string>>; env?: Record<string, string>; cpuinfo?: string; wheels?: Readonly<Record<string, Readonly<Record<string, string>>>> } = {}): System & { readonly calls: string[] } {
  const calls: string[] = [];
  const ok = (out = ''): Ended => ({ code: 0, out, err: '' });
  return {
    calls, platform: 'linux', arch: o.arch ?? 'x64', env: { XDG_CACHE_HOME: join(dir, 'cache'), ...o.env }, home: '/nowhere', node: 'v20.0.0', napi: 9, cpuinfo: o.cpuinfo ?? AVX,
    freeBytes: () => Promise.resolve(o.free ?? 1e12),
    run: async (program, args) => {
      const name = program === process.execPath ? 'node' : basename(program);
      calls.push(`${name} ${args.filter((a) => !a.startsWith('-')).slice(0, 2).join(' ')}`.trim());
      if (o.lacks?.includes(name)) return { code: null, out: '', err: 'ENOENT' };
      if (o.fails?.[name] !== undefined && !args.includes('--version')) return { code: 1, out: '', err: o.fails[name] };
      if (args.includes('--version')) return ok(`${name} 1.0\n`);
      if (name === 'python3' && o.wheels) {
        for (const [file, content] of Object.entries(o.wheels)) if (args.some((a) => a.startsWith(`${parseWheelName(file)!.package}==`))) await writeFile(join(args[args.indexOf('--dest') + 1]!, file), zip(content));
      } else if (name === 'python3') await writeFile(join(args[args.indexOf('--dest') + 1]!, WHEEL), zip({ 'tensorflow/libtensorflow_cc.so.2': 'cc', 'tensorflow/libtensorflow_framework.so.2': 'fw', 'tensorflow/include/tensorflow/c/c_api.h': '//', 'tensorflow_cpu-2.16.2.dist-info/METADATA': 'Name: x\n' }));
      if (name === 'npm') {
        const file = args[1]!.startsWith('@') ? 'addon.tgz' : 'napi.tgz';
        await writeFile(join(args[args.indexOf('--pack-destination') + 1]!, file), tgz({ ...SOURCES, 'include/node_api.h': '' }));
        return ok(`${file}\n`);
      }
      if (name === 'g++') await writeFile(args[args.indexOf('-o') + 1]!, 'addon');
      if (name === 'node') return ok(`log\n${JSON.stringify({ version: '2.16.2', gpu: false, loadMs: 5 })}\n`);
      return ok();
    },
  };
}
const quiet: Reporter = { step: () => undefined, progress: () => undefined, terminal: false };

describe('install', () => {
  test('makes everything once; the second time it only looks', async () => {
    const s = machine();
    const first = await install(s, { gpu: false }, quiet);
    expect(first).toMatchObject({ fresh: true, verified: { version: '2.16.2' }, installation: { manifest: { tensorflow: '2.16.2', napi: 8, patches: CHANGES } } });
    expect((await readdir(first.installation.dir)).sort()).toEqual(['METADATA', 'include', 'installed.json', 'lib']);
    s.calls.length = 0;
    expect((await install(s, { gpu: false }, quiet)).fresh).toBe(false);
    expect(s.calls).toHaveLength(1);
    expect(s.calls[0]).toMatch(/^node /);
    expect(findAddon(s)).toEqual({ addon: first.installation.addon, from: 'tfgraph native install', version: '2.16.2' });
    expect(await uninstall(s)).toEqual([first.installation.dir]);
    expect(installations(s)).toEqual([]);
  });
  test('goes on after an interruption, and repairs what was cut', async () => {
    const s = machine({ fails: { 'g++': 'stopped' } });
    await expect(install(s, { gpu: false }, quiet)).rejects.toThrow(/could not be compiled:\nstopped/);
    expect(broken(s)).toHaveLength(1);
    const again = machine();
    const { installation } = await install(again, { gpu: false }, quiet);
    expect(again.calls.filter((c) => c.startsWith('python3'))).toEqual([]); // the libraries were there
    await writeFile(join(installation.dir, 'lib/libtensorflow_cc.so.2'), 'c');
    expect(installations(again)).toEqual([]);
    await rm(join(installation.dir, 'lib'), { recursive: true });
    expect((await install(again, { gpu: false }, quiet)).fresh).toBe(true);
  });
  test('a wheel that pip left cut is downloaded again', async () => {
    const s = machine();
    const work = join(dir, 'cache/tfgraph/native/tensorflow-2.16.2/work');
    await mkdir(work, { recursive: true });
    await writeFile(join(work, WHEEL), 'PK');
    expect((await install(s, { gpu: false }, quiet)).fresh).toBe(true);
  });
  test('from a wheel or a folder with one, without pip', async () => {
    await writeFile(join(dir, WHEEL), zip({ 'tensorflow/libtensorflow_cc.so.2': 'cc', 'tensorflow/libtensorflow_framework.so.2': 'fw', 'tensorflow/include/tensorflow/c/c_api.h': '//', 'x.dist-info/METADATA': '' }));
    const s = machine({ lacks: ['python3', 'python'] });
    expect((await install(s, { gpu: false, from: dir }, quiet)).fresh).toBe(true);
    await expect(install(s, { gpu: false, from: join(dir, WHEEL), version: '2.15.1' }, quiet)).rejects.toThrow(/is TensorFlow 2.16.2, not 2.15.1/);
    await expect(install(s, { gpu: false, from: join(dir, 'no.whl') }, quiet)).rejects.toThrow(/does not exist/);
  });
  const missing: readonly (readonly [what: string, o: Parameters<typeof machine>[0], text: RegExp])[] = [
    ['no compiler', { lacks: ['g++', 'c++', 'clang++'] }, /No C\+\+ compiler[^]*apt-get install g\+\+/],
    ['no pip', { lacks: ['python3', 'python'] }, /No Python with pip[^]*--from FILE.whl/],
    ['no room', { free: 2e8 }, /has 0.2 GB free; 1.0 GB are needed[^]*XDG_CACHE_HOME/],
    ['no network', { fails: { python3: 'ERROR: Could not find a version' } }, /No Python with pip|pip could not download/],
    ['no AVX', { cpuinfo: 'flags\t: fpu sse4_2\n' }, /processor cannot run TensorFlow: its library uses AVX instructions[^]*engine 'wasm'/],
    ['no npm', { lacks: ['npm'] }, /npm could not fetch @tensorflow\/tfjs-node@4.22.0[^]*npm is installed/],
  ];
  test.each(missing)('%s: a sentence and a remedy', async (_, o, text) => { await expect(install(machine(o), { gpu: false }, quiet)).rejects.toThrow(text); });
  test('compiler arguments: sources, headers, libraries, where they are found at run time', () => {
    const args = compilerArgs('/i', '/s', '/n', 8, '/i/lib/tfjs_binding.node');
    expect(args).toEqual(expect.arrayContaining(['-DNAPI_VERSION=8', '-I/i/include', '-I/n', '/s/binding/tfjs_backend.cc', '-L/i/lib', '-ltensorflow', '-Wl,-rpath,$ORIGIN']));
  });
  test.each([['without a change of today', []], ['with an older form of one', ['calls made ready (0)']]])('an addon %s is compiled again, from the libraries that are there', async (_, old) => {
    const { installation } = await install(machine(), { gpu: false }, quiet);
    await writeFile(join(installation.dir, 'installed.json'), JSON.stringify({ ...installation.manifest, patches: [CHANGES[0], ...old] }));
    const s = machine();
    expect(await install(s, { gpu: false }, quiet)).toMatchObject({ fresh: true, installation: { manifest: { patches: CHANGES } } });
    expect(s.calls.map((c) => c.split(' ')[0])).not.toContain('python3');
  });
  test('a source that reads otherwise is left alone; a change is made whole or not at all', async () => {
    const put = async (files: Readonly<Record<string, string>>): Promise<void> => { for (const [f, text] of Object.entries(files)) await writeFile(join(dir, basename(f)), text); };
    const text = (f: string): Promise<string> => readFile(join(dir, f), 'utf8');
    await put({ 'tfjs_backend.cc': 'other' });
    expect(await patchSources(dir)).toEqual([]);
    await put({ ...SOURCES, 'tfjs_backend.h': 'other' });
    expect(await patchSources(dir)).toEqual(CHANGES.slice(0, 1));
    expect(await text('tfjs_binding.cc')).toBe(BINDING);
    expect(existsSync(join(dir, 'tfgraph_calls.h'))).toBe(false);
    await put(SOURCES);
    expect(await patchSources(dir)).toEqual(CHANGES);
    expect(await patchSources(dir)).toEqual(CHANGES);
    expect((await text('tfjs_backend.cc')).split('TF_DeleteTensor(value)').length).toBe(2);
    expect((await text('tfjs_backend.h')).split('friend struct TfgraphCalls').length).toBe(2);
    expect((await text('tfjs_binding.cc')).split(/tfgraph_calls\.h|TFGRAPH_EXPORTS/).length).toBe(3);
    expect(await text('tfgraph_calls.h')).toContain('#define TFGRAPH_EXPORTS');
  });
  test('the progress bar', () => { expect([bar(0), bar(0.5), bar(2)]).toEqual(['[....................]', '[##########..........]', '[####################]']); });
});

describe('install --gpu', () => {
  const CUDA = "Name: tensorflow\nRequires-Dist: nvidia-cublas-cu12 ==12.3.4.1 ; extra == 'and-cuda'\nRequires-Dist: nvidia-cuda-runtime-cu12 ==12.3.101 ; extra == 'and-cuda'\n";
  const wheels = {
    'tensorflow-2.16.2-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl': { 'tensorflow/libtensorflow_cc.so.2': 'cc', 'tensorflow/libtensorflow_framework.so.2': 'fw', 'tensorflow/include/tensorflow/c/c_api.h': '//', 'tensorflow-2.16.2.dist-info/METADATA': CUDA },
    'nvidia_cublas_cu12-12.3.4.1-py3-none-manylinux1_x86_64.whl': { 'nvidia/cublas/lib/libcublas.so.12': 'blas', 'nvidia/cublas/include/cublas.h': '//', 'nvidia/__init__.py': '' },
    'nvidia_cuda_runtime_cu12-12.3.101-py3-none-manylinux1_x86_64.whl': { 'nvidia/cuda_runtime/lib/libcudart.so.12': 'rt' },
  };
  test('the CUDA wheel, and the libraries it asks for where it looks for them', async () => {
    const s = machine({ wheels });
    const { installation } = await install(s, { gpu: true }, quiet);
    expect(basename(installation.dir)).toBe('tensorflow-gpu-2.16.2');
    expect(installation.manifest).toMatchObject({ gpu: true, tensorflow: '2.16.2' });
    const under = async (d: string): Promise<string[]> => (await readdir(join(installation.dir, d), { recursive: true })).map(String).sort();
    expect((await under('nvidia')).filter((f) => f.includes('.'))).toEqual(['cublas/lib/libcublas.so.12', 'cuda_runtime/lib/libcudart.so.12']);
    expect(await readFile(join(installation.dir, 'nvidia/whole'), 'utf8')).toBe('nvidia-cublas-cu12==12.3.4.1\nnvidia-cuda-runtime-cu12==12.3.101\n');
    // The library's own folder is lib/, and it looks in ../nvidia.
    expect(existsSync(join(installation.dir, 'lib', '..', 'nvidia', 'cublas', 'lib', 'libcublas.so.12'))).toBe(true);
    expect(doctorText(await diagnose(s, findAddon(s)))).toMatch(/with CUDA[^]*CUDA libraries +missing: libcudnn\.so, libcufft\.so, libcusolver\.so, libcusparse\.so\n +-> tfgraph native install --gpu/);
    // The newest TensorFlow is chosen, of two equal ones that with CUDA.
    await install(machine(), { gpu: false }, quiet);
    expect(findAddon(s)!.addon).toBe(installation.addon);
  });
  test('a wheel without CUDA, and one that does not say what it needs', async () => {
    await writeFile(join(dir, WHEEL), '');
    await expect(install(machine(), { gpu: true, from: join(dir, WHEEL) }, quiet)).rejects.toThrow(/holds no CUDA code/);
    const [file, content] = Object.entries(wheels)[0]!;
    const s = machine({ wheels: { [file]: { ...content, 'tensorflow-2.16.2.dist-info/METADATA': 'Name: tensorflow\n' } } });
    await expect(install(s, { gpu: true }, quiet)).rejects.toThrow(/does not say which CUDA libraries it needs[^]*2\.14 or newer/);
  });
});

describe('what keeps TensorFlow from being loaded', () => {
  const found = { addon: '/cache/lib/tfjs_binding.node', from: 'tfgraph native install' };
  const here: Around = { arch: 'x64', cpuinfo: AVX, addons: [], libraries: [], threads: '' };
  const none = { intraOpThreads: 0, interOpThreads: 0 };
  const cases: readonly (readonly [what: string, a: Partial<Around>, o: Parameters<typeof obstacle>[1], text: RegExp | undefined])[] = [
    ['nothing', {}, none, undefined],
    ['an ARM processor has no flags', { arch: 'arm64', cpuinfo: 'Features\t: asimd\n' }, none, undefined],
    ['no AVX', { cpuinfo: 'flags\t: fpu sse4_2 avx_x\n' }, none, /^This processor cannot run TensorFlow: [^]*remedy: use the engine 'wasm', or/],
    ['another addon', { addons: ['/app/node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node'] }, none, /already loaded another TensorFlow \(\/app[^]*TFGRAPH_NATIVE=\/app/],
    ['another library', { libraries: ['/usr/lib/libtensorflow.so.2'] }, none, /already loaded another TensorFlow \(\/usr\/lib\/libtensorflow.so.2\); two cannot be in one/],
    ['loaded before, as it is wanted', { addons: [found.addon], libraries: ['/cache/lib/libtensorflow_cc.so.2'], threads: '2' }, { ...none, intraOpThreads: 2 }, undefined],
    ['loaded before with other threads', { addons: [found.addon], threads: '2' }, { ...none, intraOpThreads: 4 }, /was loaded before this session, with 2 threads an op; the session asks for 4\.[^]*TF_NUM_INTRAOP_THREADS=4/],
    ['loaded before with all threads', { addons: [found.addon] }, { ...none, intraOpThreads: 4 }, /with all threads an op/],
  ];
  test.each(cases)('%s', (_, a, o, text) => {
    const e = obstacle(found, o, { ...here, ...a });
    if (text) expect(e!.message).toMatch(text); else expect(e).toBeUndefined();
  });
  test('an addon the user names is for his processor', () => { expect(obstacle({ ...found, from: 'TFGRAPH_NATIVE' }, none, { ...here, cpuinfo: 'flags\t: fpu\n' })).toBeUndefined(); });
  test('nothing installed, something broken, something for another Node', async () => {
    const s = machine();
    expect(notInstalled(s).message).toMatch(/not installed: there is none in .*cache\/tfgraph\/native nor in node_modules\.[^]*npx tfgraph native install/);
    const { installation } = await install(s, { gpu: false }, quiet);
    expect(notInstalled({ ...s, napi: 7 }).message).toMatch(/was compiled for a newer Node \(native interface 8, this Node has 7\)/);
    expect(findAddon({ ...s, napi: 7 }, dir)).toBeUndefined();
    expect(notInstalled({ ...s, arch: 'arm64' }).message).toMatch(/is for x64, this Node is for arm64/);
    await rm(join(installation.dir, 'lib/libtensorflow_cc.so.2'));
    expect(findAddon(s, dir)).toBeUndefined();
    expect(notInstalled(s).message).toMatch(/tensorflow-2\.16\.2 is incomplete or damaged/);
    await writeFile(join(installation.dir, 'installed.json'), '{"tensorflow": 1');
    expect(notInstalled(s).message).toMatch(/incomplete or damaged/);
  });
});

describe('doctor', () => {
  test('nothing installed: what is missing and what to do', async () => {
    const text = doctorText(await diagnose(machine({ lacks: ['g++'] }), undefined));
    expect(text).toBe(`machine   linux x64, Node v20.0.0, N-API 9\ncache     ${join(dir, 'cache/tfgraph/native')}\naddon     none\n          -> tfgraph native install\ncompiler  missing\n          -> apt-get install g++\npip       python3 1.0\nnpm       npm 1.0\n`);
  });
  test('installed: versions, threads, oneDNN', async () => {
    const s = machine({ env: { TF_NUM_INTRAOP_THREADS: '2' } });
    await install(s, { gpu: false }, quiet);
    const found = await diagnose(s, findAddon(s));
    expect(found.filter((f) => f.remedy)).toEqual([]);
    expect(doctorText(found)).toMatch(/works +TensorFlow 2.16.2, CPU, loads in 5 ms\nthreads +2 \(TF_NUM_INTRAOP_THREADS\)\noneDNN +on\n/);
  });
  test('a processor without AVX', async () => { expect(doctorText(await diagnose(machine({ cpuinfo: 'flags\t: fpu\n' }), undefined))).toMatch(/processor +has no AVX instructions\n +-> use the engine 'wasm'/); });
  test('an addon that does not load', async () => {
    const s = machine({ fails: { node: 'Error: libcudart.so.12: cannot open shared object file: No such file' } });
    expect(doctorText(await diagnose(s, { addon: '/x.node', from: 'TFGRAPH_NATIVE' }))).toContain('works    no: The system library libcudart.so.12 is missing.\n         -> install the package');
  });
  const failures: readonly (readonly [text: string, code: number | null, want: RegExp])[] = [
    ['libtensorflow_cc.so.2: cannot open shared object file', 1, /library libtensorflow_cc.so.2 is missing[^]*native install/],
    ["/lib/libc.so.6: version `GLIBC_2.34' not found", 1, /C library is too old: GLIBC_2.34/],
    ['was compiled against a different Node.js version', 1, /another version of Node/],
    ['/x.node: undefined symbol: TF_NewBuffer', 1, /do not fit: .*undefined symbol: TF_NewBuffer[^]*uninstall/],
    ['Module did not self-register', 1, /another version of Node/],
    ['', 132, /AVX/],
    ['boom', 1, /does not work: boom/],
  ];
  test.each(failures)('%s', (text, code, want) => { expect(loadFailure(text, code).message).toMatch(want); });
});
