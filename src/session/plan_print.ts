// Plans as text: deterministic, one step a line (below a fused step its nodes, one a line), the graph nodes a step came
// from at its end, and for each kernel the name the engine has for it, or the engine it runs on when that is not the
// plan's own, with the reason.
import type { AttrMap, AttrValue } from '../graph/node_def.ts';
import type { NDArray } from '../graph/ndarray.ts';
import type { Declined } from './engines/engine.ts';
import type { KernelStep, Plan, Slot, Step } from './plan.ts';
import { dtypeLabel } from './errors.ts';

/** The plan as text; two equal plans print equally. `declined`: calls of its last run that the engine left to `reference`. */
export function printPlan(plan: Plan, declined: readonly Declined[] = []): string {
  const steps = plan.steps.filter((s) => s.kind !== 'free').length;
  const what = [...plan.fetches, ...plan.targets.map((t) => `^${t}`)].join(', ');
  const head = `plan ${what}  engine=${plan.engine}${plan.why === null ? '' : ` (${plan.why})`}  mode=${plan.mode}  threads=${plan.threads}${plan.threadsWhy === null ? '' : ` (${plan.threadsWhy})`}  peak=${plan.peakBytes === null ? '?' : sizeText(plan.peakBytes)}${plan.layout === null ? '' : `  area=${sizeText(plan.layout.bytes)}`}  (${plan.nodeCount} nodes -> ${steps} steps)`;
  const rows: [string, readonly string[]][] = [
    ...plan.constants.map((c): [string, readonly string[]] => [`${def(plan, [c.slot])} = const ${constant(c.value)}`, c.nodes]),
    ...plan.steps.flatMap((s): [string, readonly string[]][] => (s.kind === 'fused'
      ? [[line(plan, s), []], ...s.parts.map((p): [string, readonly string[]] => [`  ${kernel(plan, p)}`, p.nodes])]
      : [[line(plan, s), s.nodes]])),
  ];
  const width = Math.min(72, Math.max(0, ...rows.map(([l]) => l.length)));
  const body = rows.map(([l, nodes]) => (nodes.length === 0 ? ` ${l}` : ` ${l.padEnd(width)}  # ${nodes.join(', ')}`));
  return [head, ...plan.relaxed.map((r) => ` fast: ${r}`), ...body, ...plan.warnings.map((w) => ` warning: ${w}`), ...declined.map((d) => ` last run: ${d.op === 'fused' ? 'fused nodes one by one (they do not fit' : `${d.op} on reference (its kernel on ${plan.engine} declined`}, ${d.calls === 1 ? 'once' : `${d.calls} times`})  # ${d.node}`)].join('\n');
}

function line(plan: Plan, s: Step): string {
  switch (s.kind) {
    case 'feed': return `${def(plan, [s.out])} = feed ${s.tensor}`;
    case 'read': return `${def(plan, [s.out])} = read ${s.variable}${s.optional ? ' if initialized' : ''}`;
    case 'hasValue': return `${def(plan, [s.out])} = initialized ${s.input === null ? s.variable : args([s.input])}${guards(s.guards)}`;
    case 'unfed': return `${def(plan, [s.out])} = unfed placeholder${guards(s.guards)}`;
    case 'kernel': {
      const on = s.call ? (s.call.kernel === s.node.op ? '' : ` as ${s.call.kernel}`) : plan.engine === 'reference' ? '' : ` on reference (${s.why})`;
      return kernel(plan, s) + on + (s.over ?? []).map((o) => `, %${s.outputs[o.output]} in place of %${s.inputs[o.input]}`).join('');
    }
    case 'fused': return `${args(s.outputs)} = fused (${args(s.inputs)}) of ${s.parts.length} nodes${s.takes.map((t) => `, %${s.outputs[t.output]} in place of %${s.inputs[t.input]}`).join('')}`;
    case 'call': {
      const own = s.variables.map((v) => `${v.written ? 'updates' : 'reads'} ${v.variable}`);
      return [`${s.outputs.length === 0 ? '' : `${def(plan, s.outputs)} = `}${plan.engine} call(${args(s.inputs)})${s.how === null ? '' : ` ${s.how}`}${guards(s.guards)}${own.length === 0 ? '' : `; ${own.join(', ')}`}`,
        ...s.constants.map((c) => `     ${def(plan, [c.slot])} = const ${constant(c.value)}`),
        ...s.body.map((k) => `     ${k.outputs.length === 0 ? '' : `${def(plan, k.outputs)} = `}${k.node.op}(${args(k.inputs)})${attrs(k.node.attr)}  # ${k.nodes.join(', ')}`)].join('\n');
    }
    case 'assign': return `${def(plan, [s.out])} = assign ${s.variable} ${args([s.input])}${guards(s.guards)}`;
    case 'move': return `${def(plan, [s.out])} = move ${args([s.input])} to ${s.to === 'device' ? plan.engine : 'host'}`;
    case 'switch': return `${def(plan, s.token === null ? s.outputs : [...s.outputs, s.token])} = switch ${args([s.input])} by ${args([s.pred])}${guards(s.guards)}`;
    case 'merge': return `${def(plan, [s.out, s.index])} = merge ${args(s.inputs)}`;
    case 'guard': return `${def(plan, [s.out])} = ${s.strict ? 'read ' : ''}${args([s.input])}${guards(s.guards)}`;
    case 'commit': return `commit ${s.variable} ${args([s.input])}`;
    case 'fetch': return `fetch ${s.tensor} ${args([s.input])}`;
    case 'free': return `free ${args(s.slots)}`;
    default: return s satisfies never;
  }
}

function kernel(plan: Plan, s: KernelStep): string {
  return `${s.outputs.length === 0 ? '' : `${def(plan, s.outputs)} = `}${s.node.op}(${args(s.inputs)})${attrs(s.node.attr)}${guards(s.guards)}`;
}
const args = (slots: readonly Slot[]): string => slots.map((s) => `%${s}`).join(', ');
const guards = (slots: readonly Slot[]): string => (slots.length === 0 ? '' : ` if ${args(slots)}`);

/** `%2:float[?,64]`. */
function def(plan: Plan, slots: readonly Slot[]): string {
  return slots.map((s) => { const { dtype, shape } = plan.slots[s]!; return `%${s}:${dtypeLabel(dtype)}${shape.dims === null ? '[..]' : shape.debug}`; }).join(', ');
}

function constant(a: NDArray): string {
  if (a.size > 8 || a.dtype.storage === 'string') return `(${a.size} values)`;
  return JSON.stringify(a.toArray(), (_, v: unknown) => (typeof v === 'bigint' ? Number(v) : typeof v === 'number' && !Number.isFinite(v) ? String(v) : Object.is(v, -0) ? '-0' : v));
}

/** Attrs that are not defaults of every op: types and bookkeeping are left out. */
function attrs(map: AttrMap): string {
  const parts = Object.keys(map).sort().flatMap((k) => {
    const v = map[k]!;
    if (k.startsWith('_') || v.kind === 'type' || v.kind === 'tensor' || k === 'use_locking' || k === 'variable') return [];
    const text = attrText(v);
    return text === '' || text === 'false' ? [] : [`${k}=${text}`];
  });
  return parts.length === 0 ? '' : ` ${parts.join(' ')}`;
}
function attrText(v: AttrValue): string {
  switch (v.kind) {
    case 's': return typeof v.value === 'string' ? v.value : '<bytes>';
    case 'shape': return v.value.debug;
    case 'list': return `[${Object.values(v.value).flat().map((x: unknown) => (typeof x === 'object' && x !== null && 'name' in x ? String(x.name) : String(x))).join(',')}]`;
    case 'func': return v.value.name;
    case 'type': return v.value.name;
    case 'tensor': return '';
    case 'i': case 'f': case 'b': case 'placeholder': return String(v.value);
    default: return v satisfies never;
  }
}
/** `1.5KiB`. */
export function sizeText(bytes: number): string { return bytes < 1024 ? `${bytes}B` : bytes < 1 << 20 ? `${(bytes / 1024).toFixed(1)}KiB` : `${(bytes / (1 << 20)).toFixed(1)}MiB`; }
