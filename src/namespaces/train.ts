// `tf.train`.
export { type GradAndVar, Optimizer } from '../ops/train/optimizer.ts';
export { GradientDescentOptimizer } from '../ops/train/gradient_descent.ts';
export { MomentumOptimizer } from '../ops/train/momentum.ts';
export { AdamOptimizer } from '../ops/train/adam.ts';
export { AdagradOptimizer, RMSPropOptimizer } from '../ops/train/adaptive.ts';
export { exportMetaGraph, importMetaGraph } from '../ops/meta_graph.ts';
export { AdadeltaOptimizer } from '../ops/train/adadelta.ts';
export { AdagradDAOptimizer } from '../ops/train/adagrad_da.ts';
export { FtrlOptimizer } from '../ops/train/ftrl.ts';
export { ProximalAdagradOptimizer, ProximalGradientDescentOptimizer } from '../ops/train/proximal.ts';
export { ExponentialMovingAverage } from '../ops/train/moving_averages.ts';
export { assertGlobalStep, createGlobalStep, getGlobalStep, getOrCreateGlobalStep } from '../ops/train/global_step.ts';
export { globalStep } from '../session/global_step.ts';
export {
  cosineDecay, cosineDecayRestarts, exponentialDecay, inverseTimeDecay, linearCosineDecay, naturalExpDecay, noisyLinearCosineDecay, piecewiseConstant, piecewiseConstantDecay, polynomialDecay,
} from '../ops/train/learning_rate_decay.ts';
export { type ClusterDef, type ClusterLike, ClusterSpec, Server, type ServerDef } from '../ops/train/server_lib.ts';
export { replicaDeviceSetter } from '../ops/train/device_setter.ts';
export { SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues } from '../session/monitored/run_hook.ts';
export { FeedFnHook, FinalOpsHook, NanLossDuringTrainingError, NanTensorHook, StopAtStepHook } from '../session/monitored/basic_hooks.ts';
export { type SaverLike, Scaffold, type ScaffoldOptions } from '../session/monitored/scaffold.ts';
export { SessionManager } from '../session/monitored/session_manager.ts';
export { ChiefSessionCreator, SessionCreator, WorkerSessionCreator } from '../session/monitored/session_creator.ts';
export { MonitoredSession, MonitoredTrainingSession, SingularMonitoredSession } from '../session/monitored/monitored_session.ts';
