// Which addon the engine loads: the one named in the environment, the one `tfgraph native install` made, or the one npm
// installed with @tensorflow/tfjs-node-gpu or tfjs-node.
import { installations } from './install/paths.ts';
import type { System } from './install/system.ts';
import { isNode, nodeModules } from './node.ts';

/** An addon and where it is from. */
export interface Found { readonly addon: string; readonly from: string; /** TensorFlow's version where it is known before loading. */ readonly version?: string }

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

type Machine = Pick<System, 'env' | 'home' | 'napi' | 'arch'>;

/** The addon to load, or undefined. `near`: a folder whose node_modules are looked through. */
export function findAddon(machine?: Machine, near?: string): Found | undefined {
  if (!isNode()) return undefined;
  const { fs: { existsSync, readdirSync }, module: { createRequire }, os, path: { dirname, join } } = nodeModules();
  const s = machine ?? { env: process.env, home: os.homedir(), napi: Number(process.versions['napi']), arch: process.arch };
  const named = s.env['TFGRAPH_NATIVE'];
  if (named !== undefined && named !== '') return { addon: named, from: 'TFGRAPH_NATIVE' };
  const fits = installations(s).find((i) => i.manifest.napi <= s.napi && i.manifest.arch === s.arch);
  if (fits) return { addon: fits.addon, from: 'tfgraph native install', version: fits.manifest.tensorflow };
  const require = createRequire(join(near ?? process.cwd(), 'any.js'));
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
