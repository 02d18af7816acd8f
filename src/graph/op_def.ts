// What an OpDef says about a node: dtypes of inputs and outputs, defaults filled in, and whether its attrs are legal.
// Knows one node at a time; the graph around it is verify.ts. Follows core/framework/{node_def_util,op_def_util,attr_value_util}.cc.
import { type DType, refOf } from './dtype.ts';
import { type ArgDef, type AttrDef, type AttrMap, type AttrValue, type ListAttr, type NodeDef, type OpDef } from './node_def.ts';
import { dataTypeString, summarizeAttr, summarizeOpDef } from './summarize.ts';
import { attrEqual } from './attr_equal.ts';

/** Dtypes of a list of args, equal neighbours counted: a count may be an attr that anybody wrote. */
export type TypeRuns = readonly { readonly type: DType; readonly count: number }[];

/** Dtypes of a list of args; undefined when an attr they need is missing or not of the kind needed. */
export function argRuns(args: readonly ArgDef[], attrs: AttrMap): TypeRuns | undefined {
  const out: { type: DType; count: number }[] = [];
  for (const a of args) {
    const add = (t: DType, count: number): void => { out.push({ type: a.isRef ? refOf(t) : t, count }); };
    if (a.typeListAttr !== undefined) {
      const l = attrs[a.typeListAttr];
      if (l?.kind !== 'list') return undefined;
      for (const t of l.value.type ?? []) add(t, 1);
      continue;
    }
    const t = a.typeAttr === undefined ? undefined : attrs[a.typeAttr];
    const type = a.type ?? (t?.kind === 'type' ? t.value : undefined);
    const n = a.numberAttr === undefined ? undefined : attrs[a.numberAttr];
    const count = a.numberAttr === undefined ? 1 : n?.kind === 'i' ? Number(n.value) : -1;
    if (!type || count < 0) return undefined;
    add(type, count);
  }
  return out;
}
/** How many dtypes there are. */
export function runLength(runs: TypeRuns): number { return runs.reduce((n, r) => n + r.count, 0); }
/** Dtype number `i`. */
export function typeAt(runs: TypeRuns, i: number): DType | undefined {
  for (const r of runs) { if (i < r.count) return r.type; i -= r.count; }
  return undefined;
}

/** As `argRuns`, expanded; undefined also for more than a million dtypes. */
export function argTypes(args: readonly ArgDef[], attrs: AttrMap): DType[] | undefined {
  const runs = argRuns(args, attrs);
  return !runs || runLength(runs) > 1e6 ? undefined : runs.flatMap((r) => Array<DType>(r.count).fill(r.type));
}

/** Output dtypes of a node. */
export function outputTypes(def: OpDef, attrs: AttrMap): DType[] | undefined { return argTypes(def.outputArg, attrs); }
/** Data-input dtypes of a node. */
export function inputTypes(def: OpDef, attrs: AttrMap): DType[] | undefined { return argTypes(def.inputArg, attrs); }

/** The node with the defaults of absent attrs added (`AddDefaultsToNodeDef`). */
export function withDefaults(n: NodeDef, def: OpDef): NodeDef {
  let attr: Record<string, AttrValue> | undefined;
  for (const a of def.attr) if (a.default && !Object.hasOwn(n.attr, a.name)) (attr ??= { ...n.attr })[a.name] = a.default;
  return attr ? { ...n, attr } : n;
}

/** Everything illegal about a node taken alone, in TF's words (`ValidateNodeDef`); [] when it is legal. `shown` is the
 * node's name in messages. */
export function nodeProblems(n: NodeDef, def: OpDef, shown = n.name): string[] {
  const out: string[] = [];
  const node = `{{node ${shown}}}`;
  const op = (): string => summarizeOpDef(def);
  const missing = new Set(def.attr.map((a) => a.name));
  const byName = new Map(def.attr.map((a) => [a.name, a]));
  for (const k of Object.keys(n.attr).sort()) {
    if (k.startsWith('_')) continue;
    const a = byName.get(k);
    if (!a) {
      out.push(`NodeDef mentions attr '${k}' not in ${op()}; NodeDef: ${node}. (Check whether your GraphDef-interpreting binary is up to date with your GraphDef-generating binary.).`);
      continue;
    }
    missing.delete(k);
    const why = n.attr[k]!.kind === 'placeholder' ? undefined : attrProblem(n.attr[k]!, a);
    if (why !== undefined) out.push(`${why}\n\t; NodeDef: ${node}; ${op()}`);
  }
  if (missing.size > 0) {
    const names = [...missing].map((k) => `'${k}'`).join(', ');
    out.push(`NodeDef missing attr${missing.size > 1 ? 's' : ''} ${names} from ${op()}; NodeDef: ${node}`);
  }
  if (out.length > 0) return out;
  const want = argRuns(def.inputArg, n.attr);
  if (!want) return Object.values(n.attr).some((a) => a.kind === 'placeholder') ? [] : [`NodeDef's inputs cannot be worked out from its attrs; ${op()}; NodeDef: ${node}`];
  const given = n.input.filter((s) => !s.startsWith('^')).length;
  if (runLength(want) !== given) out.push(`NodeDef expected inputs '${listTypes(want)}' do not match ${given} inputs specified; ${op()}; NodeDef: ${node}`);
  return out;
}

/** The dtypes by name; a thousand at most. */
function listTypes(runs: TypeRuns): string {
  const all = runLength(runs);
  return Array.from({ length: Math.min(all, 1000) }, (_, i) => dataTypeString(typeAt(runs, i)!)).join(', ') + (all > 1000 ? ', ...' : '');
}

const KINDS = { s: 'string', i: 'int', f: 'float', b: 'bool', type: 'type', shape: 'shape', tensor: 'tensor', func: 'func' } as const;

/** Why a value is not allowed for an attr; undefined when it is. */
export function attrProblem(v: AttrValue, a: AttrDef): string | undefined {
  const suffix = `\n\t for attr '${a.name}'`;
  const has = (t: string): string => `AttrValue had value with type '${t}' when '${a.type}' expected${suffix}`;
  const isList = a.type.startsWith('list(');
  if (v.kind === 'placeholder') return `AttrValue had value with unexpected type 'placeholder'${suffix}`;
  if (v.kind === 'list') {
    for (const [k, name] of Object.entries(KINDS)) if (v.value[k as keyof ListAttr]?.length && a.type !== `list(${name})`) return has(`list(${name})`);
    if (!isList) return `AttrValue missing value with expected type '${a.type}'${suffix}`;
  } else if (a.type !== KINDS[v.kind]) return has(KINDS[v.kind]);
  const types = v.kind === 'type' ? [v.value] : v.kind === 'list' ? v.value.type ?? [] : [];
  for (const t of types) if (t.isRef) return `AttrValue must not have reference type value of ${dataTypeString(t)}${suffix}`;
  if (a.hasMinimum) {
    const min = a.minimum ?? 0;
    if (v.kind === 'i' && v.value < min) return `Value for attr '${a.name}' of ${v.value} must be at least minimum ${min}`;
    const length = v.kind === 'list' ? Object.values(v.value).find((l) => l?.length)?.length ?? 0 : min;
    if (length < min) return `Length for attr '${a.name}' of ${length} must be at least minimum ${min}`;
  }
  if (a.allowed) {
    for (const t of types) {
      if (!a.allowed.type!.includes(t)) return `Value for attr '${a.name}' of ${dataTypeString(t)} is not in the list of allowed values: ${a.allowed.type!.map(dataTypeString).join(', ')}`;
    }
    for (const s of v.kind === 's' ? [v.value] : v.kind === 'list' ? v.value.s ?? [] : []) {
      const allowed = a.allowed.s ?? [];
      const asAttr = (value: typeof s): AttrValue => ({ kind: 's', value });
      if (!allowed.some((x) => attrEqual(asAttr(x), asAttr(s)))) {
        return `Value for attr '${a.name}' of ${summarizeAttr(asAttr(s))} is not in the list of allowed values: ${allowed.map((x) => summarizeAttr(asAttr(x))).join(', ')}`;
      }
    }
  }
  return undefined;
}
