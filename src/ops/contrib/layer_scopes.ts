// What the layers of contrib.layers share: their scopes, model variables, collections, and arg_scope.
// Follows contrib/layers/python/layers/{layers,utils}.py (1.15).
import { ValueError } from '../../graph/errors.ts';
import { Tensor } from '../../graph/tensor.ts';
import { api, type ApiOptions, type Args, signatureOf, snakeCase } from '../api.ts';
import { inScope } from '../building.ts';
import { cond } from '../cond.ts';
import { constantValue } from '../constant_value.ts';
import type { TensorLike } from '../convert.ts';
import { withExits } from '../scope_stack.ts';
import { type CustomGetter, enterVariableScope, type Reuse, type VariableScope } from '../variable_scope.ts';
import { Variable } from '../variables.ts';
import { addArgScope, setPositional } from './arg_scope.ts';
import { modelVariable } from './variables.ts';

export type Activation = (x: Tensor) => Tensor;
/** Collections for all variables of a layer, or by variable. */
export type VariablesCollections = readonly string[] | Readonly<Record<string, readonly string[]>> | null;
export type OutputsCollections = string | readonly string[] | null;
/** A normalizer (batch_norm, ...): gets the layer's output and `normalizerParams`. */
export type Normalizer = (x: Tensor, params: never) => Tensor;

/** What every layer with variables takes. */
export interface LayerParams {
  inputs: TensorLike;
  activationFn?: Activation | null;
  reuse?: Reuse | null;
  variablesCollections?: VariablesCollections;
  outputsCollections?: OutputsCollections;
  trainable?: boolean;
  scope?: string | VariableScope | null;
}

/** A public function that arg_scope works on. `python` is its name where Python's differs. */
export function scoped<P extends object, const K extends readonly (keyof P & string)[], R>(name: string, order: K, impl: (p: P) => R, o: ApiOptions = {}): (...args: Args<P, K>) => R {
  const f = api(name, order, impl, o);
  setPositional(f, order);
  const out = addArgScope(f);
  pythonNames.set(out, o.python ?? snakeCase(name));
  return out;
}
const pythonNames = new WeakMap<object, string>();
/** Python's `__name__` of a layer; a function of the caller's has its own name. */
export function pythonName(layer: AnyFunction): string { return pythonNames.get(layer) ?? (signatureOf(layer) ? snakeCase(layer.name) : layer.name); }
type AnyFunction = (...args: never) => unknown;

/** Variables of layers are model variables; those of the core layers get contrib's names. */
const modelVariableGetter = (rename: Readonly<Record<string, string>>): CustomGetter => (getter, name, o) => {
  const at = name.lastIndexOf('/') + 1;
  return modelVariable({
    name: name.slice(0, at) + (rename[name.slice(at)] ?? name.slice(at)), shape: o.shape as never, dtype: o.dtype ?? null, initializer: o.initializer ?? null, regularizer: o.regularizer ?? null, trainable: o.trainable ?? true,
    collections: o.collections ?? null, cachingDevice: o.cachingDevice ?? null, partitioner: o.partitioner ?? null, useResource: o.useResource ?? null, customGetter: (_, n, options) => getter(n, options),
  });
};

/** Runs a layer in its variable scope; with `rename` (even of nothing) the core layer's variables become model variables. */
export function inLayerScope<R>(p: Pick<LayerParams, 'inputs' | 'scope' | 'reuse'>, defaultName: string, rename: Readonly<Record<string, string>> | null, body: (sc: VariableScope) => R): R {
  const e = enterVariableScope({ nameOrScope: p.scope ?? null, defaultName, values: [p.inputs], reuse: p.reuse ?? null, customGetter: rename && modelVariableGetter(rename) });
  return withExits([e], () => body(e.value));
}
/** Runs a layer without variables in a name scope. */
export function inNameScope(p: { inputs: TensorLike; scope?: string | null; outputsCollections?: OutputsCollections }, defaultName: string, body: (scope: string) => Tensor): Tensor {
  return inScope(p.scope, defaultName, [p.inputs], (scope) => collectOutputs(body(scope), p.outputsCollections));
}

/** The collections of one variable. */
export function collectionsOf(collections: VariablesCollections | undefined, name: string): readonly string[] | null {
  return (Array.isArray(collections) ? collections as readonly string[] : (collections as Readonly<Record<string, readonly string[]>> | null | undefined)?.[name]) ?? null;
}
/** Adds a variable of a core layer to the collections asked for. */
export function collect(v: Variable | null, collections: VariablesCollections | undefined, name: string): void {
  for (const k of (v && collectionsOf(collections, name)) ?? []) if (!v!.graph.getCollection(k).includes(v)) v!.graph.addToCollection(k, v);
}
export function collectOutputs(y: Tensor, collections: OutputsCollections | undefined): Tensor {
  if (collections) y.graph.addToCollections(collections, y);
  return y;
}
/** The end of every layer: activation (none unless given), collections. */
export function finish(p: Pick<LayerParams, 'activationFn' | 'outputsCollections'>, y: Tensor): Tensor {
  return collectOutputs(p.activationFn ? p.activationFn(y) : y, p.outputsCollections);
}

/** `utils.smart_cond`: a branch when the predicate is known while building, else `tf.cond`. Other than the core's it computes nothing to find out. */
export function branch<T>(pred: unknown, yes: () => T, no: () => T): T {
  const known = knownBool(pred);
  return known === null ? (cond as unknown as (p: unknown, a: () => T, b: () => T) => T)(pred, yes, no) : known ? yes() : no();
}
/** The value of a predicate; null when only a run can tell. */
export function knownBool(pred: unknown): boolean | null {
  if (pred === null || pred === undefined) throw new ValueError('value_or_tensor_or_var cannot be None');
  if (pred instanceof Variable) return null;
  if (!(pred instanceof Tensor)) return Boolean(pred);
  const v = constantValue(pred);
  return v === undefined ? null : Boolean(Number(v.flat(0)));
}
/** Refuses what is not one of a layer's two data formats. */
export function dataFormatOf<T extends string>(given: string | null | undefined, ...formats: readonly [T, T]): T {
  const f = given === undefined ? formats[1] : given;
  if (f !== formats[0] && f !== formats[1]) throw new ValueError(`data_format has to be either ${formats[0]} or ${formats[1]}.`);
  return f as T;
}
