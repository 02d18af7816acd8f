// The scope methods of `tf.Graph`: as the functions of framework.ts, on a given graph. Importing this file attaches them.
// Follows class Graph in python/framework/ops.py (1.15).
import type { DeviceLike } from '../graph/device.ts';
import { KeyError, TypeError } from '../graph/errors.ts';
import { Graph, pythonTypeName } from '../graph/graph.ts';
import type { AttrSource } from '../graph/scopes.ts';
import { isOptions } from './api.ts';
import { enterColocateWith, enterControlDependencies, type NameScopeHandle, scope, type Scope } from './framework.ts';

/** Strings by strings: an object or a Map. */
type StringMap = Readonly<Record<string, string>> | ReadonlyMap<string, string>;

/** Scopes of one graph, whichever graph is the default one. */
export interface GraphScopes {
  /** `graph.name_scope`. */
  nameScope<R>(name: string | null, body: (scope: string) => R): R;
  nameScope(name: string | null): NameScopeHandle;
  /** `graph.control_dependencies`. */
  controlDependencies<R>(controlInputs: readonly unknown[] | null, body: () => R): R;
  controlDependencies(controlInputs: readonly unknown[] | null): Scope;
  /** `graph.device`. */
  device<R>(nameOrFunction: DeviceLike, body: () => R): R;
  device(nameOrFunction: DeviceLike): Scope;
  /** `graph.colocate_with`. */
  colocateWith<R>(op: unknown, body: () => R): R;
  colocateWith<R>(op: unknown, ignoreExisting: boolean, body: () => R): R;
  colocateWith(op: unknown, ignoreExisting?: boolean): Scope;
  /** `graph.container`. */
  container<R>(name: string, body: (name: string) => R): R;
  container(name: string): NameScopeHandle;
  /** `graph.gradient_override_map`: ops of these types made inside use the gradient registered under the given name
   * (attr `_gradient_op_type`). Errors: TypeError when keys or values are no strings. */
  gradientOverrideMap<R>(opTypeMap: StringMap, body: () => R): R;
  gradientOverrideMap(opTypeMap: StringMap): Scope;
  /** `graph._attr_scope`: ops made inside get these attrs unless they have them; a function of the NodeDef may decide,
   * null takes an attr of an outer scope away. Errors: TypeError for anything else, KeyError for null where there is none. */
  _attrScope<R>(attrs: Readonly<Record<string, AttrSource | null>>, body: () => R): R;
  _attrScope(attrs: Readonly<Record<string, AttrSource | null>>): Scope;
  /** `graph._kernel_label_map`: ops of these types made inside ask for a labelled kernel (attr `_kernel`). */
  _kernelLabelMap<R>(labels: StringMap, body: () => R): R;
  _kernelLabelMap(labels: StringMap): Scope;
}

declare module '../graph/graph.ts' {
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type
  interface Graph extends GraphScopes {}
}

function stringMap(map: unknown, what: string): Readonly<Record<string, string>> {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) throw new TypeError(`${what} must be a dictionary mapping strings to strings`, { remedy: `got ${pythonTypeName(map)}` });
  const entries: [unknown, unknown][] = map instanceof Map ? [...map] : Object.entries(map);
  if (!entries.flat().every((v) => typeof v === 'string')) throw new TypeError(`${what} must be a dictionary mapping strings to strings`);
  return Object.fromEntries(entries) as Readonly<Record<string, string>>;
}

type Attrs = Readonly<Record<string, AttrSource | null>>;
function attrMap(map: unknown, outer: Readonly<Record<string, AttrSource>>): Attrs {
  const text = 'attr_map must be a dictionary mapping strings to AttrValue protocol buffers';
  if (!isOptions(map)) throw new TypeError(text, { remedy: `got ${pythonTypeName(map)}` });
  for (const [key, v] of Object.entries(map)) {
    if (typeof v !== 'function' && v !== null && !(typeof v === 'object' && 'kind' in v)) throw new TypeError(`${text} or callables that emit AttrValue protocol buffers`);
    if (v === null && !(key in outer)) throw new KeyError(key, { remedy: 'null takes away an attr that an outer scope gives; none gives this one' });
  }
  return map as Attrs;
}

type Body = (v: unknown) => unknown;
const METHODS: { readonly [K in keyof GraphScopes]: (this: Graph, ...args: never[]) => unknown } = {
  nameScope(name: string | null, body?: Body) { return scope('name_scope', METHODS.nameScope, () => this.enterNameScope(name), body); },
  controlDependencies(inputs: readonly unknown[] | null, body?: Body) { return scope('control_dependencies', METHODS.controlDependencies, () => enterControlDependencies(this, inputs), body); },
  device(d: DeviceLike, body?: Body) { return scope('device', METHODS.device, () => this.enterDevice(d), body); },
  colocateWith(op: unknown, ignore?: unknown, body?: Body) {
    const f = typeof ignore === 'function' ? ignore as Body : body;
    return scope('colocate_with', METHODS.colocateWith, () => enterColocateWith(this, op, ignore), f);
  },
  container(name: string, body?: Body) { return scope('container', METHODS.container, () => this.enterContainer(name), body); },
  gradientOverrideMap(map: StringMap, body?: Body) {
    return scope('gradient_override_map', METHODS.gradientOverrideMap, () => this.enterGradientOverride(stringMap(map, 'op_type_map')), body);
  },
  _attrScope(attrs: Attrs, body?: Body) { return scope('_attr_scope', METHODS._attrScope, () => this.enterAttrScope(attrMap(attrs, this.scope.attrScope)), body); },
  _kernelLabelMap(labels: StringMap, body?: Body) {
    return scope('_kernel_label_map', METHODS._kernelLabelMap, () => this.enterKernelLabels(stringMap(labels, 'op_to_kernel_label_map')), body);
  },
};
for (const [name, value] of Object.entries(METHODS)) Object.defineProperty(Graph.prototype, name, { value, writable: true, configurable: true, enumerable: false });
