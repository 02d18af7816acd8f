// Op blocks of lookup tables. Follows core/ops/lookup_ops.cc (1.15).
import { type DType, resource } from '../graph/dtype.ts';
import { dataTypeString } from '../graph/summarize.ts';
import { type Dim, SCALAR_SHAPE, TensorShape, UNKNOWN_SHAPE } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { defineOp } from './registry.ts';
import { unknownOfRank, vector } from './shape_fns.ts';
import type { ShapeContext, ShapeFn } from './shape_inference.ts';

/** What is known of the table behind a handle. */
interface TableData { readonly key: DType; readonly keyShape: TensorShape; readonly value: DType; readonly valueShape: TensorShape }
const PASS_ON = new Set(['Identity', 'Switch', 'Enter', 'Exit', 'NextIteration']);
function tableData(handle: Tensor): TableData | undefined {
  let h = handle;
  while (PASS_ON.has(h.op.type) && h.op.inputs[0]?.dtype === resource) h = h.op.inputs[0];
  const { op } = h;
  if (!/^Mutable(Dense)?HashTable(OfTensors)?V2$/.test(op.type)) return undefined;
  const shape = op.attr('value_shape');
  return {
    key: op.getAttr('key_dtype') as DType, value: op.getAttr('value_dtype') as DType,
    keyShape: op.type.includes('Dense') ? op.inputs[0]!.shape : SCALAR_SHAPE, valueShape: shape?.kind === 'shape' ? shape.value : SCALAR_SHAPE,
  };
}
/** Checks the dtypes a node says against the table's. */
function checked(c: ShapeContext, keyAttr: string, valueAttr: string): TableData | undefined {
  const d = tableData(c.inputs()[0]!);
  if (!d) return undefined;
  for (const [name, want] of [[keyAttr, d.key], [valueAttr, d.value]] as const) {
    const a = c.attr(name);
    if (a.kind === 'type' && a.value !== want) c.fail(`Trying to read value with wrong dtype. Expected ${dataTypeString(want)} got ${dataTypeString(a.value)}`);
  }
  return d;
}
function found(c: ShapeContext): TensorShape {
  const d = checked(c, 'Tin', 'Tout'), keys = c.input(1);
  if (!d || d.keyShape.dims === null || keys.dims === null) return UNKNOWN_SHAPE;
  const rest = keys.dims.length - d.keyShape.dims.length;
  if (rest < 0) c.fail(`Expected keys to have suffix ${d.keyShape.debug} but saw shape: ${keys.debug}`);
  return new TensorShape(keys.dims.slice(0, rest) as Dim[]).concatenate(d.valueShape);
}

/** A handle is a resource, or a reference to two strings. */
const handle = (c: ShapeContext): void => { if (c.dtype(0) === resource) c.withRank(c.input(0), 0); else { const h = c.withRank(c.input(0), 1); c.withValue(h.dims![0]!, 2); } };
const withHandle = (f: ShapeFn): ShapeFn => (c) => { handle(c); return f(c); };
const table = (c: ShapeContext): readonly TensorShape[] => [c.op.outputs[0]!.dtype === resource ? SCALAR_SHAPE : vector(2)];
function both(op: string, shape: ShapeFn, differentiable?: null): void {
  for (const name of [op, `${op}V2`]) defineOp(name, { shape, ...(differentiable === null ? { grad: null } : {}) });
}

both('HashTable', table, null);
both('MutableHashTable', table, null);
both('MutableHashTableOfTensors', table, null);
both('MutableDenseHashTable', (c) => { c.withRankAtMost(c.input(0), 1); return table(c); }, null);
both('LookupTableFind', withHandle((c) => { c.withRankAtMost(c.input(2), 1); return [c.dtype(0) === resource ? found(c) : UNKNOWN_SHAPE]; }), null);
both('LookupTableInsert', withHandle(() => []), null);
defineOp('LookupTableRemoveV2', { shape: withHandle((c) => { c.withRankAtLeast(c.input(1), 1); return []; }) });
both('LookupTableSize', withHandle(() => [SCALAR_SHAPE]), null);
both('LookupTableExport', withHandle((c) => {
  const keys = unknownOfRank(1);
  const d = c.dtype(0) === resource ? checked(c, 'Tkeys', 'Tvalues') : undefined;
  return [keys, d ? keys.concatenate(d.valueShape) : UNKNOWN_SHAPE];
}));
both('LookupTableImport', withHandle((c) => { if (c.dtype(0) === resource) c.merge(c.withRank(c.input(1), 1), c.input(2)); return []; }));
both('InitializeTable', withHandle((c) => { c.merge(c.withRank(c.input(1), 1), c.input(2)); return []; }), null);
both('InitializeTableFromTextFile', withHandle((c) => { c.withRank(c.input(1), 0); return []; }), null);
