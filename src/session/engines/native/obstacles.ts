// Why TensorFlow cannot be loaded here, told before it is tried: some of it would end the process without a word.
import { RuntimeError } from '../../../graph/errors.ts';
import type { NativeOptions } from './addon.ts';
import type { Found } from './find.ts';
import { broken, cacheRoot, installations } from './install/paths.ts';
import type { System } from './install/system.ts';
import { nodeModules } from './node.ts';

/** What is in the process, and what it runs on. */
export interface Around {
  readonly arch: string;
  /** Text of /proc/cpuinfo; '' where there is none. */
  readonly cpuinfo: string;
  /** Addons that were loaded, by file. */
  readonly addons: readonly string[];
  /** Libraries of TensorFlow in memory. */
  readonly libraries: readonly string[];
  /** TF_NUM_INTRAOP_THREADS as it is. */
  readonly threads: string;
}

export function around(): Around {
  const { fs, module } = nodeModules();
  const text = (file: string): string => { try { return fs.readFileSync(file, 'utf8'); } catch { return ''; } };
  return {
    arch: process.arch, cpuinfo: text('/proc/cpuinfo'), threads: process.env['TF_NUM_INTRAOP_THREADS'] ?? '',
    addons: Object.keys(module.createRequire(import.meta.url).cache).filter((f) => f.endsWith('.node')),
    libraries: [...new Set(text('/proc/self/maps').match(/\/\S*libtensorflow(_cc|_framework)?\.so\S*/g))],
  };
}

/** Whether a processor has the AVX instructions that TensorFlow's wheels are compiled for. True where nobody knows. */
export function hasAvx({ arch, cpuinfo }: Pick<Around, 'arch' | 'cpuinfo'>): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1];
  return arch !== 'x64' || flags === undefined || /\bavx\b/.test(flags);
}
export function noAvx(): RuntimeError { return new RuntimeError('This processor cannot run TensorFlow: its library uses AVX instructions, which the processor does not have.', { remedy: "use the engine 'wasm', or a TensorFlow compiled for this processor: TFGRAPH_NATIVE=/path/to/tfjs_binding.node" }); }

/** What keeps a found addon from being loaded; undefined: nothing does. */
export function obstacle(found: Found, o: NativeOptions, a: Around): RuntimeError | undefined {
  if (a.addons.includes(found.addon)) {
    if (o.intraOpThreads <= 0 || String(o.intraOpThreads) === a.threads) return undefined;
    return new RuntimeError(`The addon ${found.addon} was loaded before this session, with ${a.threads || 'all'} threads an op; the session asks for ${o.intraOpThreads}.`, { remedy: `open the session before anything else loads the addon, or start the program with TF_NUM_INTRAOP_THREADS=${o.intraOpThreads}` });
  }
  const other = a.addons.find((f) => f.endsWith('tfjs_binding.node'));
  if (other !== undefined) return new RuntimeError(`This process has already loaded another TensorFlow (${other}).`, { remedy: `use one of the two: TFGRAPH_NATIVE=${other} makes the engine use that one` });
  if (a.libraries.length > 0) return new RuntimeError(`This process has already loaded another TensorFlow (${a.libraries[0]}); two cannot be in one.`, { remedy: "run the engine 'native' in a process without it, or use the engine 'wasm'" });
  return found.from !== 'TFGRAPH_NATIVE' && !hasAvx(a) ? noAvx() : undefined;
}

/** What is said where no addon is found: what there is, and why it does not do. */
export function notInstalled(s: Pick<System, 'env' | 'home' | 'napi' | 'arch'>): RuntimeError {
  const [unfit] = installations(s), [incomplete] = broken(s);
  const why = unfit ? (unfit.manifest.arch === s.arch ? `that in ${unfit.dir} was compiled for a newer Node (native interface ${unfit.manifest.napi}, this Node has ${s.napi})` : `that in ${unfit.dir} is for ${unfit.manifest.arch}, this Node is for ${s.arch}`)
    : incomplete === undefined ? `there is none in ${cacheRoot(s)} nor in node_modules` : `that in ${incomplete} is incomplete or damaged`;
  return new RuntimeError(`The engine 'native' needs TensorFlow's library, which is not installed: ${why}.`, { remedy: "run: npx tfgraph native install (or use the engine 'wasm')" });
}
