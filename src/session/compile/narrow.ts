// narrow: of a product that only a part is read of, only that part is computed. An element of a product depends on its row
// and its column alone, so it keeps its bits (under the contract; other engines choose their kernels by shape).
import { int32 } from '../../graph/dtype.ts';
import { inputNode } from '../../graph/names.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { Rewriting } from '../../graph/rewrite.ts';
import { TensorShape } from '../../graph/shape.ts';
import { adopt, inOrder, type Program, type ProgramNode, shapeOf, sweep, typeOf, type ValueType } from './program.ts';
import type { Target } from './target.ts';

export function narrow(p: Program, target: Target): Program {
  if (p.conditional || !target.engine.foldsAll) return p;
  const r = new Rewriting('narrow', p.nodes), constants = new Map(p.constants), types = new Map(p.types);
  const needed = inOrder(sweep(p)); // what was skipped reads nothing
  const readers = new Map<string, number>();
  for (const n of needed) for (const s of n.input) readers.set(inputNode(s), (readers.get(inputNode(s)) ?? 0) + 1);
  const visible = new Set([...p.fetches.map((f) => inputNode(f.value)), ...p.commits.map((c) => inputNode(c.value)), ...p.keep, ...p.awaited]);
  /** Slices of factors, by what they take. */
  const made = new Map<string, string>();
  const put = (n: Omit<ProgramNode, 'device' | 'attr'>, type: ValueType): string => { r.put({ ...n, device: '', attr: {} }); types.set(n.name, [type]); return n.name; };
  const constant = (name: string, values: readonly number[], from: ProgramNode): string => {
    constants.set(name, new NDArray(int32, [2], Int32Array.from(values)));
    return put({ name, op: 'Const', input: [], from: from.from, at: from.at }, { dtype: int32, shape: new TensorShape([2]) });
  };
  /** Rows or columns of a factor. */
  const part = (tensor: string, axis: 0 | 1, begin: number, size: number, by: ProgramNode, product: ProgramNode): string => {
    const { dtype, shape } = typeOf(p, tensor)!, dims = shape.dims as readonly number[];
    if (size === dims[axis]) return tensor;
    const key = `${tensor} ${axis} ${begin} ${size}`, known = made.get(key);
    if (known !== undefined) return known;
    const name = `${by.name}@factor${made.size}`, from = { ...by, from: [...product.from, ...by.from], at: product.at };
    const begins = constant(`${name}/begin`, axis === 0 ? [begin, 0] : [0, begin], from), sizes = constant(`${name}/size`, dims.with(axis, size), from);
    made.set(key, put({ name, op: 'Slice', input: [tensor, begins, sizes], from: from.from, at: product.at }, { dtype, shape: new TensorShape(dims.with(axis, size)) }));
    return name;
  };
  for (const n of needed) {
    const product = n.op === 'Slice' ? p.nodes[inputNode(n.input[0]!)] : undefined;
    if (product?.op !== 'MatMul' || product.input.length !== 2 || n.input.length !== 3 || readers.get(product.name) !== 1 || visible.has(product.name)) continue;
    const [begin, size] = [1, 2].map((i) => p.constants.get(n.input[i]!)), whole = shapeOf(p, product.name), factors = product.input.map((s) => shapeOf(p, s));
    if (!begin || !size || whole.ndims !== 2 || !whole.isFullyDefined || !factors.every((s) => s.isFullyDefined && s.ndims === 2)) continue;
    const box = [0, 1].map((i) => { const b = Number(begin.flat(i)), s = Number(size.flat(i)), d = whole.dims![i]!; return { begin: b, size: s === -1 ? d - b : s, of: d }; }) as [Range, Range];
    if (!box.every((x) => x.begin >= 0 && x.size > 0 && x.begin + x.size <= x.of) || box.every((x) => x.size === x.of)) continue;
    const [ta, tb] = ['transpose_a', 'transpose_b'].map((a) => product.attr[a]?.value === true);
    const [a, b] = product.input as [string, string];
    const input = [part(a, ta ? 1 : 0, box[0].begin, box[0].size, n, product), part(b, tb ? 0 : 1, box[1].begin, box[1].size, n, product)];
    r.put({ ...n, op: 'MatMul', input, attr: product.attr, from: [...product.from, ...n.from] });
    r.record('Slice(MatMul(a, b)) -> MatMul of slices', [product.name, n.name], [n.name, ...input.filter((s) => !product.input.includes(s)).flatMap((s) => [s, `${s}/begin`, `${s}/size`])]);
  }
  return adopt(p, r.finish(), made.size === 0 ? {} : { constants, types });
}
interface Range { readonly begin: number; readonly size: number; readonly of: number }
