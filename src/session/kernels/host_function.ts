// Ops that call functions of the program. Follows python/lib/core/py_func.cc (1.15).
import type { DType } from '../../graph/dtype.ts';
import { InvalidArgumentError, NotImplementedError, type OpError, TfError, TypeError as PythonTypeError, UnimplementedError, UnknownError, ValueError } from '../../graph/errors.ts';
import { decodeUtf8, NDArray, type Scalar } from '../../graph/ndarray.ts';
import { dataTypeString } from '../../graph/summarize.ts';
import { makeArray } from '../../ops/make_array.ts';
import { NotReady } from '../engines/engine.ts';
import { attrOf, invalid, stringAttr } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';

function argument(a: NDArray): NDArray | Scalar | Uint8Array {
  if (a.ndim !== 0) return a;
  if (a.dtype.storage !== 'string') return a.item();
  const bytes = (a.data as readonly Uint8Array[])[0]!;
  try { return decodeUtf8(bytes); } catch { return bytes; }
}

/** What the function threw, as the run tells it. */
function failure(e: unknown): OpError {
  const message = e instanceof TfError ? e.text : e instanceof Error ? e.message : String(e);
  const text = e instanceof Error ? `${e.name}: ${message}` : message;
  const isArgument = e instanceof ValueError || e instanceof PythonTypeError || e instanceof globalThis.TypeError || e instanceof RangeError;
  const ErrorClass = isArgument ? InvalidArgumentError : e instanceof NotImplementedError ? UnimplementedError : UnknownError;
  const told = new ErrorClass(text);
  told.cause = e;
  return told;
}

function results(token: string, value: unknown, types: readonly DType[]): NDArray[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  if (list.length !== types.length) throw invalid(`${token} returns ${list.length} values, but expects to see ${types.length} values.`);
  return list.map((v, i) => {
    const want = types[i]!;
    if (v instanceof NDArray && v.dtype.baseDtype !== want) throw invalid(`${i}-th value returned by ${token} is ${dataTypeString(v.dtype)}, but expects ${dataTypeString(want)}`);
    if (want.storage === 'string' && v instanceof Uint8Array) return new NDArray(want, [], [v]);
    try { return makeArray(v as never, want); } catch (e) { throw failure(e); }
  });
}

/** What came of calls that were waited for, by run and node: the node asks for it when it runs again. */
interface Settled { readonly made?: readonly NDArray[]; readonly failed?: OpError }
const calls = new WeakMap<object, Map<string, Settled>>();

const call: Kernel = (inputs, node, state) => {
  const run = state.run ?? {}, waited = calls.get(run)?.get(node.name);
  if (waited) {
    calls.get(run)!.delete(node.name);
    if (waited.failed) throw waited.failed;
    return waited.made!;
  }
  const token = stringAttr(node, 'token'), types = attrOf(node, 'Tout', 'list').type ?? [];
  if (!state.host?.hostFunction) throw new UnimplementedError(`No OpKernel was registered to support Op '${node.op}' used by node ${node.name}`, { remedy: 'functions of a program run where the program runs' });
  const f = state.host.hostFunction(token);
  if (!f) throw new InvalidArgumentError(`ValueError: callback ${token} is not found`, { remedy: 'a GraphDef holds no functions: make the node with tf.pyFunc in this graph' });
  let value: unknown;
  try { value = (f as (...a: unknown[]) => unknown)(...inputs.map(argument)); } catch (e) { throw failure(e); }
  if (!(value instanceof Promise)) return results(token, value, types);
  const settle = (r: Settled): void => { calls.set(run, (calls.get(run) ?? new Map<string, Settled>()).set(node.name, r)); };
  const made = value.then((v: unknown) => results(token, v, types), (e: unknown) => { throw failure(e); });
  throw new NotReady(made.then((arrays) => { settle({ made: arrays }); }, (failed: OpError) => { settle({ failed }); }), 'its function returned a promise');
};

export const hostFunctionKernels: readonly KernelDef[] = [{ op: 'PyFunc', kernel: call }, { op: 'PyFuncStateless', kernel: call }];
