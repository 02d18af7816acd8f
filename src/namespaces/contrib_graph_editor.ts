// `tf.contrib.graph_editor`.
export { bypass, connect, detach, detachControlInputs, detachControlOutputs, detachInputs, detachOutputs } from '../ops/contrib/graph_editor/edit.ts';
export {
  addControlInputs, removeControlInputs, rerouteInputs, rerouteIos, rerouteOutputs, rerouteTs, swapInputs, swapIos, swapOutputs, swapTs,
} from '../ops/contrib/graph_editor/reroute.ts';
export {
  canBeRegex, checkCios, computeBoundaryTs, filterOps, filterOpsFromRegex, filterTs, filterTsFromRegex, getBackwardWalkOps, getForwardWalkOps, getNameScopeOps, getOpsIos,
  getWalksIntersectionOps, getWalksUnionOps, getWithinBoundaryOps, makeRegex, selectOps, selectOpsAndTs, selectTs,
} from '../ops/contrib/graph_editor/select.ts';
export { makeView as sgv, makeView, makeViewFromScope as sgvScope, makeViewFromScope, SubGraphView } from '../ops/contrib/graph_editor/subgraph.ts';
export {
  assignRenamedCollectionsHandler, copy, copyOpHandler, copyWithInputReplacements, graphReplace, keepTIfPossibleHandler, replaceTWithPlaceholderHandler, Transformer, TransformerInfo,
  transformOpIfInsideHandler,
} from '../ops/contrib/graph_editor/transform.ts';
export {
  ControlOutputs, getConsumingOps, getGeneratingOps, getTensors, makeListOfOp, makeListOfT, makePlaceholderFromDtypeAndShape as ph, makePlaceholderFromDtypeAndShape,
  makePlaceholderFromTensor, placeholderName,
} from '../ops/contrib/graph_editor/util.ts';
