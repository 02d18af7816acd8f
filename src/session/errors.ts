// Run-time errors as TF 1.15 words them: the kernel's text, then the node it happened in, then our details.
import type { DType } from '../graph/dtype.ts';
import { protoName, resource } from '../graph/dtype.ts';
import { FailedPreconditionError, InternalError, InternalFault, InvalidArgumentError, NotFoundError, OpError, TfError } from '../graph/errors.ts';
import type { Graph } from '../graph/graph.ts';
import type { TensorShape } from '../graph/shape.ts';
import type { Operation } from '../graph/tensor.ts';

/** C++'s name of a dtype: `float`, `int32`. */
export function dtypeLabel(d: DType): string { return protoName(d).slice(3).toLowerCase(); }

/** What an error may say about the run it ended. */
export interface RunPlace { readonly graph: Graph; readonly fetches: readonly string[] }

/** ` [[node x (defined at f.ts:3) ]]`, TF's pointer to the node. */
function nodeSuffix(graph: Graph, name: string): string {
  const location = graph.find(name)?.site?.location.replace(/:\d+$/, '');
  return location === undefined ? `\n\t [[{{node ${name}}}]]` : `\n\t [[node ${name} (defined at ${location}) ]]`;
}

/** The error a kernel threw, with the node, the user's line and the fetch set; `after` follows TF's pointer to the node. */
export function kernelError(e: unknown, node: string, place: RunPlace, after = ''): unknown {
  const op = place.graph.find(node);
  const detail = { node, op: op?.type, site: op?.site?.location, fetches: place.fetches };
  if (e instanceof OpError) {
    if (e.detail.fetches) return e;
    const ctor = e.constructor as new (text: string, d?: TfError['detail']) => OpError;
    return withCause(new ctor(e.text + nodeSuffix(place.graph, node) + after, { ...e.detail, ...clean(detail) }), e);
  }
  if (e instanceof TfError) return e.detail.fetches ? e : e.with(clean(detail));
  return withCause(new InternalFault(e instanceof Error ? e.message : String(e), clean(detail)), e);
}

/** The node TF's text points to, as Python finds it. */
const NODE = /\[\[(?:Node: )?(?:\{\{node )?([^} ]*)(?:\}\})?\s*/;

/** An error that a server reported of a run: its text with the user's line in place of TF's pointer to the node, and our details. */
export function runError(e: unknown, place: RunPlace): unknown {
  if (!(e instanceof OpError)) return e;
  const name = NODE.exec(e.text)?.[1];
  const op = name === undefined ? undefined : place.graph.find(name);
  const text = e.text.replace(/\{\{node ([^}]*)\}\}/g, (whole, node: string) => {
    const location = place.graph.find(node)?.site?.location.replace(/:\d+$/, '');
    return location === undefined ? whole : `node ${node} (defined at ${location}) `;
  });
  const ctor = e.constructor as new (text: string, d?: TfError['detail']) => OpError;
  return withCause(new ctor(text, clean({ node: op?.name, op: op?.type, site: op?.site?.location, fetches: place.fetches, ...e.detail })), e);
}

/** A variable was read before anything was assigned to it. `reader`: the node that read; null for a direct fetch. */
export function uninitialized(variable: string, reader: string | null, retval: number, noContainer: boolean, place: RunPlace): OpError {
  const node = place.graph.find(variable);
  if (node?.type === 'VarHandleOp' && reader !== null) return uninitializedResource(node, reader, noContainer, place);
  const suffix = reader === null ? `\n\t [[{{node _retval_${variable}_0_${retval}}}]]` : nodeSuffix(place.graph, reader);
  const op = place.graph.find(variable);
  return new FailedPreconditionError(`Attempting to use uninitialized value ${variable}${suffix}`, clean({
    node: reader ?? variable, op: place.graph.find(reader ?? variable)?.type, site: op?.site?.location, fetches: place.fetches,
    remedy: `run its initializer first, for example sess.run(tf.globalVariablesInitializer())`,
  }));
}

/** The same through a handle: TF's text depends on the op that looked the resource up. */
function uninitializedResource(variable: Operation, reader: string, noContainer: boolean, place: RunPlace): OpError {
  const op = place.graph.find(reader);
  const [name, given] = [String(variable.getAttr('shared_name')), String(variable.getAttr('container'))];
  const container = given === '' ? 'localhost' : given;
  const missing = noContainer ? `Container ${container} does not exist. (Could not find resource: ${container}/${name})` : `Resource ${container}/${name}/N10tensorflow3VarE does not exist.`;
  const detail = clean({
    node: reader, op: op?.type, site: variable.site?.location, fetches: place.fetches, remedy: 'run its initializer first, for example sess.run(tf.globalVariablesInitializer())',
  });
  const at = nodeSuffix(place.graph, reader);
  if (op?.type === 'ReadVariableOp') return new FailedPreconditionError(`Error while reading resource variable ${name} from Container: ${container}. This could mean that the variable was uninitialized. Not found: ${missing}${at}`, detail);
  if (op?.type.startsWith('ResourceApply')) return new InternalError(`Invalid variable reference.${at}`, detail);
  return new NotFoundError(missing + at, detail);
}

/** A node that ran got the reference of an uninitialized variable (perhaps through a RefSwitch, which TF names then). */
export function uninitializedInput(node: string, noContainer: boolean, place: RunPlace): OpError {
  let t = place.graph.find(node)?.inputs.find((x) => x.dtype.isRef || x.dtype === resource);
  while (t?.dtype === resource && t.op.inputs[0]) [t] = t.op.inputs;
  return uninitialized(t?.asInput ?? node, node, 0, noContainer, place);
}

/** What we know about fetches that were not computed. */
export function deadFetch(fetches: readonly { readonly tensor: string; readonly nodes: readonly string[] }[], place: RunPlace): TfError['detail'] {
  const op = place.graph.find(fetches[0]!.nodes[0]!);
  return clean({
    node: op?.name, op: op?.type, site: op?.site?.location, fetches: place.fetches,
    remedy: `${fetches.map((f) => `'${f.tensor}'`).join(', ')} lies in a branch that was not taken: fetch the result of the conditional instead`,
  });
}

/** A placeholder without a value. */
export function unfed(node: string, dtype: DType, shape: TensorShape, place: RunPlace): OpError {
  const withShape = shape.dims !== null && shape.dims.length > 0 ? ` and shape ${shape.debug}` : '';
  const op = place.graph.find(node);
  return new InvalidArgumentError(`You must feed a value for placeholder tensor '${node}' with dtype ${dtypeLabel(dtype)}${withShape}${nodeSuffix(place.graph, node)}`, clean({
    node, op: op?.type, site: op?.site?.location, fetches: place.fetches, remedy: `pass { '${node}:0': value } as feeds`,
  }));
}

function clean<T extends object>(o: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as { [K in keyof T]: Exclude<T[K], undefined> };
}
function withCause<E extends Error>(e: E, cause: unknown): E { e.cause = cause; return e; }
