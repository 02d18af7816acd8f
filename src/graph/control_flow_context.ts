// What cond and while contexts have in common: which tensors are visible inside, what an outside tensor is called there,
// which context encloses which. The graph calls `addOp` for every op made inside a context; everything that makes nodes
// (Switch, Enter) is in the contexts' own modules. Follows class ControlFlowContext in python/ops/control_flow_ops.py.
import type { Graph } from './graph.ts';
import type { Operation, Tensor } from './tensor.ts';

/** The conditional branch or loop that ops are made in. */
export abstract class ControlFlowContext {
  abstract readonly name: string;
  abstract readonly kind: 'cond' | 'while';
  readonly graph: Graph;
  readonly outerContext: ControlFlowContext | null;
  readonly nestedContexts: ControlFlowContext[] = [];
  /** Names of the tensors seen inside. */
  readonly values = new Set<string>();
  /** Name of an outside tensor -> the tensor that stands for it inside. */
  readonly externalValues = new Map<string, Tensor>();
  readonly #entered: (ControlFlowContext | null)[] = [];

  constructor(graph: Graph) {
    this.graph = graph;
    this.outerContext = graph.scope.controlFlowContext;
    this.outerContext?.nestedContexts.push(this);
  }

  /** Called for each new op made inside the context: makes its inputs visible here. */
  abstract addOp(op: Operation): void;
  /** What stands inside for a tensor: itself, or the Switch or Enter output made for it on first use. */
  abstract addValue(t: Tensor): Tensor;
  /** A tensor computed exactly when the context's body runs. */
  get controlPivot(): Tensor | null { return null; }
  /** The innermost loop around (or of) this context. */
  get whileContext(): ControlFlowContext | null { return this.kind === 'while' ? this : this.outerContext?.whileContext ?? null; }

  enter(): void {
    this.#entered.push(this.graph.scope.controlFlowContext);
    this.graph.scope.controlFlowContext = this;
  }
  exit(): void { this.graph.scope.controlFlowContext = this.#entered.pop() ?? null; }
  /** Runs a piece of graph building inside the context. */
  inside<R>(body: () => R): R {
    this.enter();
    try {
      return body();
    } finally {
      this.exit();
    }
  }

  /** An op was made in a context inside this one. */
  addInnerOp(op: Operation): void { this.outerContext?.addInnerOp(op); }
  /** The context's results are visible in the outer one. */
  exitResult(results: readonly Tensor[]): void { for (const t of results) this.outerContext?.values.add(t.name); }
  /** A tensor of this context is visible in it and in every context around it. */
  addSeen(tensors: readonly Tensor[]): void {
    for (const t of tensors) this.values.add(t.name);
    this.outerContext?.addSeen(tensors);
  }
  /** Takes away control inputs from outside the loop this context lies in; outside of loops there is nothing to take away. */
  protected removeExternalControlInputs(op: Operation): void {
    const loop = this.whileContext;
    if (!loop) return;
    const internal = op.controlInputs.filter((c) => outputContext(c)?.whileContext === loop);
    if (internal.length !== op.controlInputs.length) op._setControlInputs(internal);
  }
}

/** Context of an op's outputs: an Exit's are outside of its loop. */
export function outputContext(op: Operation): ControlFlowContext | null {
  const c = op.controlFlowContext;
  return c && (op.type === 'Exit' || op.type === 'RefExit') ? c.outerContext : c;
}

/** Whether an op was made in a context or in one inside it. */
export function isOpInContext(op: Operation, context: ControlFlowContext): boolean {
  for (let c = op.controlFlowContext; c; c = c.outerContext) if (c === context) return true;
  return false;
}
