// Scripts in the manner of tutorials, written for this test: every statement is translated, the output runs, prints what
// Python prints under TensorFlow 1.15.5 and builds its graph (and type-checks: corpus.slow.test.ts). corpus/NAME.txt and
// NAME.pb.gz were made by corpus_make.py.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as tf from 'tfgraph';
import { diffGraphDef, printGraphDiff } from '../../src/graph/diff.ts';
import { decodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { CORPUS, corpusNames, portScript } from './programs.ts';

const script = process.argv[1]!;
beforeEach(() => { tf.resetDefaultGraph(); });
afterEach(() => { process.argv[1] = script; vi.restoreAllMocks(); tf.getDefaultSession()?.close(); });

/** Runs a module as node's main module; what it prints, and the graph it makes the default one. */
async function run(file: string): Promise<{ printed: string; entered: tf.Graph | undefined }> {
  let printed = '';
  vi.spyOn(console, 'log').mockImplementation((...a) => { printed += `${a.join(' ')}\n`; });
  vi.spyOn(process.stdout, 'write').mockImplementation((s) => { printed += String(s); return true; });
  process.argv[1] = file; // __name__ == '__main__'
  const entering = vi.spyOn(tf.Graph.prototype, 'asDefault');
  await import(/* @vite-ignore */ pathToFileURL(file).href);
  return { printed, entered: entering.mock.contexts.at(-1) as tf.Graph | undefined };
}

/** Words that are numbers may differ in their last digits: engines add in other orders. */
function sameText(have: string, want: string): string | null {
  const [a, b] = [have, want].map((s) => s.trim().split(/\s+/));
  const number = (w: string): number => Number(w.replace(/^[[(]+|[\]),:%]+$/g, ''));
  const k = b!.findIndex((w, i) => { const h = a![i] ?? ''; return h !== w && !(Math.abs(number(h) - number(w)) <= 2e-6 + 1e-4 * Math.abs(number(w))); });
  return k < 0 && a!.length === b!.length ? null : `word ${k}: '${a!.slice(Math.max(0, k - 3), k + 3).join(' ')}', not '${b!.slice(Math.max(0, k - 3), k + 3).join(' ')}'`;
}

describe.each(corpusNames())('%s', (name) => {
  test('is translated, prints what Python prints and builds its graph', async () => {
    const { path, report } = await portScript(name);
    expect(report.of('untranslated', 'missing', 'mistake')).toEqual([]);
    const { printed, entered } = await run(path);
    expect(sameText(printed, readFileSync(`${CORPUS}${name}.txt`, 'utf8'))).toBeNull();
    const graph = tf.getDefaultGraph().version === 0 ? entered! : tf.getDefaultGraph();
    const diff = diffGraphDef(decodeGraphDef(gunzipSync(readFileSync(`${CORPUS}${name}.pb.gz`))), graph.asGraphDef());
    expect(diff.empty ? '' : printGraphDiff(diff).slice(0, 1000)).toBe('');
  });
});
