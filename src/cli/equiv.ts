// tfgraph equiv: are parts of two graphs the same program?
import type { Graph } from '../graph/graph.ts';
import { equivalence, type Program } from '../session/equivalence.ts';
import { type Command, NO, type Parsed, UsageError, YES } from './command.ts';
import { tensorByName } from './elements.ts';
import { loadGraph } from './load_graph.ts';
import { paint } from './paint.ts';

export const equiv: Command = {
  name: 'equiv',
  about: 'Compares what two graphs compute: structure up to names, then bits on random feeds with equal weights. Exit code 0: same program, 1: different.',
  positionals: ['a', 'b'],
  options: {
    fetch: { type: 'string', value: 'a,b', multiple: true, about: 'outputs to compare (required)' },
    'fetch-b': { type: 'string', value: 'a,b', multiple: true, about: 'their names in the second graph, when they differ' },
    input: { type: 'string', value: 'a,b', multiple: true, about: 'inputs in corresponding order; default: the placeholders, in node order' },
    'input-b': { type: 'string', value: 'a,b', multiple: true, about: 'their names in the second graph' },
    loss: { type: 'string', value: 'name', about: 'compare the gradients of this scalar, too' },
    'loss-b': { type: 'string', value: 'name', about: 'its name in the second graph' },
    scope: { type: 'string', value: 'scope', about: 'scope of the first graph\'s variables' },
    'scope-b': { type: 'string', value: 'scope', about: 'scope of the second graph\'s variables' },
    weights: { type: 'string', value: 'copy|own', about: 'copy the first graph\'s weights to the second (default), or let each have its own' },
    feeds: { type: 'string', value: 'n', about: 'number of random feeds (3)' },
    seed: { type: 'string', value: 'n', about: 'seed of the feeds (1)' },
    tolerance: { type: 'string', value: 'x', about: 'allowed difference of outputs as a fraction of the largest value (1e-5; 0: bits)' },
    engine: { type: 'string', value: 'name', about: 'wasm (default), reference or tfjs:<backend>' },
    json: { type: 'boolean', about: 'JSON' },
  },
  async run(args, io) {
    const [fileA, fileB] = [args.positionals[0]!, args.positionals[1]!];
    if (args.list('fetch').length === 0) throw new UsageError('tfgraph equiv needs --fetch <a,b>', `see the nodes with tfgraph show ${fileA}`);
    const weights = args.text('weights') ?? 'copy';
    if (weights !== 'copy' && weights !== 'own') throw new UsageError(`--weights must be copy or own, not '${weights}'`);
    const a = program(await loadGraph(fileA), fileA, args, '');
    const b = program(await loadGraph(fileB), fileB, args, '-b');
    const tolerance = args.number('tolerance');
    const report = await equivalence(a, b, {
      weights, feeds: args.int('feeds', 3, 1), seed: args.int('seed', 1), ...(args.text('engine') === undefined ? {} : { engine: args.text('engine')! }),
      ...(tolerance === undefined ? {} : { tolerance: { outputs: tolerance } }),
    });
    io.out(args.flag('json') ? `${JSON.stringify(report, null, 2)}\n` : `${paint(io, String(report), (l) => (l.startsWith('same') ? 'green' : l.startsWith('different') ? 'red' : undefined))}\n`);
    return report.same ? YES : NO;
  },
};

/** One side; what has no `-b` form is the same in both graphs. */
function program(graph: Graph, file: string, args: Parsed, suffix: string): Program {
  const list = (name: string): string[] => { const own = args.list(`${name}${suffix}`); return own.length > 0 ? own : args.list(name); };
  const text = (name: string): string | undefined => args.text(`${name}${suffix}`) ?? args.text(name);
  const [inputs, loss, scope] = [list('input'), text('loss'), text('scope')];
  return {
    graph, outputs: list('fetch').map((n) => tensorByName(graph, n, file)),
    ...(inputs.length > 0 ? { inputs: inputs.map((n) => tensorByName(graph, n, file)) } : {}),
    ...(loss === undefined ? {} : { loss: tensorByName(graph, loss, file) }), ...(scope === undefined ? {} : { scope }),
  };
}
