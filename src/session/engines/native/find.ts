// Which addon the engine loads: the one named in the environment, the one `tfgraph native install` made, or the one npm
// installed with @tensorflow/tfjs-node-gpu or tfjs-node.
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { installations } from './install/paths.ts';
import { type System, thisMachine } from './install/system.ts';

/** An addon and where it is from. */
export interface Found { readonly addon: string; readonly from: string; /** TensorFlow's version where it is known before loading. */ readonly version?: string }

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

/** The addon to load, or undefined. `near`: where node_modules are looked for. */
export function findAddon(s: Pick<System, 'env' | 'home' | 'napi' | 'arch'> = thisMachine, near: string = join(process.cwd(), 'noop.js')): Found | undefined {
  const named = s.env['TFGRAPH_NATIVE'];
  if (named !== undefined && named !== '') return { addon: named, from: 'TFGRAPH_NATIVE' };
  const fits = installations(s).find((i) => i.manifest.napi <= s.napi && i.manifest.arch === s.arch);
  if (fits) return { addon: fits.addon, from: 'tfgraph native install', version: fits.manifest.tensorflow };
  const require = createRequire(near);
  for (const p of PACKAGES) {
    let root: string;
    try { root = dirname(require.resolve(`${p}/package.json`)); } catch { continue; }
    const lib = join(root, 'lib');
    const built = existsSync(lib) ? readdirSync(lib).filter((d) => /^napi-v\d+$/.test(d) && Number(d.slice(6)) <= s.napi).sort((a, b) => Number(b.slice(6)) - Number(a.slice(6))) : [];
    const addon = built.map((d) => join(lib, d, 'tfjs_binding.node')).find((f) => existsSync(f));
    if (addon !== undefined) return { addon, from: p };
  }
  return undefined;
}
