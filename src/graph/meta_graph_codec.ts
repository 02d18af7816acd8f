// MetaGraphDef, SaverDef, VariableDef and control-flow contexts between bytes, text and their TypeScript form
// (meta_graph_messages.ts). Writes what Python writes. Follows core/protobuf/meta_graph.proto.
import { type MessageType, readFields, readFieldText, repeatedNames, writeFields, writeFieldsText } from './message_codec.ts';
import { COND_CONTEXT_DEF, type CondContextDef, META_GRAPH_DEF, type MetaGraphDef, SAVER_DEF, type SaverDef, VARIABLE_DEF, type VariableDef, WHILE_CONTEXT_DEF, type WhileContextDef } from './meta_graph_messages.ts';
import { TextReader, TextWriter } from './text_format.ts';
import { type DecodeLimits, WireReader, WireWriter } from './wire.ts';

/** `MetaGraphDef.SerializeToString(deterministic=True)`. */
export function encodeMetaGraphDef(m: MetaGraphDef): Uint8Array { return encode(META_GRAPH_DEF, m); }
/** `MetaGraphDef.FromString(bytes)`. Throws DecodeError with the byte offset. Fields unknown to TF 1.15 are skipped. */
export function decodeMetaGraphDef(bytes: Uint8Array, limits: DecodeLimits = {}): MetaGraphDef { return decode(META_GRAPH_DEF, bytes, limits); }
/** `str(meta_graph_def)`. */
export function metaGraphDefToText(m: MetaGraphDef): string {
  const w = new TextWriter();
  writeFieldsText(w, META_GRAPH_DEF, m);
  return w.finish();
}
/** `text_format.Parse(text, MetaGraphDef())`. Throws DecodeError with line and column. */
export function metaGraphDefFromText(text: string, limits: DecodeLimits = {}): MetaGraphDef {
  const r = new TextReader(text, 'MetaGraphDef', limits);
  const out: Record<string, unknown> = {};
  r.root('MetaGraphDef', (name) => readFieldText(r, META_GRAPH_DEF, out, name), repeatedNames(META_GRAPH_DEF));
  return out;
}

/** A variable as collections keep it. */
export function encodeVariableDef(v: VariableDef): Uint8Array { return encode(VARIABLE_DEF, v); }
export function decodeVariableDef(bytes: Uint8Array): VariableDef { return decode(VARIABLE_DEF, bytes); }
/** What a Saver needs to know, as graphs keep it. */
export function encodeSaverDef(s: SaverDef): Uint8Array { return encode(SAVER_DEF, s); }
export function decodeSaverDef(bytes: Uint8Array): SaverDef { return decode(SAVER_DEF, bytes); }
/** A conditional's context as the collection `cond_context` keeps it. */
export function encodeCondContextDef(c: CondContextDef): Uint8Array { return encode(COND_CONTEXT_DEF, c); }
export function decodeCondContextDef(bytes: Uint8Array): CondContextDef { return decode(COND_CONTEXT_DEF, bytes); }
/** A loop's context as the collection `while_context` keeps it. */
export function encodeWhileContextDef(c: WhileContextDef): Uint8Array { return encode(WHILE_CONTEXT_DEF, c); }
export function decodeWhileContextDef(bytes: Uint8Array): WhileContextDef { return decode(WHILE_CONTEXT_DEF, bytes); }

function encode(m: MessageType, value: object): Uint8Array {
  const w = new WireWriter();
  writeFields(w, m, value);
  return w.finish();
}
function decode<T>(m: MessageType, bytes: Uint8Array, limits: DecodeLimits = {}): T { return readFields(new WireReader(bytes, m.message, limits), m) as T; }
