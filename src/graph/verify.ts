// Legality of a whole GraphDef, function library included: every problem, not only the first, in TF's words where TF
// has them. Shapes are not looked at. Follows core/graph/graph_constructor.cc, core/graph/validate.cc and
// core/framework/node_def_util.cc.
import { type DType } from './dtype.ts';
import { ValueError } from './errors.ts';
import { type FunctionDef, type GraphDef, type NodeDef, type OpDef, type OpTable } from './node_def.ts';
import { isControlInput, OP_NAME_REGEX, parseInput } from './names.ts';
import { argRuns, nodeProblems, runLength, typeAt, type TypeRuns, withDefaults } from './op_def.ts';
import { printNode } from './print.ts';
import { dataTypeString } from './summarize.ts';
import { adjacency, findCycle, topologicalOrder } from './traverse.ts';

/** Something illegal about a graph. */
export interface Problem {
  /** The node (or function) it is about. */
  readonly node: string;
  readonly message: string;
}

/** Everything illegal about `def`; [] for a legal graph. `table` knows the ops; functions of the library are ops too.
 * Nodes may leave out attrs that have defaults only with `allowDefaults` (graphs before import). */
export function verify(def: GraphDef, table: OpTable, options: { readonly allowDefaults?: boolean } = {}): Problem[] {
  const problems: Problem[] = [];
  const library = new Map((def.library?.function ?? []).map((f) => [f.signature.name, f.signature]));
  const ops: OpTable = { get: (op) => table.get(op) ?? library.get(op) };
  verifyNodes(def.node, ops, options.allowDefaults === true, (node, message) => problems.push({ node, message }));
  verifyFunctionNames(def.node, ops, (node, message) => problems.push({ node, message }));
  const seen = new Set<string>();
  for (const f of def.library?.function ?? []) {
    const name = f.signature.name;
    const report = (node: string, message: string): void => { problems.push({ node: node === '' ? name : `${name}/${node}`, message: `in function '${name}': ${message}` }); };
    if (seen.has(name)) report('', `Function '${name}' is not unique`);
    seen.add(name);
    verifyFunction(f, ops, report);
    verifyFunctionNames(f.nodeDef, ops, report);
  }
  for (const g of def.library?.gradient ?? []) {
    for (const f of [g.functionName, g.gradientFunc]) if (!ops.get(f)) problems.push({ node: g.functionName, message: `Gradient of function '${g.functionName}' refers to unknown function '${f}'` });
  }
  return problems;
}

/** Throws ValueError with the first problem's text and the nodes around it. For graphs a user gave us. */
export function checkGraphDef(def: GraphDef, table: OpTable): void {
  const problems = verify(def, table, { allowDefaults: true });
  if (problems.length > 0) throw new ValueError(problems[0]!.message, { node: problems[0]!.node, remedy: `the graph has ${problems.length} problem${problems.length > 1 ? 's' : ''}; around the first:\n${around(def, problems[0]!.node)}` });
}

/** The lines of a node and of the ten before and after it. */
function around(def: GraphDef, name: string): string {
  const i = def.node.findIndex((n) => n.name === name);
  const at = i < 0 ? 0 : i;
  return def.node.slice(Math.max(0, at - 10), at + 11).map((n) => `${n.name === name ? '> ' : '  '}${printNode(n)}`).join('\n');
}

type Report = (node: string, message: string) => void;

function verifyNodes(nodes: readonly NodeDef[], ops: OpTable, allowDefaults: boolean, report: Report): void {
  const outputs = new Map<string, TypeRuns | undefined>();
  const defs: (OpDef | undefined)[] = [];
  for (const raw of nodes) {
    if (!OP_NAME_REGEX.test(raw.name)) report(raw.name, `Node '${raw.name}': Node name contains invalid characters`);
    if (outputs.has(raw.name)) { report(raw.name, `Node '${raw.name}' is not unique`); defs.push(undefined); continue; }
    const d = raw.op === '' ? undefined : ops.get(raw.op);
    defs.push(d);
    const full = d && allowDefaults ? withDefaults(raw, d) : raw;
    outputs.set(raw.name, d && argRuns(d.outputArg, full.attr));
    if (raw.op === '') report(raw.name, `Node '${raw.name}' does not specify an operation`);
    else if (!d) report(raw.name, `Op type not registered '${raw.op}'`);
    else for (const m of nodeProblems(full, d)) report(raw.name, m);
  }
  nodes.forEach((n, i) => verifyInputs(n, defs[i], outputs, allowDefaults, report));
  const adj = adjacency(nodes);
  const { cyclic } = topologicalOrder(adj);
  if (cyclic.length > 0) {
    const cycle = findCycle(adj, cyclic).map((i) => nodes[i]!.name);
    report(cycle[0] ?? nodes[cyclic[0]!]!.name, `Graph is invalid, contains a cycle with ${cycle.length} nodes, including: ${cycle.slice(0, 10).join(', ')}`);
  }
}

function verifyInputs(n: NodeDef, def: OpDef | undefined, outputs: ReadonlyMap<string, TypeRuns | undefined>, allowDefaults: boolean, report: Report): void {
  const want = def && argRuns(def.inputArg, (allowDefaults ? withDefaults(n, def) : n).attr);
  let control = false;
  n.input.forEach((s, i) => {
    const { name, index } = parseInput(s);
    if (isControlInput(s)) {
      control = true;
      if (!outputs.has(name)) report(n.name, `Node '${n.name}': Unknown input node '${s}'`);
      return;
    }
    if (control) report(n.name, `Node '${n.name}': Control dependencies must come after regular dependencies`);
    if (!outputs.has(name)) { report(n.name, `Node '${n.name}': Unknown input node '${s}'`); return; }
    const types = outputs.get(name);
    if (!types) return;
    const have = typeAt(types, index);
    const expected = want && typeAt(want, i);
    if (!have) report(n.name, `Node '${n.name}': Connecting to invalid output ${index} of source node ${name} which has ${runLength(types)} outputs.`);
    else if (expected && !accepts(expected, have)) report(n.name, `Input ${i} of node ${n.name} was passed ${dataTypeString(have)} from ${name}:${index} incompatible with expected ${dataTypeString(expected)}.`);
  });
}

/** A reference may be given where a value is expected, not the other way round (`TypesCompatible`). */
export function accepts(expected: DType, actual: DType): boolean {
  return expected === actual || (!expected.isRef && expected === actual.baseDtype);
}

function verifyFunctionNames(nodes: readonly NodeDef[], ops: OpTable, report: Report): void {
  for (const n of nodes) {
    for (const [k, a] of Object.entries(n.attr)) {
      const funcs = a.kind === 'func' ? [a.value] : a.kind === 'list' ? a.value.func ?? [] : [];
      for (const f of funcs) if (f.name !== '' && !ops.get(f.name)) report(n.name, `Attr '${k}' of node '${n.name}' refers to unknown function '${f.name}'`);
    }
  }
}

/** A function body: inputs are arguments (`x`), outputs of nodes by arg name (`node:out:0`) or control inputs. */
function verifyFunction(f: FunctionDef, ops: OpTable, report: Report): void {
  const known = new Set(f.signature.inputArg.map((a) => a.name));
  const args = new Set(known);
  const nodes = new Map<string, NodeDef>();
  for (const n of f.nodeDef) {
    if (!OP_NAME_REGEX.test(n.name)) report(n.name, `Node '${n.name}': Node name contains invalid characters`);
    if (known.has(n.name)) report(n.name, `Node '${n.name}' is not unique`);
    known.add(n.name);
    nodes.set(n.name, n);
    const d = ops.get(n.op);
    if (!d) report(n.name, n.op === '' ? `Node '${n.name}' does not specify an operation` : `Op type not registered '${n.op}'`);
    else for (const m of nodeProblems(withDefaults(n, d), d)) report(n.name, m);
  }
  const resolve = (s: string): string | undefined => {
    if (isControlInput(s)) return known.has(s.slice(1)) ? undefined : `Unknown input node '${s}'`;
    const [node, out, index] = s.split(':');
    if (args.has(node!)) return undefined;
    const n = nodes.get(node!);
    if (!n) return `Unknown input node '${s}'`;
    const d = ops.get(n.op);
    const arg = d?.outputArg.find((a) => a.name === out);
    if (d && (!arg || index === undefined)) return `'${s}' names no output of node '${node}' (${n.op}: ${d.outputArg.map((a) => a.name).join(', ')})`;
    const runs = arg && argRuns([arg], withDefaults(n, d!).attr);
    const count = runs && runLength(runs);
    return count !== undefined && Number(index) >= count ? `'${s}' is output ${index} of ${count}` : undefined;
  };
  for (const n of f.nodeDef) for (const s of n.input) { const why = resolve(s); if (why !== undefined) report(n.name, `Node '${n.name}': ${why}`); }
  for (const a of f.signature.outputArg) {
    const s = f.ret[a.name];
    const why = s === undefined ? `Return value '${a.name}' is not given` : resolve(s);
    if (why !== undefined) report('', why);
  }
}
