// `npm start`: answers the question. Builds the two programs, trains both, tries the puzzle and the mistakes, sets real
// TensorFlow's records beside ours, prints a verdict and writes an HTML report. Exit status: 0 all checks passed,
// 1 some failed, 2 wrong options or an error.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { sections, verdictText } from './console.ts';
import { runJob } from './job.ts';
import { type Options, parseOptions, USAGE, UsageError } from './options.ts';
import { makeProgress } from './progress.ts';
import { htmlReport } from './report/html.ts';

async function main(words: readonly string[]): Promise<number> {
  const options = parseOptions(words);
  if (options === null) {
    process.stdout.write(USAGE);
    return 0;
  }
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

const title = (o: Options): string =>
  `tfgraph: are these two programs the same?\nengine ${o.engine}, ${o.layout}, ${o.steps} steps, batches of ${o.batch}, seed ${o.seed}\n`;

main(process.argv.slice(2)).then(
  (status) => { process.exitCode = status; },
  (e: unknown) => {
    const usage = e instanceof UsageError;
    process.stderr.write(usage ? `${e.message}\n\n${USAGE}` : `${e instanceof Error ? e.stack ?? e.message : String(e)}\n`);
    process.exitCode = 2;
  },
);
