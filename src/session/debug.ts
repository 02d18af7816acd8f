// `GRAPH_DEBUG=1` to `4`, read when a session is made: what it compiles and runs, on the console's error stream. 1: a line for each
// compilation; 2: the plan too; 3: the rewrites too; 4: after each run how long its steps took.
import type { Plan } from './plan.ts';
import { printPlan, sizeText } from './plan_print.ts';
import type { StepStats } from './step_stats.ts';

/** Steps a run's table has at most. */
const MAX_ROWS = 20;

/** What a session tells while it works. */
export class DebugLog {
  readonly #level: number;
  readonly #write: (text: string) => void;

  /** Throws nothing: what is no level is said once and means 0. */
  constructor(asked: string | undefined = environment(), write: (text: string) => void = (text) => { console.error(text); }) {
    const given = asked ?? '', isLevel = /^[0-4]?$/.test(given);
    this.#level = isLevel ? Number(given) : 0;
    this.#write = write;
    if (!isLevel) write(`tfgraph: GRAPH_DEBUG is a level from 0 to 4 (1: compilations, 2: plans, 3: rewrites, 4: times of steps), not '${given}'`);
  }

  /** Whether runs are to be timed step by step. */
  get timesSteps(): boolean { return this.#level >= 4; }

  /** Begins to tell of a compilation; the result ends that. */
  compiling(): ((plan: Plan) => void) | undefined {
    if (this.#level === 0) return undefined;
    const start = performance.now();
    return (plan) => {
      const took = performance.now() - start, steps = plan.steps.filter((s) => s.kind !== 'free'), fused = steps.filter((s) => s.kind === 'fused').length;
      this.#write(`tfgraph: compiled ${asked(plan)} in ${took.toFixed(1)} ms: ${plan.nodeCount} nodes -> ${steps.length} steps (${fused} fused), ${plan.log.length} rewrites, peak ${plan.peakBytes === null ? '?' : sizeText(plan.peakBytes)}`);
      if (this.#level >= 2) this.#write(printPlan(plan));
      if (this.#level >= 3) for (const e of plan.log) this.#write(` ${e.pass}: ${e.rule}  [${e.matched.join(', ')}]`);
    };
  }

  /** Tells where the time of a run went: the longest steps first. */
  ran(plan: Plan, { devStats }: StepStats): void {
    if (!this.timesSteps) return;
    const all = devStats.flatMap((d) => d.nodeStats), total = all.reduce((t, n) => t + n.opEndRelMicros, 0), rows = [...all].sort((a, b) => b.opEndRelMicros - a.opEndRelMicros).slice(0, MAX_ROWS);
    const lines = rows.map((n) => `  ${`${n.opEndRelMicros} us`.padStart(10)} ${`${total === 0 ? 0 : Math.round((100 * n.opEndRelMicros) / total)} %`.padStart(5)}  ${n.timelineLabel}`);
    this.#write([`tfgraph: ran ${asked(plan)}: ${all.length} steps, ${total} us in them`, ...lines, ...(all.length > rows.length ? [`  and ${all.length - rows.length} shorter ones`] : [])].join('\n'));
  }
}

const asked = (plan: Plan): string => { const names = [...plan.fetches, ...plan.targets.map((t) => `^${t}`)]; return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', '); };

interface Host { readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> } }
function environment(): string | undefined { return (globalThis as unknown as Host).process?.env?.['GRAPH_DEBUG']; }
