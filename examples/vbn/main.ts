// `npm start`: answers the question. Builds the two programs, trains both, tries the puzzle and the mistakes, sets real
// TensorFlow's records beside ours, prints a verdict and writes an HTML report. Exit status: 0 all checks passed,
// 1 some failed, 2 wrong options or an error.
import { accessSync, constants, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as tf from 'tfgraph';
import { sections, verdictText } from './console.ts';
import { runJob } from './job.ts';
import { type Options, parseOptions, USAGE, UsageError } from './options.ts';
import { makeSession } from './pair.ts';
import { makeProgress } from './progress.ts';
import { htmlReport } from './report/html.ts';

async function main(words: readonly string[]): Promise<number> {
  const options = parseOptions(words);
  if (options === null) {
    process.stdout.write(USAGE);
    return 0;
  }
  await prepare(options);
  process.stdout.write(title(options));
  const progress = makeProgress(process.stderr);
  let result;
  try {
    result = await runJob(options, progress.show);
  } finally {
    progress.end();
  }
  for (const text of sections(result)) process.stdout.write(`${text}\n`);
  if (options.report !== null) {
    const path = resolve(options.report);
    writeFileSync(path, await htmlReport(result));
    process.stdout.write(`\nReport with curves and graphs: ${path}\n`);
  }
  process.stdout.write(`${verdictText(result)}\n`);
  return result.ok ? 0 : 1;
}

/** Finds out before the work, not after it, what cannot be done. */
async function prepare({ engine, report }: Options): Promise<void> {
  if (report !== null) {
    const file = resolve(report);
    const folder = dirname(file);
    try {
      accessSync(folder, constants.W_OK);
      if (!statSync(folder).isDirectory()) throw new Error('not a folder');
    } catch {
      throw new UsageError(`--report ${report}: ${folder} is not a folder that can be written to`);
    }
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`--report ${report}: is a folder; name a file`);
  }
  using sess = makeSession(new tf.Graph(), engine);
  try {
    await sess.ready();
  } catch (e) {
    throw new UsageError(`--engine ${engine}: ${e instanceof Error ? e.message.split('\n')[0] : String(e)}`);
  }
}

const title = (o: Options): string =>
  `tfgraph: are these two programs the same?\nengine ${o.engine}, ${o.layout}, ${o.steps} steps, batches of ${o.batch}, seed ${o.seed}\n`;

// Whoever reads a part only (`| head`) has seen enough: that is no error.
process.stdout.on('error', (e: NodeJS.ErrnoException) => {
  if (e.code !== 'EPIPE') throw e;
  process.exit();
});

main(process.argv.slice(2)).then(
  (status) => { process.exitCode = status; },
  (e: unknown) => {
    const usage = e instanceof UsageError;
    process.stderr.write(usage ? `${e.message}\n\n${USAGE}` : `${e instanceof Error ? e.stack ?? e.message : String(e)}\n`);
    process.exitCode = 2;
  },
);
