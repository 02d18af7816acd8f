// `GRAPH_DUMP=dir`: every program that is compiled, after each pass, as a text GraphDef: `dir/<number>-<first fetch>/<step>_<pass>.pbtxt`,
// the plan as it prints in `plan.txt` and the rewrites in `rewrites.txt`. Ops with an underscore exist in programs only.
import { attr, type AttrMap, type GraphDef, type NodeDef, PRODUCER } from '../../graph/node_def.ts';
import { graphDefToText } from '../../graph/graph_def_text.ts';
import type { Plan } from '../plan.ts';
import { printPlan } from '../plan_print.ts';
import type { PassObserver } from './pipeline.ts';
import { inOrder, type Program } from './program.ts';

/** Constants with more elements are written without them. */
const MAX_ELEMENTS = 1024;

/** Watches one compilation; `done` writes what is known at its end. */
export interface Dump { readonly observe: PassObserver; done(plan: Plan): void }

interface Host { readonly process?: { readonly env?: Readonly<Record<string, string | undefined>>; getBuiltinModule?(name: string): unknown } }
interface Files { mkdirSync(path: string, o: { recursive: true }): void; existsSync(path: string): boolean; writeFileSync(path: string, text: string): void }

/** The dump that the environment asks for; undefined: none. `name`: what is compiled. */
export function dumpOf(name: string): Dump | undefined {
  const { process } = globalThis as unknown as Host, root = process?.env?.['GRAPH_DUMP'];
  const fs = root ? process?.getBuiltinModule?.('node:fs') as Files | undefined : undefined;
  if (!root || !fs) return undefined;
  const label = name.replace(/[^\w.-]+/g, '_').slice(0, 60);
  let n = 0;
  while (fs.existsSync(`${root}/${String(n).padStart(4, '0')}-${label}`)) n++;
  const dir = `${root}/${String(n).padStart(4, '0')}-${label}`;
  fs.mkdirSync(dir, { recursive: true });
  let step = 0;
  return {
    observe: (pass, p) => { fs.writeFileSync(`${dir}/${String(step++).padStart(2, '0')}_${pass}.pbtxt`, graphDefToText(programGraph(p))); },
    done: (plan) => {
      fs.writeFileSync(`${dir}/plan.txt`, `${printPlan(plan)}\n`);
      fs.writeFileSync(`${dir}/rewrites.txt`, plan.log.map((e) => `${e.pass}: ${e.rule}  [${e.matched.join(', ')}]\n`).join(''));
    },
  };
}

/** A program as a graph; the nodes of a region stand below the node that computes them, under its name. */
function programGraph(p: Program): GraphDef {
  const node: NodeDef[] = [];
  for (const n of inOrder(p)) {
    const value = n.op === 'Const' ? p.constants.get(n.name) : undefined;
    const small: AttrMap = value && value.size <= MAX_ELEMENTS ? { value: attr.tensor(value) } : {};
    node.push({ name: n.name, op: n.op, input: n.input, device: n.device, attr: { ...n.attr, ...small } });
    for (const m of p.regions.get(n.name)?.nodes ?? []) node.push({ name: `${n.name}/${m.name}`, op: m.op, input: m.input, device: m.device, attr: m.attr });
  }
  return { node, versions: { producer: PRODUCER } };
}
