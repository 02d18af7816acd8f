// `tf.ConfigProto` and its parts. Fields follow core/protobuf/{config,rewriter_config}.proto (1.15); those that steer
// what there is not here (devices, threads, graph rewriting) are checked and have no effect.
import { type Init, Message } from './message.ts';

/** `tf.GPUOptions`. On the engine `native` the first session's `visibleDeviceList` chooses GPUs; memory grows as it is needed unless the
 * environment says TF_FORCE_GPU_ALLOW_GROWTH=false. The rest has no effect: engines manage their own memory. */
export class GPUOptions extends Message {
  perProcessGpuMemoryFraction = 0;
  allowGrowth = false;
  allocatorType = '';
  deferredDeletionBytes = 0;
  visibleDeviceList = '';
  pollingActiveDelayUsecs = 0;
  pollingInactiveDelayMsecs = 0;
  forceGpuCompatible = false;
  constructor(fields: Init<GPUOptions> = {}) { super(); this._fill(fields); }
  protected override get _floats(): readonly string[] { return ['perProcessGpuMemoryFraction']; }
}

/** `tf.OptimizerOptions`. `globalJitLevel` says whether XLA compiles in mode `fast` on the engine `native`: DEFAULT only on a GPU, ON_1 and
 * ON_2 on a CPU too, OFF never. The rest has no effect: rewriting here never changes a bit. */
export class OptimizerOptions extends Message {
  static readonly L1 = 0;
  static readonly L0 = -1;
  static readonly DEFAULT = 0;
  static readonly OFF = -1;
  static readonly ON_1 = 1;
  static readonly ON_2 = 2;
  doCommonSubexpressionElimination = false;
  doConstantFolding = false;
  maxFoldedConstantInBytes = 0;
  doFunctionInlining = false;
  optLevel = 0;
  globalJitLevel = 0;
  constructor(fields: Init<OptimizerOptions> = {}) { super(); this._fill(fields); }
}

/** `RewriterConfig`: switches of TF's graph rewriting. No effect: rewriting here never changes a bit. */
export class RewriterConfig extends Message {
  static readonly DEFAULT = 0;
  static readonly ON = 1;
  static readonly OFF = 2;
  static readonly AGGRESSIVE = 3;
  layoutOptimizer = 0;
  constantFolding = 0;
  shapeOptimization = 0;
  remapping = 0;
  arithmeticOptimization = 0;
  dependencyOptimization = 0;
  loopOptimization = 0;
  functionOptimization = 0;
  debugStripper = 0;
  disableModelPruning = false;
  scopedAllocatorOptimization = 0;
  pinToHostOptimization = 0;
  implementationSelector = 0;
  autoMixedPrecision = 0;
  disableMetaOptimizer = false;
  metaOptimizerIterations = 0;
  minGraphNodes = 0;
  memoryOptimization = 0;
  memoryOptimizerTargetNodeNameScope = '';
  metaOptimizerTimeoutMs = 0;
  failOnOptimizerErrors = false;
  optimizers: string[] = [];
  constructor(fields: Init<RewriterConfig> = {}) { super(); this._fill(fields); }
}

/** `tf.GraphOptions`. */
export class GraphOptions extends Message {
  enableRecvScheduling = false;
  optimizerOptions = new OptimizerOptions();
  buildCostModel = 0;
  buildCostModelAfter = 0;
  inferShapes = false;
  placePrunedGraph = false;
  enableBfloat16Sendrecv = false;
  timelineStep = 0;
  rewriteOptions = new RewriterConfig();
  constructor(fields: Init<GraphOptions> = {}) { super(); this._fill(fields); }
}

/** `tf.ConfigProto`: what a session is configured with. `operationTimeoutInMs`: how long a run may take when its
 * RunOptions do not say (0: as long as it likes). Errors: ValueError for unknown fields, TypeError for wrong types. */
export class ConfigProto extends Message {
  deviceCount: Record<string, number> = {};
  intraOpParallelismThreads = 0;
  interOpParallelismThreads = 0;
  usePerSessionThreads = false;
  placementPeriod = 0;
  deviceFilters: string[] = [];
  gpuOptions = new GPUOptions();
  allowSoftPlacement = false;
  logDevicePlacement = false;
  graphOptions = new GraphOptions();
  operationTimeoutInMs = 0;
  isolateSessionState = false;
  constructor(fields: Init<ConfigProto> = {}) { super(); this._fill(fields); }
}
