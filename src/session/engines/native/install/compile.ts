// The addon from its sources: one call of the C++ compiler against TensorFlow's C headers and Node's native interface.
import { copyFile, readFile, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ADDON, CC, FRAMEWORK } from './paths.ts';
import type { System } from './system.ts';
import { advice } from './wheel.ts';

/** Packages the sources are from, exact. */
export const ADDON_PACKAGE = '@tensorflow/tfjs-node@4.22.0';
export const NAPI_PACKAGE = 'node-api-headers@1.9.0';

/** A change of the sources before they are compiled: all its edits, or none where one does not fit (`old` must occur exactly once). */
interface Patch {
  readonly name: string;
  readonly edits: readonly { readonly file: string; readonly old: string; readonly new: string }[];
  /** A file of ours that comes to them. */
  readonly adds?: readonly [file: string, ours: URL];
}

const PATCHES: readonly Patch[] = [
  // A run that fails must free its inputs, as one that succeeds does.
  { name: 'failing runs free their inputs', edits: [{
    file: 'tfjs_backend.cc',
    old: '    NAPI_THROW_ERROR(env, "Session fail to run with error: %s",',
    new: '    for (TF_Tensor *value : input_values) TF_DeleteTensor(value);\n    NAPI_THROW_ERROR(env, "Session fail to run with error: %s",',
  }] },
  { name: 'calls made ready', adds: ['tfgraph_calls.h', new URL('calls.h', import.meta.url)], edits: [
    { file: 'tfjs_backend.h', old: ' private:\n  TFJSBackend(napi_env env);', new: ' private:\n  friend struct TfgraphCalls;\n  TFJSBackend(napi_env env);' },
    { file: 'tfjs_binding.cc', old: '#include "utils.h"\n', new: '#include "utils.h"\n#include "tfgraph_calls.h"\n' },
    { file: 'tfjs_binding.cc', old: '      {"TF_Version", nullptr,', new: '      TFGRAPH_EXPORTS\n      {"TF_Version", nullptr,' },
  ] },
];

/** A change's name; with a file of ours, which it changes with. */
async function nameOf(p: Patch): Promise<string> { return p.adds ? `${p.name} (${crc32(await readFile(p.adds[1])).toString(16)})` : p.name; }
/** Whether an addon has every change as it is made today. */
export async function isUpToDate(patches: readonly string[]): Promise<boolean> { return (await Promise.all(PATCHES.map(nameOf))).every((n) => patches.includes(n)); }

/** Changes the sources in a folder; returns the names of the changes made. */
export async function patchSources(dir: string): Promise<string[]> {
  const made: string[] = [];
  for (const p of PATCHES) {
    const texts = new Map<string, string>();
    const fits: boolean[] = [];
    for (const e of p.edits) {
      const text = texts.get(e.file) ?? await readFile(join(dir, e.file), 'utf8').catch(() => '');
      const there = text.includes(e.new);
      fits.push(there || text.split(e.old).length === 2);
      texts.set(e.file, there ? text : text.replace(e.old, () => e.new));
    }
    if (fits.includes(false)) continue;
    for (const [file, text] of texts) await writeFile(join(dir, file), text);
    if (p.adds) await copyFile(p.adds[1], join(dir, p.adds[0]));
    made.push(await nameOf(p));
  }
  return made;
}

/** Headers the sources need, of those in a wheel (their folders moved between releases). */
export function wantedHeader(name: string): boolean {
  return /^tensorflow\/include\/(tensorflow\/c\/|(tensorflow\/core|tensorflow\/tsl|tsl|xla\/tsl)\/(platform\/ctstring|c\/)).*\.h$/.test(name);
}

/** Links beside the libraries under the names the compiler looks for; relative, so that the folder may be moved. */
export async function linkLibraries(dir: string): Promise<void> {
  for (const [to, from] of LINKS) {
    await unlink(join(dir, from)).catch(() => undefined);
    await symlink(basename(to), join(dir, from));
  }
}
const LINKS = [[CC, 'lib/libtensorflow.so'], [FRAMEWORK, 'lib/libtensorflow_framework.so']] as const;

/** Arguments of the compiler. `dir`: the installation; `sources`, `napi`: folders of headers and sources. */
export function compilerArgs(dir: string, sources: string, napiHeaders: string, napi: number, out: string): string[] {
  return [
    '-O2', '-std=c++17', '-fPIC', '-shared', '-w', `-DNAPI_VERSION=${napi}`, `-I${sources}`, `-I${join(sources, 'binding')}`, `-I${join(dir, 'include')}`, `-I${napiHeaders}`,
    join(sources, 'binding', 'tfjs_backend.cc'), join(sources, 'binding', 'tfjs_binding.cc'), '-o', out,
    `-L${join(dir, 'lib')}`, '-ltensorflow', '-ltensorflow_framework', '-Wl,-rpath,$ORIGIN',
  ];
}

/** The compiler to call. */
export async function compiler(s: System): Promise<string> {
  for (const c of [s.env['CXX'], 'g++', 'c++', 'clang++']) if (c !== undefined && c !== '' && (await s.run(c, ['--version'])).code === 0) return c;
  throw advice('No C++ compiler was found (g++ or clang++).', 'install one: apt-get install g++ (Debian, Ubuntu), dnf install gcc-c++ (Fedora), or name it: CXX=/path/to/g++');
}

export async function compileAddon(s: System, dir: string, sources: string, napiHeaders: string, napi: number): Promise<void> {
  const made = join(dir, `${ADDON}.part`); // an addon that is in use stays as it is
  const r = await s.run(await compiler(s), compilerArgs(dir, sources, napiHeaders, napi, made));
  if (r.code !== 0) throw advice(`The addon could not be compiled:\n${r.err.split('\n').slice(0, 12).join('\n')}`, 'a compiler with C++17 is needed (g++ 8 or newer)');
  await rename(made, join(dir, ADDON));
}
