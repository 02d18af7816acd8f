// `tf.graph_util`.
export { convertVariablesToConstants, extractSubGraph, mustRunOnCpu, removeTrainingNodes, tensorShapeFromNodeDefName } from '../ops/graph_util.ts';
export { importGraphDef } from '../ops/importer.ts';
