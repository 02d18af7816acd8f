// GraphDef between protobuf bytes and the IR. Encodes exactly the bytes that TF's Python writes with deterministic
// serialisation; on decoding, fields the IR has no place for (experimental debug info, dim names) are skipped. The text
// form is graph_def_text.ts; legality is verify.ts. Follows core/framework/{graph,versions}.proto.
import { type AttrValue, type FunctionDefLibrary, type GraphDef, type NodeDef, type VersionDef } from './node_def.ts';
import { packed, readNodeDef, writeAttrValue, writeNodeDef } from './attr_codec.ts';
import { readLibrary, writeLibrary } from './function_codec.ts';
import { type DecodeLimits, lenTag, varintTag, WireReader, WireWriter } from './wire.ts';

/** `GraphDef.SerializeToString(deterministic=True)`. */
export function encodeGraphDef(def: GraphDef): Uint8Array {
  const w = new WireWriter(Math.min(1 << 26, 1024 + def.node.length * 160));
  writeGraphDefFields(w, def);
  return w.finish();
}

/** The fields of a GraphDef, as a message inside another has them. */
export function writeGraphDefFields(w: WireWriter, def: GraphDef): void {
  for (const n of def.node) { w.uint32(lenTag(1)); writeNodeDef(w, n); }
  if (def.library) { w.uint32(lenTag(2)); writeLibrary(w, def.library); }
  const { producer, minConsumer, badConsumers } = def.versions;
  if (producer !== 0 || minConsumer || badConsumers?.length) {
    w.uint32(lenTag(4));
    const at = w.begin();
    w.intField(1, producer);
    w.intField(2, minConsumer);
    packed(w, 3, badConsumers, (x) => w.int64(x));
    w.end(at);
  }
}

/** `GraphDef.FromString(bytes)`. Throws DecodeError with the byte offset; never allocates by a length it did not
 * check. A GraphDef without versions has producer 0. */
export function decodeGraphDef(bytes: Uint8Array, limits: DecodeLimits = {}): GraphDef {
  return readGraphDefFields(new WireReader(bytes, 'GraphDef', limits));
}

/** The fields of a GraphDef up to the reader's end. Fields that occur twice are merged, as protobuf does. */
export function readGraphDefFields(r: WireReader): GraphDef {
  const node: NodeDef[] = [];
  let library: FunctionDefLibrary | undefined;
  let versions: VersionDef | undefined;
  let oldVersion = 0;
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    switch (t) {
      case lenTag(1): node.push(readNodeDef(r)); break;
      case lenTag(2): library = mergeLibraries(library, readLibrary(r)); break;
      case varintTag(3): oldVersion = r.int32(); break;
      case lenTag(4): versions = mergeVersions(versions, readVersions(r)); break;
      default: r.skip(t);
    }
  }
  return { node, versions: versions ?? { producer: oldVersion }, ...(library ? { library } : {}) };
}

function mergeLibraries(a: FunctionDefLibrary | undefined, b: FunctionDefLibrary): FunctionDefLibrary {
  return a ? { function: [...a.function, ...b.function], gradient: [...a.gradient, ...b.gradient] } : b;
}
function mergeVersions(a: VersionDef | undefined, b: VersionDef): VersionDef {
  if (!a) return b;
  const bad = [...a.badConsumers ?? [], ...b.badConsumers ?? []];
  return { ...a, ...b, producer: b.producer || a.producer, ...(bad.length > 0 ? { badConsumers: bad } : {}) };
}

/** One AttrValue as bytes. */
export function encodeAttrValue(a: AttrValue): Uint8Array {
  const w = new WireWriter();
  writeAttrValue(w, a);
  return stripLength(w.finish());
}
function stripLength(b: Uint8Array): Uint8Array {
  let i = 0;
  while (b[i]! > 127) i++;
  return b.subarray(i + 1);
}

function readVersions(r: WireReader): VersionDef {
  const outer = r.enter();
  let producer = 0;
  let minConsumer: number | undefined;
  const bad: number[] = [];
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    if (t === varintTag(1)) producer = r.int32();
    else if (t === varintTag(2)) minConsumer = r.int32();
    else if (t === lenTag(3) || t === varintTag(3)) r.packed(t, () => bad.push(r.int32()));
    else r.skip(t);
  }
  r.leave(outer);
  return { producer, ...(minConsumer === undefined ? {} : { minConsumer }), ...(bad.length === 0 ? {} : { badConsumers: bad }) };
}
