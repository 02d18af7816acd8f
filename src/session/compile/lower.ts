// lower: a scheduled program becomes steps over slots. Decides for every kernel where it runs (the engine, or the
// reference kernel and why) and puts `move` steps where a value is wanted on the other side.
import { bool, type DType } from '../../graph/dtype.ts';
import { InternalFault, UnimplementedError } from '../../graph/errors.ts';
import type { NDArray } from '../../graph/ndarray.ts';
import { inputNode, inputString, isControlInput } from '../../graph/names.ts';
import { SCALAR_SHAPE, UNKNOWN_SHAPE } from '../../graph/shape.ts';
import type { DeviceCall, FusedNodes } from '../engines/engine.ts';
import { NO_TABLE } from '../kernels/lookup_table.ts';
import type { KernelStep, Resident, Slot, SlotInfo, Step } from '../plan.ts';
import { deviceNode } from './device_node.ts';
import { shapesFit } from './fit.ts';
import { ARG, dataInputs, FUSED, GUARD, HAS_VALUE, LATEST, type Program, type ProgramNode, READ, type Region, typeOf, type ValueType } from './program.ts';
import type { Target } from './target.ts';

/** Steps without lifetimes. */
export interface Lowered { readonly slots: readonly SlotInfo[]; readonly constants: readonly Resident[]; readonly steps: readonly Step[] }
/** With what a plan no longer says: the tensors in the slots (undefined: nobody's), what the calls of fused steps were made of. */
export interface LoweredNames extends Lowered { readonly tensors: readonly (string | undefined)[]; readonly fused: ReadonlyMap<DeviceCall, { readonly region: Region; readonly nodes: FusedNodes }> }

type Place = SlotInfo['place'];

/** Lowers the nodes in the given order; fetches and commits follow, commits last. */
export function lower(p: Program, order: readonly ProgramNode[], target: Target): LoweredNames {
  return new Lowering(p, target).run(order);
}

class Lowering {
  readonly #p: Program;
  readonly #target: Target;
  readonly #slots: SlotInfo[] = [];
  readonly #constants: Resident[] = [];
  readonly #steps: Step[] = [];
  readonly #tensors: (string | undefined)[] = [];
  readonly #calls = new Map<DeviceCall, { readonly region: Region; readonly nodes: FusedNodes }>();
  /** Where each tensor is. */
  readonly #where = new Map<string, { host?: Slot; device?: Slot }>();
  /** A slot that is dead when the node is (for control edges of nodes without outputs). */
  readonly #token = new Map<string, Slot>();
  /** Nodes that others wait for. */
  readonly #waited = new Set<string>();

  constructor(p: Program, target: Target) {
    this.#p = p;
    this.#target = target;
    if (p.conditional) for (const k in p.nodes) for (const s of p.nodes[k]!.input) if (isControlInput(s)) this.#waited.add(inputNode(s));
  }

  run(order: readonly ProgramNode[]): LoweredNames {
    for (const n of order) this.#node(n);
    this.#p.fetches.forEach((f, index) => {
      const w = this.#where.get(f.value);
      const input = w?.device ?? w?.host ?? this.#slot(f.value, 'host', []);
      this.#steps.push({ kind: 'fetch', tensor: f.tensor, index, input, nodes: [inputNode(f.tensor)] });
    });
    const commits = this.#p.commits.map((c) => {
      const dtype = typeOf(this.#p, c.value)!.dtype;
      return { kind: 'commit', variable: c.variable, input: this.#slot(c.value, this.#residence(dtype), c.writes), nodes: c.writes } satisfies Step;
    });
    this.#steps.push(...commits);
    return { slots: this.#slots, constants: this.#constants, steps: this.#steps, tensors: this.#tensors, fused: this.#calls };
  }

  #node(n: ProgramNode): void {
    const types = this.#p.types.get(n.name)!;
    const variable = n.attr['variable']?.kind === 's' ? String(n.attr['variable'].value) : '';
    const nodes = n.from;
    switch (n.op) {
      case 'Const': return;
      case ARG: {
        const index = this.#p.feeds.findIndex((f) => f.node === n.name);
        const place = this.#residence(types[0]!.dtype);
        this.#steps.push({ kind: 'feed', tensor: this.#p.feeds[index]!.tensor, index, out: this.#define(n.name, types[0]!, place), nodes });
        return;
      }
      case READ: {
        const reader = n.attr['reader']?.kind === 's' ? String(n.attr['reader'].value) : null;
        const fetched = this.#p.fetches.map((f) => f.tensor).sort();
        this.#steps.push({
          kind: 'read', variable, reader, optional: n.attr['optional'] !== undefined, initial: n.attr['table'] === undefined ? null : NO_TABLE, retval: Math.max(0, fetched.indexOf(`${variable}:0`)),
          out: this.#define(n.name, types[0]!, this.#residence(types[0]!.dtype)), nodes,
        });
        return;
      }
      case HAS_VALUE:
        this.#steps.push({
          kind: 'hasValue', variable, input: dataInputs(n)[0] === undefined ? null : this.#any(n.input[0]!), guards: this.#guards(n),
          out: this.#define(n.name, { dtype: bool, shape: SCALAR_SHAPE }, 'host'), nodes,
        });
        return;
      case 'Placeholder': case 'PlaceholderV2':
        this.#steps.push({ kind: 'unfed', guards: this.#guards(n), out: this.#define(n.name, types[0]!, 'host'), nodes });
        return;
      case 'Assign': case 'AssignVariableOp': this.#assign(n, types[0]!, variable); return;
      case 'Switch': {
        const place = this.#placeOf(n.input[0]!);
        const [input, pred] = [this.#slot(n.input[0]!, place, nodes), this.#slot(n.input[1]!, 'host', nodes)];
        const guards = this.#guards(n);
        const outputs = [this.#define(n.name, types[0]!, place), this.#define(`${n.name}:1`, types[1]!, place)] as const;
        const token = this.#waited.has(n.name) ? this.#hidden() : null;
        if (token !== null) this.#token.set(n.name, token);
        this.#steps.push({ kind: 'switch', input, pred, outputs, token, guards, nodes });
        return;
      }
      case 'Merge': case LATEST: {
        const data = dataInputs(n);
        const place = data.every((s) => this.#placeOf(s) === 'device') ? 'device' : 'host';
        const inputs = data.map((s) => this.#slot(s, place, nodes));
        const index = types[1] ? this.#define(`${n.name}:1`, types[1], 'host') : this.#hidden();
        this.#steps.push({ kind: 'merge', inputs, out: this.#define(n.name, types[0]!, place), index, strict: n.op === 'Merge', nodes });
        return;
      }
      case GUARD: {
        const [value, gate] = dataInputs(n);
        const place = this.#placeOf(value!);
        const input = this.#slot(value!, place, nodes);
        const guards = [...(gate === undefined ? [] : [this.#any(gate)]), ...this.#guards(n)];
        this.#steps.push({ kind: 'guard', input, out: this.#define(n.name, types[0]!, place), strict: n.attr['strict'] !== undefined, guards, nodes });
        return;
      }
      case FUSED: this.#fused(n); return;
      default: this.#kernel(n, types);
    }
  }

  #assign(n: ProgramNode, type: ValueType, variable: string): void {
    const data = dataInputs(n);
    const place = this.#placeOf(data[0]!);
    const input = this.#slot(data[0]!, place, n.from);
    const base = data[1] === undefined ? null : this.#any(data[1]);
    const validate = n.op === 'Assign' && n.attr['validate_shape']?.value !== false; // handles take any shape
    const shape = this.#target.graph.find(variable)?.attr('shape');
    const guards = this.#guards(n);
    this.#steps.push({
      kind: 'assign', variable, shape: shape?.kind === 'shape' ? shape.value : UNKNOWN_SHAPE, validate, input, base, guards,
      out: this.#define(n.name, type, place), nodes: n.from,
    });
  }

  #kernel(n: ProgramNode, types: readonly ValueType[]): void {
    const { engine, kernels } = this.#target;
    const def = kernels.get(n.op);
    if (!def) {
      const op = this.#target.graph.find(n.from[0]!);
      throw new UnimplementedError(`No OpKernel was registered to support Op '${n.op}' used by node ${n.from[0]}`, {
        node: n.from[0]!, op: n.op, ...(op?.site ? { site: op.site.location } : {}), remedy: 'docs/OPS.md lists the ops that can run',
      });
    }
    const data = dataInputs(n);
    const placed = engine.name === 'reference' ? null : this.#placeKernel(n, data, types);
    const call = typeof placed === 'string' ? null : placed;
    const place: Place = call ? 'device' : 'host';
    const wanted = call ? new Set(Object.values(call.inputs)) : undefined;
    const inputs = data.map((s, i) => (wanted && !wanted.has(i) ? this.#any(s) : this.#slot(s, place, n.from)));
    const guards = this.#guards(n);
    const outputs = types.map((t, i) => this.#define(inputString(n.name, i), t, place));
    if (types.length === 0 && this.#waited.has(n.name)) this.#token.set(n.name, this.#hidden());
    const token = this.#token.get(n.name);
    this.#steps.push({
      kind: 'kernel', node: { name: n.from[0]!, op: n.op, attr: n.attr }, kernel: def.kernel, call, why: typeof placed === 'string' ? placed : null,
      inputs, inputDtypes: data.map((x) => typeOf(this.#p, x)!.dtype), outputs: token === undefined ? outputs : [token], guards, nodes: n.from,
    });
  }

  /** All nodes of a region run on the engine: `fuse` has made sure of it. */
  #fused(n: ProgramNode): void {
    const { engine, kernels, mode } = this.#target, fusion = engine.fusion!;
    const region = this.#p.regions.get(n.name)!;
    const inputs = n.input.map((s) => this.#slot(s, 'device', n.from));
    const number = new Map(n.input.map((s, i) => [s, i]));
    const nodes: FusedNodes['nodes'][number][] = [], parts: KernelStep[] = [];
    for (const m of region.nodes) {
      const node = deviceNode(this.#p, m), placed = engine.place(node, mode);
      if (typeof placed === 'string') throw new InternalFault(`'${m.name}' was fused but does not run on ${engine.name}: ${placed}`);
      nodes.push({ node, inputs: m.input.map((s) => number.get(s)!) });
      const read = m.input.map((s) => this.#slot(s, 'device', m.from));
      const outputs = this.#p.types.get(m.name)!.map((t, i) => { const name = inputString(m.name, i); number.set(name, number.size); return this.#define(name, t, 'device'); });
      parts.push({ kind: 'kernel', node: { name: m.from[0]!, op: m.op, attr: m.attr }, kernel: kernels.get(m.op)!.kernel, call: placed, why: null, inputs: read, inputDtypes: node.inputDtypes, outputs, guards: NONE, nodes: m.from });
    }
    const outputs = region.outputs.map((t) => this.#where.get(t)!.device!);
    region.outputs.forEach((t, i) => this.#where.set(inputString(n.name, i), this.#where.get(t)!));
    const together: FusedNodes = { inputs: inputs.length, nodes, results: region.outputs.map((t) => number.get(t)!) }, call = fusion.place(together);
    this.#calls.set(call, { region, nodes: together });
    const inPlace = !nodes.some(({ node }) => fusion.starts(node));
    this.#steps.push({ kind: 'fused', parts, call, inputs, outputs, inPlace, takes: [], nodes: n.from });
  }

  #placeKernel(n: ProgramNode, data: readonly string[], types: readonly ValueType[]): DeviceCall | string {
    const { engine, mode } = this.#target;
    const inputs = data.map((s) => typeOf(this.#p, s)!);
    const bad = [...types, ...inputs].find((t) => !engine.accepts(t.dtype));
    const placed = engine.place(deviceNode(this.#p, n), mode);
    if (typeof placed === 'string') return placed;
    // Inputs the call leaves out (axes, shapes: its attrs hold them) may be of any dtype.
    const used = Object.values(placed.inputs).map((i) => inputs[i]!);
    const worst = [...types, ...used].find((t) => !engine.accepts(t.dtype));
    if (bad && worst) return `${engine.name} has no ${worst.dtype.name}`;
    const known = inputs.map((type, i) => ({ type, value: this.#p.constants.get(data[i]!) }));
    return shapesFit(n, known, types, this.#target.graph) ? placed : 'its inputs do not fit';
  }

  // --- slots -------------------------------------------------------------------------------------------------------
  #residence(dtype: DType): Place { return this.#target.engine.accepts(dtype) ? 'device' : 'host'; }

  #define(tensor: string, type: ValueType, place: Place): Slot {
    const s = this.#slots.push({ dtype: type.dtype, shape: type.shape, place }) - 1;
    this.#tensors[s] = tensor;
    this.#where.set(tensor, { [place]: s });
    return s;
  }
  #hidden(): Slot { return this.#slots.push({ dtype: bool, shape: SCALAR_SHAPE, place: 'host' }) - 1; }

  #placeOf(tensor: string): Place {
    const w = this.#where.get(tensor);
    if (w) return w.device !== undefined ? 'device' : 'host';
    const c = this.#p.constants.get(tensor);
    return c ? this.#residence(c.dtype) : 'host';
  }
  /** The tensor wherever it is. */
  #any(tensor: string): Slot {
    const w = this.#where.get(tensor);
    return w?.host ?? w?.device ?? this.#slot(tensor, 'host', []);
  }
  /** The tensor at a place; moves it there once. */
  #slot(tensor: string, place: Place, nodes: readonly string[]): Slot {
    let w = this.#where.get(tensor);
    const there = w?.[place];
    if (there !== undefined) return there;
    const c = this.#p.constants.get(tensor);
    if (c) return this.#constant(tensor, c, place);
    if (!w) throw new InternalFault(`tensor '${tensor}' is used before it is made`);
    const from = (place === 'host' ? w.device : w.host)!;
    const out = this.#slots.push({ ...this.#slots[from]!, place }) - 1;
    this.#tensors[out] = this.#tensors[from];
    w = { ...w, [place]: out };
    this.#where.set(tensor, w);
    this.#steps.push({ kind: 'move', input: from, out, to: place, nodes: nodes.length > 0 ? nodes : [inputNode(tensor)] });
    return out;
  }
  #constant(tensor: string, value: NDArray, place: Place): Slot {
    const slot = this.#slots.push({ dtype: value.dtype, shape: typeOf(this.#p, tensor)?.shape ?? UNKNOWN_SHAPE, place }) - 1;
    this.#tensors[slot] = tensor;
    this.#where.set(tensor, { ...this.#where.get(tensor), [place]: slot });
    this.#constants.push({ slot, value, nodes: this.#p.nodes[tensor]?.from ?? [tensor] });
    return slot;
  }

  /** Slots whose deadness kills the node: those of the nodes it waits for. */
  #guards(n: ProgramNode): readonly Slot[] {
    if (!this.#p.conditional) return NONE;
    const out: Slot[] = [];
    for (const s of n.input) {
      if (!isControlInput(s)) continue;
      const name = inputNode(s);
      const t = this.#token.get(name) ?? (this.#where.has(name) ? this.#any(name) : undefined);
      if (t !== undefined) out.push(t);
    }
    return out;
  }
}

const NONE: readonly Slot[] = [];
