// Ops without a value of their own: NoOp, Assert, and Print, which writes to standard error.
// Follows tensorflow/core/kernels/{no_op.h,logging_ops.cc} (1.15).
import { InvalidArgumentError } from '../../graph/errors.ts';
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

export const controlKernels: readonly KernelDef[] = [
  { op: 'NoOp', kernel: noOp },
  { op: 'Assert', kernel: assertTrue },
  { op: 'Print', kernel: print },
];
