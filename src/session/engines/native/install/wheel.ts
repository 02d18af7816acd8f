// Which Python wheel holds the TensorFlow for this machine, and what pip is told to fetch it. No Python is needed later:
// any pip can download a wheel that was made for another version.
import { RuntimeError } from '../../../../graph/errors.ts';
import type { System } from './system.ts';

export const DEFAULT_VERSION = '2.16.2';
/** Oldest and newest release the addon's sources compile against, as tried. */
const OLDEST = [2, 12], NEWEST = [2, 20];
/** The Python a wheel is made for; only its name depends on it. */
const PYTHON = '3.11';

/** Thrown for what the user can mend: the sentence says what is wrong, the remedy what to do. */
export function advice(text: string, remedy: string): RuntimeError { return new RuntimeError(text, { remedy }); }

/** What a wheel's file name says. */
export interface WheelName { readonly package: string; readonly version: string; readonly platform: string }

/** Takes a wheel's name apart; undefined when it is none. */
export function parseWheelName(file: string): WheelName | undefined {
  const m = /^([A-Za-z0-9_.]+)-([^-]+)(?:-\d[^-]*)?-[^-]+-[^-]+-([^-]+)\.whl$/.exec(file);
  return m ? { package: m[1]!.toLowerCase().replaceAll('_', '-'), version: m[2]!, platform: m[3]! } : undefined;
}

/** The name of the machine in wheels. Throws where no wheel has the libraries we can use. */
export function wheelArch(s: Pick<System, 'platform' | 'arch'>): string {
  if (s.platform !== 'linux') throw advice(`No TensorFlow library for ${s.platform} can be installed yet.`, "use Linux, or the engine 'wasm'");
  const arch = { x64: 'x86_64', arm64: 'aarch64' }[s.arch];
  if (arch === undefined) throw advice(`TensorFlow has no library for the processor architecture ${s.arch}.`, "use the engine 'wasm'");
  return arch;
}

export function checkVersion(version: string): void {
  const m = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  if (!m) throw advice(`'${version}' is no version of TensorFlow.`, `give all three numbers, for example --version ${DEFAULT_VERSION}`);
  const minor = [Number(m[1]), Number(m[2])] as const;
  if (before(minor, OLDEST) || before(NEWEST, minor)) throw advice(`The addon does not work with TensorFlow ${version}.`, `choose a version from ${OLDEST.join('.')} to ${NEWEST.join('.')}; ${DEFAULT_VERSION} is the default`);
}
function before(a: readonly number[], b: readonly number[]): boolean { return a[0]! < b[0]! || (a[0] === b[0] && a[1]! < b[1]!); }

/** Refuses a wheel that is not TensorFlow for this machine; returns its version. */
export function checkWheel(file: string, gpu: boolean, s: Pick<System, 'platform' | 'arch'>): string {
  const name = parseWheelName(file);
  const arch = wheelArch(s);
  if (!name || !/^tensorflow(-cpu|-cpu-aws|-intel)?$/.test(name.package)) throw advice(`${file} is no wheel of TensorFlow.`, `give a file such as ${packageOf(gpu, s).replace('-', '_')}-${DEFAULT_VERSION}-cp311-cp311-manylinux_2_17_${arch}.whl`);
  if (!name.platform.includes('linux') || !name.platform.includes(arch)) throw advice(`${file} is made for ${name.platform}, not for Linux on ${arch}.`, 'download the wheel for this machine');
  if (gpu && name.package !== 'tensorflow') throw advice(`${file} holds no CUDA code.`, 'give a wheel of the package tensorflow, or leave --gpu out');
  checkVersion(name.version);
  return name.version;
}

/** Name of the package on the index. */
export function packageOf(gpu: boolean, s: Pick<System, 'arch'>): string { return gpu || s.arch !== 'x64' ? 'tensorflow' : 'tensorflow-cpu'; }

/** Arguments of `python3 -m pip` that download the wheel into a folder. */
export function pipDownload(version: string, gpu: boolean, into: string, s: Pick<System, 'platform' | 'arch'>): string[] {
  const arch = wheelArch(s);
  return [
    'download', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--python-version', PYTHON, '--implementation', 'cp',
    '--platform', `manylinux2014_${arch}`, '--platform', `manylinux_2_17_${arch}`, '--dest', into, `${packageOf(gpu, s)}==${version}`,
  ];
}

/** The CUDA libraries a TensorFlow wheel asks for (its extra `and-cuda`), as requirements of pip: from the wheel's METADATA. */
export function cudaRequirements(metadata: string): string[] {
  return [...metadata.matchAll(/^Requires-Dist:\s*(nvidia-[\w-]+)\s*\(?==\s*([\w.]+)\)?\s*;[^\n]*and-cuda/gm)].map((m) => `${m[1]}==${m[2]}`);
}
/** Arguments of `python3 -m pip` for those. They exist for any Python. */
export function pipCuda(requirements: readonly string[], into: string, s: Pick<System, 'platform' | 'arch'>): string[] {
  const arch = wheelArch(s);
  return [
    'download', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--python-version', PYTHON, '--implementation', 'py', '--abi', 'none',
    '--platform', `manylinux1_${arch}`, '--platform', `manylinux2014_${arch}`, '--platform', `manylinux_2_17_${arch}`, '--dest', into, ...requirements,
  ];
}
