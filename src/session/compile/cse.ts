// mergeCommon: pure nodes with equal op, attrs and inputs become one; constants are compared by bits (a NaN equals
// itself, -0 differs from +0). Reads need no rule of their own: resolveState has made one node of each version. Random
// and stateful nodes are never merged.
import { arraysEqual, type NDArray, toBytes } from '../../graph/ndarray.ts';
import type { AttrMap, AttrValue } from '../../graph/node_def.ts';
import { Rewriting } from '../../graph/rewrite.ts';
import { isPure } from './fold.ts';
import { adopt, inOrder, type Program, type ProgramNode } from './program.ts';
import type { Target } from './target.ts';

export function mergeCommon(p: Program, target: Target): Program {
  const r = new Rewriting('mergeCommon', p.nodes);
  const seen = new Map<string, ProgramNode[]>();
  /** What the nodes that took in others stand for. */
  const origins = new Map<string, Set<string>>();
  for (const old of inOrder(p)) {
    const n = r.node(old.name)!;
    const key = n.op === 'Const' ? constantKey(p.constants.get(n.name)!) : isPure(n, target) ? (target.engine.hasDevices ? n.device : '') + nodeKey(n) : undefined;
    if (key === undefined) continue;
    const twins = seen.get(key);
    const twin = twins?.find((t) => n.op !== 'Const' || arraysEqual(p.constants.get(t.name)!, p.constants.get(n.name)!));
    if (!twin) {
      if (twins) twins.push(n); else seen.set(key, [n]);
      continue;
    }
    const replaced: Record<string, string> = {};
    p.types.get(n.name)!.forEach((_, i) => {
      const [from, to] = i === 0 ? [n.name, twin.name] : [`${n.name}:${i}`, `${twin.name}:${i}`];
      r.redirect(from, to);
      replaced[from] = to;
    });
    r.redirectControl(n.name, twin.name);
    r.remove(n.name);
    const from = origins.get(twin.name) ?? new Set(twin.from);
    for (const f of n.from) from.add(f);
    origins.set(twin.name, from);
    r.record(n.op === 'Const' ? 'two equal constants -> one' : 'two equal nodes -> one', [n.name, twin.name], [twin.name], replaced);
  }
  for (const [name, from] of origins) r.put({ ...r.node(name)!, from: [...from] });
  return adopt(p, r.finish());
}

function nodeKey(n: ProgramNode): string { return `${n.op}(${n.input.join(',')})${attrsKey(n.attr)}`; }

const attrKeys = new WeakMap<AttrMap, string>();
/** Text of the attrs that mean something to a kernel. */
export function attrsKey(attrs: AttrMap): string {
  let k = attrKeys.get(attrs);
  if (k === undefined) {
    k = Object.keys(attrs).filter((a) => !a.startsWith('_')).sort().map((a) => `${a}=${valueKey(attrs[a]!)}`).join(';');
    attrKeys.set(attrs, k);
  }
  return k;
}
function valueKey(v: AttrValue): string {
  switch (v.kind) {
    case 's': return typeof v.value === 'string' ? JSON.stringify(v.value) : `b${[...v.value].join(',')}`;
    case 'f': return Object.is(v.value, -0) ? '-0' : String(v.value);
    case 'type': return v.value.name;
    case 'shape': return v.value.debug;
    case 'tensor': return constantKey(v.value) + contents(v.value);
    case 'list': return JSON.stringify(v.value, (_, x: unknown) => (typeof x === 'bigint' ? `${x}n` : typeof x === 'object' && x !== null && 'name' in x ? String(x.name) : x));
    case 'func': return `${v.value.name}(${attrsKey(v.value.attr)})`;
    case 'i': case 'b': case 'placeholder': return String(v.value);
    default: return v satisfies never;
  }
}

/** Equal constants have equal keys; the converse is checked bit by bit. */
export function constantKey(a: NDArray): string {
  let h = 0x811c9dc5;
  if (a.dtype.storage === 'string') {
    for (const s of a.data as readonly Uint8Array[]) for (const x of s) h = Math.imul(h ^ x, 0x01000193);
  } else {
    const b = toBytes(a);
    const step = Math.max(1, b.length >>> 10);
    for (let i = 0; i < b.length; i += step) h = Math.imul(h ^ b[i]!, 0x01000193);
  }
  return `${a.dtype.name}[${a.shape.join(',')}]#${h >>> 0}`;
}
function contents(a: NDArray): string { return a.dtype.storage === 'string' ? (a.data as readonly Uint8Array[]).map((s) => [...s].join(' ')).join('|') : [...toBytes(a)].join(' '); }
