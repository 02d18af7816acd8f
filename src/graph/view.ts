// What rewrite rules see of a node: a lazy view over a table of NodeDefs, so that a pattern reads only what it names.
// Nothing here changes a graph; that is rewrite.ts.
import type { DType } from './dtype.ts';
import { inputNode, isControlInput, parseInput } from './names.ts';
import type { NDArray } from './ndarray.ts';
import type { AttrMap, NodeDef } from './node_def.ts';
import { type TensorShape, UNKNOWN_SHAPE } from './shape.ts';

/** Where views read from. */
export interface ViewSource {
  node(name: string): NodeDef | undefined;
  /** Names of the nodes that use any output of a node (or wait for it), each once. */
  users(name: string): readonly string[];
  /** Whether somebody outside the table wants an output of the node (a fetch). */
  isFetched?(name: string): boolean;
  /** Value of a constant node. */
  constant?(name: string): NDArray | undefined;
  /** Whether a node is a constant of this number throughout. */
  isAll?(name: string, x: number): boolean;
  /** Static knowledge of a tensor (`a` or `a:1`). */
  dtype?(tensor: string): DType | undefined;
  shape?(tensor: string): TensorShape | undefined;
}

/** One output of a node, with what patterns may ask about it. Every property is computed when read. */
export class NodeView {
  readonly #source: ViewSource;
  readonly #def: NodeDef;
  /** Which output of the node this view is about. */
  readonly port: number;
  #inputs: readonly NodeView[] | undefined;

  constructor(source: ViewSource, def: NodeDef, port = 0) {
    this.#source = source;
    this.#def = def;
    this.port = port;
  }
  get def(): NodeDef { return this.#def; }
  get name(): string { return this.#def.name; }
  get op(): string { return this.#def.op; }
  get attr(): AttrMap { return this.#def.attr; }
  /** `a` or `a:1`. */
  get tensor(): string { return this.port === 0 ? this.name : `${this.name}:${this.port}`; }
  /** Views of the data inputs; inputs that name no node are left out. */
  get inputs(): readonly NodeView[] {
    if (this.#inputs) return this.#inputs;
    const out: NodeView[] = [];
    for (const s of this.#def.input) {
      if (isControlInput(s)) break;
      const { name, index } = parseInput(s);
      const def = this.#source.node(name);
      if (def) out.push(new NodeView(this.#source, def, index));
    }
    return (this.#inputs = out);
  }
  get users(): readonly NodeView[] {
    return this.#source.users(this.name).flatMap((u) => { const d = this.#source.node(u); return d ? [new NodeView(this.#source, d)] : []; });
  }
  /** Exactly one node uses it and nobody fetches it. A guard for bit-preserving rules only: it depends on the fetch set. */
  get soleUser(): boolean { return !this.isFetched && this.#source.users(this.name).length === 1; }
  get isFetched(): boolean { return this.#source.isFetched?.(this.name) ?? false; }
  /** Waits for another node. */
  get waits(): boolean {
    const last = this.#def.input[this.#def.input.length - 1];
    return last !== undefined && isControlInput(last);
  }
  /** Waits for another node, or another node waits for it. */
  get hasControl(): boolean {
    if (this.waits) return true;
    return this.#source.users(this.name).some((u) => this.#source.node(u)?.input.some((s) => isControlInput(s) && inputNode(s) === this.name) ?? false);
  }
  /** The value, when the node is a constant. */
  get constant(): NDArray | undefined { return this.#source.constant?.(this.name); }
  /** Whether it is a constant of numbers that are all this one (-0 is not 0), and has any. Says less of the constant than its value, which other shapes of feeds may change. */
  isAll(x: number): boolean { return this.#source.isAll?.(this.name, x) ?? false; }
  get dtype(): DType | undefined { return this.#source.dtype?.(this.tensor); }
  get shape(): TensorShape { return this.#source.shape?.(this.tensor) ?? UNKNOWN_SHAPE; }
}
