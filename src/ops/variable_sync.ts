// How variables are kept in step by distribution strategies, of which there is none here: what is left is which of them are not trained.
// Follows python/ops/variables.py and variable_scope.py (1.15).
import { ValueError } from '../graph/errors.ts';

/** `tf.VariableSynchronization`. */
export const VariableSynchronization = { AUTO: 0, NONE: 1, ON_WRITE: 2, ON_READ: 3 } as const;
/** `tf.VariableAggregation`. */
export const VariableAggregation = { NONE: 0, SUM: 1, MEAN: 2, ONLY_FIRST_REPLICA: 3 } as const;

/** Parameters of functions that make variables. */
export interface Synchronized { synchronization?: number | null; aggregation?: number | null; trainable?: boolean | null }
const named = (table: Readonly<Record<string, number>>, v: number, what: string): string => {
  const name = Object.keys(table).find((k) => table[k] === v);
  if (name === undefined) throw new ValueError(`Invalid variable ${what} mode: ${v} for variable`);
  return `Variable${what[0]!.toUpperCase()}${what.slice(1)}.${name}`;
};
/** The parameters without them. Errors: ValueError for modes that are none, and for a trainable variable with ON_READ. */
export function withoutSync<P extends Synchronized>(p: P): Omit<P, 'synchronization' | 'aggregation'> {
  const { synchronization, aggregation, ...rest } = p;
  const mode = named(VariableSynchronization, synchronization ?? 0, 'synchronization');
  named(VariableAggregation, aggregation ?? 0, 'aggregation');
  if (synchronization !== VariableSynchronization.ON_READ) return rest;
  if (rest.trainable) throw new ValueError(`Synchronization value can be set to VariableSynchronization.ON_READ only for non-trainable variables. You have specified trainable=True and synchronization=${mode}.`);
  return { ...rest, trainable: false };
}
