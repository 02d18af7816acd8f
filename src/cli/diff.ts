// tfgraph diff: two graphs node by node.
import { diffGraphDef, printGraphDiff } from '../graph/diff.ts';
import { type Command, NO, YES } from './command.ts';
import { loadGraphDef } from './load_graph.ts';
import { paint } from './paint.ts';

export const diff: Command = {
  name: 'diff',
  about: 'Compares two graphs node by node, by name. Exit code 0: equal, 1: different.',
  positionals: ['a', 'b'],
  options: {
    context: { type: 'string', value: 'n', about: 'unchanged lines around a change (2)' },
    json: { type: 'boolean', about: 'JSON' },
  },
  async run(args, io) {
    const [a, b] = [args.positionals[0]!, args.positionals[1]!];
    const d = diffGraphDef(await loadGraphDef(a), await loadGraphDef(b));
    if (args.flag('json')) {
      const { removed, added, changed, moved, versions, functions } = d;
      io.out(`${JSON.stringify({ equal: d.empty, removed: removed.map((n) => n.name), added: added.map((n) => n.name), changed: changed.map((c) => ({ name: c.name, fields: c.fields })), moved, versions, functions }, null, 2)}\n`);
    } else {
      const text = printGraphDiff(d, { context: args.int('context', 2), labels: [a, b] });
      io.out(text === '' ? `equal: ${d.before.node.length} nodes\n` : paint(io, text, (l) => (l.startsWith('+') ? 'green' : l.startsWith('-') ? 'red' : l.startsWith('@@') ? 'cyan' : undefined)));
    }
    return d.empty ? YES : NO;
  },
};
