// `tfgraph native install`: wheel -> libraries and headers -> addon -> a real run -> manifest. Every step leaves whole files
// or none and does nothing when its result is there, so an interrupted install is taken up where it was.
import { mkdir, readdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { unzip, untar, zipEntries } from './archive.ts';
import { ADDON_PACKAGE, compileAddon, compiler, isUpToDate, linkLibraries, NAPI_PACKAGE, patchSources, wantedHeader } from './compile.ts';
import { ADDON, cacheRoot, CC, FRAMEWORK, type Installation, installDir, MANIFEST, type Manifest, readInstallation } from './paths.ts';
import { hasAvx, noAvx } from '../obstacles.ts';
import type { System } from './system.ts';
import { verifyAddon, type Verified } from './verify.ts';
import { advice, checkVersion, checkWheel, cudaRequirements, DEFAULT_VERSION, packageOf, pipCuda, pipDownload, wheelArch } from './wheel.ts';

export interface InstallRequest {
  readonly version?: string | undefined;
  readonly gpu: boolean;
  /** A wheel, or a folder that holds one or is one unpacked. */
  readonly from?: string | undefined;
}

/** Told what is going on. `progress` overwrites its line on a terminal. */
export interface Reporter { readonly step: (text: string) => void; readonly progress: (text: string) => void; readonly terminal: boolean }

/** An installation, and whether there was something to do. */
export interface Installed { readonly installation: Installation; readonly fresh: boolean; readonly verified: Verified }

/** Bytes a CPU and a CUDA installation take while they are made: wheel and unpacked libraries. */
const ROOM = { cpu: 1.0e9, gpu: 9e9 };

export async function install(s: System, request: InstallRequest, report: Reporter): Promise<Installed> {
  wheelArch(s);
  if (!hasAvx(s)) throw noAvx();
  const given = request.from === undefined ? undefined : await givenWheel(resolve(request.from), request.gpu, s);
  const version = request.version ?? given?.version ?? DEFAULT_VERSION;
  checkVersion(version);
  if (given && version !== given.version) throw advice(`${given.file} is TensorFlow ${given.version}, not ${version}.`, 'leave --version out');
  const dir = installDir(s, version, request.gpu);
  const there = readInstallation(dir);
  const napi = Math.min(8, s.napi);
  if (there && there.manifest.napi === napi && there.manifest.addon === ADDON_PACKAGE && await isUpToDate(there.manifest.patches)) {
    const verified = await verifyAddon(s, there.addon).catch(() => undefined); // one that does not run is made anew
    if (verified) return { installation: there, fresh: false, verified };
  }
  await compiler(s); // before the download: nothing is fetched in vain
  await checkRoom(s, request.gpu);
  await mkdir(dir, { recursive: true });
  const work = join(dir, 'work');
  await mkdir(work, { recursive: true });
  await libraries(s, { dir, work, version, gpu: request.gpu, given: given?.file }, report);
  if (request.gpu) await cuda(s, dir, work, report);
  const patches = await addon(s, dir, work, napi, report);
  report.step('run it once');
  const verified = await verifyAddon(s, join(dir, ADDON));
  const files = Object.fromEntries(await Promise.all([CC, FRAMEWORK, ADDON].map(async (f) => [f, (await stat(join(dir, f))).size] as const)));
  const manifest: Manifest = { tensorflow: version, gpu: request.gpu, addon: ADDON_PACKAGE, napi, arch: s.arch, patches, files };
  await writeFile(join(dir, `${MANIFEST}.part`), `${JSON.stringify(manifest, null, 2)}\n`);
  await rename(join(dir, `${MANIFEST}.part`), join(dir, MANIFEST));
  await rm(work, { recursive: true, force: true });
  return { installation: readInstallation(dir)!, fresh: true, verified };
}

async function givenWheel(from: string, gpu: boolean, s: System): Promise<{ file: string; version: string }> {
  if (!existsSync(from)) throw advice(`${from} does not exist.`, 'give a wheel of TensorFlow or a folder that holds one');
  if (!(await stat(from)).isDirectory()) return { file: from, version: checkWheel(basename(from), gpu, s) };
  const wheels = (await readdir(from)).filter((f) => /^tensorflow(_cpu|_cpu_aws|_intel)?-.*\.whl$/.test(f));
  if (wheels.length !== 1) throw advice(`${from} holds ${wheels.length} wheels of TensorFlow.`, wheels.length === 0 ? 'give the folder pip downloaded one to' : 'give one of them');
  return { file: join(from, wheels[0]!), version: checkWheel(wheels[0]!, gpu, s) };
}

async function checkRoom(s: System, gpu: boolean): Promise<void> {
  const [root, want] = [cacheRoot(s), gpu ? ROOM.gpu : ROOM.cpu];
  const free = await s.freeBytes(root);
  if (free < want) throw advice(`${root} has ${gigabytes(free)} free; ${gigabytes(want)} are needed.`, 'make room, or name another place: XDG_CACHE_HOME=/path');
}
const gigabytes = (n: number): string => `${(n / 1e9).toFixed(1)} GB`;

/** The Python that has pip. */
export async function python(s: System): Promise<string> {
  for (const p of ['python3', 'python']) if ((await s.run(p, ['-m', 'pip', '--version'])).code === 0) return p;
  throw advice('No Python with pip was found.', 'install it (apt-get install python3-pip), or download the wheel yourself and give it: npx tfgraph native install --from FILE.whl');
}

async function libraries(s: System, o: { dir: string; work: string; version: string; gpu: boolean; given: string | undefined }, report: Reporter): Promise<void> {
  if ([CC, FRAMEWORK, 'METADATA'].every((f) => existsSync(join(o.dir, f))) && existsSync(join(o.dir, 'include', 'tensorflow'))) return;
  const wheel = o.given ?? await download(s, o, report);
  report.step(`unpack ${basename(wheel)}`);
  const wanted = (name: string): string | undefined => {
    if ([CC, FRAMEWORK].some((f) => name === `tensorflow/${basename(f)}`)) return join(o.dir, 'lib', basename(name));
    if (/^[^/]+\.dist-info\/METADATA$/.test(name)) return join(o.dir, 'METADATA');
    return wantedHeader(name) ? join(o.dir, name.replace(/^tensorflow\//, '')) : undefined;
  };
  const total = (await zipEntries(wheel)).filter((e) => wanted(e.name) !== undefined).reduce((n, e) => n + e.size, 0);
  let [written, shown] = [0, 0];
  const files = await unzip(wheel, wanted, (n) => {
    written += n;
    if (written - shown > total / 50) { shown = written; report.progress(`${bar(written / total)} ${gigabytes(written)}`); }
  });
  for (const f of [CC, FRAMEWORK]) if (!files.includes(join(o.dir, f))) throw advice(`${wheel} has no ${basename(f)}.`, `give a wheel of ${packageOf(o.gpu, s)}`);
}
/** `[######....]`. */
export function bar(part: number): string { const n = Math.round(20 * Math.min(1, part)); return `[${'#'.repeat(n)}${'.'.repeat(20 - n)}]`; }

async function download(s: System, o: { work: string; version: string; gpu: boolean }, report: Reporter): Promise<string> {
  const find = async (): Promise<string | undefined> => (await readdir(o.work)).find((f) => f.startsWith('tensorflow') && f.endsWith('.whl'));
  const there = await find();
  if (there !== undefined) {
    if (await zipEntries(join(o.work, there)).then(() => true, () => false)) return join(o.work, there);
    await unlink(join(o.work, there)); // pip was stopped while it copied
  }
  const py = await python(s);
  report.step(`download ${packageOf(o.gpu, s)} ${o.version}`);
  const r = await s.run(py, ['-m', 'pip', ...pipDownload(o.version, o.gpu, o.work, s), ...(report.terminal ? [] : ['--quiet'])], { shown: report.terminal });
  const wheel = await find();
  if (r.code !== 0 || wheel === undefined) throw advice(`pip could not download ${packageOf(o.gpu, s)} ${o.version}${r.err === '' ? '' : `: ${r.err.trim().split('\n').at(-1)}`}.`, 'check the network and the version, or give a wheel: --from FILE.whl');
  return join(o.work, wheel);
}

/** NVIDIA's libraries, as the wheel asks for them, where TensorFlow's library looks: in ../nvidia beside its own folder. */
async function cuda(s: System, dir: string, work: string, report: Reporter): Promise<void> {
  const whole = join(dir, 'nvidia', 'whole');
  if (existsSync(whole)) return;
  const wanted = cudaRequirements(await readFile(join(dir, 'METADATA'), 'utf8'));
  if (wanted.length === 0) throw advice('This TensorFlow does not say which CUDA libraries it needs.', 'choose version 2.14 or newer, or leave --gpu out');
  report.step(`download ${wanted.length} CUDA libraries`);
  const r = await s.run(await python(s), ['-m', 'pip', ...pipCuda(wanted, work, s), ...(report.terminal ? [] : ['--quiet'])], { shown: report.terminal });
  if (r.code !== 0) throw advice(`pip could not download the CUDA libraries${r.err === '' ? '' : `: ${r.err.trim().split('\n').at(-1)}`}.`, 'check the network, or leave --gpu out');
  for (const f of (await readdir(work)).filter((x) => x.startsWith('nvidia') && x.endsWith('.whl'))) {
    report.step(`unpack ${f}`);
    await unzip(join(work, f), (name) => cudaPlace(dir, name));
    await unlink(join(work, f));
  }
  await writeFile(whole, `${wanted.join('\n')}\n`);
}
/** Where a file of an NVIDIA wheel belongs: libraries and the compiler's tools, no headers. */
export function cudaPlace(dir: string, name: string): string | undefined { return /^nvidia\/[^/]+\/(lib|bin|nvvm)\//.test(name) ? join(dir, name) : undefined; }

/** Fetches an npm package's files into a folder. */
async function npmPackage(s: System, name: string, work: string, into: string, wanted: (file: string) => boolean): Promise<void> {
  const r = await s.run('npm', ['pack', name, '--silent', '--pack-destination', work], { cwd: work });
  const file = r.out.trim().split('\n').at(-1) ?? '';
  if (r.code !== 0 || !file.endsWith('.tgz')) throw advice(`npm could not fetch ${name}${r.err === '' ? '' : `: ${r.err.trim().split('\n').at(-1)}`}.`, 'check the network and that npm is installed');
  await untar(await readFile(join(work, file)), into, wanted);
}

async function addon(s: System, dir: string, work: string, napi: number, report: Reporter): Promise<string[]> {
  report.step(`compile the addon of ${ADDON_PACKAGE}`);
  const [sources, headers] = [join(work, 'addon'), join(work, 'node-api')];
  await npmPackage(s, ADDON_PACKAGE, work, sources, (f) => f.startsWith('binding/'));
  await npmPackage(s, NAPI_PACKAGE, work, headers, (f) => f.startsWith('include/'));
  const patches = await patchSources(join(sources, 'binding'));
  await linkLibraries(dir);
  await compileAddon(s, dir, sources, join(headers, 'include'), napi);
  return patches;
}

/** Deletes installations (all of them, or one version) and what interrupted ones left. Returns the folders. */
export async function uninstall(s: System, version?: string): Promise<string[]> {
  const root = cacheRoot(s);
  const all = existsSync(root) ? await readdir(root) : [];
  const gone = version === undefined ? all : all.filter((d) => d.endsWith(`-${version}`));
  for (const d of gone) await rm(join(root, d), { recursive: true, force: true });
  return gone.map((d) => join(root, d));
}
