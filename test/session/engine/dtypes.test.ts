// Every generated kernel of the `wasm` engine in every dtype that TensorFlow 1.15 has a CPU kernel for: the bits of the
// reference kernel, nothing declined, but for what stands here with a reason. fixtures/cpu_kernels.json is TensorFlow's own
// list; fixtures/calls.json has one call of each op: per input its shape and, where they matter, its elements.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { dtypeFromName } from '../../../src/graph/dtype.ts';
import type { NDArray } from '../../../src/graph/ndarray.ts';
import { OP_SIGNATURES } from '../../../src/ops/gen/op_signatures.ts';
import { hostKernels } from '../../../src/session/wasm/host.ts';
import { wasmKernels } from '../../../src/session/wasm/table.ts';
import { nd, runAll } from '../kernels/helpers.ts';
import { type Attrs, nonZero, same } from './compare.ts';

type Dtypes = Readonly<Record<string, string>>;
interface Signature { readonly i: readonly { readonly a?: string; readonly t?: string; readonly c?: string; readonly l?: string }[]; readonly a: readonly { readonly n: string; readonly t: string; readonly v?: readonly string[] }[] }
type Call = readonly [inputs: readonly (readonly [shape: number[], elements?: number[]])[], attrs?: Attrs];
const read = <T>(name: string): Readonly<Record<string, T>> => JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8')) as Readonly<Record<string, T>>;
const CALLS = read<Call>('calls'), CPU = read<readonly Readonly<Record<string, readonly string[]>>[]>('cpu_kernels');

/** Rows without a kernel of their own, `op dtypes`, with a reason. */
const DECLINED: Readonly<Record<string, string>> = {};
/** Rows that no engine of ours runs. */
const REFUSED: Readonly<Record<string, string>> = {};

const NUMBERS = ['bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64', 'float16', 'bfloat16', 'float32', 'float64', 'complex64', 'complex128'];
const OLD_NAMES: Readonly<Record<string, string>> = { HALF: 'float16', FLOAT: 'float32', DOUBLE: 'float64' };
/** All combinations of an op's dtypes. */
function combinations(op: string, s: Signature): Dtypes[] {
  const known = new Map<string, Dtypes>();
  for (const group of CPU[op] ?? []) {
    let all: Dtypes[] = [{}];
    for (const { n, t, v } of s.a) {
      if (t !== 'type') continue;
      const allowed = v?.map((d) => OLD_NAMES[d] ?? d.toLowerCase()) ?? NUMBERS, here = (group[n] ?? allowed).filter((d) => allowed.includes(d) && NUMBERS.includes(d));
      all = all.flatMap((c) => here.map((d): Dtypes => ({ ...c, [n]: d })));
    }
    for (const c of all) known.set(Object.values(c).join(), c);
  }
  return [...known.values()];
}
/** The dtype of each of `count` inputs. */
function inputDtypes(s: Signature, count: number, types: Dtypes): string[] {
  const lists = s.i.filter((a) => a.c ?? a.l).length, each = lists > 0 ? (count - (s.i.length - lists)) / lists : 1;
  return s.i.flatMap((a): string[] => {
    const one = a.a ? types[a.a] : a.l ? 'float32' : a.t === 'RESOURCE' ? types['dtype'] ?? types['T'] : OLD_NAMES[a.t!] ?? a.t!.toLowerCase();
    return Array.from({ length: a.c ?? a.l ? each : 1 }, () => one!);
  });
}
const input = (dtype: string, [shape, elements]: Call[0][number], seed: number): NDArray => (elements ? nd(dtype, shape, elements.map((v) => (dtypeFromName(dtype)!.isInteger ? Math.trunc(v) : v))) : nonZero(dtype, shape, seed));

/** Shapes depend on both dtypes: cumulative.test.ts has all pairs. */
const ELSEWHERE = new Set(['Bitcast']);
const host = new Set(hostKernels.map(([op]) => op));
const generated = [...wasmKernels.keys()].filter((op) => !host.has(op) && !ELSEWHERE.has(op) && CPU[op]);

test('every op with a generated kernel has a call here', () => { expect(generated.filter((op) => !CALLS[op])).toEqual([]); });
test('every call is of such an op', () => { expect(Object.keys(CALLS).filter((op) => !generated.includes(op))).toEqual([]); });
test('what is left out is left out for a reason', () => { for (const reason of [...Object.values(DECLINED), ...Object.values(REFUSED)]) expect(reason.length).toBeGreaterThan(10); });

test.each(generated)('%s', (op) => {
  const signature = JSON.parse(OP_SIGNATURES[op]!) as Signature, [inputs, attrs = {}] = CALLS[op]!;
  for (const types of combinations(op, signature)) {
    const row = `${op} ${Object.values(types).join()}`, dtypes = inputDtypes(signature, inputs.length, types);
    const x = inputs.map((v, i) => input(dtypes[i]!, v, i + 1)), all: Attrs = { ...attrs, ...Object.fromEntries(Object.entries(types).map(([n, d]) => [n, dtypeFromName(d)!])) };
    if (REFUSED[row] !== undefined) { expect(() => runAll(op, x, all), row).toThrow('No OpKernel was registered'); continue; }
    if (DECLINED[row] !== undefined) { expect(() => { same(op, x, all); }, row).toThrow('declined'); continue; }
    same(op, x, all);
  }
});
