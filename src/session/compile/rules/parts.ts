// Rules on parts of arrays and on what puts parts together: slices, splits, concatenations, paddings, gathers of ranges.
// They move elements only. A rule that no longer reads all that was read before stands in `dropping`: where values can be
// dead, a node lives only if all that it reads does.
import { P } from 'ts-pattern';
import { attr, type AttrMap } from '../../../graph/node_def.ts';
import { type Edit, type Rule, rule } from '../../../graph/rewrite.ts';
import type { NodeView } from '../../../graph/view.ts';
import { resolveStrided } from '../../kernels/slice.ts';
import { axisOf, type Dims, dimsOf, inFront, INT32, intOf, newInts, numbersOf, sameDims } from './common.ts';

/** What a node takes of its input: of each axis where it begins, how many and how far apart; `gone`: axes of one it drops. */
interface Part { readonly begin: Dims; readonly count: Dims; readonly step: Dims; readonly gone: readonly number[] }
const TAKES = ['Slice', 'StridedSlice'];

function partOf(v: NodeView): Part | undefined {
  const x = dimsOf(v.inputs[0]);
  if (!x || v.waits || !v.shape.isFullyDefined) return undefined;
  if (v.op === 'Slice') {
    const begin = numbersOf(v.inputs[1]), size = numbersOf(v.inputs[2]);
    if (begin?.length !== x.length || size?.length !== x.length) return undefined;
    const count = size.map((n, i) => (n === -1 ? x[i]! - begin[i]! : n));
    return count.every((n, i) => begin[i]! >= 0 && n >= 0 && begin[i]! + n <= x[i]!) ? { begin, count, step: x.map(() => 1), gone: [] } : undefined;
  }
  const [b, e, s] = [1, 2, 3].map((i) => numbersOf(v.inputs[i]));
  if (v.op !== 'StridedSlice' || !b || b.length !== e?.length || b.length !== s?.length || ['new_axis_mask', 'ellipsis_mask'].some((m) => intOf(v, m) !== 0) || b.length > x.length) return undefined;
  try {
    const { begin, stride, count } = resolveStrided({ ...v.def, name: v.name }, x, b, e, s), shrink = intOf(v, 'shrink_axis_mask');
    return stride.every((d) => d > 0) ? { begin, count, step: stride, gone: b.flatMap((_, i) => ((shrink >> i) & 1 ? [i] : [])) } : undefined;
  } catch {
    return undefined; // it has an error to report
  }
}
const isWhole = (p: Part, x: Dims): boolean => p.step.every((d) => d === 1) && sameDims(p.count, x);

/** The node as that part of x: a Slice where one will do. */
function take(v: NodeView, x: string, p: Part): Edit {
  const type = { T: attr.type(v.dtype!), Index: INT32 };
  if (p.gone.length === 0 && p.step.every((d) => d === 1)) {
    const [begin, size] = [newInts(v, 'begin', p.begin), newInts(v, 'size', p.count)];
    return { become: { op: 'Slice', input: [x, begin.name, size.name], attr: type }, make: [begin, size] };
  }
  const end = p.begin.map((b, i) => (p.count[i] === 0 ? b : b + (p.count[i]! - 1) * p.step[i]! + 1));
  const [begin, stop, step] = [newInts(v, 'begin', p.begin), newInts(v, 'end', end), newInts(v, 'strides', p.step)];
  const none = attr.i(0), attrs: AttrMap = { ...type, begin_mask: none, end_mask: none, ellipsis_mask: none, new_axis_mask: none, shrink_axis_mask: attr.i(p.gone.reduce((m, d) => m | (1 << d), 0)) };
  return { become: { op: 'StridedSlice', input: [x, begin.name, stop.name, step.name], attr: attrs }, make: [begin, stop, step] };
}

/** What a node puts side by side, and along which axis. */
function joined(v: NodeView): { readonly parts: readonly NodeView[]; readonly axis: number; readonly sizes: Dims } | undefined {
  const at = v.op === 'Concat' ? 0 : v.op === 'ConcatV2' ? v.inputs.length - 1 : -1, rank = v.shape.ndims;
  if (at < 0 || rank === null || v.waits || !v.shape.isFullyDefined) return undefined;
  const axis = axisOf(v.inputs[at], rank), parts = v.inputs.toSpliced(at, 1), sizes = axis === undefined ? [] : parts.map((x) => dimsOf(x)?.[axis] ?? -1);
  return axis !== undefined && parts.length > 0 && parts.every((x) => x.shape.ndims === rank) && sizes.every((n) => n >= 0) && sizes.reduce((a, b) => a + b, 0) === v.shape.dims![axis] ? { parts, axis, sizes } : undefined;
}
/** Sizes of the pieces that a Split or SplitV makes, and along which axis. */
function pieces(v: NodeView): { readonly x: NodeView; readonly axis: number; readonly sizes: Dims } | undefined {
  const even = v.op === 'Split', x = v.inputs[even ? 1 : 0], of = dimsOf(x), axis = of && axisOf(v.inputs[even ? 0 : 2], of.length), n = intOf(v, 'num_split', -1);
  if (!x || !of || axis === undefined || v.waits || !['Split', 'SplitV'].includes(v.op) || n <= 0) return undefined;
  const given = even ? Array.from({ length: n }, () => of[axis]! / n) : numbersOf(v.inputs[1]), open = given?.filter((d) => d === -1).length ?? 0;
  const sizes = given && open === 1 ? given.map((d) => (d === -1 ? of[axis]! - given.reduce((a, b) => a + b, 1) : d)) : given;
  return sizes?.length === n && sizes.every((d) => Number.isInteger(d) && d >= 0) && sizes.reduce((a, b) => a + b, 0) === of[axis] ? { x, axis, sizes } : undefined;
}
/** Which range of an axis of which array a tensor is, when it is all of its other axes. */
function rangeOf(t: NodeView, axis: number): { readonly x: NodeView; readonly from: number; readonly to: number } | undefined {
  const p = partOf(t), x = t.inputs[0];
  if (p) return p.gone.length === 0 && p.step.every((d) => d === 1) && p.count.every((n, i) => i === axis || n === x!.shape.dims![i]) ? { x: x!, from: p.begin[axis]!, to: p.begin[axis]! + p.count[axis]! } : undefined;
  const s = pieces(t);
  if (s?.axis !== axis) return undefined;
  const from = s.sizes.slice(0, t.port).reduce((a, b) => a + b, 0);
  return { x: s.x, from, to: from + s.sizes[t.port]! };
}

/** Zeros (or what PadV2 is given) around an array: how many before and after. */
function padding(v: NodeView): { readonly before: Dims; readonly after: Dims } | undefined {
  const x = dimsOf(v.inputs[0]), p = numbersOf(v.inputs[1]);
  if (!x || v.waits || !v.shape.isFullyDefined || !['Pad', 'PadV2'].includes(v.op) || p?.length !== 2 * x.length || p.some((n) => n < 0)) return undefined;
  return { before: x.map((_, i) => p[2 * i]!), after: x.map((_, i) => p[2 * i + 1]!) };
}
/** The number that a Pad or PadV2 pads with; undefined: it is known only in the run. */
function padded(v: NodeView): unknown { return v.op === 'Pad' ? 0 : v.inputs[2]?.constant?.flat(0); }

/** Whether the inputs are all the outputs of one node, in order. */
function allOf(parts: readonly NodeView[], op: string): NodeView | undefined {
  const [first] = parts;
  return first?.op === op && !first.waits && intOf(first, op === 'Split' ? 'num_split' : 'num') === parts.length && parts.every((x, i) => x.name === first.name && x.port === i) ? first : undefined;
}

export const partRules: readonly Rule[] = [
  rule('StridedSlice(x) of steps of one -> Slice(x)', 'StridedSlice', { inputs: P.any }, (v) => {
    const p = partOf(v);
    return p && p.gone.length === 0 && p.step.every((d) => d === 1) ? take(v, v.inputs[0]!.tensor, p) : undefined;
  }),
  rule('Slice(Slice(x)) -> Slice(x)', TAKES, { inputs: P.any }, (v) => {
    const [p, q] = [partOf(v), partOf(v.inputs[0]!)];
    if (!p || !q || q.gone.length > 0) return undefined;
    return take(v, v.inputs[0]!.inputs[0]!.tensor, { begin: p.begin.map((b, i) => q.begin[i]! + b * q.step[i]!), count: p.count, step: p.step.map((s, i) => s * q.step[i]!), gone: p.gone });
  }),
  rule('Slice(Pad(x)) inside x -> Slice(x)', TAKES, { inputs: P.any }, (v) => {
    const p = partOf(v), inner = v.inputs[0]!, pad = p && padding(inner), x = inner.inputs[0];
    if (!p || !pad || p.count.includes(0) || (inner.op === 'PadV2' && !inner.inputs[2]?.constant)) return undefined;
    const begin = p.begin.map((b, i) => b - pad.before[i]!);
    return begin.every((b, i) => b >= 0 && b + (p.count[i]! - 1) * p.step[i]! < x!.shape.dims![i]!) ? take(v, x!.tensor, { ...p, begin }) : undefined;
  }),
  rule('Pad(Pad(x)) -> Pad(x)', ['Pad', 'PadV2'], { inputs: P.any }, (v) => {
    const [outer, inner] = [padding(v), padding(v.inputs[0]!)], x = v.inputs[0]!.inputs[0];
    if (!outer || !inner || v.op !== v.inputs[0]!.op || padded(v) === undefined || !Object.is(padded(v), padded(v.inputs[0]!))) return undefined;
    const both = newInts(v, 'paddings', outer.before.flatMap((n, i) => [n + inner.before[i]!, outer.after[i]! + inner.after[i]!]), [outer.before.length, 2]);
    return { become: { op: v.op, input: [x!.tensor, both.name, ...v.inputs.slice(2).map((c) => c.tensor)], attr: { ...v.attr, Tpaddings: INT32 } }, make: [both] };
  }),
  rule('ConcatV2(neighbours in x) -> Slice(x)', ['ConcatV2', 'Concat'], { inputs: P.any }, (v) => {
    const j = joined(v), ranges = j?.parts.map((t) => rangeOf(t, j.axis)), [first, ...rest] = ranges ?? [], last = ranges?.at(-1);
    if (!j || !first || !last || rest.length === 0 || rest.some((r, i) => r?.x.tensor !== first.x.tensor || r.from !== ranges![i]!.to)) return undefined;
    const x = first.x.shape.dims as Dims;
    if (first.from === 0 && last.to === x[j.axis]) return { use: first.x.tensor };
    return take(v, first.x.tensor, { begin: x.map((_, i) => (i === j.axis ? first.from : 0)), count: x.with(j.axis, last.to - first.from), step: x.map(() => 1), gone: [] });
  }),
  rule('ConcatV2(ConcatV2(x, y), z) -> ConcatV2(x, y, z)', 'ConcatV2', { inputs: P.any }, (v) => {
    const j = joined(v), inner = j?.parts.map((x) => (x.op === 'ConcatV2' && x.soleUser ? joined(x) : undefined));
    if (!j || !inner?.some((i) => i?.axis === j.axis)) return undefined;
    const parts = j.parts.flatMap((x, i) => (inner[i]?.axis === j.axis ? inner[i].parts : [x]));
    return { become: { op: 'ConcatV2', input: [...parts.map((x) => x.tensor), v.inputs.at(-1)!.tensor], attr: { ...v.attr, N: attr.i(parts.length) } } };
  }),
  rule('Split(x) in one -> x', ['Split', 'SplitV'], { inputs: P.any }, (v) => { const p = pieces(v); return p?.sizes.length === 1 ? { use: p.x.tensor } : undefined; }),
  rule('Pack(Unpack(x)) -> x', 'Pack', { inputs: P.any }, (v) => {
    const whole = allOf(v.inputs, 'Unpack'), x = dimsOf(whole?.inputs[0]), y = dimsOf(v);
    return whole && x && y && sameDims(x, y) && inFront(intOf(v, 'axis'), y.length) === inFront(intOf(whole, 'axis'), x.length) ? { use: whole.inputs[0]!.tensor } : undefined;
  }),
  rule('GatherV2(x, range) -> Slice(x)', ['GatherV2', 'Gather'], { inputs: P.any }, (v) => {
    const x = dimsOf(v.inputs[0]), at = numbersOf(v.inputs[1]), axis = x && (v.op === 'Gather' ? 0 : axisOf(v.inputs[2], x.length)), from = at?.[0];
    if (!x || x.length === 0 || axis === undefined || !at || from === undefined || !v.shape.isFullyDefined || v.waits || intOf(v, 'batch_dims') !== 0 || v.inputs[1]!.shape.ndims !== 1) return undefined;
    if (!at.every((d, i) => d === from + i) || from < 0 || from + at.length > x[axis]!) return undefined;
    return take(v, v.inputs[0]!.tensor, { begin: x.map((_, i) => (i === axis ? from : 0)), count: x.with(axis, at.length), step: x.map(() => 1), gone: [] });
  }),
];

export const droppingParts: readonly Rule[] = [
  rule('IdentityN(x, ..) -> x, ..', 'IdentityN', { inputs: P.any }, (v) => (v.inputs.length === v.def.input.length ? { uses: v.inputs.map((x) => x.tensor) } : undefined)),
  rule('Split(ConcatV2(x, ..)) -> x, ..', ['Split', 'SplitV'], { inputs: P.any }, (v) => {
    const p = pieces(v), j = p && joined(p.x);
    return j && j.axis === p.axis && sameDims(j.sizes, p.sizes) ? { uses: j.parts.map((x) => x.tensor) } : undefined;
  }),
  rule('Unpack(Pack(x, ..)) -> x, ..', 'Unpack', { inputs: [{ op: 'Pack', waits: false }] }, (v) => {
    const pack = v.inputs[0]!, rank = pack.shape.ndims, same = rank !== null && inFront(intOf(v, 'axis'), rank) === inFront(intOf(pack, 'axis'), rank);
    return same && !v.waits && intOf(v, 'num') === pack.inputs.length && pack.shape.isFullyDefined && pack.inputs.every((x) => x.shape.isFullyDefined) ? { uses: pack.inputs.map((x) => x.tensor) } : undefined;
  }),
  rule('Slice(ConcatV2(x, y)) inside x -> Slice(x)', TAKES, { inputs: P.any }, (v) => {
    const p = partOf(v), j = p && joined(v.inputs[0]!);
    if (!p || !j || p.count.includes(0)) return undefined;
    const from = p.begin[j.axis]!, to = from + (p.count[j.axis]! - 1) * p.step[j.axis]! + 1;
    let at = 0;
    for (const [i, x] of j.parts.entries()) {
      if (from >= at && to <= at + j.sizes[i]!) {
        const inside = { ...p, begin: p.begin.with(j.axis, from - at) };
        return isWhole(inside, x.shape.dims as Dims) && p.gone.length === 0 && !v.hasControl ? { use: x.tensor } : take(v, x.tensor, inside);
      }
      at += j.sizes[i]!;
    }
    return undefined;
  }),
  // What takes one element of the axis of a Pack, and that axis away, reads one of its inputs.
  rule('StridedSlice(Pack(x, y)) of one -> x', 'StridedSlice', { inputs: P.any }, (v) => {
    const p = partOf(v), pack = v.inputs[0]!, rank = pack.shape.ndims, axis = rank === null || pack.op !== 'Pack' || pack.waits ? undefined : inFront(intOf(pack, 'axis'), rank);
    if (!p || axis === undefined || !p.gone.includes(axis) || pack.inputs.length !== pack.def.input.length) return undefined;
    const x = pack.inputs[p.begin[axis]!]!, rest = (d: Dims): Dims => d.toSpliced(axis, 1), left = { begin: rest(p.begin), count: rest(p.count), step: rest(p.step), gone: p.gone.filter((d) => d !== axis).map((d) => (d > axis ? d - 1 : d)) };
    if (!x.shape.isFullyDefined) return undefined;
    return isWhole(left, x.shape.dims as Dims) && left.gone.length === 0 && !v.hasControl ? { use: x.tensor } : take(v, x.tensor, left);
  }),
];
