// Kernels of strings as bytes. Follows core/kernels/{string_join,as_string,string_strip,string_lower,string_upper,
// string_length,substr,string_split,reduce_join,unsorted_segment_join,string_format,string_ngrams}_op.cc (1.15).
import { int32, int64, string } from '../../graph/dtype.ts';
import { OutOfRangeError } from '../../graph/errors.ts';
import { encodeUtf8, NDArray } from '../../graph/ndarray.ts';
import { summarizeEnds } from '../../graph/summarize.ts';
import { attrOf, boolAttr, broadcast, broadcastStrides, eachIndex, fromNumbers, intAttr, intsAttr, invalid, sameShape, shapeText, sizeOf, stringAttr, stridesOf, toNumber, toNumbers } from './common.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { type Fill, padded, printFloat } from '../../graph/printf.ts';

/** The strings of an array. */
export const stringsOf = (a: NDArray): readonly Uint8Array[] => a.data as readonly Uint8Array[];
/** A string attr as bytes. */
export function bytesAttr(node: KernelNode, name: string, fallback?: string): Uint8Array {
  const v = attrOf(node, name, 's', fallback);
  return typeof v === 'string' ? encodeUtf8(v) : v;
}
/** A kernel of strings one by one. */
export const eachString = (f: (s: Uint8Array, node: KernelNode) => Uint8Array): Kernel => ([a], node) => [new NDArray(string, a!.shape, stringsOf(a!).map((s) => f(s, node)))];
const EMPTY = new Uint8Array(0);

// ---- joining

function joined(parts: readonly Uint8Array[], glue: Uint8Array): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0) + glue.length * Math.max(0, parts.length - 1));
  let at = 0;
  parts.forEach((p, i) => {
    if (i > 0) { out.set(glue, at); at += glue.length; }
    out.set(p, at);
    at += p.length;
  });
  return out;
}

const stringJoin: Kernel = (inputs, node) => {
  const glue = bytesAttr(node, 'separator', '');
  const shaped = inputs.filter((a) => a.shape.length > 0);
  const shape = shaped[0]?.shape ?? [];
  for (const a of shaped) if (!sameShape(a.shape, shape)) throw invalid(`Input shapes do not match: ${shapeText(shape)} vs. ${shapeText(a.shape)}`);
  const data = Array.from({ length: sizeOf(shape) }, (_, i) => joined(inputs.map((a) => stringsOf(a)[a.shape.length === 0 ? 0 : i]!), glue));
  return [new NDArray(string, shape, data)];
};

const reduceJoin: Kernel = ([a, indices], node) => {
  const { shape } = a!, rank = shape.length, glue = bytesAttr(node, 'separator', ''), keep = boolAttr(node, 'keep_dims', false);
  const axes: number[] = [];
  for (const i of toNumbers(indices!)) {
    if (i < -rank || i >= rank) throw new OutOfRangeError(`Invalid reduction dimension ${i} for input with ${rank} dimension(s)`);
    const axis = i < 0 ? i + rank : i;
    if (axes.includes(axis)) throw invalid(`Duplicate reduction dimension ${i}`);
    axes.push(axis);
  }
  const strides = stridesOf(shape), kept = shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const offsets = (of: readonly number[]): number[] => {
    const out: number[] = [];
    eachIndex(of.map((i) => shape[i]!), (at) => { out.push(at.reduce((n, x, k) => n + x * strides[of[k]!]!, 0)); });
    return out;
  };
  // The first of the axes named varies fastest.
  const reduced = offsets([...axes].reverse());
  const data = offsets(kept).map((from) => joined(reduced.map((o) => stringsOf(a!)[from + o]!), glue));
  return [new NDArray(string, keep ? shape.map((d, i) => (axes.includes(i) ? 1 : d)) : kept.map((i) => shape[i]!), data)];
};

const unsortedSegmentJoin: Kernel = ([a, ids, count], node) => {
  const rank = ids!.ndim, glue = bytesAttr(node, 'separator', ''), n = toNumber(count!);
  if (rank === 0) throw invalid('Segment_id cannot have rank 0');
  if (rank > a!.ndim) throw new OutOfRangeError(`Invalid segment_id rank ${rank} for input with ${a!.ndim} dimension(s)`);
  ids!.shape.forEach((d, i) => { if (d !== a!.shape[i]) throw invalid(`Segment dimension is ${d} while input dimension is ${a!.ndim} in rank ${i}`); });
  const id = toNumbers(ids!), rest = a!.shape.slice(rank), row = sizeOf(rest);
  if (id.some((i) => i < 0 || i >= n)) throw invalid('segment_ids are not allowed to exceed num_segments or to have negative values.');
  const out = Array.from<unknown, Uint8Array>({ length: n * row }, () => EMPTY);
  id.forEach((segment, i) => {
    for (let k = 0; k < row; k++) {
      const at = segment * row + k, s = stringsOf(a!)[i * row + k]!;
      out[at] = out[at]!.length > 0 ? joined([out[at]!, s], glue) : s;
    }
  });
  return [new NDArray(string, [n, ...rest], out)];
};

// ---- parts

const isSpace = (c: number): boolean => c === 32 || (c >= 9 && c <= 13);
function strip(s: Uint8Array): Uint8Array {
  let from = 0, to = s.length;
  while (from < to && isSpace(s[from]!)) from++;
  while (to > from && isSpace(s[to - 1]!)) to--;
  return s.subarray(from, to);
}
/** ASCII letters from `first` on moved by `by`, or whole texts by the host's own tables. */
const cased = (first: number, by: number, text: (s: string) => string): Kernel => (inputs, node, state) => {
  const encoding = stringAttr(node, 'encoding', '');
  if (encoding !== '' && encoding !== 'utf-8') throw invalid(`only utf-8 or '' (no encoding) is supported, received ${encoding}`);
  const ascii = (s: Uint8Array): Uint8Array => s.map((c) => (c >= first && c < first + 26 ? c + by : c));
  const utf8 = (s: Uint8Array): Uint8Array => { const end = s.indexOf(0); return encodeUtf8(text(new TextDecoder('utf-8', { ignoreBOM: true }).decode(end < 0 ? s : s.subarray(0, end)))); };
  return eachString(encoding === '' ? ascii : utf8)(inputs, node, state);
};

const isTrail = (c: number | undefined): boolean => c !== undefined && (c & 0xc0) === 0x80;
const stringLength: Kernel = ([a], node) => {
  const chars = stringAttr(node, 'unit', 'BYTE') === 'UTF8_CHAR';
  return [new NDArray(int32, a!.shape, Int32Array.from(stringsOf(a!), (s) => (chars ? s.reduce((n, c) => n + (isTrail(c) ? 0 : 1), 0) : s.length)))];
};

/** Moves `at` over n characters; undefined at the end of the string. */
function forward(s: Uint8Array, n: number, at: number): number | undefined {
  for (let i = 0; i < n; i++) {
    if (at >= s.length) return undefined;
    do at++; while (at < s.length && isTrail(s[at]));
  }
  return at;
}
function back(s: Uint8Array, n: number, at: number): number | undefined {
  for (let i = 0; i < n; i++) {
    if (at <= 0) return undefined;
    do at--; while (at > 0 && isTrail(s[at]));
  }
  return at;
}
/** Where the part begins and ends; undefined when it begins outside. */
function bytePart(s: Uint8Array, pos: number, len: number): readonly [number, number] | undefined {
  const from = pos < 0 ? pos + s.length : pos;
  return from < 0 || from > s.length ? undefined : [from, len < 0 ? s.length : Math.min(s.length, from + len)];
}
function charPart(s: Uint8Array, pos: number, len: number): readonly [number, number] | undefined {
  if (pos >= 0) {
    const from = forward(s, pos, 0);
    return from === undefined ? undefined : [from, forward(s, len, from) ?? s.length];
  }
  const skipped = Math.max(0, -pos - len), to = back(s, skipped, s.length);
  const from = to === undefined ? undefined : back(s, -pos - skipped, to);
  return from === undefined ? undefined : [from, to!];
}
const substr: Kernel = ([a, pos, len], node) => {
  const chars = stringAttr(node, 'unit', 'BYTE') === 'UTF8_CHAR', part = chars ? charPart : bytePart;
  const shape = pos!.ndim === 0 ? a!.shape : broadcast(a!.shape, pos!.shape);
  if (!shape) throw invalid(`Incompatible shapes: ${shapeText(a!.shape)} vs. ${shapeText(pos!.shape)}`);
  const [p, l] = [toNumbers(pos!), toNumbers(len!)];
  const [own, theirs] = [broadcastStrides(a!.shape, shape), broadcastStrides(pos!.shape, shape)];
  const data: Uint8Array[] = [];
  const plain = pos!.ndim === 0 || sameShape(a!.shape, pos!.shape);
  eachIndex(shape, (at) => {
    const i = at.reduce((n, x, k) => n + x * own[k]!, 0), j = pos!.ndim === 0 ? 0 : at.reduce((n, x, k) => n + x * theirs[k]!, 0);
    const s = stringsOf(a!)[i]!, found = part(s, p[j]!, l[j]!);
    const where = plain ? data.length : shape.length < 2 || chars ? at[0]! : `(${at.join(', ')})`;
    if (!found) throw invalid(`pos ${p[j]} out of range for string ${chars ? '' : `b'${new TextDecoder().decode(s)}' `}at index ${where}`);
    data.push(s.subarray(...found));
  });
  return [new NDArray(string, shape, data)];
};

// ---- pieces

/** The parts of each string of a vector as a sparse matrix. */
function sparseOf(parts: readonly (readonly Uint8Array[])[]): NDArray[] {
  const indices = parts.flatMap((row, i) => row.flatMap((_, j) => [i, j])), values = parts.flat();
  return [fromNumbers(int64, [values.length, 2], indices), new NDArray(string, [values.length], values), fromNumbers(int64, [2], [parts.length, Math.max(0, ...parts.map((r) => r.length))])];
}
function checkSplit(a: NDArray, sep: NDArray, name: string): void {
  if (a.ndim !== 1) throw invalid(`input must be a vector, got shape: ${shapeText(a.shape)}`);
  if (sep.ndim !== 0) throw invalid(`${name} must be a scalar, got shape: ${shapeText(sep.shape)}`);
}
/** Parts between places `[from, to]`. */
function between(s: Uint8Array, cuts: readonly (readonly [number, number])[]): Uint8Array[] {
  const out: Uint8Array[] = [];
  let at = 0;
  for (const [from, to] of cuts) { out.push(s.subarray(at, from)); at = to; }
  return [...out, s.subarray(at)];
}
const stringSplit: Kernel = ([a, delimiter], node) => {
  checkSplit(a!, delimiter!, 'delimiter');
  const set = stringsOf(delimiter!)[0]!, skip = boolAttr(node, 'skip_empty', true);
  return sparseOf(stringsOf(a!).map((s) => {
    if (s.length === 0) return [];
    if (set.length === 0) return Array.from(s, (_, i) => s.subarray(i, i + 1));
    const cuts: [number, number][] = [];
    s.forEach((c, i) => { if (set.includes(c)) cuts.push([i, i + 1]); });
    return between(s, cuts).filter((p) => !skip || p.length > 0);
  }));
};
function indexOf(s: Uint8Array, sep: Uint8Array, from: number): number {
  for (let i = from; i + sep.length <= s.length; i++) if (sep.every((c, k) => c === s[i + k])) return i;
  return -1;
}
const stringSplitV2: Kernel = ([a, sep], node) => {
  checkSplit(a!, sep!, 'sep');
  const separator = stringsOf(sep!)[0]!, most = intAttr(node, 'maxsplit', -1);
  return sparseOf(stringsOf(a!).map((s) => (most === 0 ? [s] : separator.length === 0 ? words(s, most) : between(s, cutsAt(s, separator, most)))));
};
function cutsAt(s: Uint8Array, sep: Uint8Array, most: number): [number, number][] {
  const cuts: [number, number][] = [];
  for (let i = indexOf(s, sep, 0); i >= 0 && (most < 0 || cuts.length < most); i = indexOf(s, sep, i + sep.length)) cuts.push([i, i + sep.length]);
  return cuts;
}
function words(s: Uint8Array, most: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  const spaces = (i: number): number => { while (i < s.length && isSpace(s[i]!)) i++; return i; };
  for (let i = spaces(0); i < s.length;) {
    let end = i;
    while (end < s.length && !isSpace(s[end]!)) end++;
    out.push(s.subarray(i, end));
    i = spaces(end);
    if (out.length === most) { out.push(s.subarray(i)); break; }
  }
  return out;
}

const ngrams: Kernel = ([data, splits], node) => {
  const words = stringsOf(data!), at = toNumbers(splits!), widths = intsAttr(node, 'ngram_widths'), pad = intAttr(node, 'pad_width');
  const [glue, left, right] = ['separator', 'left_pad', 'right_pad'].map((k) => bytesAttr(node, k)) as [Uint8Array, Uint8Array, Uint8Array];
  for (const x of at) if (x < 0 || x > words.length) throw invalid(`Invalid split value ${x}, must be in [0,${words.length}]`);
  if (words.length === 0 || at.length === 0) return [new NDArray(string, data!.shape, words.map((s) => s)), fromNumbers(splits!.dtype, splits!.shape, at.map(() => 0))];
  const padOf = (width: number): number => Math.min(pad < 0 ? width - 1 : pad, width - 1);
  const countOf = (n: number, width: number): number => Math.max(0, n + 2 * padOf(width) - width + 1);
  const out: Uint8Array[] = [], ends = [0];
  const make = (row: readonly Uint8Array[], count: number, width: number): void => {
    for (let i = 0; i < count; i++) {
      const p = padOf(width), before = Math.max(0, p - i), after = Math.max(0, p - (count - (i + 1)));
      const from = before > 0 ? 0 : i - p;
      out.push(joined([...Array.from({ length: before }, () => left), ...row.slice(from, from + width - before - after), ...Array.from({ length: after }, () => right)], glue));
    }
  };
  for (let r = 1; r < at.length; r++) {
    const row = words.slice(at[r - 1], at[r]), first = out.length;
    for (const w of widths) make(row, countOf(row.length, w), w);
    if (boolAttr(node, 'preserve_short_sequences') && out.length === first && row.length > 0) make(row, 1, row.length + 2 * pad);
    ends.push(out.length);
  }
  return [new NDArray(string, [out.length], out), fromNumbers(splits!.dtype, splits!.shape, ends)];
};

// ---- printing

const asString: Kernel = ([a], node) => {
  const precision = intAttr(node, 'precision', -1), width = Math.max(0, intAttr(node, 'width', -1));
  const scientific = boolAttr(node, 'scientific', false), shortest = boolAttr(node, 'shortest', false);
  const fill = stringAttr(node, 'fill', '');
  const { dtype } = a!;
  if (fill.length > 1) throw invalid('Fill string must be one or fewer characters');
  if (scientific && shortest) throw invalid('Cannot select both scientific and shortest notation');
  if (!['', ' ', '0', '-', '+'].includes(fill)) throw invalid(`Fill argument not supported: "${fill}"`);
  if (!dtype.isFloating && !dtype.isComplex) {
    if (scientific || shortest) throw invalid(`scientific and shortest format not supported for datatype ${dtype.name}`);
    if (precision >= 0) throw invalid(`precision not supported for datatype ${dtype.name}`);
  }
  const float = (x: number): string => printFloat(x, scientific ? 'e' : shortest ? 'g' : 'f', precision, width, fill as Fill);
  const print = (v: unknown): string => {
    if (typeof v === 'boolean') return v ? 'true' : 'false';
    if (Array.isArray(v)) return `(${float(v[0] as number)},${float(v[1] as number)})`;
    return dtype.isFloating ? float(v as number) : padded(Number(v) < 0, String(v).replace('-', ''), width, fill as Fill);
  };
  return [new NDArray(string, a!.shape, Array.from({ length: a!.size }, (_, i) => encodeUtf8(print(a!.flat(i)))))];
};

const stringFormat: Kernel = (inputs, node) => {
  const parts = stringAttr(node, 'template', '%s').split(stringAttr(node, 'placeholder', '%s')), ends = intAttr(node, 'summarize', 3);
  if (parts.length - 1 !== inputs.length) throw invalid(`num placeholders in template and num inputs must match: ${parts.length - 1} vs. ${inputs.length}`);
  const text = parts.map((p, i) => (i === 0 ? p : summarizeEnds(inputs[i - 1]!, ends) + p)).join('');
  return [new NDArray(string, [], [encodeUtf8(text)])];
};

const KERNELS: Readonly<Record<string, Kernel>> = {
  StringJoin: stringJoin, ReduceJoin: reduceJoin, UnsortedSegmentJoin: unsortedSegmentJoin, AsString: asString, StringFormat: stringFormat,
  StringStrip: eachString(strip), StringLower: cased(65, 32, (s) => s.toLowerCase()), StringUpper: cased(97, -32, (s) => s.toUpperCase()), StringLength: stringLength, Substr: substr,
  StringSplit: stringSplit, StringSplitV2: stringSplitV2, StringNGrams: ngrams,
};
export const stringKernels: readonly KernelDef[] = Object.entries(KERNELS).map(([op, kernel]) => ({ op, kernel }));
