// Replacing and matching by regular expressions. Follows core/kernels/{regex_replace_op,regex_full_match_op}.cc (1.15) and
// RE2's GlobalReplace, Replace and Rewrite.
import { bool } from '../../graph/dtype.ts';
import { NDArray } from '../../graph/ndarray.ts';
import { boolAttr, invalid, shapeText } from './common.ts';
import { type Kernel, type KernelDef } from './kernel.ts';
import { compileRe2, decodeEscaped, encodeEscaped, type Re2, Re2Error } from './re2.ts';
import { bytesAttr, eachString, stringsOf } from './string.ts';

const compiled = new Map<string, Re2>();
const MOST_COMPILED = 256;
function patternOf(bytes: Uint8Array): Re2 {
  const pattern = decodeEscaped(bytes);
  let re = compiled.get(pattern);
  if (!re) {
    try { re = compileRe2(pattern); } catch (e) {
      if (e instanceof Re2Error) throw invalid(`Invalid pattern: ${pattern}, error: ${e.message}`);
      throw e;
    }
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(pattern, re);
  }
  return re;
}

/** The rewritten match; `whole`: whether all of the rewrite made sense (what comes before the mistake is written all the same). */
function rewritten(rewrite: string, m: RegExpExecArray): { readonly text: string; readonly whole: boolean } {
  let text = '';
  for (let i = 0; i < rewrite.length; i++) {
    if (rewrite[i] !== '\\') { text += rewrite[i]; continue; }
    const c = rewrite[++i];
    if (c === '\\') text += c;
    else if (c !== undefined && /\d/.test(c)) text += m[Number(c)] ?? '';
    else return { text, whole: false };
  }
  return { text, whole: true };
}

/** The next match from `at` on; none lies within a character of two units, where the host's lookarounds may find empty ones. */
function matchFrom(re: RegExp, s: string, at: number): RegExpExecArray | null {
  for (;;) {
    re.lastIndex = at;
    const m = re.exec(s);
    if (!m || m.index === 0 || (s.codePointAt(m.index - 1) ?? 0) < 0x10000) return m;
    at = m.index + 1;
  }
}

function replaceAll(re: RegExp, s: string, rewrite: string): string {
  let out = '', at = 0, last = -1;
  while (at <= s.length) {
    const m = matchFrom(re, s, at);
    if (!m) break;
    out += s.slice(at, m.index);
    if (m.index === last && m[0] === '') {
      // No empty match at the end of the last one.
      const step = at < s.length ? String.fromCodePoint(s.codePointAt(at)!) : '';
      out += step;
      at += Math.max(1, step.length);
      continue;
    }
    out += rewritten(rewrite, m).text;
    at = last = m.index + m[0].length;
  }
  return last < 0 ? s : out + s.slice(at);
}
function replaceFirst(re: RegExp, s: string, rewrite: string): string {
  const m = matchFrom(re, s, 0);
  const r = m && rewritten(rewrite, m);
  return m && r!.whole ? s.slice(0, m.index) + r!.text + s.slice(m.index + m[0].length) : s;
}
function replacer(pattern: Uint8Array, rewrite: Uint8Array, all: boolean): (s: Uint8Array) => Uint8Array {
  const re = new RegExp(patternOf(pattern).source, 'gu'), by = decodeEscaped(rewrite), replace = all ? replaceAll : replaceFirst;
  return (s) => encodeEscaped(replace(re, decodeEscaped(s), by));
}
function scalarOf(a: NDArray, name: string): Uint8Array {
  if (a.ndim !== 0) throw invalid(`${name} must be scalar, but received ${shapeText(a.shape)}`);
  return stringsOf(a)[0]!;
}
const regexReplace: Kernel = ([a, pattern, rewrite], node, state) => {
  const f = replacer(scalarOf(pattern!, 'Pattern'), scalarOf(rewrite!, 'Rewrite'), boolAttr(node, 'replace_global', true));
  return eachString(f)([a!], node, state);
};
const staticRegexReplace: Kernel = (inputs, node, state) => eachString(replacer(bytesAttr(node, 'pattern'), bytesAttr(node, 'rewrite'), boolAttr(node, 'replace_global', true)))(inputs, node, state);

const matches = (a: NDArray, pattern: Uint8Array): NDArray[] => {
  const re = new RegExp(`^(?:${patternOf(pattern).source})$`, 'u');
  return [new NDArray(bool, a.shape, Uint8Array.from(stringsOf(a), (s) => (re.test(decodeEscaped(s)) ? 1 : 0)))];
};

const KERNELS: Readonly<Record<string, Kernel>> = {
  RegexReplace: regexReplace, StaticRegexReplace: staticRegexReplace,
  RegexFullMatch: ([a, pattern]) => matches(a!, scalarOf(pattern!, 'Pattern')), StaticRegexFullMatch: ([a], node) => matches(a!, bytesAttr(node, 'pattern')),
};
export const stringRegexKernels: readonly KernelDef[] = Object.entries(KERNELS).map(([op, kernel]) => ({ op, kernel }));
