// `tf.print`: text made of tensors and other values, written when its node runs. Follows print_v2 in
// python/ops/logging_ops.py (1.15); structures are spelled as Python's pprint spells them.
import { string } from '../graph/dtype.ts';
import { ValueError } from '../graph/errors.ts';
import { publicCall } from '../graph/site.ts';
import { type Operation, Tensor } from '../graph/tensor.ts';
import { isOptions } from './api.ts';
import { pythonRepr } from './make_array.ts';
import { applyOp } from './op_def_library.ts';
import { defineOp } from './registry.ts';
import { SparseTensor } from './sparse_tensor.ts';
import { stringFormat } from './string_ops.ts';
import * as logging from './tf_logging.ts';
import { Variable } from './variables.ts';
import { convertToTensor } from './convert.ts';

defineOp('PrintV2', { shape: (c) => { c.withRank(c.input(0), 0); return []; }, grad: null });

/** Named arguments of `tf.print`. */
export interface PrintOptions {
  /** 'stdout', 'stderr' (default), `process.stdout`, `process.stderr`, a function or level of `tf.logging`, or 'file://<path>' to write behind the end of a file. */
  readonly outputStream?: unknown;
  /** Elements at the beginning and the end of each axis that are shown (3); -1: all. */
  readonly summarize?: number;
  /** Between the values (' '). */
  readonly sep?: string;
  /** At the end (a line break). */
  readonly end?: string;
  readonly name?: string | null;
}
const OPTIONS = new Set(['outputStream', 'summarize', 'sep', 'end', 'name']);

function streamName(stream: unknown): string {
  if (stream === undefined) return 'stderr';
  if (stream === 'stdout' || stream === 'stderr') return stream;
  if (typeof process !== 'undefined' && (stream === process.stdout || stream === process.stderr)) return stream === process.stdout ? 'stdout' : 'stderr';
  if (stream === logging.INFO || stream === logging.info) return 'log(info)';
  if (stream === logging.WARN || stream === logging.warn || stream === logging.warning) return 'log(warning)';
  if (stream === logging.ERROR || stream === logging.error) return 'log(error)';
  if (typeof stream === 'string' && stream.startsWith('file://')) return stream;
  throw new ValueError(`Unsupported output stream, logging level, or file.${String(stream)}. Supported streams are sys.stdout, sys.stderr, tf.logging.info, tf.logging.warning, tf.logging.error. File needs to be in the form of 'file://<filepath>'.`);
}

/** The digits of Python's `random.Random(5)`, which make a placeholder unlike the text. */
const DIGITS = '945807302157368193036426';
function placeholderFor(text: string): string {
  let p = '{}';
  for (let i = 0; text.includes(p); i++) p += DIGITS[i % DIGITS.length];
  return p;
}

type Tensors = Tensor | SparseTensor;
const asTensor = (x: unknown): Tensors | undefined => (x instanceof Tensor || x instanceof SparseTensor ? x : x instanceof Variable ? convertToTensor(x) : undefined);
/** What stands for a structure's tensors is told by `put`. */
type Put = (t: Tensors) => string;
const WIDTH = 80;
/** `pprint.pformat`: on one line where that fits, else an element a line. */
function pformat(v: unknown, put: Put, indent = 0): string {
  const t = asTensor(v);
  if (t) return `'${put(t)}'`;
  const list = (open: string, parts: readonly string[], close: string): string => {
    const line = `${open}${parts.join(', ')}${close}`;
    return line.length <= WIDTH - indent ? line : `${open}${parts.join(`,\n${' '.repeat(indent + 1)}`)}${close}`;
  };
  if (Array.isArray(v)) return list('[', v.map((x) => pformat(x, put, indent + 1)), ']');
  if (v instanceof Map || isOptions(v)) {
    const entries = v instanceof Map ? [...v as Map<unknown, unknown>] : Object.entries(v as object);
    return list('{', entries.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)).map(([k, x]) => `${pythonRepr(k)}: ${pformat(x, put, indent + 1)}`), '}');
  }
  return pythonRepr(v);
}
const isDictOfValues = (v: unknown): boolean => isOptions(v) && !Object.keys(v).every((k) => OPTIONS.has(k));

/** `tf.print(*inputs, output_stream, summarize, sep, end, name)`: an operation that writes its inputs when it runs: tensors as numpy prints them, other values
 * and lists and objects of both as Python does. An object in last position is options if its keys are theirs. Errors: ValueError for another stream. */
export function print(...args: readonly unknown[]): Operation {
  return publicCall(print as never, () => {
    const last = args.at(-1), named = args.length > 0 && isOptions(last) && !isDictOfValues(last);
    const { outputStream, summarize = 3, sep = ' ', end = '\n', name = null } = (named ? last : {}) as PrintOptions;
    const inputs = named ? args.slice(0, -1) : args;
    const stream = streamName(outputStream);
    return applyOp('PrintV2', [textOf(inputs, sep, summarize, name)], { output_stream: stream, end }, name);
  });
}
function textOf(inputs: readonly unknown[], sep: string, summarize: number, name: string | null): Tensor {
  const only = inputs.length === 1 ? asTensor(inputs[0]) : undefined;
  if (only instanceof Tensor && only.shape.ndims === 0 && only.dtype === string) return only;
  const placeholder = placeholderFor(inputs.map((x) => pformat(x, () => '')).join(' '));
  const tensors: Tensor[] = [];
  const put: Put = (t) => {
    if (t instanceof Tensor) { tensors.push(t); return placeholder; }
    tensors.push(t.indices, t.values, t.denseShape);
    return `SparseTensor(indices=${placeholder}, values=${placeholder}, shape=${placeholder})`;
  };
  const template = inputs.map((x) => (typeof x === 'string' ? x : pformat(x, put))).join(sep).replaceAll(`'${placeholder}'`, placeholder);
  return stringFormat(template, tensors, { placeholder, summarize, name: name ? `${name}_format` : null });
}
