// Many elementwise nodes in one loop: what one computes the next reads from registers. Between two nodes an element is
// what it would be in memory (rounded, wrapped), and every node's arithmetic is that of its own kernel: so the bits are.
// All results have one shape; values inside may be smaller, then they are computed anew for each element (per row where
// nothing in them changes).
import type { DType } from '../../graph/dtype.ts';
import { broadcast, sameShape } from '../kernels/common.ts';
import type { FusedNodes } from '../engines/engine.ts';
import { type Lanes, laneStorage, type LaneStorage, settleLanes } from '../jit/lanes.ts';
import { joinable } from './cwise.ts';
import type { Elementwise } from './elementwise.ts';
import type { Kit, WasmValue } from './kit.ts';
import { type Body, type Loop, planLoop } from './map.ts';

type Shape = readonly number[];
/** A kernel of several nodes: their results, or undefined when they do not go together. */
export type FusedKernel = (k: Kit, inputs: readonly WasmValue[]) => readonly WasmValue[] | undefined;

/** A read of an input of the step, as the shape one of its nodes sees. */
interface Read { readonly input: number; readonly storage: LaneStorage; readonly shape: Shape }
/** What a node reads: number of a read, or ~number of a value made inside. */
type Source = number;
/** A loop for one set of shapes. */
interface Specialised { readonly shapes: readonly Shape[]; readonly shape: Shape; readonly reads: readonly Read[]; readonly loop: Loop }

interface Member { readonly op: Elementwise; readonly inputs: readonly number[]; /** Number of its first output. */ readonly first: number }

export function fusedKernel(nodes: FusedNodes): FusedKernel {
  let count = nodes.inputs;
  const members = nodes.nodes.map(({ node, inputs }): Member => {
    const op = joinable(node)!, first = count;
    count += op.results.length;
    return { op, inputs, first };
  });
  const types: DType[] = members.flatMap((m) => m.op.results);
  const resultTypes = nodes.results.map((r) => types[r - nodes.inputs]!);
  let last: Specialised | undefined;
  return (k, x) => {
    if (!last?.shapes.every((s, i) => s === x[i]!.shape || sameShape(s, x[i]!.shape))) {
      last = specialise(k, nodes, members, resultTypes, x.map((v) => v.shape));
      if (!last) return undefined;
    }
    const { shape, reads, loop } = last;
    const outs = resultTypes.map((t) => k.make(t, shape));
    loop.run(k, outs.map((o) => o.address), reads.map((r) => x[r.input]!.address));
    return outs;
  };
}

/** The loop for inputs of these shapes; undefined: a node's operands do not fit, or the results are not alike. */
function specialise(k: Kit, nodes: FusedNodes, members: readonly Member[], resultTypes: readonly DType[], shapes: readonly Shape[]): Specialised | undefined {
  const known: Shape[] = [...shapes];
  const reads: Read[] = [];
  const sources: Source[][] = [];
  for (const { op, inputs } of members) {
    const fit = op.fit(inputs.map((i) => known[i]!));
    if (!fit) return undefined;
    sources.push(inputs.map((value, i) => {
      const view = fit.views[i]!;
      if (value >= nodes.inputs) return sameShape(view, known[value]!) ? ~value : NaN;
      const at = reads.findIndex((r) => r.input === value && r.storage === op.reads[i] && sameShape(r.shape, view));
      return at >= 0 ? at : reads.push({ input: value, storage: op.reads[i]!, shape: view }) - 1;
    }));
    for (const _ of op.results) known.push(fit.shape);
  }
  const shape = known[nodes.results[0]!]!;
  const within = (s: Shape): boolean => { const b = broadcast(s, shape); return b !== undefined && sameShape(b, shape); };
  if (sources.flat().some(Number.isNaN) || nodes.results.some((r) => !sameShape(known[r]!, shape)) || !known.slice(nodes.inputs).every(within) || !reads.every((r) => within(r.shape))) return undefined;
  const key = `fused ${members.map((m, i) => `${m.op.key}(${sources[i]!.join()})${m.op.results.map((t) => t.storage).join('')}`).join(';')}>${nodes.results.join()}`;
  const loop = planLoop(k, key, bodyOf(nodes, members, sources), shape, resultTypes.map((t) => laneStorage(t.storage)), reads);
  return { shapes, shape, reads, loop };
}

/** The bodies of all nodes, one after the other. */
function bodyOf(nodes: FusedNodes, members: readonly Member[], sources: readonly (readonly Source[])[]): Body {
  return (pool, x) => {
    const values: Lanes[] = [];
    for (const [i, { op }] of members.entries()) {
      op.body(pool, sources[i]!.map((s) => (s >= 0 ? x[s]! : values[~s - nodes.inputs]!))).forEach((lanes, r) => values.push(settleLanes(pool, laneStorage(op.results[r]!.storage), lanes)));
    }
    return nodes.results.map((r) => values[r - nodes.inputs]!);
  };
}
