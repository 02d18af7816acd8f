// tfgraph plan: the compiled plan of some fetches.
import { DType } from '../graph/dtype.ts';
import type { Graph } from '../graph/graph.ts';
import { NDArray } from '../graph/ndarray.ts';
import { TensorShape } from '../graph/shape.ts';
import { Operation, type Tensor } from '../graph/tensor.ts';
import type { ExplainedPlan } from '../session/explain.ts';
import { printFates } from '../session/plan_nodes.ts';
import { Session } from '../session/session.ts';
import { type Command, type Parsed, UsageError, YES } from './command.ts';
import { elementByName, parseFeed, tensorByName, zerosFor } from './elements.ts';
import { loadGraph } from './load_graph.ts';
import { paint } from './paint.ts';

export const plan: Command = {
  name: 'plan',
  about: 'Prints the plan that a session compiles some fetches into: one step a line, with the graph nodes it came from.',
  positionals: ['graph'],
  options: {
    fetch: { type: 'string', value: 'a,b', multiple: true, about: 'nodes or tensors to fetch (required)' },
    feed: { type: 'string', value: 'name:shape', multiple: true, about: 'shape of a fed tensor, as x:4,8,8,1; default: all placeholders the fetches need, with their static shapes' },
    engine: { type: 'string', value: 'name', about: 'wasm (default), reference or tfjs:<backend>' },
    mode: { type: 'string', value: 'mode', about: 'exact (default) or fast' },
    threads: { type: 'string', value: 'n', about: 'threads of the wasm engine (1)' },
    log: { type: 'boolean', about: 'the rewrite log after the plan' },
    nodes: { type: 'boolean', about: 'after the plan, for each node of the graph: the step that computes it, or why it is gone' },
    dot: { type: 'boolean', about: 'Graphviz source: a box a step, a frame around what is computed in one' },
    json: { type: 'boolean', about: 'JSON' },
  },
  async run(args, io) {
    const file = args.positionals[0]!;
    const names = args.list('fetch');
    if (names.length === 0) throw new UsageError('tfgraph plan needs --fetch <a,b>', `see the nodes with tfgraph show ${file}`);
    if (args.flag('dot') && args.flag('json')) throw new UsageError('--dot and --json exclude each other', 'choose one');
    const graph = await loadGraph(file);
    const p = await explain(graph, file, names, args);
    if (args.flag('dot')) io.out(p.toDot());
    else if (args.flag('json')) io.out(`${JSON.stringify(args.flag('log') ? p : { ...p, log: undefined }, plain, 2)}\n`);
    else {
      io.out(`${paint(io, String(p), (l) => (l.startsWith('plan ') ? 'bold' : l.startsWith(' warning') ? 'yellow' : undefined))}\n`);
      if (args.flag('log')) io.out(`\nrewrites: ${p.log.length}\n${p.log.map((e) => `  ${e.pass}: ${e.rule}  [${e.matched.join(', ')}]${e.made.length === 0 ? '' : ` -> ${e.made.join(', ')}`}\n`).join('')}`);
      if (args.flag('nodes')) io.out(`\nnodes: ${p.nodes.length}\n${printFates(p.nodes)}`);
    }
    return YES;
  },
};

async function explain(graph: Graph, file: string, names: readonly string[], args: Parsed): Promise<ExplainedPlan> {
  const fetches = names.map((n) => elementByName(graph, n, file));
  const mode = args.text('mode');
  const threads = args.int('threads', 1, 1);
  using sess = new Session({ graph, ...(threads === 1 ? {} : { threads }), ...(args.text('engine') === undefined ? {} : { engine: args.text('engine')! }), ...(mode === undefined ? {} : { mode: mode as 'exact' | 'fast' }), onWarning: () => undefined });
  await sess.ready();
  const given = new Map(args.all('feed').map(parseFeed).map((f) => [tensorByName(graph, f.name, file), f.shape]));
  const placeholders = needed(fetches, new Set(given.keys()));
  if (given.size === 0) return sess.explain(fetches, placeholders);
  const feeds = new Map<Tensor, NDArray>([...given].map(([t, shape]) => [t, zerosFor(t, shape)]));
  for (const t of placeholders) {
    if (!t.shape.isFullyDefined) throw new UsageError(`the shape of '${t.name}' is not fully known: ${t.shape}`, `add --feed ${t.op.name}:<shape>`);
    feeds.set(t, zerosFor(t, t.shape.dims as number[]));
  }
  return sess.explain(fetches, feeds);
}

/** Placeholders below the fetches that are not fed already (nor hidden behind something fed). */
function needed(fetches: readonly (Tensor | Operation)[], fed: ReadonlySet<Tensor>): Tensor[] {
  const seen = new Set<Operation>();
  const stack = fetches.filter((f) => f instanceof Operation || !fed.has(f)).map((f) => (f instanceof Operation ? f : f.op));
  for (let op = stack.pop(); op; op = stack.pop()) {
    if (seen.has(op)) continue;
    seen.add(op);
    stack.push(...op.inputs.filter((t) => !fed.has(t)).map((t) => t.op), ...op.controlInputs);
  }
  return [...seen].filter((op) => (op.type === 'Placeholder' || op.type === 'PlaceholderV2') && !fed.has(op.output)).sort((a, b) => a.id - b.id).map((op) => op.output);
}

/** Values of a plan as JSON has them. */
function plain(_key: string, v: unknown): unknown {
  if (v instanceof DType) return v.name;
  if (v instanceof TensorShape) return v.dims;
  if (v instanceof NDArray) return { dtype: v.dtype.name, shape: v.shape };
  if (typeof v === 'bigint') return Number(v);
  return typeof v === 'function' ? undefined : v;
}
