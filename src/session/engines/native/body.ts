// The body of a function under construction: nodes whose inputs are `node:output:index`, as FunctionDefs name them. Node
// names stay the graph's as far as they are legal, so that TensorFlow's errors point at them.
import type { DType } from '../../../graph/dtype.ts';
import { resource } from '../../../graph/dtype.ts';
import { InternalFault } from '../../../graph/errors.ts';
import { argRuns, runLength } from '../../../graph/op_def.ts';
import { type ArgDef, attr, type AttrMap, type AttrValue, type FunctionDef, type NodeDef } from '../../../graph/node_def.ts';
import type { NDArray } from '../../../graph/ndarray.ts';
import { opDef } from '../../../ops/registry.ts';
import { varHandle } from './saved_model.ts';

/** An output of a node of the body, or an argument. */
export interface Ref { readonly text: string; readonly dtype: DType; readonly node: string | undefined }
/** A node that was added. */
export interface Added { readonly name: string; readonly out: (k: number) => Ref }

export class Body {
  readonly name: string;
  readonly nodes: NodeDef[] = [];
  readonly #args: ArgDef[] = [];
  readonly #rets: { arg: ArgDef; from: string }[] = [];
  readonly #waits: string[] = [];
  readonly #names = new Set<string>();
  /** Where the nodes that are added now belong; '': anywhere. */
  device = '';
  /** Variables that are arguments, by position; null: handles are made here. */
  readonly handles: Map<number, { readonly sharedName: string; readonly dtype: DType; readonly device: string }> | null;
  /** The graph's node behind each node here. */
  readonly origin = new Map<string, string>();

  constructor(name: string, takesHandles = false) {
    this.name = name;
    this.handles = takesHandles ? new Map() : null;
  }

  /** One more argument. */
  argument(dtype: DType): Ref {
    const name = this.#unique(`a${this.#args.length}`);
    this.#args.push({ name, type: dtype });
    return { text: name, dtype, node: undefined };
  }
  get arguments(): readonly DType[] { return this.#args.map((a) => a.type!); }
  get results(): readonly DType[] { return this.#rets.map((r) => r.arg.type!); }

  /** One more result; returns its position. */
  result(r: Ref): number {
    this.#rets.push({ arg: { name: `r${this.#rets.length}`, type: r.dtype }, from: r.text });
    return this.#rets.length - 1;
  }
  /** The function ends only after this node. */
  endsAfter(node: string): void { this.#waits.push(node); }

  /** Adds a node. Type attrs follow from the inputs; other attrs are taken as far as the op has them. */
  add(op: string, wish: string, inputs: readonly Ref[], attrs: AttrMap = {}, after: readonly string[] = [], origin?: string): Added {
    const def = opDef(op);
    if (!def) throw new InternalFault(`no op ${op}`);
    const name = this.#unique(wish);
    const full = attrsOf(def.inputArg, def.attr.map((a) => a.name), inputs.map((r) => r.dtype), attrs);
    this.nodes.push({ name, op, device: this.device, attr: full, input: [...inputs.map((r) => r.text), ...after.map((n) => `^${n}`)] });
    if (origin !== undefined) this.origin.set(name, origin);
    return { name, out: (k) => outputOf(name, def.outputArg, full, k) };
  }
  constant(wish: string, value: NDArray): Ref { return this.add('Const', wish, [], { value: attr.tensor(value), dtype: attr.type(value.dtype) }).out(0); }
  /** A variable of the TensorFlow session; equal names are one variable in all functions. */
  variable(sharedName: string, dtype: DType, device = ''): Ref {
    if (this.handles) {
      this.handles.set(this.#args.length, { sharedName, dtype, device });
      return this.argument(resource);
    }
    const before = this.device;
    this.device = device;
    try { return this.add('VarHandleOp', `${sharedName}/handle`, [], varHandle(sharedName, dtype)).out(0); } finally { this.device = before; }
  }
  read(handle: Ref, wish: string, dtype: DType, after: readonly string[] = []): Added { return this.add('ReadVariableOp', wish, [handle], { dtype: attr.type(dtype) }, after); }
  assign(handle: Ref, wish: string, value: Ref, after: readonly string[] = []): Added { return this.add('AssignVariableOp', wish, [handle, value], { dtype: attr.type(value.dtype) }, after); }

  /** Everything in the body runs, though no result may need it: it may fail. */
  endsAfterAll(): void {
    const results = new Set(this.#rets.map((r) => r.from.split(':')[0]!));
    for (const n of this.sinks()) if (!results.has(n) && !this.#waits.includes(n)) this.#waits.push(n);
  }
  /** Nodes nothing in the body waits for. */
  sinks(): string[] {
    const used = new Set(this.nodes.flatMap((n) => n.input.map((s) => (s.startsWith('^') ? s.slice(1) : s.split(':')[0]!))));
    return this.nodes.filter((n) => !used.has(n.name)).map((n) => n.name);
  }

  /** The function, with what keeps TensorFlow's rewriter out of it unless `rewritten`. */
  finish(rewritten = false): FunctionDef {
    const controlRet = Object.fromEntries(this.#waits.map((n, i) => [`c${i}`, n]));
    return {
      signature: { name: this.name, inputArg: this.#args, outputArg: this.#rets.map((r) => r.arg), attr: [], isStateful: true, controlOutput: Object.keys(controlRet) },
      attr: rewritten ? {} : { _noinline: attr.b(true), _tf_data_function: attr.b(true) },
      nodeDef: this.nodes,
      ret: Object.fromEntries(this.#rets.map((r) => [r.arg.name, r.from])),
      controlRet,
    };
  }

  #unique(wish: string): string {
    const legal = wish.replace(/[^A-Za-z0-9_.\-/]/g, '_').replace(/^[^A-Za-z0-9.]/, 'n$&');
    let name = legal;
    // Upper and lower case of one name would be one name on some file systems, not here.
    for (let k = 1; this.#names.has(name); k++) name = `${legal}_${k}`;
    this.#names.add(name);
    return name;
  }
}

/** The attrs of a node: those the op has, with types as the inputs have them. */
function attrsOf(args: readonly ArgDef[], known: readonly string[], inputs: readonly DType[], given: AttrMap): AttrMap {
  const out: Record<string, AttrValue> = {};
  for (const k of known) if (given[k] !== undefined) out[k] = given[k];
  let at = 0;
  for (const a of args) {
    if (a.typeListAttr !== undefined) {
      const n = args.length === 1 ? inputs.length : 0;
      if (n > 0) out[a.typeListAttr] = attr.list({ type: inputs.slice(at, at + n) });
      at += n;
      continue;
    }
    const n = a.numberAttr === undefined ? undefined : out[a.numberAttr];
    const count = n?.kind === 'i' ? Number(n.value) : 1;
    const t = inputs[at];
    if (a.typeAttr !== undefined && t !== undefined && t !== resource) out[a.typeAttr] = attr.type(t);
    at += count;
  }
  return out;
}

function outputOf(name: string, args: readonly ArgDef[], attrs: AttrMap, k: number): Ref {
  let at = 0;
  for (const a of args) {
    const runs = argRuns([a], attrs);
    if (!runs) throw new InternalFault(`the outputs of '${name}' are not known`);
    const count = runLength(runs);
    if (k < at + count) {
      let i = k - at;
      const text = `${name}:${a.name}:${i}`;
      for (const r of runs) { if (i < r.count) return { text, dtype: r.type, node: name }; i -= r.count; }
    }
    at += count;
  }
  throw new InternalFault(`'${name}' has no output ${k}`);
}
