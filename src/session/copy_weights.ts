// Copies the variables of one scope into those of another by name: two models with equal weights in one line. The
// values go through the variables' initializers (as `Variable.load` does), so the graph stays as it is.
import { GraphKeys } from '../graph/collections.ts';
import { ValueError } from '../graph/errors.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { Variable } from '../ops/variables.ts';

/** A variable whose initializer can be run with another value. */
export interface Settable { readonly initializer: Operation }

/** What this module needs of a session. */
export interface RunsGraph {
  readonly graph: { getCollection(name: string): unknown[] };
  run(fetches: unknown, feeds?: unknown): Promise<unknown>;
}

export interface CopyWeightsOptions {
  /** Collection whose variables are copied. Default GraphKeys.GLOBAL_VARIABLES; optimizer slots that only one scope has are left out. */
  readonly collection?: string;
}

/** Sets every variable `toScope/x` to the value of `fromScope/x` in a session ('' is the root); returns the local names
 * copied. Errors: ValueError with the names and shapes that have no counterpart or another shape. */
export async function copyWeights(session: RunsGraph, fromScope: string, toScope: string, options: CopyWeightsOptions = {}): Promise<string[]> {
  const all = session.graph.getCollection(options.collection ?? GraphKeys.GLOBAL_VARIABLES).filter((v): v is Variable => v instanceof Variable);
  // The root holds every scope: what lies in the other scope is not part of it.
  const from = inScope(fromScope === '' ? without(all, toScope) : all, fromScope);
  const to = inScope(toScope === '' ? without(all, fromScope) : all, toScope);
  if (from.size === 0 || to.size === 0) {
    throw new ValueError(`No variables in scope '${from.size === 0 ? fromScope : toScope}'.`, { remedy: `scopes with variables: ${scopesOf(all).join(', ') || '(none)'}` });
  }
  const full = new Set(all.map((v) => v.op.name));
  const problems: string[] = [];
  for (const [name, v] of from) {
    const w = to.get(name);
    if (!w) { if (!isSlot(name, from, full)) problems.push(`${v.op.name} ${v.shape}: no '${name}' in '${toScope}'`); }
    else if (!v.shape.isCompatibleWith(w.shape) || v.dtype !== w.dtype) problems.push(`${v.op.name} ${v.dtype.baseDtype.name}${v.shape} / ${w.op.name} ${w.dtype.baseDtype.name}${w.shape}`);
  }
  for (const [name, w] of to) if (!from.has(name) && !isSlot(name, to, full)) problems.push(`${w.op.name} ${w.shape}: no '${name}' in '${fromScope}'`);
  if (problems.length > 0) throw new ValueError(`Cannot copy weights from '${fromScope}' to '${toScope}': ${problems.length} variable(s) do not match:\n${problems.map((p) => `  ${p}`).join('\n')}`);
  const names = [...from.keys()].filter((n) => to.has(n));
  const values = await session.run(names.map((n) => from.get(n)!.asGraphElement())) as (NDArray | number | bigint | boolean | string)[];
  await assignValues(session, names.map((n, i) => [to.get(n)!, values[i]!]));
  return names;
}

/** Sets variables to values by running their initializers with the values fed. */
export async function assignValues(session: Pick<RunsGraph, 'run'>, values: readonly (readonly [Settable, NDArray | number | bigint | boolean | string])[]): Promise<void> {
  // Variables made by one call may start from one tensor, which can be fed one value a run.
  let rest = values;
  while (rest.length > 0) {
    const feeds = new Map<Tensor, unknown>();
    const ops: Operation[] = [];
    const later: typeof values[number][] = [];
    for (const [v, value] of rest) {
      const start = v.initializer.inputs[1]!;
      if (feeds.has(start)) later.push([v, value]);
      else { feeds.set(start, value); ops.push(v.initializer); }
    }
    await session.run(ops, feeds);
    rest = later;
  }
}

function slashed(scope: string): string { return scope === '' || scope.endsWith('/') ? scope : `${scope}/`; }
function without(all: readonly Variable[], scope: string): Variable[] { return all.filter((v) => !v.op.name.startsWith(slashed(scope))); }
function inScope(all: readonly Variable[], scope: string): Map<string, Variable> {
  const prefix = slashed(scope);
  return new Map(all.filter((v) => v.op.name.startsWith(prefix)).map((v) => [v.op.name.slice(prefix.length), v]));
}

/** Optimizers name their slots `<variable>/<slot>` (below the scope they were made in), their counters beta1_power and beta2_power. */
function isSlot(name: string, scope: ReadonlyMap<string, Variable>, full: ReadonlySet<string>): boolean {
  const owner = name.slice(0, Math.max(0, name.lastIndexOf('/')));
  return scope.has(owner) || full.has(owner) || /(^|\/)beta[12]_power(_\d+)?$/.test(name);
}

function scopesOf(all: readonly Variable[]): string[] { return [...new Set(all.map((v) => v.op.name.split('/').slice(0, -1).join('/')).filter((s) => s !== ''))].sort(); }
