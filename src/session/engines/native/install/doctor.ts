// `tfgraph native doctor`: facts first (what is installed, what the machine has, whether the addon runs), then what to do.
import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { TfError } from '../../../../graph/errors.ts';
import { broken, cacheRoot, installations } from './paths.ts';
import { hasAvx, noAvx } from '../obstacles.ts';
import type { System } from './system.ts';
import { verifyAddon } from './verify.ts';

/** One line of the report. `remedy` where something is wrong. */
export interface Finding { readonly what: string; readonly value: string; readonly remedy?: string }

const TOOLS: readonly (readonly [what: string, program: string, args: readonly string[], remedy: string])[] = [
  ['compiler', 'g++', ['--version'], 'apt-get install g++'],
  ['pip', 'python3', ['-m', 'pip', '--version'], 'apt-get install python3-pip, or give a wheel: tfgraph native install --from FILE.whl'],
  ['npm', 'npm', ['--version'], 'install npm'],
];
const CUDA = ['libcudart.so', 'libcudnn.so', 'libcublas.so', 'libcufft.so', 'libcusolver.so', 'libcusparse.so'];

/** Looks at everything the native engine needs. `chosen`: the addon the engine would load, and why that one. */
export async function diagnose(s: System, chosen: { readonly addon: string; readonly from: string } | undefined): Promise<Finding[]> {
  const found: Finding[] = [{ what: 'machine', value: `${s.platform} ${s.arch}, Node ${s.node}, N-API ${s.napi}` }, { what: 'cache', value: cacheRoot(s) }];
  if (!hasAvx(s)) found.push({ what: 'processor', value: 'has no AVX instructions', remedy: noAvx().detail.remedy! });
  for (const i of installations(s)) {
    const m = i.manifest;
    found.push({ what: 'installed', value: `TensorFlow ${m.tensorflow}${m.gpu ? ' with CUDA' : ''} (${m.addon}, N-API ${m.napi}${m.patches.length > 0 ? `; changed: ${m.patches.join(', ')}` : ''})` });
    if (m.gpu) found.push(...cudaFindings(i.dir));
  }
  for (const d of broken(s)) found.push({ what: 'incomplete', value: d, remedy: 'run tfgraph native install again, it goes on from there; or tfgraph native uninstall' });
  if (!chosen) {
    found.push({ what: 'addon', value: 'none', remedy: 'tfgraph native install' });
    for (const [what, program, args, remedy] of TOOLS) {
      const r = await s.run(program, args);
      found.push(r.code === 0 ? { what, value: r.out.split('\n')[0]! } : { what, value: 'missing', remedy });
    }
    return found;
  }
  found.push({ what: 'addon', value: `${chosen.addon} (${chosen.from})` });
  try {
    const v = await verifyAddon(s, chosen.addon);
    found.push({ what: 'works', value: `TensorFlow ${v.version}, ${v.gpu ? 'GPU' : 'CPU'}, loads in ${v.loadMs} ms` });
    if (!v.gpu && installations(s).some((i) => i.manifest.gpu && chosen.addon.startsWith(i.dir))) found.push(await driver(s));
  } catch (e) {
    if (!(e instanceof TfError)) throw e;
    found.push({ what: 'works', value: `no: ${e.text}`, ...(e.detail.remedy === undefined ? {} : { remedy: e.detail.remedy }) });
  }
  found.push({ what: 'threads', value: setting(s, 'TF_NUM_INTRAOP_THREADS', 'one a processor (part of the numerics: set it to get the same bits elsewhere)') });
  found.push({ what: 'oneDNN', value: setting(s, 'TF_ENABLE_ONEDNN_OPTS', 'on') });
  return found;
}

function setting(s: System, name: string, otherwise: string): string {
  const v = s.env[name];
  return v === undefined || v === '' ? otherwise : `${v} (${name})`;
}
function cudaFindings(dir: string): Finding[] {
  const missing = CUDA.filter((l) => !existsSync(join(dir, 'nvidia', l.slice(3, -3).replace('cudart', 'cuda_runtime'), 'lib')));
  return [missing.length === 0 ? { what: 'CUDA libraries', value: 'found' } : { what: 'CUDA libraries', value: `missing: ${missing.join(', ')}`, remedy: 'tfgraph native install --gpu' }];
}
async function driver(s: System): Promise<Finding> {
  const r = await s.run('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader']);
  return r.code === 0 ? { what: 'driver', value: r.out.trim() } : { what: 'driver', value: 'no NVIDIA driver answers (nvidia-smi)', remedy: 'install the driver; until then the engine runs on the CPU' };
}

/** The report as text. */
export function doctorText(found: readonly Finding[]): string {
  const width = Math.max(...found.map((f) => f.what.length));
  return found.map((f) => `${f.what.padEnd(width)}  ${f.value}\n${f.remedy === undefined ? '' : `${' '.repeat(width)}  -> ${f.remedy}\n`}`).join('');
}
