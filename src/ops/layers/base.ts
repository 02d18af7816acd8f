// The Layer of tf.layers: captured scope, variables through get_variable, build once, call in the scope it was given.
// Reproduces which scopes are opened when, because opening one burns a name. Follows python/layers/base.py (1.15).
import { bind } from '../api.ts';
import type { DType } from '../../graph/dtype.ts';
import { GraphKeys } from '../../graph/collections.ts';
import { ValueError } from '../../graph/errors.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import type { Entered } from '../../graph/scopes.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { zerosInitializer } from '../init_ops.ts';
import { withExits } from '../scope_stack.ts';
import { enterVariableScope, type GetVariableOptions, type InitializerLike, type Regularizer, type Reuse, type VariableScope } from '../variable_scope.ts';
import { getVariableIn } from '../variable_store.ts';
import type { Variable } from '../variables.ts';

export interface LayerOptions {
  name?: string | null;
  /** Default true: variables join TRAINABLE_VARIABLES. */
  trainable?: boolean;
  dtype?: DType | null;
  /** Scope the layer lives in; default: one named after the layer, made unique. */
  scope?: string | VariableScope | null;
  reuse?: Reuse | null;
}

export interface WeightOptions {
  initializer?: InitializerLike | null;
  regularizer?: Regularizer | null;
  constraint?: GetVariableOptions['constraint'];
  trainable?: boolean;
  /** Default: the layer's. */
  dtype?: DType;
}

/** Options of a layer with a kernel. */
export interface KernelOptions { kernelInitializer?: InitializerLike | null; kernelRegularizer?: Regularizer | null; kernelConstraint?: WeightOptions['constraint'] }
/** Options of a layer that may have a bias. */
export interface BiasOptions { useBias?: boolean; biasInitializer?: InitializerLike | null; biasRegularizer?: Regularizer | null; biasConstraint?: WeightOptions['constraint'] }

const BASE = ['name', 'trainable', 'dtype', 'scope', 'reuse'] as const;
/** The arguments of a layer's constructor as Python takes them: by position in `order`, the rest, and what every layer takes, by name.
 * Errors: TypeError as Python's. */
export function layerOptions<P extends LayerOptions>(order: readonly string[], required: number, args: readonly unknown[]): P {
  return bind('__init__', order, new Set([...order, ...BASE]), args, { required }) as P;
}

/** What inputs a layer takes. */
export interface InputSpec { readonly ndim?: number; readonly minNdim?: number }

/** `tf.layers.Layer`. */
export abstract class Layer {
  readonly name: string | null;
  readonly trainable: boolean;
  dtype: DType | null;
  readonly weights: Variable[] = [];
  built = false;
  protected abstract readonly defaultName: string;
  protected abstract readonly inputSpec: InputSpec;
  readonly #reuse: Reuse | null;
  #scope: VariableScope | null = null;
  #current: VariableScope | null = null;

  constructor(o: LayerOptions) {
    this.name = o.name ?? null;
    this.trainable = o.trainable ?? true;
    this.dtype = o.dtype ?? null;
    this.#reuse = o.reuse ?? null;
    if (o.scope !== undefined && o.scope !== null) this.#scope = capture({ nameOrScope: o.scope });
  }

  protected abstract build(inputs: Tensor): void;
  protected abstract call(inputs: Tensor): Tensor;

  /** Variable scope of the layer; known after the first call. */
  get scopeName(): string {
    if (!this.#scope) throw new ValueError(`No name available for layer scope because the layer "${this.name}" has not been used yet. The scope name  is determined the first time the layer instance is called. You must therefore call the layer before querying \`scope_name\`.`);
    return this.#scope.name;
  }

  /** Applies the layer: builds its variables on the first call. */
  apply(inputs: TensorLike): Tensor {
    const x = convertToTensor(inputs);
    this.dtype ??= x.dtype.baseDtype;
    this.#setScope();
    return this.#inScope(this.built ? true : this.#reuse, () => {
      this.#checkInput(x);
      return this.#inOwnNames(() => {
        if (!this.built) {
          this.build(x);
          this.built = true;
        }
        return this.call(x);
      });
    });
  }

  /** Creates (or, under reuse, finds) a variable of the layer. */
  protected addWeight(name: string, shape: readonly number[], o: WeightOptions): Variable {
    const graph = getDefaultGraph();
    const before = graph.lastId;
    return this.#inScope(this.built || this.#reuse === null ? (this.built ? true : null) : this.#reuse, (scope) => this.#inOwnNames(() => {
      const v = getVariableIn<Variable>(graph, name, {
        shape, dtype: o.dtype ?? this.dtype, initializer: o.initializer ?? scope.initializer, constraint: o.constraint ?? null,
        trainable: (o.trainable ?? true) && this.trainable, useResource: scope.useResource,
      });
      if (o.regularizer && v.op.id > before) {
        const loss = withExits([graph.enterNameScope(`${name}/Regularizer`)], () => o.regularizer!(v));
        if (loss !== null) graph.addToCollection(GraphKeys.REGULARIZATION_LOSSES, loss);
      }
      this.weights.push(v);
      return v;
    }));
  }

  /** `kernel` of the layer's options. */
  protected addKernel(shape: readonly number[], o: KernelOptions): Variable {
    return this.addWeight('kernel', shape, { initializer: o.kernelInitializer ?? null, regularizer: o.kernelRegularizer ?? null, constraint: o.kernelConstraint ?? null });
  }
  /** `bias`, zeros by default; null where the layer has none. */
  protected addBias(units: number, o: BiasOptions): Variable | null {
    if (!(o.useBias ?? true)) return null;
    return this.addWeight('bias', [units], { initializer: o.biasInitializer === undefined ? zerosInitializer() : o.biasInitializer, regularizer: o.biasRegularizer ?? null, constraint: o.biasConstraint ?? null });
  }

  #setScope(): void {
    if (this.#scope) return;
    this.#scope = this.#reuse ? capture({ nameOrScope: this.name ?? this.defaultName }) : capture({ nameOrScope: null, defaultName: this.name ?? this.defaultName });
  }

  #inScope<R>(reuse: Reuse | null, body: (scope: VariableScope) => R): R {
    const e = enterVariableScope({ nameOrScope: this.#scope, reuse, auxiliaryNameScope: false });
    const outer = this.#current;
    this.#current = e.value;
    try {
      return body(e.value);
    } finally {
      this.#current = outer;
      e.exit();
    }
  }

  /** Names of the layer's ops: the scope's original name scope, entered literally. */
  #inOwnNames<R>(body: () => R): R {
    return withExits([getDefaultGraph().enterNameScope(this.#current!.originalNameScope)], body);
  }

  #checkInput(x: Tensor): void {
    const n = x.shape.ndims;
    const { ndim, minNdim } = this.inputSpec;
    if (n === null) return;
    const prefix = `Input 0 of layer ${this.name ?? this.defaultName} is incompatible with the layer: `;
    if (ndim !== undefined && n !== ndim) throw new ValueError(`${prefix}expected ndim=${ndim}, found ndim=${n}. Full shape received: [${x.shape.asList().map((d) => d ?? 'None').join(', ')}]`, { node: x.op.name, op: x.op.type, site: x.op.site?.location });
    if (minNdim !== undefined && n < minNdim) throw new ValueError(`${prefix}: expected min_ndim=${minNdim}, found ndim=${n}. Full shape received: [${x.shape.asList().map((d) => d ?? 'None').join(', ')}]`, { node: x.op.name, op: x.op.type, site: x.op.site?.location });
  }
}

/** Opens a scope and leaves it at once: TF captures scopes this way, and that burns a name scope. */
function capture(o: Parameters<typeof enterVariableScope>[0]): VariableScope {
  const e: Entered<VariableScope> = enterVariableScope(o);
  e.exit();
  return e.value;
}
