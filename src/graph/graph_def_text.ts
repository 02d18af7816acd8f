// GraphDef in protobuf's text format (.pbtxt): writes exactly what Python's `str(graph_def)` writes and reads that and
// hand-written text. Binary form: graph_def_codec.ts. Follows google/protobuf/text_format.py.
import { type AttrValue, type FunctionDefLibrary, type GraphDef, type NodeDef, type VersionDef } from './node_def.ts';
import { readAttrField, readNodeText, writeAttrText, writeNodeText } from './attr_text.ts';
import { readLibraryText, writeLibraryText } from './function_text.ts';
import { TextReader, TextWriter } from './text_format.ts';
import { type DecodeLimits } from './wire.ts';

/** `str(graph_def)`. */
export function graphDefToText(def: GraphDef): string {
  const w = new TextWriter();
  writeGraphDefText(w, def);
  return w.finish();
}

/** The fields of a GraphDef, as a message inside another has them. */
export function writeGraphDefText(w: TextWriter, def: GraphDef): void {
  for (const n of def.node) w.message('node', () => writeNodeText(w, n));
  if (def.library) w.message('library', () => writeLibraryText(w, def.library!));
  const v = def.versions;
  if (v.producer !== 0 || v.minConsumer || v.badConsumers?.length) w.message('versions', () => versions(w, v));
}

/** `producer: 134`. */
export function versionsToText(v: VersionDef): string {
  const w = new TextWriter(true);
  versions(w, v);
  return w.finish();
}

/** One attr value in text form, on one line if asked. */
export function attrValueToText(a: AttrValue, oneLine = false): string {
  const w = new TextWriter(oneLine);
  writeAttrText(w, a);
  return w.finish();
}

/** One node in text form. */
export function nodeDefToText(n: NodeDef): string {
  const w = new TextWriter();
  writeNodeText(w, n);
  return w.finish();
}

function versions(w: TextWriter, v: VersionDef): void {
  if (v.producer !== 0) w.scalar('producer', String(v.producer));
  if (v.minConsumer) w.scalar('min_consumer', String(v.minConsumer));
  for (const b of v.badConsumers ?? []) w.scalar('bad_consumers', String(b));
}

/** `text_format.Parse(text, GraphDef())`. Throws DecodeError with line and column. */
export function graphDefFromText(text: string, limits: DecodeLimits = {}): GraphDef {
  const r = new TextReader(text, 'GraphDef', limits);
  return readFields((field) => r.root('GraphDef', field, NODE), r);
}
/** A GraphDef as a message inside another. */
export function readGraphDefMessage(r: TextReader): GraphDef { return readFields((field) => r.message('GraphDef', field, NODE), r); }

function readFields(read: (field: (name: string) => boolean) => void, r: TextReader): GraphDef {
  const nodes: NodeDef[] = [];
  let lib: FunctionDefLibrary | undefined;
  let v: VersionDef | undefined;
  let oldVersion = 0;
  read((f) => {
    switch (f) {
      case 'node': r.each(() => nodes.push(readNodeText(r))); return true;
      case 'library': lib = readLibraryText(r); return true;
      case 'version': oldVersion = r.int32(); return true;
      case 'versions': v = readVersions(r); return true;
      default: return false;
    }
  });
  return { node: nodes, versions: v ?? { producer: oldVersion }, ...(lib ? { library: lib } : {}) };
}
const NODE = new Set(['node']);

/** One AttrValue from text, e.g. `list { i: 1 i: 2 }`. */
export function attrValueFromText(text: string): AttrValue | undefined {
  const r = new TextReader(text, 'AttrValue');
  let a: AttrValue | undefined;
  r.root('AttrValue', (f) => { const v = readAttrField(r, f); if (v) a = v; return v !== undefined; });
  return a;
}

function readVersions(r: TextReader): VersionDef {
  const v: { producer: number; minConsumer?: number; badConsumers?: number[] } = { producer: 0 };
  r.message('VersionDef', (f) => {
    switch (f) {
      case 'producer': v.producer = r.int32(); return true;
      case 'min_consumer': v.minConsumer = r.int32(); return true;
      case 'bad_consumers': r.each(() => (v.badConsumers ??= []).push(r.int32())); return true;
      default: return false;
    }
  }, new Set(['bad_consumers']));
  return v;
}
