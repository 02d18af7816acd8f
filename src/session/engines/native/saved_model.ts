// A SavedModel as TensorFlow's loader wants it: one MetaGraphDef with the tag `serve`, whose graph holds nothing but
// placeholders and calls of functions. An op without a kernel so hurts only the call it is in, when it runs.
// Follows core/protobuf/{saved_model,meta_graph}.proto.
import { writeGraphDefFields } from '../../../graph/graph_def_codec.ts';
import { attr, type AttrMap, type FunctionDef, type GraphDef, type NodeDef, PRODUCER } from '../../../graph/node_def.ts';
import { UNKNOWN_SHAPE } from '../../../graph/shape.ts';
import { lenTag, WireWriter } from '../../../graph/wire.ts';
import type { DType } from '../../../graph/dtype.ts';

/** ConfigProto{graph_options {rewrite_options {disable_meta_optimizer: true}}}: all that a call reads of it is how to rewrite. */
const NO_REWRITING = Uint8Array.of(0x52, 0x05, 0x52, 0x03, 0x98, 0x01, 0x01);

/** A function and the dtypes of its ends. `handles`: variables among its inputs, by position. */
export interface Callee {
  readonly def: FunctionDef;
  readonly inputs: readonly DType[];
  readonly outputs: readonly DType[];
  readonly handles?: ReadonlyMap<number, { readonly sharedName: string; readonly dtype: DType; readonly device: string }> | null;
  /** Whether XLA compiles it. */
  readonly xla?: boolean;
}

/** How a function is called: names of what is fed and fetched, as the addon takes them. */
export interface CallNames { readonly feeds: string; readonly fetches: readonly string[] }
export function callNames(fn: string, inputs: number, outputs: number): CallNames {
  return { feeds: Array.from({ length: inputs }, (_, i) => `${fn}_${i}:0`).join(','), fetches: Array.from({ length: outputs }, (_, i) => `call_${fn}:${i}`) };
}

/** Attrs of a VarHandleOp: equal names are one variable in all functions. */
export function varHandle(sharedName: string, dtype: DType): AttrMap { return { shared_name: attr.s(sharedName), container: attr.s(''), dtype: attr.type(dtype), shape: attr.shape(UNKNOWN_SHAPE) }; }

/** The graph around functions: for each its placeholders and its call. `rewritten`: TensorFlow's rewriter may touch them. */
export function callingGraph(functions: readonly Callee[], rewritten = false): GraphDef {
  const node: NodeDef[] = [];
  for (const { def, inputs, outputs, handles, xla = false } of functions) {
    const fn = def.signature.name;
    let fed = 0;
    const input = inputs.map((dtype, i) => {
      const h = handles?.get(i);
      const name = h ? `${fn}_handle${i}` : `${fn}_${fed++}`;
      node.push(h ? { name, op: 'VarHandleOp', input: [], device: h.device, attr: varHandle(h.sharedName, h.dtype) } : { name, op: 'Placeholder', input: [], device: '', attr: { dtype: attr.type(dtype), shape: attr.shape(UNKNOWN_SHAPE) } });
      return name;
    });
    node.push({
      name: `call_${fn}`, op: 'StatefulPartitionedCall', input, device: '',
      attr: {
        Tin: attr.list({ type: inputs }), Tout: attr.list({ type: outputs }), f: attr.func({ name: fn, attr: {} }),
        config: attr.s(''), config_proto: attr.s(rewritten ? '' : NO_REWRITING), executor_type: attr.s(''), ...(xla && { _XlaMustCompile: attr.b(true) }),
      },
    });
  }
  return { node, versions: { producer: PRODUCER }, library: { function: functions.map((f) => f.def), gradient: [] } };
}

/** The bytes of saved_model.pb. */
export function encodeSavedModel(graph: GraphDef): Uint8Array {
  const w = new WireWriter(1 << 14);
  w.intField(1, 1);
  w.uint32(lenTag(2));
  const meta = w.begin();
  w.uint32(lenTag(1));
  const info = w.begin();
  w.stringField(4, 'serve');
  w.end(info);
  w.uint32(lenTag(2));
  const def = w.begin();
  writeGraphDefFields(w, graph);
  w.end(def);
  w.end(meta);
  return w.finish();
}
