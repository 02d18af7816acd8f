// Kernels of strings. Follows tensorflow/core/kernels/{string_join_op,as_string_op}.cc.
import { string } from '../../graph/dtype.ts';
import { encodeUtf8, NDArray } from '../../graph/ndarray.ts';
import { attrOf, boolAttr, intAttr, invalid, sameShape, shapeText, sizeOf, stringAttr } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { type Fill, padded, printFloat } from '../../graph/printf.ts';

const stringJoin: Kernel = (inputs, node) => {
  const separator = attrOf(node, 'separator', 's', '');
  const glue = typeof separator === 'string' ? encodeUtf8(separator) : separator;
  const shaped = inputs.filter((a) => a.shape.length > 0);
  const shape = shaped[0]?.shape ?? [];
  for (const a of shaped) if (!sameShape(a.shape, shape)) throw invalid(`Input shapes do not match: ${shapeText(shape)} vs. ${shapeText(a.shape)}`);
  const data = Array.from({ length: sizeOf(shape) }, (_, i) => joined(inputs.map((a) => (a.data as Uint8Array[])[a.shape.length === 0 ? 0 : i]!), glue));
  return [new NDArray(string, shape, data)];
};

function joined(parts: readonly Uint8Array[], glue: Uint8Array): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0) + glue.length * (parts.length - 1));
  let at = 0;
  parts.forEach((p, i) => {
    if (i > 0) { out.set(glue, at); at += glue.length; }
    out.set(p, at);
    at += p.length;
  });
  return out;
}

const asString: Kernel = ([a], node) => {
  const precision = intAttr(node, 'precision', -1), width = Math.max(0, intAttr(node, 'width', -1));
  const scientific = boolAttr(node, 'scientific', false), shortest = boolAttr(node, 'shortest', false);
  const fill = stringAttr(node, 'fill', '');
  const { dtype } = a!;
  if (fill.length > 1) throw invalid('Fill string must be one or fewer characters');
  if (scientific && shortest) throw invalid('Cannot select both scientific and shortest notation');
  if (!['', ' ', '0', '-', '+'].includes(fill)) throw invalid(`Fill argument not supported: "${fill}"`);
  if (!dtype.isFloating && !dtype.isComplex) {
    if (scientific || shortest) throw invalid(`scientific and shortest format not supported for datatype ${dtype.name}`);
    if (precision >= 0) throw invalid(`precision not supported for datatype ${dtype.name}`);
  }
  const float = (x: number): string => printFloat(x, scientific ? 'e' : shortest ? 'g' : 'f', precision, width, fill as Fill);
  const print = (v: unknown): string => {
    if (typeof v === 'boolean') return v ? 'true' : 'false';
    if (Array.isArray(v)) return `(${float(v[0] as number)},${float(v[1] as number)})`;
    return dtype.isFloating ? float(v as number) : padded(Number(v) < 0, String(v).replace('-', ''), width, fill as Fill);
  };
  return [new NDArray(string, a!.shape, Array.from({ length: a!.size }, (_, i) => encodeUtf8(print(a!.flat(i)))))];
};

const KERNELS: Readonly<Record<string, Kernel>> = { StringJoin: stringJoin, AsString: asString };
export const stringKernels: readonly KernelDef[] = Object.entries(KERNELS).map(([op, kernel]) => ({ op, kernel }));
