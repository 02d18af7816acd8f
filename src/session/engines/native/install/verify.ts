// A real run in a process of its own: loads the addon, adds two vectors, reports what it is. What crashes or prints there
// does no harm here.
import { advice } from './wheel.ts';
import type { System } from './system.ts';

/** What a loaded addon says. */
export interface Verified { readonly version: string; readonly gpu: boolean; readonly loadMs: number }

const PROGRAM = `
const t = performance.now(), B = require(process.argv[1]), loadMs = Math.round(performance.now() - t);
const v = (a) => B.createTensor([2], B.TF_FLOAT, new Float32Array(a));
const r = B.executeOp('AddV2', [{ name: 'T', type: B.TF_ATTR_TYPE, value: B.TF_FLOAT }], [v([1, 2]), v([3, 4])], 1);
const sum = B.tensorDataSync(r[0].id);
if (sum[0] !== 4 || sum[1] !== 6) throw new Error('1 + 3, 2 + 4 gave ' + sum);
console.log(JSON.stringify({ version: B.TF_Version, gpu: B.isUsingGpuDevice(), loadMs }));`;

/** Runs the addon once. Throws with what is wrong and what to do. */
export async function verifyAddon(s: System, addon: string): Promise<Verified> {
  const r = await s.run(process.execPath, ['-e', PROGRAM, addon], { env: { TF_CPP_MIN_LOG_LEVEL: '2' } });
  const line = r.out.trim().split('\n').at(-1) ?? '';
  if (r.code === 0 && line.startsWith('{')) return JSON.parse(line) as Verified;
  throw loadFailure(r.err, r.code);
}

/** A sentence for the ways an addon fails to load. */
export function loadFailure(text: string, code: number | null = 1): ReturnType<typeof advice> {
  const missing = /(\S+\.so[.\d]*): cannot open shared object file/.exec(text)?.[1];
  if (missing?.startsWith('libtensorflow')) return advice(`TensorFlow's library ${missing} is missing.`, 'run: npx tfgraph native install');
  if (missing !== undefined) return advice(`The system library ${missing} is missing.`, 'install the package that holds it');
  const glibc = /version `(GLIBC\w*_[\d.]+)' not found/.exec(text)?.[1];
  if (glibc !== undefined) return advice(`This system's C library is too old: ${glibc} is needed.`, 'use a newer system, or an older TensorFlow: npx tfgraph native install --version 2.12.1');
  if (/NODE_MODULE_VERSION|was compiled against a different Node|did not self-register/.test(text)) return advice('The addon was compiled for another version of Node.', 'run: npx tfgraph native install');
  if (/undefined symbol|invalid ELF header|file too short/.test(text)) return advice(`The addon and TensorFlow's library do not fit: ${text.trim().split('\n').find((l) => /undefined symbol|ELF|short/.test(l))?.trim() ?? ''}`, 'run: npx tfgraph native uninstall, then npx tfgraph native install');
  if (code === 132 || code === null || /SIGILL|Illegal instruction/.test(text)) return advice('This processor cannot run TensorFlow (its library uses AVX instructions).', "use the engine 'wasm'");
  return advice(`The addon does not work: ${text.trim().split('\n').filter((l) => l.trim() !== '').slice(-6).join(' / ') || `it ended with code ${code}`}`, 'run: npx tfgraph native doctor');
}
