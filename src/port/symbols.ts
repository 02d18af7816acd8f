// TensorFlow's symbols by rule: paths, parameters, and their names in tfgraph. What the rule gets wrong stands in tables.ts.
import { API, MEMBERS } from './gen/api.ts';

export interface ApiSymbol {
  /** `nn.conv2d` */
  readonly path: string;
  readonly kind: 'function' | 'class' | 'value';
  readonly params: readonly string[];
  readonly required: number;
  readonly varargs: boolean;
  readonly varkw: boolean;
}

let symbols: Map<string, ApiSymbol> | undefined;
let namespaces: Set<string>;
function table(): Map<string, ApiSymbol> {
  if (symbols) return symbols;
  symbols = new Map();
  namespaces = new Set(['contrib']);
  for (const line of API.trim().split('\n')) {
    const m = /^([\w.]+)(?:\(([^)]*)\))?$/.exec(line)!;
    const path = m[1]!;
    const words = (m[2] ?? '').split(' ').filter((w) => w !== '');
    const named = words.filter((w) => !w.startsWith('*'));
    symbols.set(path, {
      path, kind: m[2] === undefined ? 'value' : isClassPath(path) ? 'class' : 'function',
      params: named.map((w) => w.replace('=', '')), required: named.filter((w) => !w.endsWith('=')).length, varargs: words.includes('*'), varkw: words.includes('**'),
    });
    for (let i = path.indexOf('.'); i >= 0; i = path.indexOf('.', i + 1)) namespaces.add(path.slice(0, i));
  }
  return symbols;
}
/** Functions whose names look like classes. */
const FUNCTIONS = new Set(['RegisterGradient', 'Assert', 'Print', 'NoGradient', 'NotDifferentiable', 'debugging.Assert', 'distributions.RegisterKL', 'data.make_initializable_iterator']);
/** Every op as a function: `raw_ops.Roll`. */
export const isRawOp = (path: string): boolean => path.startsWith('raw_ops.');
/** Whether a path names a class, by its spelling. */
export function isClassPath(path: string): boolean { return /(^|\.)[A-Z]\w*$/.test(path) && !isRawOp(path) && !FUNCTIONS.has(path); }
/** Classes of layers: made of one options object, and called by `apply`. */
export const isLayer = (path: string): boolean => /^(keras\.)?layers\.[A-Z]\w*$/.test(path);

/** A symbol by its path without `tf.`; undefined when TensorFlow 1.15 has none. */
export function findSymbol(path: string): ApiSymbol | undefined { return table().get(path); }
export function isNamespace(path: string): boolean { table(); return path === '' || namespaces.has(path); }
/** All paths (for suggestions). */
export function symbolPaths(): Iterable<string> { return table().keys(); }

/** `num_outputs` -> `numOutputs`; classes and constants keep their names. */
export function camel(name: string): string {
  return /^[A-Z]/.test(name) ? name : name.replace(/(?<=[a-z0-9])_+([a-z0-9])/g, (_, c: string) => c.toUpperCase());
}
/** `nn.l2_loss` -> `nn.l2Loss`. */
export function tsPath(path: string): string { return path.split('.').map(camel).join('.'); }

/** Members of classes that TensorFlow returns and does not export. */
const UNEXPORTED = ['as_tensor'];
let members: Map<string, 'call' | 'property' | 'both'> | undefined;
/** Whether some class of TensorFlow has a member of this name, and of what kind. */
export function memberKind(name: string): 'call' | 'property' | 'both' | undefined {
  members ??= new Map([...MEMBERS.split(' '), ...UNEXPORTED].map((m) => [m.replace(/[=?]$/, ''), m.endsWith('=') ? 'property' : m.endsWith('?') ? 'both' : 'call']));
  return members.get(name);
}
