// The messages of MetaGraphDef and of what TensorFlow keeps in collections (variables, control-flow contexts): their
// TypeScript form and their tables. Follows core/protobuf/{meta_graph,saver,control_flow}.proto, core/framework/variable.proto.
import { type DType } from './dtype.ts';
import { type AttrInt, type GraphDef, type OpDef } from './node_def.ts';
import { type TensorShape } from './shape.ts';
import { readShape, writeShape } from './attr_codec.ts';
import { readShapeText, writeShapeText } from './attr_text.ts';
import { readOpDef, writeOpDef } from './function_codec.ts';
import { readOpDefText, writeOpDefText } from './function_text.ts';
import { readGraphDefFields, writeGraphDefFields } from './graph_def_codec.ts';
import { readGraphDefMessage, writeGraphDefText } from './graph_def_text.ts';
import { type CustomType, type MessageType, messageType } from './message_codec.ts';

/** A message of any type, kept as bytes. */
export interface AnyMessage { readonly typeUrl?: string; readonly value?: Uint8Array }
export interface MetaInfoDef {
  readonly metaGraphVersion?: string;
  /** Signatures of the ops the graph uses, without their documentation. */
  readonly strippedOpList?: { readonly op?: readonly OpDef[] };
  readonly anyInfo?: AnyMessage;
  readonly tags?: readonly string[];
  readonly tensorflowVersion?: string;
  readonly tensorflowGitVersion?: string;
  readonly strippedDefaultAttrs?: boolean;
}
/** `tf.train.SaverDef`. */
export interface SaverDef {
  readonly filenameTensorName?: string;
  readonly saveTensorName?: string;
  readonly restoreOpName?: string;
  readonly maxToKeep?: number;
  readonly sharded?: boolean;
  readonly keepCheckpointEveryNHours?: number;
  readonly version?: 'LEGACY' | 'V1' | 'V2' | number;
}
/** One collection; exactly one of the lists is there. */
export interface CollectionDef {
  readonly nodeList?: { readonly value?: readonly string[] };
  readonly bytesList?: { readonly value?: readonly Uint8Array[] };
  readonly int64List?: { readonly value?: readonly AttrInt[] };
  readonly floatList?: { readonly value?: readonly number[] };
  readonly anyList?: { readonly value?: readonly AnyMessage[] };
}
export interface TensorInfo {
  readonly name?: string;
  readonly cooSparse?: { readonly valuesTensorName?: string; readonly indicesTensorName?: string; readonly denseShapeTensorName?: string };
  readonly dtype?: DType;
  readonly tensorShape?: TensorShape;
}
export interface SignatureDef {
  readonly inputs?: Readonly<Record<string, TensorInfo>>;
  readonly outputs?: Readonly<Record<string, TensorInfo>>;
  readonly methodName?: string;
}
/** A graph with everything around it that is needed to go on with it: `tf.train.export_meta_graph`. */
export interface MetaGraphDef {
  readonly metaInfoDef?: MetaInfoDef;
  readonly graphDef?: GraphDef;
  readonly saverDef?: SaverDef;
  readonly collectionDef?: Readonly<Record<string, CollectionDef>>;
  readonly signatureDef?: Readonly<Record<string, SignatureDef>>;
  readonly assetFileDef?: readonly { readonly tensorInfo?: TensorInfo; readonly filename?: string }[];
  /** SavedObjectGraph of TensorFlow 2, kept as bytes. */
  readonly objectGraphDef?: Uint8Array;
}
/** A variable as collections keep it. */
export interface VariableDef {
  readonly variableName?: string;
  readonly initializerName?: string;
  readonly snapshotName?: string;
  readonly saveSliceInfoDef?: SaveSliceInfoDef;
  readonly isResource?: boolean;
  readonly initialValueName?: string;
  readonly trainable?: boolean;
  readonly synchronization?: string | number;
  readonly aggregation?: string | number;
}
export interface SaveSliceInfoDef {
  readonly fullName?: string;
  readonly fullShape?: readonly AttrInt[];
  readonly varOffset?: readonly AttrInt[];
  readonly varShape?: readonly AttrInt[];
}
export interface ValuesDef { readonly values?: readonly string[]; readonly externalValues?: Readonly<Record<string, string>> }
export interface CondContextDef {
  readonly contextName?: string;
  readonly predName?: string;
  readonly pivotName?: string;
  readonly branch?: number;
  readonly valuesDef?: ValuesDef;
  readonly nestedContexts?: readonly ControlFlowContextDef[];
}
export interface WhileContextDef {
  readonly contextName?: string;
  readonly parallelIterations?: number;
  readonly backProp?: boolean;
  readonly swapMemory?: boolean;
  readonly pivotName?: string;
  readonly pivotForPredName?: string;
  readonly pivotForBodyName?: string;
  readonly loopExitNames?: readonly string[];
  readonly loopEnterNames?: readonly string[];
  readonly valuesDef?: ValuesDef;
  readonly maximumIterationsName?: string;
  readonly nestedContexts?: readonly ControlFlowContextDef[];
}
export interface ControlFlowContextDef { readonly condCtxt?: CondContextDef; readonly whileCtxt?: WhileContextDef }

// --- tables ----------------------------------------------------------------------------------------------------------

export const custom = <T>(c: { [K in keyof CustomType]: K extends 'write' ? (w: Parameters<CustomType['write']>[0], v: T) => void : K extends 'writeText' ? (w: Parameters<CustomType['writeText']>[0], f: string, v: T) => void : CustomType[K] }): CustomType => c as CustomType;

export const GRAPH_DEF = custom<GraphDef>({
  read(r) { const outer = r.enter(); const g = readGraphDefFields(r); r.leave(outer); return g; },
  write(w, g) { const at = w.begin(); writeGraphDefFields(w, g); w.end(at); },
  readText: readGraphDefMessage,
  writeText: (w, f, g) => w.message(f, () => writeGraphDefText(w, g)),
});
const OP_DEF = custom<OpDef>({ read: readOpDef, write: writeOpDef, readText: readOpDefText, writeText: (w, f, o) => w.message(f, () => writeOpDefText(w, o)) });
export const SHAPE = custom<TensorShape>({ read: readShape, write: writeShape, readText: readShapeText, writeText: (w, f, s) => w.message(f, () => writeShapeText(w, s)) });

const ANY = messageType('Any', { type_url: [1, 'string'], value: [2, 'bytes'] });
const TENSOR_INFO: MessageType = messageType('TensorInfo', {
  name: [1, 'string', 'oneof'],
  dtype: [2, 'dtype'],
  tensor_shape: [3, SHAPE],
  coo_sparse: [4, messageType('TensorInfo.CooSparse', { values_tensor_name: [1, 'string'], indices_tensor_name: [2, 'string'], dense_shape_tensor_name: [3, 'string'] }), 'oneof'],
});
export const SAVER_DEF = messageType('SaverDef', {
  filename_tensor_name: [1, 'string'], save_tensor_name: [2, 'string'], restore_op_name: [3, 'string'], max_to_keep: [4, 'int32'], sharded: [5, 'bool'],
  keep_checkpoint_every_n_hours: [6, 'float'], version: [7, { enum: { LEGACY: 0, V1: 1, V2: 2 } }],
});
const COLLECTION_DEF = messageType('CollectionDef', {
  node_list: [1, messageType('CollectionDef.NodeList', { value: [1, 'string', 'repeated'] }), 'oneof'],
  bytes_list: [2, messageType('CollectionDef.BytesList', { value: [1, 'bytes', 'repeated'] }), 'oneof'],
  int64_list: [3, messageType('CollectionDef.Int64List', { value: [1, 'int64', 'repeated'] }), 'oneof'],
  float_list: [4, messageType('CollectionDef.FloatList', { value: [1, 'float', 'repeated'] }), 'oneof'],
  any_list: [5, messageType('CollectionDef.AnyList', { value: [1, ANY, 'repeated'] }), 'oneof'],
});
const META_INFO_DEF = messageType('MetaGraphDef.MetaInfoDef', {
  meta_graph_version: [1, 'string'], stripped_op_list: [2, messageType('OpList', { op: [1, OP_DEF, 'repeated'] })], any_info: [3, ANY],
  tags: [4, 'string', 'repeated'], tensorflow_version: [5, 'string'], tensorflow_git_version: [6, 'string'], stripped_default_attrs: [7, 'bool'],
});
export const META_GRAPH_DEF = messageType('MetaGraphDef', {
  meta_info_def: [1, META_INFO_DEF],
  graph_def: [2, GRAPH_DEF],
  saver_def: [3, SAVER_DEF],
  collection_def: [4, COLLECTION_DEF, 'map'],
  signature_def: [5, messageType('SignatureDef', { inputs: [1, TENSOR_INFO, 'map'], outputs: [2, TENSOR_INFO, 'map'], method_name: [3, 'string'] }), 'map'],
  asset_file_def: [6, messageType('AssetFileDef', { tensor_info: [1, TENSOR_INFO], filename: [2, 'string'] }), 'repeated'],
  object_graph_def: [7, 'bytes'],
});
export const VARIABLE_DEF = messageType('VariableDef', {
  variable_name: [1, 'string'], initializer_name: [2, 'string'], snapshot_name: [3, 'string'],
  save_slice_info_def: [4, messageType('SaveSliceInfoDef', { full_name: [1, 'string'], full_shape: [2, 'int64', 'repeated'], var_offset: [3, 'int64', 'repeated'], var_shape: [4, 'int64', 'repeated'] })],
  is_resource: [5, 'bool'], initial_value_name: [6, 'string'], trainable: [7, 'bool'],
  synchronization: [8, { enum: { VARIABLE_SYNCHRONIZATION_AUTO: 0, VARIABLE_SYNCHRONIZATION_NONE: 1, VARIABLE_SYNCHRONIZATION_ON_WRITE: 2, VARIABLE_SYNCHRONIZATION_ON_READ: 3 } }],
  aggregation: [9, { enum: { VARIABLE_AGGREGATION_NONE: 0, VARIABLE_AGGREGATION_SUM: 1, VARIABLE_AGGREGATION_MEAN: 2, VARIABLE_AGGREGATION_ONLY_FIRST_REPLICA: 3 } }],
});
const VALUES_DEF = messageType('ValuesDef', { values: [1, 'string', 'repeated'], external_values: [2, 'string', 'map'] });
const NESTED = messageType('ControlFlowContextDef', { cond_ctxt: [1, () => COND_CONTEXT_DEF, 'oneof'], while_ctxt: [2, () => WHILE_CONTEXT_DEF, 'oneof'] });
export const COND_CONTEXT_DEF: MessageType = messageType('CondContextDef', {
  context_name: [1, 'string'], pred_name: [2, 'string'], pivot_name: [3, 'string'], branch: [4, 'int32'], values_def: [5, VALUES_DEF], nested_contexts: [6, NESTED, 'repeated'],
});
export const WHILE_CONTEXT_DEF: MessageType = messageType('WhileContextDef', {
  context_name: [1, 'string'], parallel_iterations: [2, 'int32'], back_prop: [3, 'bool'], swap_memory: [4, 'bool'], pivot_name: [5, 'string'], pivot_for_pred_name: [6, 'string'],
  pivot_for_body_name: [7, 'string'], loop_exit_names: [8, 'string', 'repeated'], values_def: [9, VALUES_DEF], loop_enter_names: [10, 'string', 'repeated'],
  maximum_iterations_name: [11, 'string'], nested_contexts: [12, NESTED, 'repeated'],
});
