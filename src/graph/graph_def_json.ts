// GraphDef as proto3 JSON: what `google.protobuf.json_format` writes, and what TensorFlow.js keeps as `modelTopology` of its
// graph models. The JSON mapping is @bufbuild/protobuf's over our schema; values go through the binary codec.
import { type DescMessage, fromBinary, fromJson, type JsonValue, type MessageShape, toBinary, toJson } from '@bufbuild/protobuf';
import { DecodeError } from './errors.ts';
import { decodeGraphDef, encodeGraphDef } from './graph_def_codec.ts';
import { decodeMetaGraphDef, encodeMetaGraphDef } from './meta_graph_codec.ts';
import { type MetaGraphDef } from './meta_graph_messages.ts';
import { type GraphDef } from './node_def.ts';
import { GraphDefSchema } from './proto/gen/graph_pb.js';
import { MetaGraphDefSchema } from './proto/gen/meta_graph_pb.js';
import { type DecodeLimits, MAX_DEPTH } from './wire.ts';

/** `json_format.Parse(text, GraphDef())`; takes the text, or what JSON.parse made of it. A TensorFlow.js model (an object
 * with `modelTopology`) stands for its topology; the weights it leaves out are zeros. Throws DecodeError, which shows the
 * place of a syntax error, else names the field. */
export function graphDefFromJson(json: unknown, limits: DecodeLimits = {}): GraphDef {
  const value = parse(json, 'GraphDef', limits.maxDepth ?? MAX_DEPTH);
  const topology = isObject(value) && isObject(value['modelTopology']) ? value['modelTopology'] : value;
  return decodeGraphDef(bytes(GraphDefSchema, topology as JsonValue), limits);
}
/** `json_format.MessageToDict(graph_def)`: a value for JSON.stringify. int64 are strings, bytes base64. */
export function graphDefToJson(def: GraphDef): JsonValue { return signed(toJson(GraphDefSchema, fromBinary(GraphDefSchema, encodeGraphDef(def)))); }

/** A MetaGraphDef from proto3 JSON (text or parsed). Throws DecodeError. */
export function metaGraphDefFromJson(json: unknown, limits: DecodeLimits = {}): MetaGraphDef {
  return decodeMetaGraphDef(bytes(MetaGraphDefSchema, parse(json, 'MetaGraphDef', limits.maxDepth ?? MAX_DEPTH)), limits);
}
/** A MetaGraphDef as a value for JSON.stringify. */
export function metaGraphDefToJson(def: MetaGraphDef): JsonValue { return signed(toJson(MetaGraphDefSchema, fromBinary(MetaGraphDefSchema, encodeMetaGraphDef(def)))); }

/** The value with every -0 as text, which proto3 JSON allows for any number: JSON.stringify would write 0. */
function signed(v: JsonValue): JsonValue {
  if (Object.is(v, -0)) return '-0';
  if (Array.isArray(v)) { for (let i = 0; i < v.length; i++) v[i] = signed(v[i]!); } else if (isObject(v)) for (const k in v) v[k] = signed(v[k] as JsonValue);
  return v;
}
function isObject(v: unknown): v is Record<string, unknown> { return typeof v === 'object' && v !== null && !Array.isArray(v); }

function parse(json: unknown, what: string, maxDepth: number): JsonValue {
  let value = json;
  if (typeof json === 'string') {
    try {
      value = JSON.parse(json);
    } catch (e) {
      throw new DecodeError(`${what} is not JSON: ${lineOf(json, (e as Error).message)}`);
    }
  }
  // Each message is up to three levels of JSON (the field, its map, the entry).
  if (depth(value) > 3 * maxDepth) throw new DecodeError(`${what} as JSON is nested more than ${3 * maxDepth} deep`);
  return value as JsonValue;
}

/** V8 says `position 12`, where it says anything; people count lines. */
function lineOf(text: string, message: string): string {
  const at = /position (\d+)/.exec(message);
  if (!at || message.includes('line ')) return message;
  const before = text.slice(0, Number(at[1])).split('\n');
  return `${message} (line ${before.length} column ${before.at(-1)!.length + 1})`;
}

/** Levels of nesting, counted level by level so that depth costs no stack. */
function depth(v: unknown): number {
  let level: unknown[] = [v];
  let n = 0;
  while (level.length > 0 && n < 10_000) {
    n++;
    const next: unknown[] = [];
    for (const x of level) if (typeof x === 'object' && x !== null) for (const y of Object.values(x)) if (typeof y === 'object' && y !== null) next.push(y);
    level = next;
  }
  return n;
}

function bytes<D extends DescMessage>(schema: D, json: JsonValue): Uint8Array {
  try {
    return toBinary(schema, fromJson(schema, json, { ignoreUnknownFields: false }) as MessageShape<D>);
  } catch (e) {
    throw new DecodeError(`${schema.name} as JSON: ${(e as Error).message}`);
  }
}
