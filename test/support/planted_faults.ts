// Two classic optimizer faults, planted as toolchains: what the fetch-independence property must find. Both are right
// in real arithmetic and both look at the fetch set: whether they fire decides which bits come out.
import { float32, float64 } from '../../src/graph/dtype.ts';
import { NDArray } from '../../src/graph/ndarray.ts';
import { inputNode } from '../../src/graph/names.ts';
import { Rewriting } from '../../src/graph/rewrite.ts';
import { isPure } from '../../src/session/compile/fold.ts';
import { passes } from '../../src/session/compile/pipeline.ts';
import { adopt, dataInputs, inOrder, type Program } from '../../src/session/compile/program.ts';
import type { Pass, Target, Toolchain } from '../../src/session/compile/target.ts';
import { referenceKernels } from '../../src/session/kernels/registry.ts';
import type { Kernel } from '../../src/session/kernels/kernel.ts';

const isFetched = (p: Program, name: string): boolean => p.fetches.some((f) => inputNode(f.value) === name);

// --- the bias as the accumulator's start --------------------------------------------------------------------------------
const FUSED = '_MatMulBiasFirst';

const matMulBiasFirst: Kernel = ([a, b, bias], node) => {
  const transposed = (k: string): boolean => node.attr[k]?.value === true;
  const [ta, tb] = [transposed('transpose_a'), transposed('transpose_b')];
  const [ar, ac] = a!.shape as [number, number], [br, bc] = b!.shape as [number, number];
  const [M, K, N] = [ta ? ac : ar, ta ? ar : ac, tb ? br : bc];
  const [x, y, z] = [a!.data as Float32Array, b!.data as Float32Array, bias!.data as Float32Array];
  const out = new Float32Array(M * N);
  for (let i = 0; i < M; i++) {
    for (let j = 0; j < N; j++) {
      let acc = z[j]!;
      for (let k = 0; k < K; k++) acc = Math.fround(acc + Math.fround(x[ta ? k * ac + i : i * ac + k]! * y[tb ? j * bc + k : k * bc + j]!));
      out[i * N + j] = acc;
    }
  }
  return [new NDArray(float32, [M, N], out)];
};

const fuseBias: Pass = {
  name: 'fuseBias', leaves: 'no BiasAdd of a MatMul that nobody fetches',
  run: (p) => {
    const r = new Rewriting('fuseBias', p.nodes);
    for (const n of inOrder(p)) {
      const product = n.op === 'BiasAdd' ? p.nodes[n.input[0]!] : undefined;
      if (product?.op !== 'MatMul' || isFetched(p, product.name)) continue;
      r.put({ ...n, op: FUSED, input: [...product.input, n.input[1]!], attr: product.attr });
      r.record('BiasAdd(MatMul(a, b), c) -> MatMulBiasFirst(a, b, c)', [n.name, product.name], [n.name]);
    }
    return adopt(p, r.finish());
  },
};

// --- folding with other arithmetic --------------------------------------------------------------------------------------
const ELEMENTWISE = new Set(['AddV2', 'Add', 'Sub', 'Mul', 'Tanh', 'Sigmoid', 'Exp', 'Square', 'Log', 'Sqrt', 'SquaredDifference']);

/** Folds chains of constants in binary64 and rounds where the chain ends; what is fetched is left to its kernel. */
const foldWide: Pass = {
  name: 'foldWide', leaves: 'no elementwise node that nobody fetches has only constant inputs',
  run: (p, target) => {
    const r = new Rewriting('foldWide', p.nodes);
    const constants = new Map(p.constants);
    const wide = new Map<string, NDArray>();
    for (const n of inOrder(p)) {
      const inputs = dataInputs(n).map((s) => wide.get(s) ?? constants.get(s));
      if (!ELEMENTWISE.has(n.op) || isFetched(p, n.name) || !isPure(n, target) || inputs.some((a) => a?.dtype !== float32 && a?.dtype !== float64)) continue;
      const value = evaluate(n.op, inputs as NDArray[], n.attr, target);
      wide.set(n.name, value);
      constants.set(n.name, new NDArray(float32, value.shape, Float32Array.from(value.data as Float64Array)));
      r.put({ ...n, op: 'Const', input: [], attr: {} });
      r.record(`${n.op}(constants) -> Const`, [n.name], [n.name]);
    }
    return adopt(p, r.finish(), { constants });
  },
};

function evaluate(op: string, inputs: readonly NDArray[], attr: Parameters<Kernel>[1]['attr'], target: Target): NDArray {
  const x = inputs.map((a) => new NDArray(float64, a.shape, Float64Array.from(a.data as Float32Array)));
  return target.kernels.get(op)!.kernel(x, { name: op, op, attr }, { get: (init) => init(), set: () => undefined })[0]!;
}

/** The faults by name. */
export const plantedFaults: Readonly<Record<string, Partial<Toolchain>>> = {
  'the bias as the accumulator\'s start': { passes: passes.toSpliced(passes.findIndex((p) => p.name === 'fuse'), 0, fuseBias), kernels: new Map([...referenceKernels, [FUSED, { op: FUSED, kernel: matMulBiasFirst }]]) },
  'folding in binary64': { passes: [foldWide, ...passes] },
};
