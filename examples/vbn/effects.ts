// Section 6: what the mistakes do. Each is built in a graph of its own, starts from the same weights, sees the same
// batches, and is compared with the program without mistakes: gradient at the start, training, validation, lint.
import * as tf from 'tfgraph';
import { distance, norm, type Value } from './bits.ts';
import { type Digits, SIZE } from './data.ts';
import { imageShape } from './data_format.ts';
import { percent } from './format.ts';
import { type Builder, correct, type Mistake, MISTAKES } from './mistakes.ts';
import { accuracyOf, lossOf } from './networks.ts';
import type { Options } from './options.ts';
import { loadVariables, localName, makeSession, NETWORK, RATES } from './pair.ts';
import { shorten, USER_CODE } from './places.ts';
import { refusals, refusalsCheck } from './refused.ts';
import type { LintFinding, MistakeResult, MistakesResult } from './results.ts';
import { validate } from './training.ts';

interface Program {
  readonly graph: tf.Graph;
  readonly x: tf.Tensor;
  readonly y: tf.Tensor;
  readonly logits: tf.Tensor;
  readonly loss: tf.Tensor;
  readonly accuracy: tf.Tensor;
  readonly reference: tf.Variable;
  /** The network's weights, without the reference images. */
  readonly weights: readonly tf.Variable[];
  readonly gradients: readonly tf.Tensor[];
  readonly train: tf.Operation;
  readonly init: tf.Operation;
}

function program(build: Builder, digits: Digits, o: Options): Program {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    tf.setRandomSeed(o.seed);
    const x = tf.placeholder(tf.float32, imageShape(o.batch, SIZE, o.layout), { name: 'x' });
    const y = tf.placeholder(tf.float32, [o.batch, 2], { name: 'y' });
    const { logits, labels, reference } = build(digits.reference, x, y, NETWORK, o.layout);
    const loss = lossOf(logits, labels);
    const optimizer = new tf.train.AdamOptimizer(RATES.adam);
    const gradsAndVars = optimizer.computeGradients(loss);
    const train = optimizer.applyGradients(gradsAndVars);
    const weights = tf.trainableVariables().filter((v) => v !== reference);
    return {
      graph, x, y, logits, loss, reference, weights, train, accuracy: accuracyOf(logits, labels),
      gradients: weights.map((w) => gradsAndVars.find(([, v]) => v === w)![0] as tf.Tensor), init: tf.globalVariablesInitializer(),
    };
  });
}

interface Outcome extends MistakeResult { readonly gradients: readonly Value[] }

async function tryOut(m: Mistake, start: ReadonlyMap<string, tf.NDArray>, baseline: readonly Value[] | null, digits: Digits, o: Options, tick: () => void): Promise<Outcome> {
  const p = program(m.build, digits, o);
  const lint = tf.lint(p.graph).map(finding);
  using sess = makeSession(p.graph, o.engine);
  await sess.run(p.init);
  // One of the mistakes has filters of other shapes: those keep their own initial values.
  const startOf = (v: tf.Variable): tf.NDArray => start.get(localName(v, ''))!;
  const same = p.weights.filter((v) => v.shape.isCompatibleWith(startOf(v).shape));
  await loadVariables(sess, same, same.map(startOf));
  const first = digits.batches(0);
  const gradients = await sess.run([...p.gradients], [[p.x, first.images], [p.y, first.labels]]) as Value[];
  const losses: number[] = [];
  for (let s = 0; s < o.steps; s++) {
    const b = digits.batches(s);
    const [loss] = await sess.run([p.loss, p.train], [[p.x, b.images], [p.y, b.labels]]) as unknown as [number];
    losses.push(loss);
    tick();
  }
  const [accuracy, loss] = await validate(sess, p.x, p.y, [p.accuracy, p.loss], digits) as [number, number];
  const referenceMoved = distance(await sess.run(p.reference) as tf.NDArray, digits.reference) / norm(digits.reference);
  return {
    name: m.name, what: m.what, inText: m.inText, accuracy, loss, losses, lint, note: await noteOf(sess, p, digits, referenceMoved), referenceMoved, gradients,
    gradientChange: baseline && same.length === p.weights.length ? change(gradients, baseline) : null,
  };
}

/** ||a - b|| / ||b|| over all variables together. */
function change(a: readonly Value[], b: readonly Value[]): number {
  const all = (xs: readonly number[]): number => Math.hypot(...xs);
  return all(a.map((v, i) => distance(v, b[i]!))) / all(b.map(norm));
}

/** Side effects worth a number: moved reference images, dead logits, examples that get no answer. */
async function noteOf(sess: tf.Session, p: Program, digits: Digits, moved: number): Promise<string> {
  const notes: string[] = [];
  if (moved > 0) notes.push(`the reference images moved by ${percent(moved)} of their norm`);
  const b = digits.validation[0]!;
  const logits = await sess.run(p.logits, [[p.x, b.images], [p.y, b.labels]]) as tf.NDArray;
  const zero = (logits.data as Float32Array).filter((v) => v === 0).length;
  if (zero > 0) notes.push(`${percent(zero / logits.size)} of the logits are exactly 0 and get no gradient`);
  const answered = logits.shape[0]!;
  if (answered < b.images.shape[0]!) notes.push(`${answered} of ${b.images.shape[0]} images get an answer, and it depends on the others`);
  return notes.join('; ');
}

function finding(f: tf.Finding): LintFinding {
  return { rule: f.rule, message: shorten(f.message), where: f.site === undefined ? f.node : shorten(f.site), remedy: f.remedy };
}

/** `weights` are the initial values of the correct program's variables. */
export async function effects(weights: ReadonlyMap<string, tf.NDArray>, digits: Digits, o: Options, tick: () => void): Promise<MistakesResult> {
  const none: Mistake = { name: 'none (correct program)', what: '', inText: false, rule: null, build: correct };
  const base = await tryOut(none, weights, null, digits, o, tick);
  const mistakes: Outcome[] = [];
  for (const m of MISTAKES) mistakes.push(await tryOut(m, weights, base.gradients, digits, o, tick));

  const named = MISTAKES.filter((m) => m.rule !== null);
  const place = (m: Mistake): string => mistakes.find((x) => x.name === m.name)!.lint.find((f) => f.rule === m.rule)?.where ?? 'nowhere';
  const trained = mistakes.find((m) => m.name === 'trainable reference')!;
  // A ReLU on logits changes nothing while all logits are positive: what it does is shown, not judged.
  const changed = mistakes.filter((m) => ['half batch', 'relu before VBN', 'stop_gradient'].includes(m.name));
  const refused = refusals();
  return {
    correct: base, mistakes, refused,
    checks: [
      { claim: 'lint finds nothing in the correct program', ok: base.lint.length === 0, evidence: `${base.lint.length} findings` },
      {
        claim: `lint names ${named.map((m) => m.name).join(', ')}, and the line`, ok: named.every((m) => USER_CODE.test(place(m))),
        evidence: named.map((m) => `${m.rule} at ${place(m)}`).join('; '),
      },
      { claim: 'training changes a trainable reference batch', ok: trained.referenceMoved > 0, evidence: `by ${percent(trained.referenceMoved)} of its norm` },
      {
        claim: 'the half batch, a ReLU before VBN and constant statistics change dL/dw at the same weights', ok: changed.every((m) => m.gradientChange! > 0.01),
        evidence: changed.map((m) => `${m.name} by ${percent(m.gradientChange!)}`).join(', '),
      },
      refusalsCheck(refused),
    ],
  };
}
