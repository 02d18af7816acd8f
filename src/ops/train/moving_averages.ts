// Exponential moving averages of variables and tensors. Follows python/training/moving_averages.py (1.15).
import { GraphKeys } from '../../graph/collections.ts';
import { bfloat16, float16, float32, float64 } from '../../graph/dtype.ts';
import { TypeError } from '../../graph/errors.ts';
import { getDefaultGraph } from '../../graph/graph.ts';
import type { Operation, Tensor } from '../../graph/tensor.ts';
import { api, bind } from '../api.ts';
import { colocatedWith, inScope } from '../building.ts';
import { group } from '../control_flow_ops.ts';
import { convertToTensor, type TensorLike } from '../convert.ts';
import { zerosInitializer } from '../init_ops.ts';
import { minimum, pow } from '../math_binary.ts';
import { castTensor } from '../math_cast.ts';
import { withExits } from '../scope_stack.ts';
import { assign, assignSub } from '../state_ops.ts';
import { enterVariableScope, getVariableScope } from '../variable_scope.ts';
import { getVariable } from '../variable_store.ts';
import { globalVariables, initScope, movingAverageVariables, trainableVariables, type Updated, Variable } from '../variables.ts';
import { createSlot, createZerosSlot } from './slot_creator.ts';
import '../tensor_operators.ts';
import '../variable_operators.ts';

interface Assign { variable: Variable; value: TensorLike; decay: TensorLike; zeroDebias?: boolean; name?: string | null }

/** `moving_averages.assign_moving_average`: variable -= (variable - value) * (1 - decay); returns the variable as of after it. With
 * `zeroDebias` (default) the average of zeros that it starts with is taken out. */
export const assignMovingAverage = api('assignMovingAverage', ['variable', 'value', 'decay', 'zeroDebias', 'name'], (p: Assign): Updated =>
  inScope(p.name, 'AssignMovingAvg', [p.variable, p.value, p.decay], (scope) => {
    const v = p.variable;
    let rest = convertToTensor(typeof p.decay === 'number' ? 1 - p.decay : convertToTensor(p.decay).rsub(1), { name: 'decay' });
    if (rest.dtype !== v.dtype.baseDtype) rest = castTensor(rest, v.dtype.baseDtype);
    if (p.zeroDebias ?? true) return assignUnbiased(v, p.value, rest);
    return assignSub(v, v.sub(p.value).mul(rest), { name: scope });
  }), { required: 3 });

/** Keeps a biased average and the number of updates in variables of their own, and assigns the first divided by 1 - decay^updates. */
function assignUnbiased(v: Variable, value: TensorLike, rest: Tensor): Updated {
  const [biased, step] = withExits([enterVariableScope({ nameOrScope: v.name.slice(0, -2) })], () => {
    const scope = getVariableScope();
    const taken = new Set(scope.globalVariables().map((x) => x.op.name));
    const free = (name: string): string => {
      const full = `${scope.name}/${name}`;
      if (scope.reuse || !taken.has(full)) return name;
      let i = 1;
      while (taken.has(`${full}_${i}`)) i++;
      return `${name}_${i}`;
    };
    const made = (name: string, shape: readonly number[]): Variable => getVariable(free(name), { initializer: zerosInitializer(), shape, dtype: v.dtype.baseDtype, trainable: false }) as Variable;
    return colocatedWith(v.op, () => [made('biased', v.shape.asList() as number[]), made('local_step', [])] as const);
  });
  const average = assignSub(biased, biased.sub(value).mul(rest));
  const steps = step.assignAdd(1);
  const factor = pow(rest.rsub(1), steps).rsub(1);
  return assign(v, convertToTensor(average).truediv(factor), { name: `${getDefaultGraph().scope.nameStack}/` });
}

interface Options { decay: TensorLike; numUpdates?: TensorLike | null; zeroDebias?: boolean; name?: string }
const ORDER = ['decay', 'numUpdates', 'zeroDebias', 'name'] as const;
type Averaged = Variable | Tensor;

/** `tf.train.ExponentialMovingAverage`: shadow variables that follow variables and tensors: shadow -= (1 - decay) * (shadow - value).
 * With `numUpdates` the decay is at most (1 + n) / (10 + n). `zeroDebias` is for averages of tensors, which start at zero. */
export class ExponentialMovingAverage {
  readonly name: string;
  readonly #o: Options;
  readonly #averages = new Map<Averaged, Variable>();
  constructor(decay: TensorLike, ...rest: unknown[]);
  constructor(options: Options);
  constructor(...args: unknown[]) {
    this.#o = bind('__init__', ORDER, new Set<string>(ORDER), args, { required: 1 }) as unknown as Options;
    this.name = this.#o.name ?? 'ExponentialMovingAverage';
  }

  /** Makes the shadow variables of `varList` (default: the trainable variables) and returns the op that updates them.
   * Errors: TypeError for what is neither half, float nor double. */
  apply(varList: readonly Averaged[] | null = null): Operation {
    const vars = varList ?? trainableVariables();
    const graph = getDefaultGraph();
    const unbiased = new Set<Variable>();
    for (const v of vars) {
      if (![bfloat16, float16, float32, float64].includes(v.dtype.baseDtype)) throw new TypeError(`The variables must be half, float, or double: ${v.name}`);
      if (this.#averages.has(v)) continue;
      this.#averages.set(v, initScope(graph, () => {
        if (v instanceof Variable) {
          const average = createSlot(v, v.initializedValue(), this.name);
          graph.addToCollection(GraphKeys.MOVING_AVERAGE_VARIABLES, v);
          return average;
        }
        const average = createZerosSlot(v, this.name, v.dtype, ['Variable', 'VariableV2', 'VarHandleOp'].includes(v.op.type));
        if (this.#o.zeroDebias) unbiased.add(average);
        return average;
      }));
    }
    return inScope(this.name, '', [], (scope) => {
      let decay = convertToTensor(this.#o.decay, { name: 'decay' });
      const { numUpdates } = this.#o;
      if (numUpdates !== undefined && numUpdates !== null) {
        const n = castTensor(numUpdates, float32, 'num_updates');
        const top = n.radd(1);
        decay = minimum(decay, top.truediv(n.radd(10)));
      }
      const updates = vars.map((v) => {
        const average = this.#averages.get(v)!;
        return assignMovingAverage(average, v, decay, unbiased.has(average));
      });
      return group(...updates, { name: scope });
    });
  }

  /** The shadow variable; null before `apply`. */
  average(v: Averaged): Variable | null { return this.#averages.get(v) ?? null; }
  /** Its name, or the one it would get. */
  averageName(v: Averaged): string { return this.#averages.get(v)?.op.name ?? getDefaultGraph().uniqueName(`${v.op.name}/${this.name}`, false); }
  /** Names under which a Saver finds the averages of variables (default: the trainable ones and those with averages), and all other global variables. */
  variablesToRestore(movingAvgVariables: readonly Variable[] | null = null): Record<string, Variable> {
    const averaged = new Set(movingAvgVariables ?? [...trainableVariables(), ...movingAverageVariables()]);
    const names: Record<string, Variable> = {};
    for (const v of averaged) names[this.averageName(v)] = v;
    const known = new Set([...averaged].map((v) => v.name));
    for (const v of globalVariables()) if (!known.has(v.name) && !(v.op.name in names)) names[v.op.name] = v;
    return names;
  }
}
