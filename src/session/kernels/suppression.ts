// Non-maximum suppression: the best boxes that do not overlap. Overlaps and scores in binary32 (float16 boxes are read as such and
// their results rounded). Boxes of equal score come in the order TensorFlow's heap gives them. Follows
// tensorflow/core/kernels/non_max_suppression_op.cc.
import { float32, int32 } from '../../graph/dtype.ts';
import { countOf, NDArray } from '../../graph/ndarray.ts';
import { boolAttr, floatAttr, fromNumbers, invalid, shapeText, toNumber } from './common.ts';
import { asFloat32, narrow } from './compute.ts';
import * as fn from './elementary.ts';
import type { Kernel, KernelDef } from './kernel.ts';
import { SCALAR32 } from './scalar.ts';

const f = Math.fround;
type Similarity = (i: number, j: number) => number;
const LOWEST = -3.4028234663852886e38;

/** Intersection over union of rows of boxes [y1, x1, y2, x2]. */
function overlapOf(b: Float32Array): Similarity {
  const n = b.length / 4, corners = new Float32Array(b.length), areas = new Float32Array(n); // top, left, bottom, right
  for (let i = 0, p = 0; i < n; i++, p += 4) {
    for (const d of [0, 1]) { corners[p + d] = Math.min(b[p + d]!, b[p + d + 2]!); corners[p + d + 2] = Math.max(b[p + d]!, b[p + d + 2]!); }
    areas[i] = f(corners[p + 2]! - corners[p]!) * f(corners[p + 3]! - corners[p + 1]!);
  }
  /** How far two boxes go together along an axis. */
  const along = (p: number, q: number): number => Math.max(f(Math.min(corners[p + 2]!, corners[q + 2]!) - Math.max(corners[p]!, corners[q]!)), 0);
  return (i, j) => {
    const own = areas[i]!, other = areas[j]!;
    if (own <= 0 || other <= 0) return 0;
    const common = f(along(4 * i, 4 * j) * along(4 * i + 1, 4 * j + 1));
    return f(common / f(f(own + other) - common));
  };
}

interface Candidate { readonly box: number; score: number; begin: number }
/** A binary heap by score, as std::priority_queue keeps it: which of equal scores comes first follows from it. */
class Heap {
  readonly #items: Candidate[] = [];
  get size(): number { return this.#items.length; }
  push(c: Candidate): void { this.#items.push(c); this.#up(this.#items.length - 1, 0, c); }
  pop(): Candidate {
    const a = this.#items, top = a[0]!, last = a.pop()!;
    if (a.length === 0) return top;
    // The hole sinks to a leaf, then the last item rises from there.
    let hole = 0, child = 0;
    while (child < (a.length - 1) >> 1) {
      child = 2 * (child + 1);
      if (a[child]!.score < a[child - 1]!.score) child--;
      a[hole] = a[child]!;
      hole = child;
    }
    if ((a.length & 1) === 0 && child === (a.length - 2) >> 1) { child = 2 * (child + 1); a[hole] = a[child - 1]!; hole = child - 1; }
    this.#up(hole, 0, last);
    return top;
  }
  #up(from: number, top: number, c: Candidate): void {
    const a = this.#items;
    let hole = from;
    for (let parent = (hole - 1) >> 1; hole > top && a[parent]!.score < c.score; parent = (hole - 1) >> 1) { a[hole] = a[parent]!; hole = parent; }
    a[hole] = c;
  }
}

interface Settings { readonly count: number; readonly similar: number; readonly least: number; readonly sigma: number }
/** The chosen boxes and their scores, softened by `sigma`. */
function choose(scores: Float32Array, similarity: Similarity, { count, similar, least, sigma }: Settings): { boxes: number[]; scores: number[] } {
  const heap = new Heap(), boxes: number[] = [], kept: number[] = [], scale = sigma > 0 ? f(-0.5 / sigma) : 0;
  scores.forEach((score, box) => { if (score > least) heap.push({ box, score, begin: 0 }); });
  const weight = (s: number): number => (s <= similar ? scale === 0 ? 1 : fn.exp(SCALAR32, f(f(scale * s) * s)) : 0);
  const most = count < 0 ? scores.length : count; // to TensorFlow a negative count is a large one
  while (boxes.length < most && heap.size > 0) {
    const next = heap.pop(), original = next.score;
    let dropped = false;
    for (let j = boxes.length - 1; j >= next.begin; j--) {
      const s = similarity(next.box, boxes[j]!);
      next.score = f(next.score * weight(s));
      if (s >= similar) { dropped = true; break; }
      if (next.score <= least) break;
    }
    next.begin = boxes.length;
    if (dropped) continue;
    if (next.score === original) { boxes.push(next.box); kept.push(next.score); }
    // A chosen box comes again too: it goes when it overlaps itself enough (as TensorFlow has it).
    if (next.score > least) heap.push(next);
  }
  return { boxes, scores: kept };
}

function scalar(a: NDArray, what: string): number {
  if (a.shape.length !== 0) throw invalid(`${what} must be 0-D, got shape ${shapeText(a.shape)}`);
  return toNumber(a.dtype.isFloating ? asFloat32(a) : a);
}
function threshold(v: number): number { if (!(v >= 0 && v <= 1)) throw invalid('iou_threshold must be in [0, 1]'); return v; }
function scoresOf(scores: NDArray, n: number): Float32Array {
  if (scores.shape.length !== 1) throw invalid(`scores must be 1-D${shapeText(scores.shape)}`);
  if (scores.shape[0] !== n) throw invalid('scores has incompatible shape');
  return asFloat32(scores).data as Float32Array;
}

/** Which inputs and outputs a version has. */
interface Version { readonly similar?: 'attr'; readonly least?: true; readonly sigma?: true; readonly scores?: true; readonly valid?: true }
const suppression = (v: Version): Kernel => ([boxes, scores, max, ...more], node) => {
  const count = scalar(max!, 'max_output_size');
  const similar = threshold(v.similar ? floatAttr(node, 'iou_threshold', 0.5) : scalar(more[0]!, 'iou_threshold'));
  const least = v.least ? scalar(more[1]!, 'score_threshold') : LOWEST, sigma = v.sigma ? scalar(more[2]!, 'soft_nms_sigma') : 0;
  if (sigma < 0) throw invalid('soft_nms_sigma_val must be >= 0');
  if (boxes!.shape.length !== 2) throw invalid(`boxes must be 2-D${shapeText(boxes!.shape)}`);
  if (boxes!.shape[1] !== 4) throw invalid('boxes must have 4 columns');
  const chosen = choose(scoresOf(scores!, boxes!.shape[0]!), overlapOf(asFloat32(boxes!).data as Float32Array), { count, similar, least, sigma });
  const valid = chosen.boxes.length, size = v.valid && boolAttr(node, 'pad_to_max_output_size', false) ? count : valid;
  const padded = (values: readonly number[]): number[] => Array.from({ length: countOf(size) }, (_, i) => values[i] ?? 0);
  if (size < 0) throw invalid('max_output_size must be non-negative');
  const out = [fromNumbers(int32, [size], padded(chosen.boxes))];
  if (v.scores) out.push(new NDArray(scores!.dtype.baseDtype, [size], narrow(scores!.dtype.baseDtype, Float32Array.from(padded(chosen.scores)))));
  if (v.valid) out.push(fromNumbers(int32, [], [valid]));
  return out;
};
const withOverlaps: Kernel = ([overlaps, scores, max, similar, least]) => {
  const count = scalar(max!, 'max_output_size'), n = overlaps!.shape[0]!;
  if (overlaps!.shape.length !== 2) throw invalid(`overlaps must be 2-D${shapeText(overlaps!.shape)}`);
  if (overlaps!.shape[1] !== n) throw invalid(`overlaps must be square${shapeText(overlaps!.shape)}`);
  const d = overlaps!.data as Float32Array;
  const chosen = choose(scoresOf(scores!, n), (i, j) => d[i * n + j]!, { count, similar: scalar(similar!, 'overlap_threshold'), least: scalar(least!, 'score_threshold'), sigma: 0 });
  return [fromNumbers(int32, [chosen.boxes.length], chosen.boxes)];
};

// --- many classes

interface Found { readonly box: Float32Array; readonly score: number; readonly label: number }
/** The boxes of one class, best first, none over the threshold with a better one. */
function ofClass(boxes: Float32Array, scores: Float32Array, label: number, count: number, similar: number, least: number): Found[] {
  const order = Array.from(scores, (score, i) => ({ i, score })).filter(({ score }) => score > least).sort((a, b) => b.score - a.score), overlap = overlapOf(boxes), chosen: number[] = [];
  for (const { i } of order) {
    if (chosen.length >= count) break;
    let free = true;
    for (let j = chosen.length - 1; j >= 0 && free; j--) free = !(overlap(i, chosen[j]!) > similar);
    if (free) chosen.push(i);
  }
  return chosen.map((i) => ({ box: boxes.slice(4 * i, 4 * i + 4), score: scores[i]!, label }));
}
const combined: Kernel = ([boxes, scores, perClass, total, iou, least], node) => {
  const most = scalar(perClass!, 'max_size_per_class'), all = scalar(total!, 'max_total_size');
  if (all <= 0) throw invalid('max_total_size must be > 0');
  const similar = threshold(scalar(iou!, 'iou_threshold')), lowest = scalar(least!, 'score_threshold');
  if (boxes!.shape.length !== 4) throw invalid(`boxes must be 4-D${shapeText(boxes!.shape)}`);
  if (scores!.shape.length !== 3) throw invalid(`scores must be 3-D${shapeText(scores!.shape)}`);
  const [batch, n, q, four] = boxes!.shape as [number, number, number, number], classes = scores!.shape[2]!;
  if (q !== 1 && q !== classes) throw invalid('third dimension of boxes must be either 1 or num classes');
  if (four !== 4) throw invalid('boxes must have 4 columns');
  if (scores!.shape[1] !== n) throw invalid('scores has incompatible shape');
  const size = boolAttr(node, 'pad_per_class', false) ? Math.min(all, most * classes) : all, clip = boolAttr(node, 'clip_boxes', true);
  const outBoxes = new Float32Array(batch * size * 4), outScores = new Float32Array(batch * size), outClasses = new Float32Array(batch * size), valid: number[] = [];
  const b = boxes!.data as Float32Array, s = scores!.data as Float32Array;
  for (let k = 0; k < batch; k++) {
    const found: Found[] = [];
    for (let label = 0; label < classes; label++) {
      const own = new Float32Array(4 * n), score = new Float32Array(n);
      for (let i = 0; i < n; i++) {
        const at = ((k * n + i) * q + (q > 1 ? label : 0)) * 4;
        own.set(b.subarray(at, at + 4), 4 * i);
        score[i] = s[(k * n + i) * classes + label]!;
      }
      found.push(...ofClass(own, score, label, Math.min(most, n), similar, lowest));
    }
    const best = found.sort((x, y) => y.score - x.score).slice(0, size);
    valid.push(best.length);
    best.forEach(({ box, score, label }, i) => {
      outBoxes.set(clip ? box.map((x) => Math.max(Math.min(x, 1), 0)) : box, (k * size + i) * 4);
      outScores[k * size + i] = score;
      outClasses[k * size + i] = label;
    });
  }
  return [new NDArray(float32, [batch, size, 4], outBoxes), new NDArray(float32, [batch, size], outScores), new NDArray(float32, [batch, size], outClasses), fromNumbers(int32, [batch], valid)];
};

export const suppressionKernels: readonly KernelDef[] = [
  { op: 'NonMaxSuppression', kernel: suppression({ similar: 'attr' }) }, { op: 'NonMaxSuppressionV2', kernel: suppression({}) }, { op: 'NonMaxSuppressionV3', kernel: suppression({ least: true }) },
  { op: 'NonMaxSuppressionV4', kernel: suppression({ least: true, valid: true }) }, { op: 'NonMaxSuppressionV5', kernel: suppression({ least: true, sigma: true, scores: true, valid: true }) },
  { op: 'NonMaxSuppressionWithOverlaps', kernel: withOverlaps }, { op: 'CombinedNonMaxSuppression', kernel: combined },
];
