// Products and convolutions that can begin a fused step: they hand on their rows as they are made, while the next cache
// still has them, and what follows (bias, activation, residual, sums) is computed there and then, op by op as in memory.
import type { DeviceNode } from '../engines/engine.ts';
import { boolAttr } from '../kernels/common.ts';
import { isNchw } from '../kernels/window.ts';
import { addByTaps, forward, geometry, inside, isPointwise, mostForward, productsOf, type Shape4, unitForward } from './conv.ts';
import { ADDED, FRESH, gemm, isShallow, packKept, type Start } from './gemm.ts';
import type { Kit, WasmValue } from './kit.ts';
import type { Grow } from './stages.ts';

type Shape = readonly number[];
/** What it makes of inputs of these shapes: rows of the last axis, at most `most` at a time, by `products` multiplications. It may begin at a multiple of `unit`. */
interface Production { readonly shape: Shape; readonly most: number; readonly unit: number; readonly products: number; readonly begin: (k: Kit, inputs: readonly WasmValue[]) => Grow }
/** undefined: the shapes do not fit, or they go another way. */
export type Producer = (shapes: readonly Shape[]) => Production | undefined;

/** Rows of a product at a time: whole panels of A. */
const ROWS = 128;

/** A product of matrices by blocks: `columns` packs columns of the second factor and returns what computes rows of them into a place. */
interface Product { readonly M: number; readonly N: number; readonly K: number; readonly columns: (k: Kit, a: WasmValue, b: WasmValue, first: number, columns: number) => (from: number, count: number, to: number, start: Start) => void }
function product(node: DeviceNode, [a, b]: readonly Shape[]): Product | undefined {
  if (a!.length !== 2 || b!.length !== 2) return undefined;
  const ta = boolAttr(node, 'transpose_a', false), tb = boolAttr(node, 'transpose_b', false);
  const [M, K, N] = [a![ta ? 1 : 0]!, a![ta ? 0 : 1]!, b![tb ? 0 : 1]!];
  if (K !== b![tb ? 1 : 0]! || K === 0 || M < 2 || N < 2) return undefined;
  const row = ta ? 4 : K * 4, col = ta ? M * 4 : 4;
  return { M, N, K, columns: (k, x, y, first, columns) => {
    const packed = packKept(k, y, 'f32', M, K, columns, tb ? { address: y.address + first * K * 4, row: 4, col: K * 4 } : { address: y.address + first * 4, row: N * 4, col: 4 });
    return (from, count, to, start) => { k.call(() => { gemm(k, 'f32', count, { address: x.address + from * row, row, col }, packed, to, N * 4, start); return undefined; }); };
  } };
}
const matMul = (node: DeviceNode): Producer => (shapes) => {
  const p = product(node, shapes);
  return p && { shape: [p.M, p.N], most: Math.min(p.M, ROWS), unit: 4, products: p.M * p.N * p.K, begin: (k, [x, y]) => {
    const rows = p.columns(k, x!, y!, 0, p.N);
    return (from, some, place, done) => {
      for (let m = from; m < from + some; m += ROWS) {
        const count = Math.min(ROWS, from + some - m);
        rows(m, count, place(m, count), FRESH);
        done(m, count);
      }
    };
  } };
};

/** Rows of a sum made at a time, and columns of those that products are added to at a time: a block the caches keep. */
const SUM_ROWS = 256, SUM_COLUMNS = 512;
/** A sum of products: finished terms are added where the sum lies, in order. Inputs: the factors of all terms. */
export function sumOfProducts(nodes: readonly DeviceNode[]): Producer {
  return (shapes) => {
    const terms = nodes.map((n, i) => product(n, shapes.slice(2 * i, 2 * i + 2))), [first] = terms;
    if (!first || !terms.every((t) => t?.M === first.M && t.N === first.N && isShallow(t.K))) return undefined;
    const { M, N } = first, most = Math.min(M, SUM_ROWS);
    return { shape: [M, N], most, unit: 4, products: terms.reduce((n, t) => n + M * N * t!.K, 0), begin: (k, x) => (from, some, place, done) => {
      for (let m = from; m < from + some; m += most) {
        const count = Math.min(most, from + some - m), to = place(m, count);
        for (let n = 0; n < N; n += SUM_COLUMNS) {
          const columns = Math.min(SUM_COLUMNS, N - n);
          terms.forEach((t, i) => { k.call(() => { t!.columns(k, x[2 * i]!, x[2 * i + 1]!, n, columns)(m, count, to + n * 4, i === 0 ? FRESH : ADDED); return undefined; }); });
        }
        done(m, count);
      }
    } };
  };
}
/** Whether nodes of these are terms of such a sum. */
export function isSumOfProducts(sum: DeviceNode, terms: readonly DeviceNode[]): boolean {
  return (sum.op === 'AddN' || sum.op === 'AccumulateNV2') && terms.length > 1 && terms.every((n) => n.op === 'MatMul' && n.outputDtypes[0]!.storage === 'f32' && n.shapesKnown)
    && sumOfProducts(terms)(terms.flatMap((n) => n.inputShapes)) !== undefined;
}

const conv2d = (node: DeviceNode): Producer => ([x, f]) => {
  const g = x!.length === 4 ? geometry(node, x as unknown as Shape4, f!, false) : undefined;
  if (!g || g.n * g.h.output * g.w.output * g.co === 0) return undefined;
  return { shape: [g.n, g.h.output, g.w.output, g.co], most: mostForward(g, 4), unit: unitForward(g), products: productsOf(g), begin: (k, [image, w]) => forward(k, 'f32', g, image!.address, w!.address) };
};

const inputGradient = (node: DeviceNode): Producer => ([, f, dy]) => {
  const sizes = node.constant(0), xs = sizes?.size === 4 ? Array.from({ length: 4 }, (_, i) => Number(sizes.flat(i))) as unknown as Shape4 : undefined;
  const g = xs && dy!.length === 4 ? geometry(node, xs, f!, false) : undefined;
  if (!xs || !g || isPointwise(g) || !isShallow(g.co) || !inside(g, dy as unknown as Shape4) || dy!.includes(0) || xs.includes(0)) return undefined;
  const pixels = xs[1] * xs[2];
  return { shape: xs, most: pixels, unit: pixels, products: productsOf(g), begin: (k, [, w, d]) => {
    const add = addByTaps(k, 'f32', g, d!.address, w!.address);
    return (from, some, place, done) => { add(from / pixels, some / pixels, (n) => place(n * pixels, pixels), (n) => { done(n * pixels, pixels); }); };
  } };
};

const PRODUCERS: Readonly<Record<string, (node: DeviceNode) => Producer>> = { MatMul: matMul, Conv2D: conv2d, Conv2DBackpropInput: inputGradient };

/** The producer a node is; undefined: none, or not for its dtype or layout. */
export function producerOf(node: DeviceNode): Producer | undefined {
  const of = PRODUCERS[node.op];
  if (!of || node.outputDtypes[0]!.storage !== 'f32' || (node.op !== 'MatMul' && isNchw(node))) return undefined;
  return of(node);
}
