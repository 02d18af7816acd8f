// The report of a comparison: evidence as data, a verdict in plain words, and the text of both.
import type { StructureDifference, StructureEvidence } from './structure.ts';
import type { Distance } from './ulp.ts';

/** Outputs (and the loss) of both programs on the same feeds and weights. */
export interface OutputEvidence {
  readonly bitEqual: boolean;
  /** Within the tolerance. */
  readonly equal: boolean;
  readonly feeds: number;
  readonly tensors: number;
  readonly distance: Distance;
  /** Allowed |a - b| as a fraction of the largest value. */
  readonly tolerance: number;
  /** First value that is not within the tolerance. */
  readonly worstAt: string | undefined;
}

/** Gradients of the loss by the paired variables. */
export interface GradientEvidence {
  readonly equal: boolean;
  readonly bitEqual: boolean;
  /** max over variables of ||a - b||, as a fraction of the largest ||g|| of all variables. */
  readonly relative: number;
  readonly tolerance: number;
  readonly distance: Distance;
  /** One row per variable (worst feed): norm of the gradient and of the difference. */
  readonly variables: readonly { readonly name: string; readonly norm: number; readonly difference: number; readonly maxUlp: number }[];
}

/** The same training steps of both programs from the same weights. */
export interface TrainingEvidence {
  readonly equal: boolean;
  readonly bitEqual: boolean;
  readonly optimizer: string;
  readonly steps: number;
  readonly losses: readonly (readonly [number, number])[];
  /** Largest relative difference of losses, and the tolerance for one step (step k is allowed k times as much). */
  readonly relative: number;
  readonly tolerance: number;
  /** First step (from 1) whose losses differ by more than is allowed. */
  readonly firstStep: number | undefined;
  /** max over variables of ||a - b|| as a fraction of the largest ||w||, after the last step. */
  readonly weights: number;
  /** Variables left out of `weights`: their gradient is rounding noise (a bias in front of a normaliser). */
  readonly leftOut: readonly string[];
}

/** What is known about two programs. `JSON.stringify` gives everything, `String` the readable form. */
export interface ReportData {
  readonly same: boolean;
  /** Strongest thing shown: `structure`, `bits`, `tolerance`, or `none` when they differ. */
  readonly level: 'structure' | 'bits' | 'tolerance' | 'none';
  readonly verdict: string;
  readonly engine: string;
  readonly structure: StructureEvidence;
  /** Variables without a counterpart. */
  readonly unpaired: readonly string[];
  readonly outputs: OutputEvidence | undefined;
  readonly gradients: GradientEvidence | undefined;
  readonly training: TrainingEvidence | undefined;
}

export class Report implements ReportData {
  readonly same: boolean;
  readonly level: ReportData['level'];
  readonly verdict: string;
  readonly engine: string;
  readonly structure: StructureEvidence;
  readonly unpaired: readonly string[];
  readonly outputs: OutputEvidence | undefined;
  readonly gradients: GradientEvidence | undefined;
  readonly training: TrainingEvidence | undefined;

  constructor(d: Omit<ReportData, 'same' | 'level' | 'verdict'>) {
    this.engine = d.engine;
    this.structure = d.structure;
    this.unpaired = d.unpaired;
    this.outputs = d.outputs;
    this.gradients = d.gradients;
    this.training = d.training;
    const measured = [d.outputs, d.gradients, d.training];
    this.same = d.unpaired.length === 0 && measured.every((m) => m === undefined || m.equal) && (d.structure.equal || d.outputs !== undefined);
    this.level = !this.same ? 'none' : d.structure.equal ? 'structure' : measured.every((m) => m === undefined || m.bitEqual) ? 'bits' : 'tolerance';
    this.verdict = verdict(this);
  }
  toString(): string { return [this.verdict, '', ...lines(this)].join('\n'); }
  toJSON(): ReportData { return { ...this }; }
}

function verdict(r: Report): string {
  const parts: string[] = [];
  if (r.same) {
    if (r.structure.equal) parts.push(r.structure.oneToOne ? 'equal structure' : 'equal structure up to repeated sub-expressions');
    if (r.outputs) parts.push(`outputs ${r.outputs.bitEqual ? 'bit-equal' : `equal to ${ulps(r.outputs.distance.maxUlp)} (${exp(r.outputs.distance.maxAbs)})`} on ${count(r.outputs.feeds, 'feed')}`);
    if (r.gradients) parts.push(`gradients ${r.gradients.bitEqual ? 'bit-equal' : `equal to ${exp(r.gradients.relative)} of the largest`}`);
    if (r.training) parts.push(`${count(r.training.steps, 'training step')} ${r.training.bitEqual ? 'bit-equal' : `equal to ${exp(r.training.relative)}`}`);
    return `same program: ${parts.join(', ')}`;
  }
  if (r.unpaired.length > 0) parts.push(`${count(r.unpaired.length, 'variable')} without a counterpart: ${r.unpaired.slice(0, 4).join(', ')}`);
  if (r.outputs && !r.outputs.equal) parts.push(`outputs differ by up to ${exp(r.outputs.distance.maxAbs)} (${ulps(r.outputs.distance.maxUlp)})${r.outputs.worstAt === undefined ? '' : ` at ${r.outputs.worstAt}`}`);
  if (r.gradients && !r.gradients.equal) parts.push(`gradients differ by ${exp(r.gradients.relative)} of the largest`);
  if (r.training && !r.training.equal) parts.push(r.training.firstStep === undefined ? `weights after training differ by ${exp(r.training.weights)}` : `training differs from step ${r.training.firstStep} on (losses by up to ${exp(r.training.relative)})`);
  if (r.structure.difference) parts.push(`first difference: ${differenceText(r.structure.difference)}`);
  return `different programs: ${parts.join('; ')}`;
}

function lines(r: Report): string[] {
  const out: string[] = [];
  const { structure: s, outputs: o, gradients: g, training: t } = r;
  out.push(row('structure', s.equal ? `equal: ${s.nodes[0]} / ${s.nodes[1]} nodes${s.oneToOne ? ', one to one' : ', not one to one'}` : `different: ${s.nodes[0]} / ${s.nodes[1]} nodes`));
  if (s.difference) out.push(...differenceLines(s.difference).map((l) => row('', l)));
  if (r.unpaired.length > 0) out.push(row('variables', `without a counterpart: ${r.unpaired.join(', ')}`));
  if (o) out.push(row('outputs', `${o.bitEqual ? 'bit-equal' : distanceText(o.distance)}: ${count(o.feeds, 'feed')}, ${count(o.tensors, 'tensor')}, ${count(o.distance.count, 'number')} (allowed: ${exp(o.tolerance)} of the largest value)`));
  if (g) {
    out.push(row('gradients', `${g.bitEqual ? 'bit-equal' : distanceText(g.distance)}; ||a-b|| is ${exp(g.relative)} of the largest ||g|| (allowed: ${exp(g.tolerance)})`));
    for (const v of g.variables) out.push(row('', `${v.name}: ||g|| ${exp(v.norm)}, ||a-b|| ${exp(v.difference)}, ${ulps(v.maxUlp)}`));
  }
  if (t) {
    const last = t.losses[t.losses.length - 1];
    out.push(row('training', `${t.optimizer}, ${count(t.steps, 'step')}: losses ${t.bitEqual ? 'bit-equal' : `differ by ${exp(t.relative)}`} (allowed: ${exp(t.tolerance)} a step)${last ? `, last ${last[0]} / ${last[1]}` : ''}`));
    out.push(row('', `weights after it differ by ${exp(t.weights)} of the largest${t.leftOut.length === 0 ? '' : `; left out, their gradient is rounding noise: ${t.leftOut.join(', ')}`}`));
  }
  out.push(row('engine', r.engine));
  return out;
}

function row(label: string, text: string): string { return `  ${label.padEnd(10)} ${text}`; }

/** One line: both nodes and what differs. */
export function differenceText(d: StructureDifference): string {
  const side = (n: StructureDifference['a']): string => (n ? `${n.op} '${n.name}'${n.site === undefined ? '' : ` (${n.site})`}` : 'nothing');
  return `${side(d.a)} against ${side(d.b)}: ${d.why}`;
}
function differenceLines(d: StructureDifference): string[] {
  const side = (label: string, n: StructureDifference['a']): string[] => (n ? [`${label}: ${n.name} (op: ${n.op})${n.site === undefined ? '' : `, created at ${n.site}`}`] : []);
  return [`first difference: ${d.why}`, ...side('a', d.a), ...side('b', d.b)];
}

function distanceText(d: Distance): string { return `at most ${ulps(d.maxUlp)}, ${exp(d.maxAbs)} (${d.differing} of ${d.count} differ)`; }
function ulps(n: number): string { return n === Infinity ? 'NaN against a number' : `${Number.isInteger(n) ? n : n.toPrecision(3)} ulp`; }
function exp(x: number): string { return x === 0 ? '0' : Number.isFinite(x) ? x.toExponential(1) : String(x); }
function count(n: number, what: string): string { return `${n} ${what}${n === 1 ? '' : 's'}`; }
