// How objects in collections become protobuf messages of a MetaGraphDef, and come back. Other modules register the kinds
// of objects they own. What has no class here is kept as data and written again. Follows ops.register_proto_function.
import { GraphKeys } from '../graph/collections.ts';
import type { DType } from '../graph/dtype.ts';
import type { Graph } from '../graph/graph.ts';
import { decodeCondContextDef, decodeSaverDef, decodeVariableDef, decodeWhileContextDef, encodeCondContextDef, encodeSaverDef, encodeVariableDef, encodeWhileContextDef } from '../graph/meta_graph_codec.ts';
import type { CondContextDef, ControlFlowContextDef, SaverDef, ValuesDef, VariableDef, WhileContextDef } from '../graph/meta_graph_messages.ts';
import { prependNameScope, stripNameScope } from '../graph/scope_names.ts';
import type { TensorShape } from '../graph/shape.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { CondContext } from './cond.ts';
import { isResourceVariable, ResourceVariable } from './resource_variable_ops.ts';
import { SaveSliceInfo } from './save_slice_info.ts';
import { RefVariable, Variable } from './variables.ts';

/** The two directions for one collection. */
export interface ProtoFunctions {
  /** The object as a serialised message, names relative to `exportScope`; null when it lies outside that scope. */
  readonly toProto: (object: never, exportScope: string | null) => Uint8Array | null;
  /** The object of a message whose names get `importScope` in front. */
  readonly fromProto: (bytes: Uint8Array, importScope: string, graph: Graph) => unknown;
}
const functions = new Map<string, ProtoFunctions>();

/** `ops.register_proto_function`: names the two directions for a collection. */
export function registerProtoFunction(collection: string, f: ProtoFunctions): void { functions.set(collection, f); }
export function protoFunctions(collection: string): ProtoFunctions | undefined { return functions.get(collection); }

/** Collections of variables (`GraphKeys._VARIABLE_COLLECTIONS`): one object per variable, whatever lists it is in. */
export const VARIABLE_COLLECTIONS: ReadonlySet<string> = new Set([
  GraphKeys.GLOBAL_VARIABLES, GraphKeys.TRAINABLE_VARIABLES, GraphKeys.MOVING_AVERAGE_VARIABLES, GraphKeys.LOCAL_VARIABLES, GraphKeys.MODEL_VARIABLES, GraphKeys.GLOBAL_STEP, GraphKeys.METRIC_VARIABLES,
]);

// --- variables -----------------------------------------------------------------------------------------------------

/** `Variable.to_proto`: null when the variable lies outside of the scope. */
export function variableToProto(v: Variable, exportScope: string | null = null): VariableDef | null {
  const strip = (name: string): string => stripNameScope(name, exportScope);
  if (exportScope !== null && !v.ref().name.startsWith(exportScope)) return null;
  const resource = isResourceVariable(v);
  const slice = v.saveSliceInfo;
  return {
    variableName: strip(v.ref().name), initializerName: strip(v.initializer.name), snapshotName: strip(resource ? v.snapshot.name : v.value().name),
    initialValueName: strip(v.initialValue.name), trainable: v.trainable, ...(resource ? { isResource: true } : {}),
    ...(slice ? { saveSliceInfoDef: { fullName: strip(slice.fullName), fullShape: slice.fullShape, varOffset: slice.varOffset, varShape: slice.varShape } } : {}),
  };
}

/** `Variable.from_proto`: the variable that the nodes of `graph` make up; adds no nodes and joins no collections.
 * Errors: KeyError when a node is missing. */
export function variableFromProto(def: VariableDef, importScope: string, graph: Graph): Variable {
  const tensor = (name: string | undefined): Tensor => graph.getTensorByName(prependNameScope(name ?? '', importScope));
  const op = (name: string | undefined): Operation => graph.getOperationByName(prependNameScope(name ?? '', importScope));
  const initialValue = def.initialValueName ? tensor(def.initialValueName) : null;
  const initializer = op(def.initializerName);
  const trainable = def.trainable ?? false;
  let v: Variable;
  if (def.isResource) {
    const handle = tensor(def.variableName);
    const snapshot = def.snapshotName ? tensor(def.snapshotName) : tensor(`${def.variableName!.split(':')[0]}/Read/ReadVariableOp:0`);
    const cached = snapshot.op.type !== 'ReadVariableOp';
    v = ResourceVariable.fromParts({
      handle, initializer, initialValue, isInitializedOp: null, cachedValue: cached ? snapshot : null,
      graphElement: cached ? graph.getTensorByName(`${handle.op.name}/Read/ReadVariableOp:0`) : snapshot,
    }, { shape: handle.op.getAttr('shape') as TensorShape, dtype: handle.op.getAttr('dtype') as DType }, trainable);
  } else v = RefVariable.fromParts({ variable: tensor(def.variableName), snapshot: tensor(def.snapshotName), initializer, initialValue: initialValue ?? tensor(def.variableName), trainable });
  const s = def.saveSliceInfoDef;
  if (s) v.saveSliceInfo = new SaveSliceInfo(prependNameScope(s.fullName ?? '', importScope), (s.fullShape ?? []).map(Number), (s.varOffset ?? []).map(Number), (s.varShape ?? []).map(Number));
  return v;
}

for (const key of VARIABLE_COLLECTIONS) {
  registerProtoFunction(key, {
    toProto: (v: Variable, scope) => { const def = variableToProto(v, scope); return def && encodeVariableDef(def); },
    fromProto: (bytes, scope, graph) => variableFromProto(decodeVariableDef(bytes), scope, graph),
  });
}

// --- control flow --------------------------------------------------------------------------------------------------

type Rename = (name: string) => string;
function renameValues(v: ValuesDef | undefined, f: Rename): ValuesDef {
  const external = Object.entries(v?.externalValues ?? {}).map(([k, x]) => [f(k), f(x)]);
  return { ...(v?.values ? { values: v.values.map(f) } : {}), ...(external.length > 0 ? { externalValues: Object.fromEntries(external) as Record<string, string> } : {}) };
}
/** The names of a context all renamed, nested contexts included. */
export function renameContext<T extends CondContextDef & WhileContextDef>(c: T, f: Rename): T {
  const out: Record<string, unknown> = Object.fromEntries(Object.entries({ ...c, valuesDef: renameValues(c.valuesDef, f) }));
  for (const [k, v] of Object.entries(c)) {
    if (k.endsWith('Name') && typeof v === 'string') out[k] = f(v);
    else if (k.endsWith('Names')) out[k] = (v as string[]).map(f);
  }
  if (c.nestedContexts) out['nestedContexts'] = c.nestedContexts.map((n): ControlFlowContextDef => (n.condCtxt ? { condCtxt: renameContext(n.condCtxt, f) } : n.whileCtxt ? { whileCtxt: renameContext(n.whileCtxt, f) } : n));
  return out as T;
}

/** `CondContext.to_proto`. */
export function condContextToProto(c: CondContext): CondContextDef {
  const external = [...c.externalValues].map(([k, t]) => [k, t.name]);
  const nested = c.nestedContexts.filter((n): n is CondContext => n instanceof CondContext);
  return {
    contextName: c.name, predName: c.pred.name, pivotName: c.pivot.name, ...(c.branch === 1 ? { branch: 1 } : {}),
    valuesDef: { values: [...c.values].sort(), ...(external.length > 0 ? { externalValues: Object.fromEntries(external) as Record<string, string> } : {}) },
    ...(nested.length > 0 ? { nestedContexts: nested.map((n) => ({ condCtxt: condContextToProto(n) })) } : {}),
  };
}

/** `CondContext.from_proto`: the ops named in it belong to it from now on. Loops nested in it stay data. */
export function condContextFromProto(def: CondContextDef, importScope: string, graph: Graph): CondContext {
  const named = renameContext(def, (n) => prependNameScope(n, importScope));
  const tensor = (name: string | undefined): Tensor => graph.getTensorByName(name ?? '');
  // TF takes a default name first, and does not use it.
  graph.uniqueName('cond_text');
  const c = new CondContext(graph, tensor(named.predName), tensor(named.pivotName), def.branch === 1 ? 1 : 0, named.contextName ?? '');
  c.values.clear();
  c.externalValues.clear();
  for (const v of named.valuesDef?.values ?? []) c.values.add(v);
  for (const [k, v] of Object.entries(named.valuesDef?.externalValues ?? {})) c.externalValues.set(k, tensor(v));
  for (const v of c.values) if (!c.externalValues.has(v)) graph.getOperationByName(v.split(':')[0]!).controlFlowContext = c;
  c.inside(() => { for (const n of def.nestedContexts ?? []) if (n.condCtxt) condContextFromProto(n.condCtxt, importScope, graph); });
  return c;
}

registerProtoFunction(GraphKeys.COND_CONTEXT, {
  toProto: (c: CondContext, scope) => (scope !== null && !c.name.startsWith(scope) ? null : encodeCondContextDef(renameContext(condContextToProto(c), (n) => stripNameScope(n, scope)))),
  fromProto: (bytes, scope, graph) => condContextFromProto(decodeCondContextDef(bytes), scope, graph),
});
registerProtoFunction(GraphKeys.WHILE_CONTEXT, {
  toProto: (c: WhileContextDef, scope) => (scope !== null && !c.contextName?.startsWith(scope) ? null : encodeWhileContextDef(renameContext(c, (n) => stripNameScope(n, scope)))),
  fromProto: (bytes, scope): WhileContextDef => renameContext(decodeWhileContextDef(bytes), (n) => prependNameScope(n, scope)),
});

// --- savers, as data -----------------------------------------------------------------------------------------------

/** A SaverDef whose names are all renamed. */
export function renameSaver(s: SaverDef, f: Rename): SaverDef {
  return { ...s, ...(s.filenameTensorName ? { filenameTensorName: f(s.filenameTensorName) } : {}), ...(s.saveTensorName ? { saveTensorName: f(s.saveTensorName) } : {}), ...(s.restoreOpName ? { restoreOpName: f(s.restoreOpName) } : {}) };
}
registerProtoFunction(GraphKeys.SAVERS, {
  toProto: (s: SaverDef, scope) => (scope !== null && !s.saveTensorName?.startsWith(scope) ? null : encodeSaverDef(renameSaver(s, (n) => stripNameScope(n, scope)))),
  fromProto: (bytes, scope): SaverDef => renameSaver(decodeSaverDef(bytes), (n) => prependNameScope(n, scope)),
});
