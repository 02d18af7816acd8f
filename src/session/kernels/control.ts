// Ops without a value of their own: NoOp, Assert, and Print, which writes to standard error.
// Follows tensorflow/core/kernels/{no_op.h,logging_ops.cc} (1.15).
import { InvalidArgumentError, UnimplementedError } from '../../graph/errors.ts';
import { summarizeValue } from '../../graph/summarize.ts';
import { intAttr, shapeText, stringAttr } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

const noOp: Kernel = () => [];

const assertTrue: Kernel = ([condition, ...data], node) => {
  if (condition!.ndim !== 0) throw new InvalidArgumentError(`In[0] should be a scalar: ${shapeText(condition!.shape)}`);
  if (condition!.data[0]) return [];
  const most = intAttr(node, 'summarize', 3);
  throw new InvalidArgumentError(`assertion failed: ${data.map((a) => `[${summarizeValue(a, most)}]`).join(' ')}`);
};

/** The first input; prints the others (each run, or `first_n` times). */
const print: Kernel = ([input, ...data], node, state) => {
  const firstN = intAttr(node, 'first_n', -1);
  if (firstN >= 0) {
    const printed = state.get(() => 0);
    if (printed >= firstN) return [input!];
    state.set(printed + 1);
  }
  const most = intAttr(node, 'summarize', 3);
  console.error(stringAttr(node, 'message', '') + data.map((a) => `[${summarizeValue(a, most)}]`).join(''));
  return [input!];
};

/** Text to a stream of the host, without a line break of ours. */
function write(stream: 'stdout' | 'stderr', text: string): void {
  const say = stream === 'stdout' ? console.log : console.error;
  if (text.endsWith('\n')) say(text.slice(0, -1));
  else if (typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function') process[stream].write(text);
  else say(text);
}
const LEVELS: Readonly<Record<string, (text: string) => void>> = {
  'log(info)': (t) => { console.info(t); }, 'log(warning)': (t) => { console.warn(t); }, 'log(error)': (t) => { console.error(t); },
};
/** One string to a stream, a log or a file. */
const printV2: Kernel = ([text], node, state) => {
  if (text!.ndim !== 0) throw new InvalidArgumentError(`Input is expected to be scalar, but got ${shapeText(text!.shape)}`);
  const stream = stringAttr(node, 'output_stream', 'stderr'), end = stringAttr(node, 'end', '\n');
  const message = `${new TextDecoder().decode((text!.data as readonly Uint8Array[])[0])}${end}`;
  if (stream === 'stdout' || stream === 'stderr') write(stream, message);
  else if (LEVELS[stream]) LEVELS[stream](message.replace(/\n$/, ''));
  else if (stream.startsWith('file://')) {
    if (!state.host?.appendFile) throw new UnimplementedError(`This host has no files: '${stream}'.`);
    state.host.appendFile(stream.slice('file://'.length), message);
  } else throw new InvalidArgumentError(`Unknown output stream: ${stream}, or file name: ${stream}`);
  return [];
};

export const controlKernels: readonly KernelDef[] = [
  { op: 'NoOp', kernel: noOp },
  { op: 'Assert', kernel: assertTrue },
  { op: 'Print', kernel: print },
  { op: 'PrintV2', kernel: printV2 },
];
