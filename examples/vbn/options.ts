// Command-line options of the VBN example.
import { parseArgs } from 'node:util';
import type { DataFormat } from './data_format.ts';

export interface Options {
  readonly engine: string;
  readonly layout: DataFormat;
  /** Training steps of each model. */
  readonly steps: number;
  /** Images in a minibatch, and in the reference batch. */
  readonly batch: number;
  readonly seed: number;
  /** Path of the HTML report; null for none. */
  readonly report: string | null;
}

export const DEFAULTS: Options = { engine: 'wasm', layout: 'NCHW', steps: 40, batch: 32, seed: 1, report: 'report.html' };

export const USAGE = `Usage: npm start -- [options]

Builds the two virtual-batch-normalisation programs, trains them on images of handwritten digits and says whether they
are the same program.

  --engine NAME   what runs the graphs: wasm, reference, tfjs:cpu        (default ${DEFAULTS.engine})
  --layout NAME   NCHW or NHWC                                           (default ${DEFAULTS.layout})
  --steps N       training steps of each model, 2 to 100000              (default ${DEFAULTS.steps})
  --batch N       images in a minibatch, even, 4 to 256                  (default ${DEFAULTS.batch})
  --seed N        seed of weights, split and batches, 0 to 2147483647    (default ${DEFAULTS.seed})
  --report PATH   where to write the HTML report, or "none"              (default ${DEFAULTS.report})
  --help          this text
`;

/** A wrong command line; `main` prints the message and exits with status 2. */
export class UsageError extends Error {}

/** Options from the words after the program's name; null when help is asked for. Throws UsageError. */
export function parseOptions(words: readonly string[]): Options | null {
  const v = split(words);
  if (v.help) return null;
  const layout = v.layout ?? DEFAULTS.layout;
  if (layout !== 'NCHW' && layout !== 'NHWC') throw new UsageError(`--layout must be NCHW or NHWC, not '${layout}'`);
  const engine = v.engine ?? DEFAULTS.engine;
  if (engine !== 'reference' && engine !== 'wasm' && !/^tfjs:[a-z0-9_-]+$/.test(engine)) throw new UsageError(`--engine must be wasm, reference or tfjs:<backend>, not '${engine}'`);
  const batch = integer('batch', v.batch, DEFAULTS.batch, 4, 256);
  if (batch % 2 !== 0) throw new UsageError(`--batch must be even (one of the mistakes halves it), not ${batch}`);
  const report = v.report ?? DEFAULTS.report;
  if (report === '') throw new UsageError('--report must be a path or "none"');
  return {
    engine, layout, batch, steps: integer('steps', v.steps, DEFAULTS.steps, 2, 100_000), seed: integer('seed', v.seed, DEFAULTS.seed, 0, 2 ** 31 - 1),
    report: report === 'none' ? null : report,
  };
}

interface Words { engine?: string; layout?: string; steps?: string; batch?: string; seed?: string; report?: string; help?: boolean }

function split(words: readonly string[]): Words {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...words], strict: true, allowPositionals: false,
      options: { engine: text, layout: text, steps: text, batch: text, seed: text, report: text, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (e) {
    throw new UsageError(e instanceof Error ? e.message.split(/\. |\n/)[0]! : String(e));
  }
}

function integer(name: string, word: string | undefined, fallback: number, min: number, max: number): number {
  if (word === undefined) return fallback;
  const n = Number(word);
  if (!/^\d+$/.test(word) || n < min || n > max) throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not '${word}'`);
  return n;
}
