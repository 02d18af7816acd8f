// Names on the command line to tensors and operations of a graph, with the nearest name as remedy.
import { allocate, NDArray } from '../graph/ndarray.ts';
import type { Graph } from '../graph/graph.ts';
import { Operation, type Tensor } from '../graph/tensor.ts';
import { nearest } from '../ops/api.ts';
import { UsageError } from './command.ts';

/** `loss` is the first output of node loss, or the node itself when it has none; `split:1` an output. Throws UsageError. */
export function elementByName(graph: Graph, name: string, file: string): Tensor | Operation {
  const [node, index = '0', ...rest] = name.split(':');
  const op = graph.find(node!);
  if (!op) {
    const near = nearNode(graph, node!);
    throw new UsageError(`${file} has no node '${node}'`, near === undefined ? `see tfgraph show ${file}` : `did you mean '${near}'? see tfgraph show ${file}`);
  }
  if (!/^\d+$/.test(index) || rest.length > 0) throw new UsageError(`'${name}' is not a tensor name`, 'write node or node:output');
  if (op.outputs.length === 0 && !name.includes(':')) return op;
  const t = op.outputs[Number(index)];
  if (!t) throw new UsageError(`node '${node}' (op: ${op.type}) of ${file} has ${op.outputs.length} output(s), no output ${index}`, op.outputs.length === 0 ? undefined : `write ${node}:0${op.outputs.length > 1 ? ` to ${node}:${op.outputs.length - 1}` : ''}`);
  return t;
}

/** As `elementByName`, but operations without outputs are refused. */
export function tensorByName(graph: Graph, name: string, file: string): Tensor {
  const e = elementByName(graph, name, file);
  if (e instanceof Operation) throw new UsageError(`node '${e.name}' (op: ${e.type}) of ${file} has no output to compare`, 'name a node with an output');
  return e;
}

function nearNode(graph: Graph, name: string): string | undefined {
  const names = graph.getOperations().map((op) => op.name);
  return names.find((n) => n.endsWith(`/${name}`)) ?? nearest(name, names.filter((n) => Math.abs(n.length - name.length) <= 4).slice(0, 5000));
}

/** Reads `x:4,8,8,1` (also `x:0:4x8x8x1`; `x:` is a scalar). Throws UsageError. */
export function parseFeed(text: string): { readonly name: string; readonly shape: readonly number[] } {
  const m = /^([^:]+)(?::(\d+))?:\[?([\d,x\s]*)\]?$/.exec(text);
  if (!m) throw new UsageError(`--feed ${text} is not name:shape`, 'write --feed x:4,8,8,1 (x: for a scalar)');
  const sizes = m[3]!.split(/[,x]/).map((s) => s.trim()).filter((s) => s !== '').map(Number);
  return { name: m[2] === undefined ? m[1]! : `${m[1]}:${m[2]}`, shape: sizes };
}

/** Zeros of a shape, to compile for. Throws UsageError when the tensor cannot have that shape. */
export function zerosFor(t: Tensor, shape: readonly number[]): NDArray {
  if (!t.shape.isCompatibleWith(shape)) throw new UsageError(`'${t.name}' has shape ${t.shape}, so it cannot be fed with shape (${shape.join(', ')})`);
  return new NDArray(t.dtype.baseDtype, shape, allocate(t.dtype.baseDtype, shape.reduce((a, b) => a * b, 1)));
}
