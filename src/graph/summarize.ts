// How TF describes nodes, attrs, tensors and signatures inside its messages.
// Follows core/framework/{node_def_util,attr_value_util,op_def_util,tensor}.cc (1.15).
import { type DType, protoName } from './dtype.ts';
import { halfToFloat, type NDArray } from './ndarray.ts';
import { type ArgDef, type AttrBytes, type AttrValue, type FuncAttr, type NodeDef, type OpDef } from './node_def.ts';
import { type TensorShape } from './shape.ts';
import { attrBytes } from './attr_equal.ts';
import { strCatNumber } from './python_repr.ts';

/** `{{node a}} = Op[attrs](inputs)`. */
export function summarizeNode(n: NodeDef): string {
  const attrs = Object.keys(n.attr).sort().map((k) => `${k}=${summarizeAttr(n.attr[k]!)}`);
  if (n.device !== '') attrs.push(`_device="${n.device}"`);
  return `{{node ${n.name}}} = ${n.op}[${attrs.join(', ')}](${n.input.join(', ')})`;
}

/** One attr value; long lists lose their middle. */
export function summarizeAttr(a: AttrValue): string {
  switch (a.kind) {
    case 's': return summarizeString(a.value);
    case 'i': case 'b': return String(a.value);
    case 'f': return strCatNumber(a.value);
    case 'type': return protoName(a.value);
    case 'shape': return summarizeShape(a.value);
    case 'tensor': return summarizeTensor(a.value);
    case 'func': return summarizeFunc(a.value);
    case 'placeholder': return `$${a.value}`;
    case 'list': {
      const l = a.value;
      const parts = l.s?.length ? l.s.map(summarizeString) : l.i?.length ? l.i.map(String) : l.f?.length ? l.f.map((x) => strCatNumber(x))
        : l.b?.length ? l.b.map(String) : l.type?.length ? l.type.map(protoName) : l.shape?.length ? l.shape.map(summarizeShape)
        : l.tensor?.length ? l.tensor.map(summarizeTensor) : (l.func ?? []).map(summarizeFunc);
      return `[${(parts.length >= 15 ? [...parts.slice(0, 5), '...', ...parts.slice(-5)] : parts).join(', ')}]`;
    }
  }
}

function cEscape(b: Uint8Array): string {
  let e = '';
  for (const c of b) e += c === 10 ? '\\n' : c === 13 ? '\\r' : c === 9 ? '\\t' : c === 34 || c === 39 || c === 92 ? `\\${String.fromCharCode(c)}` : c >= 32 && c < 127 ? String.fromCharCode(c) : `\\${c.toString(8).padStart(3, '0')}`;
  return e;
}
function summarizeString(v: AttrBytes): string {
  const e = cEscape(attrBytes(v));
  return e.length >= 80 ? `"${e.slice(0, 10)}...${e.slice(-10)}"` : `"${e}"`;
}
const summarizeShape = (s: TensorShape): string => (s.dims === null ? '<unknown>' : s.debug);
function summarizeFunc(f: FuncAttr): string { return `${f.name}[${Object.keys(f.attr).map((k) => `${k}=${summarizeAttr(f.attr[k]!)}`).sort().join(', ')}]`; }

/** C++'s DataTypeString: `float`, `float_ref`. */
export function dataTypeString(d: DType): string { return protoName(d).slice(3).toLowerCase(); }

/** `Tensor<type: float shape: [2] values: 1 2>`, three values at most. */
export function summarizeTensor(a: NDArray): string {
  return `Tensor<type: ${dataTypeString(a.dtype)} shape: [${a.shape.join(',')}] values: ${summarizeValue(a, 3)}>`;
}

/** C++'s Tensor::SummarizeValue: the first elements in brackets per row, `...` for those left out. `most` < 0: all of them. */
export function summarizeValue(a: NDArray, most: number): string {
  const limit = most < 0 ? a.size : most;
  let i = 0;
  let out = '';
  const dim = (axis: number): void => {
    const n = a.shape[axis]!;
    for (let k = 0; k < n; k++) {
      if (i >= limit) {
        if (axis === a.ndim - 1 && axis !== 0) out += '...';
        return;
      }
      if (axis === a.ndim - 1) out += `${k > 0 ? ' ' : ''}${element(a, i++)}`;
      else { out += '['; dim(axis + 1); out += ']'; }
    }
  };
  if (UNPRINTED.has(a.dtype.storage)) out = Array.from({ length: Math.min(limit, a.size) }, () => '?').join(' ');
  else if (a.ndim === 0) out = limit > 0 ? element(a, 0) : '';
  else if (a.size > 0) dim(0);
  return out + (a.size > limit ? '...' : '');
}

/** The same as `tf.print` has it: numpy's brackets and line breaks, the first and last `ends` of each axis; < 0: all of them. */
export function summarizeEnds(a: NDArray, ends: number): string {
  const most = Math.min(ends < 0 ? a.size : ends, a.size);
  const shown = (i: number): string => (a.dtype.storage === 'string' ? `"${element(a, i)}"` : element(a, i));
  if (UNPRINTED.has(a.dtype.storage)) return `[${Array.from({ length: most }, () => '?').join(' ')}${ends >= 0 && ends < a.size ? '...' : ''}]`;
  if (a.ndim === 0) return most > 0 ? shown(0) : '...';
  const spacing = (axis: number): string => (axis === a.ndim - 1 ? ' ' : '\n'.repeat(a.ndim - axis - 1) + ' '.repeat(axis + 1));
  const row = (axis: number, at: number): string => {
    if (axis === a.ndim) return shown(at);
    const n = a.shape[axis]!, step = a.shape.slice(axis + 1).reduce((x, y) => x * y, 1);
    const part = (from: number, to: number): string[] => Array.from({ length: Math.max(0, to - from) }, (_, i) => row(axis + 1, at + (from + i) * step));
    const parts = [...part(0, Math.min(most, n)), ...(n > 2 * most ? ['...'] : []), ...part(Math.max(most, n - most), n)];
    // With nothing to show at the ends, the space in front of the dots stays.
    return `[${most === 0 && n > 0 ? spacing(axis) : ''}${parts.join(spacing(axis))}]`;
  };
  return row(0, 0);
}

/** Elements TF prints as question marks. */
const UNPRINTED: ReadonlySet<string> = new Set(['bf16', 'c64', 'c128', 'none']);
function element(a: NDArray, i: number): string {
  const d = a.data as ArrayLike<number | bigint>;
  switch (a.dtype.storage) {
    case 'f32': return strCatNumber(d[i] as number);
    case 'f64': return strCatNumber(d[i] as number, true);
    case 'f16': return strCatNumber(halfToFloat(d[i] as number));
    case 'string': return cEscape((a.data as readonly Uint8Array[])[i]!);
    case 'bool': return d[i] ? '1' : '0';
    default: return String(d[i]);
  }
}

/** `Op<name=Neg; signature=x:T -> y:T; attr=T:type,allowed=[...]>`. */
export function summarizeOpDef(o: OpDef): string {
  let s = `Op<name=${o.name}; signature=${summarizeArgs(o.inputArg)} -> ${summarizeArgs(o.outputArg)}`;
  for (const a of o.attr) {
    s += `; attr=${a.name}:${a.type}`;
    if (a.default) s += `,default=${summarizeAttr(a.default)}`;
    if (a.hasMinimum) s += `,min=${a.minimum ?? 0}`;
    if (a.allowed) s += `,allowed=${summarizeAttr({ kind: 'list', value: a.allowed })}`;
  }
  if (o.isCommutative) s += '; is_commutative=true';
  if (o.isAggregate) s += '; is_aggregate=true';
  if (o.isStateful) s += '; is_stateful=true';
  if (o.allowsUninitializedInput) s += '; allows_uninitialized_input=true';
  return `${s}>`;
}

function summarizeArgs(args: readonly ArgDef[]): string {
  return args.map((a) => {
    const t = `${a.numberAttr === undefined ? '' : `${a.numberAttr}*`}${a.type ? dataTypeString(a.type) : a.typeAttr ?? ''}`;
    return `${a.name}:${a.isRef ? `Ref(${t})` : t}`;
  }).join(', ');
}
