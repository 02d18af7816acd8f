// tfgraph show: a graph as text, Graphviz, JSON or a summary.
import { printAttr, printGraphDef, toDot } from '../graph/print.ts';
import { printSummary, summarizeGraph } from '../graph/summary.ts';
import { type Command, UsageError, YES } from './command.ts';
import { loadGraphDef } from './load_graph.ts';

export const show: Command = {
  name: 'show',
  about: 'Prints a graph: one node a line, name = Op(inputs) {attrs}.',
  positionals: ['graph'],
  options: {
    dot: { type: 'boolean', about: 'Graphviz source, name scopes as boxes' },
    summary: { type: 'boolean', about: 'op counts and the tree of name scopes' },
    depth: { type: 'string', value: 'n', about: 'levels of name scopes in the summary (3)' },
    json: { type: 'boolean', about: 'JSON' },
  },
  async run(args, io) {
    if (args.flag('dot') && args.flag('summary')) throw new UsageError('--dot and --summary exclude each other', 'choose one');
    const def = await loadGraphDef(args.positionals[0]!);
    if (args.flag('dot')) io.out(toDot(def));
    else if (args.flag('summary')) {
      const s = summarizeGraph(def);
      io.out(args.flag('json') ? `${JSON.stringify(s, null, 2)}\n` : printSummary(s, args.int('depth', 3, 1)));
    } else if (args.flag('json')) {
      const node = def.node.map((n) => ({
        name: n.name, op: n.op, input: n.input, ...(n.device === '' ? {} : { device: n.device }),
        attr: Object.fromEntries(Object.keys(n.attr).sort().map((k) => [k, printAttr(n.attr[k]!)])),
      }));
      io.out(`${JSON.stringify({ versions: def.versions, node }, null, 2)}\n`);
    } else io.out(printGraphDef(def));
    return YES;
  },
};
