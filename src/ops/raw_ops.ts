// `tf.raw_ops`: every op type of TensorFlow as a function of keyword arguments, made from the op list. Nothing is added to
// what the node says: no other default, no broadcasting, no conversion but that of the op's own inputs.
// Follows the generated python/ops/gen_*_ops.py and python/util/tf_export.py (kwarg_only) (1.15).
import { InternalFault, TypeError } from '../graph/errors.ts';
import type { ArgDef, OpDef } from '../graph/node_def.ts';
import { publicCall } from '../graph/site.ts';
import type { Operation, Tensor } from '../graph/tensor.ts';
import { bind, isOptions } from './api.ts';
import { applyOp, type AttrInput, argDtypes, type OpInput } from './op_def_library.ts';
import { type RawOps, RENAMED_ARGS } from './gen/raw_ops.ts';
import { opDef, opNames } from './registry.ts';

/** `transpose_a` -> `transposeA`; names of attrs such as `DstT` stay. */
const camel = (s: string): string => s.replace(/(?<=[a-z0-9])_+([a-z0-9])/g, (_, c: string) => c.toUpperCase());

/** Python's keywords and ours: of the inputs, then of the attrs that have no default, then of the rest. */
interface RawSignature { readonly def: OpDef; readonly keys: ReadonlyMap<string, string>; readonly required: number; readonly attrs: readonly string[] }

function signature(op: string): RawSignature {
  const def = opDef(op);
  if (!def) throw new InternalFault(`no op '${op}'`);
  const inferred = new Set(def.inputArg.flatMap((a) => [a.typeAttr, a.numberAttr, a.typeListAttr]));
  const attrs = def.attr.filter((a) => !inferred.has(a.name));
  const needed = attrs.filter((a) => !a.default).map((a) => a.name);
  const optional = attrs.filter((a) => a.default).map((a) => a.name);
  const python = (name: string): string => RENAMED_ARGS[op]?.[name] ?? name;
  const keys = new Map([...def.inputArg.map((a) => a.name), ...needed, ...optional, 'name'].map((n) => [n, python(n)]));
  return { def, keys, required: def.inputArg.length + needed.length, attrs: [...needed, ...optional] };
}

/** What the generated functions return: the operation, the tensor, the list, or the outputs by name. */
function result(def: OpDef, op: Operation): unknown {
  const args = def.outputArg;
  if (args.length === 0) return op;
  const attrs = op.nodeDef.attr;
  let at = 0;
  const take = (a: ArgDef): Tensor | readonly Tensor[] => {
    const part = op.outputs.slice(at, at += argDtypes([a], attrs).length);
    return a.numberAttr === undefined && a.typeListAttr === undefined ? part[0]! : part;
  };
  return args.length === 1 ? take(args[0]!) : Object.fromEntries(args.map((a) => [camel(a.name), take(a)]));
}

function make(op: string): (args?: Record<string, unknown>) => unknown {
  let cached: RawSignature | undefined;
  const f = (...args: unknown[]): unknown => publicCall(f as (...a: never[]) => unknown, () => {
    const { def, keys, required, attrs } = cached ??= signature(op);
    if (args.length > 1 || (args.length === 1 && !isOptions(args[0]))) {
      throw new TypeError(`${op} only takes keyword args (possible keys: [${[...keys.values()].map((k) => `'${k}'`).join(', ')}]). Please pass these args as kwargs instead.`);
    }
    const order = [...keys.values()].map(camel);
    const p = bind(op, order, new Set(order), args, { required });
    const arg = (name: string): unknown => p[camel(keys.get(name)!)];
    const given = Object.fromEntries(attrs.map((a) => [a, (arg(a) ?? undefined) as AttrInput | undefined]));
    return result(def, applyOp(op, def.inputArg.map((a) => arg(a.name) as OpInput), given, p['name'] as string | null | undefined));
  });
  Object.defineProperty(f, 'name', { value: op });
  return f;
}

/** `tf.raw_ops`: `tf.rawOps.MatMul({ a, b, transposeB: true })`. Each function builds one node of its type and returns its
 * output, its list of outputs, an object of outputs by name, or the operation when it has none.
 * Errors: TypeError for arguments by position, unknown or missing names; those of the op. */
export const rawOps: RawOps = Object.freeze(Object.fromEntries(opNames().filter((op) => !op.startsWith('_')).map((op) => [op, make(op)]))) as unknown as RawOps;
