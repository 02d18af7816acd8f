// Lines of output -> formatted text: two spaces a level, lines over 120 columns broken at the commas of their outermost
// brackets. Returns, per line of the text, the line of Python it stems from.
import type { Line } from './emit/emitter.ts';

const WIDTH = 120;

export interface Laid { readonly text: string; readonly python: readonly number[] }

export function layout(lines: readonly Line[]): Laid {
  const out: string[] = [];
  const python: number[] = [];
  const put = (s: string, line: number): void => {
    if (s.trim() === '' && (out.length === 0 || out.at(-1) === '' || /[{[(]$/.test(out.at(-1)!))) return;
    out.push(s.trimEnd());
    python.push(line);
  };
  for (const l of lines) for (const s of breakLine(l.text, l.indent)) put(s, l.python);
  while (out.at(-1) === '') { out.pop(); python.pop(); }
  return { text: `${out.join('\n')}\n`, python };
}

function breakLine(text: string, indent: number): string[] {
  const pad = '  '.repeat(indent);
  if (pad.length + text.length <= WIDTH || /^(\/\/|\/\*|\*)/.test(text.trimStart())) return [pad + text];
  const group = widestGroup(text);
  if (!group) return [pad + text];
  const head = text.slice(0, group.open + 1);
  const tail = text.slice(group.close);
  const hugged = hug(group, head, tail, pad, indent);
  if (hugged) return hugged;
  // No comma behind a rest parameter, nor in parentheses that only group.
  const inner = group.items.flatMap((s) => breakLine(`${s.trim()}${/^\.\.\.\w+: any\[\]$/.test(s.trim()) || groups(head) ? '' : ','}`, indent + 1));
  return [pad + head, ...inner, pad + tail];
}

/** Whether a text ends in a parenthesis that only groups. */
const groups = (head: string): boolean => head.endsWith('(') && !/[\w\])>]\($/.test(head);

/** A last item in brackets of its own stays on the line of the call: `f(a, {` ... `});`. */
function hug(group: Group, head: string, tail: string, pad: string, indent: number): string[] | undefined {
  const last = group.items.at(-1)!.trim();
  const own = widestGroup(last);
  if (head.endsWith('{') || !own || own.close !== last.length - 1 || group.items.slice(0, -1).some((x) => x.length > 60)) return undefined;
  const before = [...group.items.slice(0, -1).map((x) => x.trim()), ''].join(', ');
  const first = `${pad}${head}${before}${last.slice(0, own.open + 1)}`;
  if (first.length > WIDTH) return undefined;
  const inner = own.items.flatMap((x) => breakLine(`${x.trim()}${groups(last.slice(0, own.open + 1)) ? '' : ','}`, indent + 1));
  return [first, ...inner, `${pad}${last.slice(own.close)}${tail}`];
}

interface Group { readonly open: number; readonly close: number; readonly items: readonly string[] }
/** The longest bracket group at the outermost level that has something to break. */
function widestGroup(s: string): Group | undefined {
  let best: Group | undefined;
  const stack: { at: number; commas: number[] }[] = [];
  for (let i = 0; i < s.length; i++) {
    const c = s[i]!;
    if (c === '\'' || c === '`') { i = skipString(s, i); continue; }
    if (c === '/' && s[i + 1] === '/' && s[i - 1] === ' ') break;
    if (c === '(' || c === '[' || c === '{') stack.push({ at: i, commas: [] });
    else if (c === ',' && stack.length > 0 && !/<\w+$/.test(s.slice(Math.max(0, i - 12), i))) stack.at(-1)!.commas.push(i);
    else if (c === ')' || c === ']' || c === '}') {
      const o = stack.pop();
      if (!o) return best;
      if (stack.length > 0 || i - o.at < 12) continue;
      if (best && best.close - best.open >= i - o.at) continue;
      const cuts = [o.at, ...o.commas, i];
      const items = cuts.slice(1).map((end, k) => s.slice(cuts[k]! + 1, end));
      best = { open: o.at, close: i, items: items.at(-1)!.trim() === '' ? items.slice(0, -1) : items };
    }
  }
  return best && isBreakable(s, best) ? best : undefined;
}
/** Tests of ifs and heads of loops keep their one expression; everything else has items to spread. */
function isBreakable(s: string, g: Group): boolean { return !/^(\}? ?(else )?(if|for|while) ?)$/.test(s.slice(0, g.open)) && g.items.length > 0 && !/=>\s*\{$/.test(s.trimEnd()); }

function skipString(s: string, i: number): number {
  const q = s[i]!;
  for (let k = i + 1; k < s.length; k++) {
    if (s[k] === '\\') k++;
    else if (q === '`' && s[k] === '$' && s[k + 1] === '{') {
      let depth = 1;
      k += 2;
      for (; k < s.length && depth > 0; k++) {
        if (s[k] === '\'' || s[k] === '`') k = skipString(s, k);
        else if (s[k] === '{') depth++;
        else if (s[k] === '}') depth--;
      }
      k--;
    } else if (s[k] === q) return k;
  }
  return s.length;
}
