// Products and convolutions that can begin a fused step: they hand on their rows as they are made, while the next cache
// still has them, and what follows (bias, activation, residual, sums) is computed there and then, op by op as in memory.
import type { DeviceNode } from '../engines/engine.ts';
import { boolAttr, sameShape, sizeOf, toNumbers } from '../kernels/common.ts';
import { ADD } from '../kernels/state.ts';
import { isNchw } from '../kernels/window.ts';
import { filterGradient, forward, type Geometry, geometry, imagesForward, inLayout, inputGradient, inside, isPointwise, mostForward, nhwcShape, productsOf, type Shape4, toNhwc, unitForward, unitGradient } from './conv.ts';
import { ADDED, FRESH, gemm, gemmOnce, isKept, isShallow, type Matrix, packB, packKept, type Start } from './gemm.ts';
import { forwardByPairs, isPaired } from './image_pairs.ts';
import type { Kit, WasmValue } from './kit.ts';
import { runLoop, valueBody } from './map.ts';
import { batchProducts, eachRun, products } from './matmul.ts';
import { copyBox } from './move.ts';
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
type Format = 'f32' | 'f64';
const formatOf = (node: DeviceNode): Format => (node.outputDtypes[0]!.storage === 'f64' ? 'f64' : 'f32');
const widthOf = (t: Format): number => (t === 'f32' ? 4 : 8);
function product(node: DeviceNode, [a, b]: readonly Shape[]): Product | undefined {
  if (a!.length !== 2 || b!.length !== 2) return undefined;
  const ta = boolAttr(node, 'transpose_a', false), tb = boolAttr(node, 'transpose_b', false), t = formatOf(node), size = widthOf(t);
  const [M, K, N] = [a![ta ? 1 : 0]!, a![ta ? 0 : 1]!, b![tb ? 0 : 1]!];
  if (K !== b![tb ? 1 : 0]! || K === 0 || M < 2 || N < 2) return undefined;
  const row = ta ? size : K * size, col = ta ? M * size : size;
  return { M, N, K, columns: (k, x, y, first, columns) => {
    const B: Matrix = tb ? { address: y.address + first * K * size, row: size, col: K * size } : { address: y.address + first * size, row: N * size, col: size };
    const A = (from: number): Matrix => ({ address: x.address + from * row, row, col });
    if (!isKept(M, K, columns) && M <= ROWS && !k.hasThreads) return (from, count, to, start) => { k.call(() => { gemmOnce(k, t, count, K, columns, A(from), B, to, N * size, start); return undefined; }); };
    const packed = isKept(M, K, columns) ? packKept(k, y, t, K, columns, B) : packB(k, t, K, columns, B);
    return (from, count, to, start) => { k.call(() => { gemm(k, t, count, A(from), packed, to, N * size, start); return undefined; }); };
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

/** Elements of small products made at a time, and of the largest worth handing on whole. */
const BATCH = 1 << 14, LARGE = 1 << 17;
/** Products of many pairs of matrices: some at a time. */
const batchMatMul = (node: DeviceNode): Producer => ([a, b]) => {
  const t = formatOf(node), size = widthOf(t), p = batchProducts(node, a!, b!);
  if (!p || p.K === 0 || p.M < 2 || p.N < 2 || p.M * p.N > LARGE || sizeOf(p.batch) === 0) return undefined;
  const { batch, M, N } = p, all = sizeOf(batch), most = Math.max(1, Math.min(all, Math.floor(BATCH / (M * N))));
  return { shape: [...batch, M, N], most: most * M, unit: M, products: all * M * N * p.K, begin: (k, [x, y]) => (from, some, place, done) => {
    const end = (from + some) / M;
    let n = from / M, before = 0;
    eachRun(p, x!.address, y!.address, size, (A, B, many) => {
      for (const last = Math.min(end, before + many.count); n < last;) {
        const count = Math.min(most, last - n), i = n - before;
        products(k, t, M, N, p.K, { ...A, address: A.address + i * many.a }, { ...B, address: B.address + i * many.b }, place(n * M, count * M), { ...many, count });
        done(n * M, count * M);
        n += count;
      }
      before += many.count;
    });
  } };
};

/** Rows of a sum made at a time, and columns of those that products are added to at a time: a block the caches keep. */
const SUM_ROWS = 256, SUM_COLUMNS = 512;
/** A sum of products of matrices: finished terms are added where the sum lies, in order. */
function sumOfMatrices(nodes: readonly DeviceNode[]): Producer {
  return (shapes) => {
    const terms = nodes.map((n, i) => product(n, shapes.slice(2 * i, 2 * i + 2))), [first] = terms;
    if (!first || !terms.every((t) => t?.M === first.M && t.N === first.N && isShallow(t.K))) return undefined;
    const { M, N } = first, most = Math.min(M, SUM_ROWS), size = widthOf(formatOf(nodes[0]!));
    return { shape: [M, N], most, unit: 4, products: terms.reduce((n, t) => n + M * N * t!.K, 0), begin: (k, x) => (from, some, place, done) => {
      for (let m = from; m < from + some; m += most) {
        const count = Math.min(most, from + some - m), to = place(m, count);
        for (let n = 0; n < N; n += SUM_COLUMNS) {
          const columns = Math.min(SUM_COLUMNS, N - n);
          terms.forEach((t, i) => { k.call(() => { t!.columns(k, x[2 * i]!, x[2 * i + 1]!, n, columns)(m, count, to + n * size, i === 0 ? FRESH : ADDED); return undefined; }); });
        }
        done(m, count);
      }
    } };
  };
}
/** A filter gradient, or a sum of some: every term is finished, then added to those before it. Inputs: those of all terms. */
function sumOfFilterGradients(nodes: readonly DeviceNode[]): Producer {
  const t = formatOf(nodes[0]!), size = widthOf(t);
  const terms = nodes.map((node) => (shapes: readonly Shape[]): { readonly g: Geometry; readonly fs: Shape } | undefined => {
    const fs = integers(node, 1), [x, , dy] = shapes, g = fs && !isNchw(node) && x!.length === 4 && dy!.length === 4 ? geometry(node, x as unknown as Shape4, fs, false) : undefined;
    return g && inside(g, dy as unknown as Shape4) ? { g, fs: fs! } : undefined;
  });
  return (shapes) => {
    const of = terms.map((term, i) => term(shapes.slice(3 * i, 3 * i + 3))), fs = of[0]?.fs;
    if (!fs || sizeOf(fs) === 0 || !of.every((x) => x && sameShape(x.fs, fs))) return undefined;
    const rows = sizeOf(fs.slice(0, -1)), add = (k: Kit, to: number, term: number): void => {
      runLoop(k, 'conv.sum', valueBody(ADD, t)!, [sizeOf(fs)], [{ address: to, storage: t }], [to, term].map((address) => ({ address, storage: t, shape: [sizeOf(fs)] })));
    };
    return { shape: fs, most: rows, unit: rows, products: of.reduce((n, x) => n + productsOf(x!.g), 0), begin: (k, x) => (_from, _some, place, done) => {
      const to = place(0, rows);
      of.forEach((term, i) => {
        k.call(() => {
          const at = i === 0 ? to : k.scratch(sizeOf(fs) * size);
          filterGradient(k, t, term!.g, x[3 * i]!.address, x[3 * i + 2]!.address, at);
          if (i > 0) add(k, to, at);
          return undefined;
        });
      });
      done(0, rows);
    } };
  };
}
/** Terms of sums by op. */
const SUMS: Readonly<Record<string, (terms: readonly DeviceNode[]) => Producer>> = { MatMul: sumOfMatrices, Conv2DBackpropFilter: sumOfFilterGradients };
/** Whether a node can be a term of such a sum. */
export function isTerm(node: DeviceNode): boolean { return SUMS[node.op] !== undefined; }
/** A sum of products. Inputs: those of all terms. */
export function sumOfProducts(terms: readonly DeviceNode[]): Producer { return SUMS[terms[0]!.op]!(terms); }
/** Whether nodes of these are terms of such a sum. */
export function isSumOfProducts(sum: DeviceNode, terms: readonly DeviceNode[]): boolean {
  const [first] = terms;
  return (sum.op === 'AddN' || sum.op === 'AccumulateNV2') && terms.length > 1 && isTerm(first!) && terms.every((n) => n.op === first!.op && ['f32', 'f64'].includes(n.outputDtypes[0]!.storage) && n.shapesKnown)
    && sumOfProducts(terms)(terms.flatMap((n) => n.inputShapes)) !== undefined;
}

/** Integers that an input is known to be. */
function integers(node: DeviceNode, input: number): number[] | undefined { const c = node.constant(input); return c && toNumbers(c); }

const conv2d = (node: DeviceNode): Producer => ([x, f]) => {
  const nchw = isNchw(node), t = formatOf(node), size = widthOf(t), xs = x!.length === 4 ? nhwcShape(x!, nchw) : undefined;
  const g = xs && geometry(node, xs, f!, nchw);
  if (!g || g.n * g.h.output * g.w.output * g.co === 0) return undefined;
  const ys: Shape4 = [g.n, g.h.output, g.w.output, g.co];
  if (!nchw) return { shape: ys, most: mostForward(g, size), unit: unitForward(g, size), products: productsOf(g), begin: (k, [image, w]) => forward(k, t, g, image!.address, w!.address) };
  // Computed with the channels last, handed on image by image with the channels first.
  const pixels = ys[1] * ys[2], rows = g.co * ys[1];
  return { shape: inLayout(ys, true), most: rows, unit: imagesForward(g, size) * rows, products: productsOf(g), begin: (k, [image, w]) => {
    const y = k.scratch(sizeOf(ys) * size), make = forward(k, t, g, toNhwc(k, image!.address, size, xs, true), w!.address);
    return (from, some, place, done) => {
      let n = from / rows;
      make(n * pixels, some / rows * pixels, (first) => y + first * g.co * size, (first, count) => {
        for (; (n + 1) * pixels <= first + count; n++) {
          copyBox(k, size, y + n * pixels * g.co * size, [1, g.co], place(n * rows, rows), [pixels, 1], [g.co, pixels]);
          done(n * rows, rows);
        }
      });
    };
  } };
};

/** A convolution that adds a bias to its sums before it stores them; undefined: it does not, or nobody knows yet. Inputs: images, filter, bias. */
export function withBias(node: DeviceNode, add: DeviceNode): Producer | undefined {
  if (node.op !== 'Conv2D' || add.op !== 'BiasAdd' || !node.shapesKnown || isNchw(node) || isNchw(add)) return undefined;
  const t = formatOf(node), size = widthOf(t);
  const of = ([x, f, b]: readonly Shape[]): Geometry | undefined => {
    const g = x!.length === 4 && f!.length === 4 ? geometry(node, x as unknown as Shape4, f!, false) : undefined;
    return g && g.n % 2 === 0 && isPaired(g, size) && (b === undefined || sameShape(b, [g.co])) ? g : undefined;
  };
  if (!producerOf(node) || !of(node.inputShapes)) return undefined;
  return (shapes) => {
    const g = of(shapes);
    return g && { shape: [g.n, g.h.output, g.w.output, g.co], most: mostForward(g, size), unit: unitForward(g, size), products: productsOf(g), begin: (k, [image, w, b]) => forwardByPairs(k, t, g, image!.address, w!.address, b!.address) };
  };
}

const gradientOfInput = (node: DeviceNode): Producer => ([, f, dy]) => {
  const sizes = integers(node, 0), xs = sizes?.length === 4 ? sizes as unknown as Shape4 : undefined;
  const g = xs && dy!.length === 4 ? geometry(node, xs, f!, false) : undefined;
  if (!xs || !g || isPointwise(g) || !inside(g, dy as unknown as Shape4) || dy!.includes(0) || xs.includes(0)) return undefined;
  const pixels = xs[1] * xs[2], unit = unitGradient(g, 4) * pixels;
  return { shape: xs, most: unit, unit, products: productsOf(g), begin: (k, [, w, d]) => {
    const add = inputGradient(k, 'f32', g, d!.address, w!.address);
    return (from, some, place, done) => { add(from / pixels, some / pixels, (n, images) => place(n * pixels, images * pixels), (n, images) => { done(n * pixels, images * pixels); }); };
  } };
};

const PRODUCERS: Readonly<Record<string, (node: DeviceNode) => Producer>> = { MatMul: matMul, BatchMatMul: batchMatMul, BatchMatMulV2: batchMatMul, Conv2D: conv2d, Conv2DBackpropInput: gradientOfInput, Conv2DBackpropFilter: (node) => sumOfFilterGradients([node]) };
const GRADIENTS: ReadonlySet<string> = new Set(['Conv2DBackpropInput']);

/** The producer a node is; undefined: none, or not for its dtype or layout. */
export function producerOf(node: DeviceNode): Producer | undefined {
  const of = PRODUCERS[node.op], storage = node.outputDtypes[0]?.storage; // checks make nothing
  if (!of || (storage !== 'f32' && storage !== 'f64') || (GRADIENTS.has(node.op) && (storage !== 'f32' || isNchw(node)))) return undefined;
  return of(node);
}
