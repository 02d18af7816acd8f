// tfgraph lint: things TensorFlow accepts and users seldom mean.
import { formatFinding, lint as lintGraph, LINT_RULES } from '../ops/lint.ts';
import { type Command, NO, YES } from './command.ts';
import { loadGraph } from './load_graph.ts';
import { paint } from './paint.ts';

export const lint: Command = {
  name: 'lint',
  about: `Checks a graph for probable mistakes. Exit code 0: none, 1: findings. Rules: ${LINT_RULES.map((r) => r.name).join(', ')}.`,
  positionals: ['graph'],
  options: { json: { type: 'boolean', about: 'JSON' } },
  async run(args, io) {
    const findings = lintGraph(await loadGraph(args.positionals[0]!));
    if (args.flag('json')) io.out(`${JSON.stringify(findings, null, 2)}\n`);
    else if (findings.length === 0) io.out('no findings\n');
    else io.out(paint(io, `${findings.map(formatFinding).join('\n\n')}\n\n${findings.length} finding${findings.length === 1 ? '' : 's'}\n`, (l) => (/^\S/.test(l) ? 'yellow' : undefined)));
    return findings.length === 0 ? YES : NO;
  },
};
