// The messages of TensorFlow's master service: their TypeScript form, their tables and their bytes. Decoded messages have a
// key only for fields that are there; tensors are written as raw bytes. Follows core/protobuf/{master,config,
// rewriter_config,cluster,named_tensor}.proto and core/framework/{device_attributes,resource_handle,step_stats}.proto (1.15).
import { readTensor, writeTensor } from '../../graph/attr_codec.ts';
import { readTensorText, writeTensorText } from '../../graph/attr_text.ts';
import type { DType } from '../../graph/dtype.ts';
import { type MessageType, messageType, readFields, writeFields } from '../../graph/message_codec.ts';
import { custom, GRAPH_DEF, SHAPE } from '../../graph/meta_graph_messages.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import type { AttrInt, GraphDef } from '../../graph/node_def.ts';
import type { TensorShape } from '../../graph/shape.ts';
import { contentForm } from '../../graph/tensor_codec.ts';
import { type DecodeLimits, WireReader, WireWriter } from '../../graph/wire.ts';

/** A message and its fields. */
export interface Codec<T> {
  readonly name: string;
  /** The bytes, behind `lead` bytes of room, in `memory` of so many bytes. Throws ValueError for more than 2 GiB. */
  encode(message: T, lead?: number, memory?: (bytes: number) => Uint8Array): Uint8Array;
  /** Throws DecodeError with the byte offset; unknown fields are skipped. */
  decode(bytes: Uint8Array, limits?: DecodeLimits): T;
}
/** The codec of a table. */
export function codec<T extends object>(type: MessageType): Codec<T> {
  return {
    name: type.message,
    encode(message, lead, memory) {
      const w = new WireWriter();
      writeFields(w, type, message);
      return w.finish(lead, memory);
    },
    decode: (bytes, limits) => readFields(new WireReader(bytes, type.message, limits), type) as T,
  };
}

// --- tensors, handles, devices ---------------------------------------------------------------------------------------

export interface NamedTensorProto { readonly name?: string; readonly tensor?: NDArray }
/** What a tensor of dtype resource holds, each element as the bytes of one of these. */
export interface ResourceHandleProto {
  readonly device?: string;
  readonly container?: string;
  readonly name?: string;
  readonly hashCode?: bigint;
  readonly maybeTypeName?: string;
  readonly dtypesAndShapes?: readonly { readonly dtype?: DType; readonly shape?: TensorShape }[];
}
export interface DeviceAttributes {
  readonly name?: string;
  readonly deviceType?: string;
  readonly memoryLimit?: AttrInt;
  readonly locality?: { readonly busId?: number; readonly numaNode?: number };
  readonly incarnation?: bigint;
  readonly physicalDeviceDesc?: string;
}

const TENSOR = custom<NDArray>({
  read: readTensor, write: (w, a) => { writeTensor(w, a, contentForm(a)); },
  readText: readTensorText, writeText: (w, f, a) => w.message(f, () => { writeTensorText(w, a); }),
});
const NAMED_TENSOR = messageType('NamedTensorProto', { name: [1, 'string'], tensor: [2, TENSOR] });
export const resourceHandle = codec<ResourceHandleProto>(messageType('ResourceHandleProto', {
  device: [1, 'string'], container: [2, 'string'], name: [3, 'string'], hash_code: [4, 'uint64'], maybe_type_name: [5, 'string'],
  dtypes_and_shapes: [6, messageType('ResourceHandleProto.DtypeAndShape', { dtype: [1, 'dtype'], shape: [2, SHAPE] }), 'repeated'],
}));
const DEVICE_ATTRIBUTES = messageType('DeviceAttributes', {
  name: [1, 'string'], device_type: [2, 'string'], memory_limit: [4, 'int64'], incarnation: [6, 'fixed64'], physical_device_desc: [7, 'string'],
  locality: [5, messageType('DeviceLocality', { bus_id: [1, 'int32'], numa_node: [2, 'int32'] })],
});

// --- configuration ---------------------------------------------------------------------------------------------------

/** What a session is told: the fields of `tf.ConfigProto` that were set. */
export interface ConfigFields {
  readonly deviceCount?: Readonly<Record<string, number>>;
  readonly intraOpParallelismThreads?: number;
  readonly interOpParallelismThreads?: number;
  readonly usePerSessionThreads?: boolean;
  readonly placementPeriod?: number;
  readonly deviceFilters?: readonly string[];
  readonly gpuOptions?: object;
  readonly allowSoftPlacement?: boolean;
  readonly logDevicePlacement?: boolean;
  readonly graphOptions?: { readonly buildCostModel?: AttrInt; readonly buildCostModelAfter?: AttrInt; readonly rewriteOptions?: { readonly disableMetaOptimizer?: boolean } };
  readonly operationTimeoutInMs?: AttrInt;
  readonly clusterDef?: ClusterDef;
  readonly isolateSessionState?: boolean;
}
/** `tf.train.ClusterDef`: names of jobs, and the address of each task by its number. */
export interface ClusterDef { readonly job?: readonly { readonly name?: string; readonly tasks?: Readonly<Record<string, string>> }[] }
/** What one run is told: the fields of `tf.RunOptions` that were set. */
export interface RunOptionFields {
  readonly traceLevel?: number;
  readonly timeoutInMs?: AttrInt;
  readonly interOpThreadPool?: number;
  readonly outputPartitionGraphs?: boolean;
  readonly reportTensorAllocationsUponOom?: boolean;
}
export interface CallableOptions {
  readonly feed?: readonly string[];
  readonly fetch?: readonly string[];
  readonly target?: readonly string[];
  readonly runOptions?: RunOptionFields;
  readonly tensorConnection?: readonly { readonly fromTensor?: string; readonly toTensor?: string }[];
  readonly feedDevices?: Readonly<Record<string, string>>;
  readonly fetchDevices?: Readonly<Record<string, string>>;
  readonly fetchSkipSync?: boolean;
}

const GPU_OPTIONS = messageType('GPUOptions', {
  per_process_gpu_memory_fraction: [1, 'double'], allow_growth: [4, 'bool'], allocator_type: [2, 'string'], deferred_deletion_bytes: [3, 'int64'], visible_device_list: [5, 'string'],
  polling_active_delay_usecs: [6, 'int32'], polling_inactive_delay_msecs: [7, 'int32'], force_gpu_compatible: [8, 'bool'],
});
const OPTIMIZER_OPTIONS = messageType('OptimizerOptions', {
  do_common_subexpression_elimination: [1, 'bool'], do_constant_folding: [2, 'bool'], max_folded_constant_in_bytes: [6, 'int64'], do_function_inlining: [4, 'bool'], opt_level: [3, 'int32'], global_jit_level: [5, 'int32'],
});
const REWRITER_CONFIG = messageType('RewriterConfig', {
  layout_optimizer: [1, 'int32'], constant_folding: [3, 'int32'], shape_optimization: [13, 'int32'], remapping: [14, 'int32'], arithmetic_optimization: [7, 'int32'], dependency_optimization: [8, 'int32'],
  loop_optimization: [9, 'int32'], function_optimization: [10, 'int32'], debug_stripper: [11, 'int32'], disable_model_pruning: [2, 'bool'], scoped_allocator_optimization: [15, 'int32'],
  pin_to_host_optimization: [18, 'int32'], implementation_selector: [22, 'int32'], auto_mixed_precision: [23, 'int32'], disable_meta_optimizer: [19, 'bool'], meta_optimizer_iterations: [12, 'int32'],
  min_graph_nodes: [17, 'int32'], memory_optimization: [4, 'int32'], memory_optimizer_target_node_name_scope: [6, 'string'], meta_optimizer_timeout_ms: [20, 'int64'], fail_on_optimizer_errors: [21, 'bool'],
  optimizers: [100, 'string', 'repeated'],
});
const GRAPH_OPTIONS = messageType('GraphOptions', {
  enable_recv_scheduling: [2, 'bool'], optimizer_options: [3, OPTIMIZER_OPTIONS], build_cost_model: [4, 'int64'], build_cost_model_after: [9, 'int64'], infer_shapes: [5, 'bool'], place_pruned_graph: [6, 'bool'],
  enable_bfloat16_sendrecv: [7, 'bool'], timeline_step: [8, 'int32'], rewrite_options: [10, REWRITER_CONFIG],
});
const CLUSTER_DEF = messageType('ClusterDef', { job: [1, messageType('JobDef', { name: [1, 'string'], tasks: [2, 'string', 'intMap'] }), 'repeated'] });
export const CONFIG_PROTO = messageType('ConfigProto', {
  device_count: [1, 'int32', 'map'], intra_op_parallelism_threads: [2, 'int32'], inter_op_parallelism_threads: [5, 'int32'], use_per_session_threads: [9, 'bool'], placement_period: [3, 'int32'],
  device_filters: [4, 'string', 'repeated'], gpu_options: [6, GPU_OPTIONS], allow_soft_placement: [7, 'bool'], log_device_placement: [8, 'bool'], graph_options: [10, GRAPH_OPTIONS],
  operation_timeout_in_ms: [11, 'int64'], cluster_def: [14, CLUSTER_DEF], isolate_session_state: [15, 'bool'],
});
export const RUN_OPTIONS = messageType('RunOptions', {
  trace_level: [1, 'int32'], timeout_in_ms: [2, 'int64'], inter_op_thread_pool: [3, 'int32'], output_partition_graphs: [5, 'bool'], report_tensor_allocations_upon_oom: [7, 'bool'],
});
const CALLABLE_OPTIONS = messageType('CallableOptions', {
  feed: [1, 'string', 'repeated'], fetch: [2, 'string', 'repeated'], target: [3, 'string', 'repeated'], run_options: [4, RUN_OPTIONS],
  tensor_connection: [5, messageType('TensorConnection', { from_tensor: [1, 'string'], to_tensor: [2, 'string'] }), 'repeated'],
  feed_devices: [6, 'string', 'map'], fetch_devices: [7, 'string', 'map'], fetch_skip_sync: [8, 'bool'],
});

// --- what a run tells ------------------------------------------------------------------------------------------------

export interface AllocationFields { readonly requestedBytes?: AttrInt; readonly allocatedBytes?: AttrInt; readonly allocatorName?: string }
export interface NodeStatsFields {
  readonly nodeName?: string;
  readonly allStartMicros?: AttrInt;
  readonly opStartRelMicros?: AttrInt;
  readonly opEndRelMicros?: AttrInt;
  readonly allEndRelMicros?: AttrInt;
  readonly memory?: readonly { readonly allocatorName?: string; readonly totalBytes?: AttrInt; readonly peakBytes?: AttrInt; readonly liveBytes?: AttrInt }[];
  readonly output?: readonly { readonly slot?: number; readonly tensorDescription?: { readonly dtype?: DType; readonly shape?: TensorShape; readonly allocationDescription?: AllocationFields } }[];
  readonly timelineLabel?: string;
  readonly scheduledMicros?: AttrInt;
  readonly threadId?: number;
}
export interface DeviceStatsFields { readonly device?: string; readonly nodeStats?: readonly NodeStatsFields[]; readonly threadNames?: Readonly<Record<string, string>> }
/** `tf.RunMetadata` on the wire. */
export interface RunMetadataFields {
  readonly stepStats?: { readonly devStats?: readonly DeviceStatsFields[] };
  readonly costGraph?: { readonly node?: readonly CostNodeFields[] };
  readonly partitionGraphs?: readonly GraphDef[];
}
export interface CostNodeFields {
  readonly name?: string;
  readonly device?: string;
  readonly id?: number;
  readonly inputInfo?: readonly { readonly precedingNode?: number; readonly precedingPort?: number }[];
  readonly outputInfo?: readonly { readonly size?: AttrInt; readonly aliasInputPort?: AttrInt; readonly shape?: TensorShape; readonly dtype?: DType }[];
  readonly computeCost?: AttrInt;
  readonly isFinal?: boolean;
  readonly inaccurate?: boolean;
}

const ALLOCATION = messageType('AllocationDescription', { requested_bytes: [1, 'int64'], allocated_bytes: [2, 'int64'], allocator_name: [3, 'string'] });
const NODE_EXEC_STATS = messageType('NodeExecStats', {
  node_name: [1, 'string'], all_start_micros: [2, 'int64'], op_start_rel_micros: [3, 'int64'], op_end_rel_micros: [4, 'int64'], all_end_rel_micros: [5, 'int64'],
  memory: [6, messageType('AllocatorMemoryUsed', { allocator_name: [1, 'string'], total_bytes: [2, 'int64'], peak_bytes: [3, 'int64'], live_bytes: [4, 'int64'] }), 'repeated'],
  output: [7, messageType('NodeOutput', { slot: [1, 'int32'], tensor_description: [3, messageType('TensorDescription', { dtype: [1, 'dtype'], shape: [2, SHAPE], allocation_description: [4, ALLOCATION] })] }), 'repeated'],
  timeline_label: [8, 'string'], scheduled_micros: [9, 'int64'], thread_id: [10, 'uint32'],
});
const STEP_STATS = messageType('StepStats', {
  dev_stats: [1, messageType('DeviceStepStats', { device: [1, 'string'], node_stats: [2, NODE_EXEC_STATS, 'repeated'], thread_names: [3, 'string', 'intMap'] }), 'repeated'],
});
const COST_GRAPH = messageType('CostGraphDef', { node: [1, messageType('CostGraphNode', {
  name: [1, 'string'], device: [2, 'string'], id: [3, 'int32'], input_info: [4, messageType('CostInput', { preceding_node: [1, 'int32'], preceding_port: [2, 'int32'] }), 'repeated'],
  output_info: [5, messageType('CostOutput', { size: [1, 'int64'], alias_input_port: [2, 'int64'], shape: [3, SHAPE], dtype: [4, 'dtype'] }), 'repeated'],
  compute_cost: [9, 'int64'], is_final: [7, 'bool'], inaccurate: [17, 'bool'],
}), 'repeated'] });
const RUN_METADATA = messageType('RunMetadata', { step_stats: [1, STEP_STATS], cost_graph: [2, COST_GRAPH], partition_graphs: [3, GRAPH_DEF, 'repeated'] });

// --- the calls -------------------------------------------------------------------------------------------------------

export interface CreateSessionRequest { readonly graphDef?: GraphDef; readonly config?: ConfigFields; readonly target?: string }
export interface CreateSessionResponse { readonly sessionHandle?: string; readonly graphVersion?: AttrInt }
export interface ExtendSessionRequest { readonly sessionHandle?: string; readonly graphDef?: GraphDef; readonly currentGraphVersion?: AttrInt }
export interface ExtendSessionResponse { readonly newGraphVersion?: AttrInt }
export interface RunStepRequest {
  readonly sessionHandle?: string;
  readonly feed?: readonly NamedTensorProto[];
  readonly fetch?: readonly string[];
  readonly target?: readonly string[];
  readonly options?: RunOptionFields;
  readonly partialRunHandle?: string;
  readonly storeErrorsInResponseBody?: boolean;
  readonly requestId?: AttrInt;
}
export interface RunStepResponse { readonly tensor?: readonly NamedTensorProto[]; readonly metadata?: RunMetadataFields; readonly statusCode?: number; readonly statusErrorMessage?: string }
export interface PartialRunSetupRequest { readonly sessionHandle?: string; readonly feed?: readonly string[]; readonly fetch?: readonly string[]; readonly target?: readonly string[]; readonly requestId?: AttrInt }
export interface PartialRunSetupResponse { readonly partialRunHandle?: string }
/** CloseSessionRequest and ListDevicesRequest. */
export interface SessionRequest { readonly sessionHandle?: string }
/** CloseSessionResponse, ResetResponse, ReleaseCallableResponse. */
export type EmptyResponse = Readonly<Record<never, never>>;
export interface ListDevicesResponse { readonly localDevice?: readonly DeviceAttributes[]; readonly remoteDevice?: readonly DeviceAttributes[] }
export interface ResetRequest { readonly container?: readonly string[]; readonly deviceFilters?: readonly string[] }
export interface MakeCallableRequest { readonly sessionHandle?: string; readonly options?: CallableOptions; readonly requestId?: AttrInt }
export interface MakeCallableResponse { readonly handle?: AttrInt }
export interface RunCallableRequest { readonly sessionHandle?: string; readonly handle?: AttrInt; readonly feed?: readonly NDArray[]; readonly requestId?: AttrInt }
export interface RunCallableResponse { readonly fetch?: readonly NDArray[]; readonly metadata?: RunMetadataFields }
export interface ReleaseCallableRequest { readonly sessionHandle?: string; readonly handle?: AttrInt }

export const createSessionRequest = codec<CreateSessionRequest>(messageType('CreateSessionRequest', { graph_def: [1, GRAPH_DEF], config: [2, CONFIG_PROTO], target: [3, 'string'] }));
export const createSessionResponse = codec<CreateSessionResponse>(messageType('CreateSessionResponse', { session_handle: [1, 'string'], graph_version: [2, 'int64'] }));
export const extendSessionRequest = codec<ExtendSessionRequest>(messageType('ExtendSessionRequest', { session_handle: [1, 'string'], graph_def: [2, GRAPH_DEF], current_graph_version: [3, 'int64'] }));
export const extendSessionResponse = codec<ExtendSessionResponse>(messageType('ExtendSessionResponse', { new_graph_version: [4, 'int64'] }));
export const runStepRequest = codec<RunStepRequest>(messageType('RunStepRequest', {
  session_handle: [1, 'string'], feed: [2, NAMED_TENSOR, 'repeated'], fetch: [3, 'string', 'repeated'], target: [4, 'string', 'repeated'], options: [5, RUN_OPTIONS], partial_run_handle: [6, 'string'],
  store_errors_in_response_body: [7, 'bool'], request_id: [8, 'int64'],
}));
export const runStepResponse = codec<RunStepResponse>(messageType('RunStepResponse', { tensor: [1, NAMED_TENSOR, 'repeated'], metadata: [2, RUN_METADATA], status_code: [3, 'int32'], status_error_message: [4, 'string'] }));
export const partialRunSetupRequest = codec<PartialRunSetupRequest>(messageType('PartialRunSetupRequest', {
  session_handle: [1, 'string'], feed: [2, 'string', 'repeated'], fetch: [3, 'string', 'repeated'], target: [4, 'string', 'repeated'], request_id: [5, 'int64'],
}));
export const partialRunSetupResponse = codec<PartialRunSetupResponse>(messageType('PartialRunSetupResponse', { partial_run_handle: [1, 'string'] }));
export const sessionRequest = (name: string): Codec<SessionRequest> => codec(messageType(name, { session_handle: [1, 'string'] }));
export const emptyResponse = (name: string): Codec<EmptyResponse> => codec(messageType(name, {}));
export const listDevicesResponse = codec<ListDevicesResponse>(messageType('ListDevicesResponse', { local_device: [1, DEVICE_ATTRIBUTES, 'repeated'], remote_device: [2, DEVICE_ATTRIBUTES, 'repeated'] }));
export const resetRequest = codec<ResetRequest>(messageType('ResetRequest', { container: [1, 'string', 'repeated'], device_filters: [2, 'string', 'repeated'] }));
export const makeCallableRequest = codec<MakeCallableRequest>(messageType('MakeCallableRequest', { session_handle: [1, 'string'], options: [2, CALLABLE_OPTIONS], request_id: [3, 'int64'] }));
export const makeCallableResponse = codec<MakeCallableResponse>(messageType('MakeCallableResponse', { handle: [1, 'int64'] }));
export const runCallableRequest = codec<RunCallableRequest>(messageType('RunCallableRequest', { session_handle: [1, 'string'], handle: [2, 'int64'], feed: [3, TENSOR, 'repeated'], request_id: [4, 'int64'] }));
export const runCallableResponse = codec<RunCallableResponse>(messageType('RunCallableResponse', { fetch: [1, TENSOR, 'repeated'], metadata: [2, RUN_METADATA] }));
export const releaseCallableRequest = codec<ReleaseCallableRequest>(messageType('ReleaseCallableRequest', { session_handle: [1, 'string'], handle: [2, 'int64'] }));
