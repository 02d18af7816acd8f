// The op table is TensorFlow's: names, args, attrs, defaults, allowed values, minima, flags, op by op, against a list made by
// real TensorFlow (fixtures/make_op_list.py); and docs/OPS.md says what of it has behaviour.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import 'tfgraph';
import { protoName } from '../../src/graph/dtype.ts';
import type { ArgDef, AttrDef, AttrValue, ListAttr } from '../../src/graph/node_def.ts';
import { opDef, opNames } from '../../src/ops/registry.ts';
import { referenceKernels } from '../../src/session/kernels/registry.ts';
import { opTableMarkdown } from '../support/op_table.ts';

const recorded = gunzipSync(readFileSync(new URL('fixtures/op_list.txt.gz', import.meta.url))).toString().trimEnd().split('\n');

/** Floats as their 32 bits, so that no printing of digits comes between. */
const float = (f: number): string => `0x${new Uint32Array(Float32Array.of(f).buffer)[0]!.toString(16).padStart(8, '0')}`;
const shapeText = (s: { dims: readonly (number | null)[] | null }): string => (s.dims === null ? '?' : `[${s.dims.map((d) => d ?? -1).join(',')}]`);
const items = (l: ListAttr): string[] => [
  ...(l.s ?? []).map((x) => JSON.stringify(x)), ...(l.i ?? []).map(String), ...(l.f ?? []).map(float), ...(l.b ?? []).map(String), ...(l.type ?? []).map(protoName), ...(l.shape ?? []).map(shapeText),
];
function valueText(v: AttrValue): string {
  switch (v.kind) {
    case 's': return JSON.stringify(v.value);
    case 'f': return float(v.value);
    case 'type': return protoName(v.value);
    case 'shape': return shapeText(v.value);
    case 'list': return `[${items(v.value).join(',')}]`;
    case 'tensor': case 'func': return v.kind;
    default: return String(v.value);
  }
}
function argText(a: ArgDef): string {
  const t = a.type ? protoName(a.type) : a.typeAttr ?? a.typeListAttr!;
  return `${a.name}:${a.isRef ? `Ref(${t})` : t}${a.numberAttr === undefined ? '' : `*${a.numberAttr}`}${a.typeListAttr === undefined ? '' : '...'}`;
}
function attrText(a: AttrDef): string {
  return `${a.name}:${a.type}${a.default ? `=${valueText(a.default)}` : ''}${a.allowed ? ` in {${items(a.allowed).join(',')}}` : ''}${a.hasMinimum ? ` >= ${a.minimum}` : ''}`;
}
function line(op: string): string {
  const d = opDef(op)!;
  const flags = `${d.isStateful ? 's' : ''}${d.isCommutative ? 'c' : ''}${d.isAggregate ? 'a' : ''}${d.allowsUninitializedInput ? 'u' : ''}`;
  return [op, flags, d.inputArg.map(argText).join('; '), d.outputArg.map(argText).join('; '), d.attr.map(attrText).join('; ')].join('|');
}

test('every op TensorFlow registers, with its signature', () => {
  const byName = (a: string, b: string): number => (a < b ? -1 : 1);
  expect(opNames().map(line).sort(byName)).toEqual(recorded.toSorted(byName));
});

test('every kernel belongs to an op', () => { for (const op of referenceKernels.keys()) expect(opDef(op), op).toBeDefined(); });

test('docs/OPS.md is up to date', async () => { await expect(opTableMarkdown()).toMatchFileSnapshot('../../docs/OPS.md'); });
