// What the rules of symbols.ts do not say: types of results, positions of integers, members that differ. One row a fact.
import { listOf, named, object, T, tupleOf, type Type } from './types.ts';

/** Results of TensorFlow's functions that are no single tensor. */
export const RETURNS: Readonly<Record<string, Type>> = {
  assign: T.any, assign_add: T.any, assign_sub: T.any, scatter_update: T.any, scatter_add: T.any, scatter_sub: T.any, get_variable: T.variable, get_local_variable: T.variable, Variable: T.variable, gradients: listOf(T.any), placeholder: T.tensor, no_op: T.op, group: T.op,
  split: listOf(T.tensor), unstack: listOf(T.tensor), unpack: listOf(T.tensor), meshgrid: listOf(T.tensor), tuple: listOf(T.any), dynamic_partition: listOf(T.tensor),
  identity_n: listOf(T.tensor), shape_n: listOf(T.tensor), unique: named('y', 'idx'), unique_with_counts: named('y', 'idx', 'count'),
  setdiff1d: named('out', 'idx'), 'nn.moments': tupleOf(T.tensor, T.tensor), 'nn.weighted_moments': tupleOf(T.tensor, T.tensor), 'nn.normalize_moments': tupleOf(T.tensor, T.tensor), 'nn.sufficient_statistics': tupleOf(T.tensor, T.tensor, T.tensor, T.any), 'nn.top_k': named('values', 'indices'), 'math.top_k': named('values', 'indices'), 'nn.max_pool_with_argmax': tupleOf(T.tensor, T.tensor),
  'image.image_gradients': tupleOf(T.tensor, T.tensor), 'image.non_max_suppression_with_scores': tupleOf(T.tensor, T.tensor), 'nn.collapse_repeated': tupleOf(T.tensor, T.tensor),
  'image.non_max_suppression_padded': named('selected_indices', 'valid_outputs'), 'image.combined_non_max_suppression': named('nmsed_boxes', 'nmsed_scores', 'nmsed_classes', 'valid_detections'), 'image.sample_distorted_bounding_box': named('begin', 'size', 'bboxes'),
  'nn.fractional_max_pool': named('output', 'row_pooling_sequence', 'col_pooling_sequence'), 'nn.fractional_avg_pool': named('output', 'row_pooling_sequence', 'col_pooling_sequence'),
  'nn.fused_batch_norm': tupleOf(T.tensor, T.tensor, T.tensor), 'nn.dynamic_rnn': T.any, 'nn.static_rnn': T.any, clip_by_global_norm: tupleOf(listOf(T.tensor), T.tensor), cond: T.any, case: T.any, while_loop: T.any,
  map_fn: T.any, scan: T.any, foldl: T.tensor, foldr: T.tensor, qr: named('q', 'r'), 'linalg.qr': named('q', 'r'), 'linalg.lu': named('lu', 'p'), 'linalg.slogdet': named('sign', 'logAbsDeterminant'), svd: T.any, 'linalg.svd': T.any,
  self_adjoint_eig: tupleOf(T.tensor, T.tensor), 'linalg.eigh': tupleOf(T.tensor, T.tensor),
  global_variables: listOf(T.variable), trainable_variables: listOf(T.variable), local_variables: listOf(T.variable), all_variables: listOf(T.variable), model_variables: listOf(T.variable),
  moving_average_variables: listOf(T.variable), get_collection: listOf(T.any), get_collection_ref: listOf(T.any), global_variables_initializer: T.op, initialize_all_variables: T.op, initialize_variables: T.op,
  local_variables_initializer: T.op, initialize_local_variables: T.op, variables_initializer: T.op, add_to_collection: T.none, add_to_collections: T.none, set_random_seed: T.none, get_default_graph: object('Graph'), get_default_session: object('Session'), get_variable_scope: object('VariableScope'),
  reset_default_graph: T.none, convert_to_tensor: T.tensor, 'train.get_or_create_global_step': T.variable, 'train.get_global_step': T.variable, 'train.create_global_step': T.variable, 'train.global_step': T.int,
  'train.batch': T.any, 'train.shuffle_batch': T.any, 'train.latest_checkpoint': T.str, 'losses.get_losses': listOf(T.tensor), 'losses.get_regularization_losses': listOf(T.tensor), 'test.get_temp_dir': T.str,
  name_scope: object('NameScope'), variable_scope: object('VariableScope'), device: T.any, control_dependencies: T.any, Session: object('Session'), InteractiveSession: object('Session'), Graph: object('Graph'),
  constant_initializer: T.any, zeros_initializer: T.any, ones_initializer: T.any, random_normal_initializer: T.any, random_uniform_initializer: T.any, truncated_normal_initializer: T.any,
  'contrib.layers.xavier_initializer': T.any, 'contrib.layers.l2_regularizer': T.any, 'contrib.layers.l1_regularizer': T.any, 'graph_util.convert_variables_to_constants': T.any,
  'nn.zero_fraction': T.tensor, 'nn.embedding_lookup': T.tensor, TensorShape: T.shape, Dimension: T.dim, as_dtype: T.dtype, import_graph_def: T.any, assert_equal: T.op, Assert: T.op, make_template: T.any, fixed_size_partitioner: T.any,
  'contrib.framework.get_variables': listOf(T.variable), 'contrib.framework.get_trainable_variables': listOf(T.variable), 'summary.merge_all': T.any, is_variable_initialized: T.tensor,
  'metrics.accuracy': tupleOf(T.tensor, T.tensor), 'metrics.mean': tupleOf(T.tensor, T.tensor), 'metrics.auc': tupleOf(T.tensor, T.tensor), 'metrics.precision': tupleOf(T.tensor, T.tensor), 'metrics.recall': tupleOf(T.tensor, T.tensor),
};
/** Namespaces whose functions do not make tensors unless RETURNS says so. */
export const NO_TENSORS = /^(train|initializers|errors|gfile|app|flags|logging|test|data|python_io|saved_model|graph_util|contrib\.framework|contrib\.graph_editor|contrib\.rnn|nn\.rnn_cell|nest|feature_column|contrib\.training|contrib\.seq2seq|distributions|contrib\.distributions|keras)\./;

/** Results of members of tensors, variables and other objects of TensorFlow. */
export const MEMBERS: Readonly<Record<string, Type>> = {
  get_shape: T.shape, shape: T.shape, as_list: listOf(T.int), name: T.str, dtype: T.dtype, op: T.op, graph: object('Graph'), value: T.any, ndims: T.int, device: T.str, type: T.str, is_fully_defined: T.bool,
  num_elements: T.int, initializer: T.op, read_value: T.tensor, initialized_value: T.tensor, eval: T.host, original_name_scope: T.str, compute_gradients: listOf(tupleOf(T.any, T.variable)), apply_gradients: T.op, minimize: T.op,
  get_operations: listOf(T.op), outputs: listOf(T.tensor), inputs: listOf(T.tensor), base_dtype: T.dtype, get_tensor_by_name: T.tensor, get_operation_by_name: T.op, get_collection: listOf(T.any), trainable_variables: listOf(T.variable), variables: listOf(T.variable),
  assign: T.any, assign_add: T.any, assign_sub: T.any, scatter_sub: T.any, consumers: listOf(T.op), get_slot: T.variable, make_callable: object('Callable'), node_def: T.any, zero_state: T.any, indices: T.tensor, values: T.tensor, dense_shape: T.tensor,
};

/** Parameters of functions where a bare integer would make a float32 tensor in TypeScript and an int32 one in Python. */
export const SEEN_INTS: Readonly<Record<string, readonly string[]>> = {
  constant: ['value'], Variable: ['initial_value'], convert_to_tensor: ['value'], get_variable: ['initializer'], get_local_variable: ['initializer'], identity: ['input'], zeros_like: ['tensor'], ones_like: ['tensor'], shape: ['input'],
  stack: ['values'], pack: ['values'], concat: ['values'], square: ['x'], abs: ['x'], negative: ['x'], add: ['x'], multiply: ['x'], subtract: ['x'], reduce_sum: ['input_tensor'], reduce_prod: ['input_tensor'], reduce_max: ['input_tensor'], reduce_min: ['input_tensor'], expand_dims: ['input'], reshape: ['tensor'], tile: ['input'],
  gather: ['params'], cast: ['x'], to_float: ['x'], placeholder_with_default: ['input'], fill: ['value'], maximum: ['x'], minimum: ['x'], equal: ['x'], range: [], transpose: ['a'], slice: ['input_'], size: ['input'], rank: ['input'], Print: ['data'], tuple: ['tensors'], add_n: ['inputs'], pad: ['tensor'], unstack: ['value'], split: ['value'],
  'train.piecewise_constant': ['values'], while_loop: ['loop_vars'], broadcast_to: ['input'], squeeze: ['input'], where: [], reverse: ['tensor'], matmul: ['a'], argmax: ['input'], argmin: ['input'], unique: ['x'], cumsum: ['x'], sign: ['x'], floordiv: ['x'], mod: ['x'], floormod: ['x'], truediv: ['x'], pow: ['x'],
};
/** Functions with a dtype parameter that says more than a wrapper would: `tf.constant(3, tf.int32)`. */
export const WITH_DTYPE = new Set(['constant', 'Variable', 'convert_to_tensor']);

/** Parameters that take one of a few strings: a string that the text does not spell out must be vouched for. */
export const CHOICES = new Set(['mode', 'distribution', 'data_format', 'indexing', 'side', 'direction', 'partition_strategy', 'combiner', 'reduction']);

/** Methods of Python that are properties here, and names the rule does not give. */
export const RENAMED_MEMBERS: Readonly<Record<string, { readonly name: string; readonly property?: true }>> = {
  is_fully_defined: { name: 'isFullyDefined', property: true }, num_elements: { name: 'numElements', property: true }, _last_id: { name: 'lastId', property: true },
  _get_control_flow_context: { name: 'controlFlowContext!', property: true }, _names_in_use: { name: 'namesInUse', property: true }, SerializeToString: { name: 'serializeToString' },
  is_floating: { name: 'isFloating', property: true }, is_integer: { name: 'isInteger', property: true }, is_bool: { name: 'isBool', property: true }, is_complex: { name: 'isComplex', property: true },
  _get_save_slice_info: { name: 'saveSliceInfo', property: true }, _ref: { name: 'ref' }, variable_scope: { name: 'variableScope!', property: true }, step_stats: { name: 'stepStats', property: true }, dev_stats: { name: 'devStats', property: true }, _control_flow_context: { name: 'controlFlowContext', property: true },
};

/** Objects of TensorFlow that `with` enters: a body function, or `using`. */
export const SCOPES = new Set(['variable_scope', 'name_scope', 'op_scope', 'variable_op_scope', 'device', 'control_dependencies', 'colocate_with', 'container', 'init_scope',
  'contrib.framework.arg_scope', 'contrib.slim.arg_scope', 'contrib.layers.arg_scope', 'keras.backend.name_scope']);
/** Methods that `with` enters. */
export const SCOPE_METHODS = new Set(['as_default', 'device', 'name_scope', 'control_dependencies', 'colocate_with', 'container', 'gradient_override_map', 'graph_scope', 'control_deps']);
