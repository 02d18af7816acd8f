// The compile pipeline from the inside: programs between passes, and what a run gives when only some passes run.
import * as tf from 'tfgraph';
import { readFeeds } from '../../src/session/feed.ts';
import { buildProgram, passes } from '../../src/session/compile/pipeline.ts';
import type { Program } from '../../src/session/compile/program.ts';
import type { Pass, Target } from '../../src/session/compile/target.ts';
import { referenceEngine } from '../../src/session/engines/reference.ts';
import { tfjsEngine } from '../../src/session/engines/tfjs.ts';
import { wasmEngine } from '../../src/session/engines/wasm.ts';
import { referenceKernels } from '../../src/session/kernels/registry.ts';

export type FeedPairs = readonly (readonly [tf.Tensor, tf.NDArray])[];

export function targetOn(graph: tf.Graph, engine = 'reference', some: readonly Pass[] = passes): Target {
  return { engine: engine === 'reference' ? referenceEngine : engine === 'wasm' ? wasmEngine() : tfjsEngine(engine.slice(5)), mode: 'exact', kernels: referenceKernels, graph, passes: some };
}

/** The program after resolveState and after each pass, in order. Placeholders that are not fed have their static shapes. */
export function programs(fetches: readonly (tf.Tensor | tf.Operation)[], feeds: FeedPairs = [], target?: Target): Map<string, Program> {
  const graph = fetches[0]!.graph;
  const out = new Map<string, Program>();
  buildProgram({
    fetches: fetches.filter((f): f is tf.Tensor => f instanceof tf.Tensor), targets: fetches.filter((f): f is tf.Operation => f instanceof tf.Operation),
    feeds: [...readFeeds(graph, feeds).values()].map((f) => ({ tensor: f.tensor, shape: new tf.TensorShape([...f.shape]) })),
  }, target ?? targetOn(graph), (pass, p) => { out.set(pass, p); });
  return out;
}

/** `a = Op(b, c)`, one line a node, without the leaves. */
export function lines(p: Program): string[] {
  return Object.values(p.nodes).filter((n) => !['_Arg', '_Read', 'Const'].includes(n.op)).sort((a, b) => a.at - b.at).map((n) => `${n.name} = ${n.op}(${n.input.join(', ')})`);
}

/** Values of a run with some passes only; an error is its text. A NaN is one value. */
export async function runWith(some: readonly Pass[], fetches: readonly (tf.Tensor | tf.Operation)[], feeds: FeedPairs, init?: tf.Operation, engine = 'reference'): Promise<unknown[]> {
  using sess = await new tf.Session({ graph: fetches[0]!.graph, engine, onWarning: () => undefined, toolchain: { passes: some } }).ready();
  const out: unknown[] = [];
  // Twice: the second run sees what the first one committed.
  for (let i = 0; i < 2; i++) {
    try {
      if (init && i === 0) sess.runSync(init);
      out.push(...(sess.runSync([...fetches], [...feeds]) as unknown[]).map(bitsOf));
    } catch (e) {
      if (!(e instanceof tf.errors.OpError)) throw e;
      out.push(e.text);
    }
  }
  return out;
}

/** dtype, shape and bits; every NaN the same. */
export function bitsOf(v: unknown): unknown {
  if (!(v instanceof tf.NDArray)) return Object.is(v, -0) ? '-0' : typeof v === 'number' && Number.isNaN(v) ? 'NaN' : v;
  return `${v.dtype.name}[${v.shape.join(',')}] ${Array.from(v.data as ArrayLike<unknown>, (x) => (Object.is(x, -0) ? '-0' : String(x))).join(' ')}`;
}
