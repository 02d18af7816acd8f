// Feeds mutated graphs to the readers of GraphDef and MetaGraphDef (binary and text), each input made from its own
// number, so that any one can be made again. What must hold: refused with a DecodeError that names a byte or a line, or
// read into something that can be printed, verified, written and read again with the same bytes.
import { DecodeError, TfError } from '../../src/graph/errors.ts';
import { Graph } from '../../src/graph/graph.ts';
import { decodeGraphDef, encodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { graphDefFromText, graphDefToText } from '../../src/graph/graph_def_text.ts';
import { importGraphDef } from '../../src/graph/importer.ts';
import { decodeMetaGraphDef, encodeMetaGraphDef, metaGraphDefFromText, metaGraphDefToText } from '../../src/graph/meta_graph_codec.ts';
import type { GraphDef } from '../../src/graph/node_def.ts';
import { printGraphDef } from '../../src/graph/print.ts';
import { verify } from '../../src/graph/verify.ts';
import { inferShapes } from '../../src/ops/op_def_library.ts';
import { opTable } from '../../src/ops/registry.ts';
import { seeded } from '../graph/goldens.ts';

export type Form = 'pb' | 'pbtxt' | 'meta' | 'meta.pbtxt';
/** Well-formed inputs to start from. */
export type Corpus = Readonly<Record<Form, readonly (Uint8Array | string)[]>>;

export interface FuzzReport {
  inputs: number;
  accepted: number;
  refused: number;
  /** Accepted graphs that were imported, and those whose import was refused. */
  imported: number;
  notImported: number;
  byForm: Record<string, { inputs: number; refused: number }>;
  slowest: { index: number; form: Form; bytes: number; ms: number };
  largest: number;
  /** Most memory the process ever had, in MB. */
  peakRssMb: number;
}

type Random = (n: number) => number;
const FORMS: readonly Form[] = ['pb', 'pb', 'meta', 'pbtxt', 'pb', 'meta', 'pb', 'meta.pbtxt'];

/** Input number `index` of a seed. */
export function makeInput(corpus: Corpus, seed: number, index: number): { form: Form; input: Uint8Array | string } {
  const random = seeded(Math.imul(seed, 0x9e3779b1) ^ index);
  random(2);
  const form = FORMS[index % FORMS.length]!;
  const pick = (): Uint8Array | string => corpus[form][random(corpus[form].length)]!;
  const source = pick();
  return { form, input: typeof source === 'string' ? mutateText(source, pick() as string, random) : mutateBytes(source, pick() as Uint8Array, random) };
}

function mutateBytes(source: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let b = Uint8Array.from(source);
  for (let i = random(4); i >= 0 && b.length > 0; i--) {
    const at = random(b.length);
    switch (random(10)) {
      case 0: case 1: b[at]! ^= 1 << random(8); break;
      case 2: b[at] = random(256); break;
      case 3: b.fill(255, at, at + 1 + random(10)); break;
      case 4: b.copyWithin(at, random(b.length), random(b.length)); break;
      case 5: b = b.slice(0, at); break;
      case 6: b = splice(b, at, random(12), new Uint8Array(0)); break;
      case 7: b = splice(b, at, 0, Uint8Array.from({ length: 1 + random(12) }, () => random(256))); break;
      // A varint that may be a huge length.
      case 8: b = splice(b, at, 1, Uint8Array.from({ length: 1 + random(9) }, (_, k) => (k === 0 ? random(128) : 128 | random(128))).reverse()); break;
      default: { const from = random(other.length); b = splice(b, at, random(30), other.slice(from, from + random(200))); }
    }
  }
  return b;
}
function splice(b: Uint8Array, at: number, cut: number, put: Uint8Array): Uint8Array<ArrayBuffer> {
  const rest = b.subarray(Math.min(b.length, at + cut));
  const out = new Uint8Array(at + put.length + rest.length);
  out.set(b.subarray(0, at));
  out.set(put, at);
  out.set(rest, at + put.length);
  return out;
}

const PIECES = ['{', '}', '<', '>', '[', ']', ':', ',', ';', '"', "'", '\\', '#', '\n', ' ', '-', '_', '.', 'é', '\u{1f600}', '0x', '999999999999999999999', '-1', 'nan', 'inf', 'true', 'DT_FLOAT', 'node {', 'value {', 'list {', 'attr { key: "k"', 'func {', '\\777', '\\x', '\\U00110000'];
function mutateText(source: string, other: string, random: Random): string {
  let s = source;
  for (let i = random(3); i >= 0; i--) {
    const at = random(s.length + 1);
    switch (random(7)) {
      case 0: s = s.slice(0, at) + s.slice(at + 1 + random(10)); break;
      case 1: case 2: s = s.slice(0, at) + PIECES[random(PIECES.length)]! + s.slice(at); break;
      case 3: s = s.slice(0, at) + String.fromCharCode(random(128)) + s.slice(at + 1); break;
      case 4: s = s.slice(0, at); break;
      case 5: { const from = random(other.length); s = s.slice(0, at) + other.slice(from, from + random(120)) + s.slice(at + random(60)); break; }
      default: s = s.slice(0, at) + PIECES[random(PIECES.length)]!.repeat(1 + random(150)) + s.slice(at);
    }
  }
  return s;
}

const PLACE = { pb: /at byte \d+/, meta: /at byte \d+/, pbtxt: /^\d+:\d+ : /, 'meta.pbtxt': /^\d+:\d+ : / };
const READ = { pb: decodeGraphDef as (x: never) => object, meta: decodeMetaGraphDef as (x: never) => object, pbtxt: graphDefFromText as (x: never) => object, 'meta.pbtxt': metaGraphDefFromText as (x: never) => object };

/** Reads one input and, when it is accepted, does everything else with it. Throws on anything but a proper refusal. */
export function checkInput(form: Form, input: Uint8Array | string, importToo: boolean): 'refused' | 'accepted' | 'imported' | 'not imported' {
  let value: object;
  try {
    value = READ[form](input as never);
  } catch (e) {
    if (!(e instanceof DecodeError) || !PLACE[form].test(e.message)) throw e;
    return 'refused';
  }
  const meta = form === 'meta' || form === 'meta.pbtxt';
  const bytes = meta ? encodeMetaGraphDef(value) : encodeGraphDef(value as GraphDef);
  const again = meta ? encodeMetaGraphDef(decodeMetaGraphDef(bytes)) : encodeGraphDef(decodeGraphDef(bytes));
  if (Buffer.compare(bytes, again) !== 0) throw new Error('what was read and written reads differently');
  const graph = meta ? (value as { graphDef?: GraphDef }).graphDef : value as GraphDef;
  if (meta) printable(() => metaGraphDefToText(value));
  if (!graph) return 'accepted';
  printable(() => graphDefToText(graph));
  printGraphDef(graph);
  const problems = verify(graph, opTable, { allowDefaults: true });
  if (!importToo) return 'accepted';
  try {
    importGraphDef(new Graph(), graph, { name: '' }, { opTable, inferShapes });
  } catch (e) {
    if (!(e instanceof TfError)) throw e;
    return 'not imported';
  }
  // Import does not look into functions.
  const missed = problems.find((p) => !/^(in function|Attr |Gradient of function)/.test(p.message));
  if (missed) throw new Error(`imported in spite of: ${missed.message}`);
  return 'imported';
}
/** Handles have no text form: that is said with a TfError. */
function printable(print: () => string): void {
  try { print(); } catch (e) { if (!(e instanceof TfError)) throw e; }
}

/** Runs inputs `from` to `from + count`. Throws at the first failure, naming its number. */
export function fuzz(corpus: Corpus, seed: number, count: number, from = 0, progress?: (r: FuzzReport) => void): FuzzReport {
  const r: FuzzReport = { inputs: 0, accepted: 0, refused: 0, imported: 0, notImported: 0, byForm: {}, slowest: { index: -1, form: 'pb', bytes: 0, ms: 0 }, largest: 0, peakRssMb: 0 };
  for (let i = from; i < from + count; i++) {
    const { form, input } = makeInput(corpus, seed, i);
    const t = performance.now();
    let how: ReturnType<typeof checkInput>;
    try {
      how = checkInput(form, input, i % 16 === 0);
    } catch (e) {
      throw new Error(`input ${i} of seed ${seed} (${form}, ${input.length} long): ${String(e)}`, { cause: e });
    }
    const ms = performance.now() - t;
    if (ms > r.slowest.ms) r.slowest = { index: i, form, bytes: input.length, ms };
    r.inputs++;
    const f = (r.byForm[form] ??= { inputs: 0, refused: 0 });
    f.inputs++;
    if (how === 'refused') { r.refused++; f.refused++; } else r.accepted++;
    if (how === 'imported') r.imported++;
    if (how === 'not imported') r.notImported++;
    r.largest = Math.max(r.largest, input.length);
    if (r.inputs % 50_000 === 0) { r.peakRssMb = process.resourceUsage().maxRSS / 1024; progress?.(r); }
  }
  r.peakRssMb = process.resourceUsage().maxRSS / 1024;
  return r;
}
