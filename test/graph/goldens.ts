// Reads the recorded graphs under test/golden.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { decodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { graphDefFromText } from '../../src/graph/graph_def_text.ts';
import type { GraphDef } from '../../src/graph/node_def.ts';

const root = fileURLToPath(new URL('../golden/', import.meta.url));

const unzip = (path: string): Uint8Array => new Uint8Array(gunzipSync(readFileSync(`${root}${path}`)));

/** Programs with a recorded graph of TensorFlow 1.15.5. */
export const programs: readonly string[] = readdirSync(`${root}1.15.5`).filter((p) => existsSync(`${root}1.15.5/${p}/graph.pb.gz`)).sort();
export const goldenBytes = (p: string): Uint8Array => unzip(`1.15.5/${p}/graph.pb.gz`);
export const golden = (p: string): GraphDef => decodeGraphDef(goldenBytes(p));
export const goldenText = (p: string): string => new TextDecoder().decode(unzip(`1.15.5/${p}/graph.pbtxt.gz`));
export const goldenLines = (p: string): string => new TextDecoder().decode(unzip(`1.15.5/${p}/graph.txt.gz`));

export const functionBytes = (): Uint8Array => unzip('graph_def/functions.pb.gz');
export const functionText = (): string => new TextDecoder().decode(unzip('graph_def/functions.pbtxt.gz'));

/** A GraphDef from text. */
export const pbtxt = (text: string): GraphDef => graphDefFromText(text);

export interface NodeState { readonly name: string; readonly op: string; readonly input: readonly string[]; readonly device: string; readonly class: readonly string[] }
export interface GraphState { readonly nodes: readonly NodeState[]; readonly last_id: number; readonly names: Readonly<Record<string, number>>; readonly producer: number }
export interface ImportCase extends GraphState {
  readonly text: string;
  readonly options: { readonly name?: string; readonly input_map?: Readonly<Record<string, number>>; readonly return_elements?: readonly string[] };
  readonly result?: readonly string[] | null;
  readonly shapes?: readonly (string | null)[] | null;
  readonly error?: { readonly class: string; readonly message: string };
}
export interface Cases {
  readonly equal: readonly { readonly actual: string; readonly expected: string; readonly difference: string }[];
  readonly import: readonly ImportCase[];
  readonly scoped: GraphState & { readonly text: string };
}
/** What real TensorFlow 1.15.5 said about small graphs. */
export const cases = JSON.parse(readFileSync(`${root}graph_def/cases.json`, 'utf8')) as Cases;

/** Deterministic random numbers in [0, n). */
export function seeded(seed: number): (n: number) => number {
  let s = seed >>> 0;
  return (n) => {
    s = (s + 0x6d2b79f5) >>> 0;
    let t = Math.imul(s ^ (s >>> 15), s | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}
