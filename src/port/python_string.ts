// Python's string literals: escapes, and %-formats split into pieces.

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', '\'': '\'', '"': '"', a: '\x07', b: '\b', f: '\f', v: '\v', '\n': '' };

/** The text of a literal's content; escapes are Python's, unknown ones stay as they are. */
export function unescape(text: string, bytes: boolean): string {
  return text.replaceAll('\r\n', '\n').replace(/\\(?:\n|[\\'"abfnrtv]|x[0-9a-fA-F]{2}|[0-7]{1,3}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/g, (m) => {
    const c = m[1]!;
    if (c in SIMPLE) return SIMPLE[c]!;
    if ((c === 'u' || c === 'U') && bytes) return m;
    const code = c === 'x' || c === 'u' || c === 'U' ? parseInt(m.slice(2), 16) : parseInt(m.slice(1), 8);
    return code <= 0x10ffff ? String.fromCodePoint(code) : m;
  });
}

/** A conversion of a %-format. */
export interface Percent { readonly key: string | null; readonly spec: string; readonly type: string }
/** `'a %d b %(x)s'` as texts and conversions, in turn; null when it is malformed. */
export function percentPieces(format: string): readonly (string | Percent)[] | null {
  const out: (string | Percent)[] = [];
  let text = '';
  const re = /%(?:\(([^)]*)\))?([-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?)[hlL]?([diouxXeEfFgGcrsa%])/y;
  for (let i = 0; i < format.length;) {
    if (format[i] !== '%') { text += format[i++]; continue; }
    re.lastIndex = i;
    const m = re.exec(format);
    if (!m || m[2]!.includes('*')) return null;
    if (m[3] === '%') text += '%';
    else { out.push(text, { key: m[1] ?? null, spec: m[2]!, type: m[3]! }); text = ''; }
    i = re.lastIndex;
  }
  out.push(text);
  return out;
}

/** A piece of `str.format`. */
export interface FormatHole { readonly key: string; readonly spec: string; readonly conversion: string }
/** `'{} {name:.2f}'` as texts and holes, in turn; null when it is malformed or nested. */
export function formatPieces(format: string): readonly (string | FormatHole)[] | null {
  const out: (string | FormatHole)[] = [];
  let text = '';
  for (let i = 0; i < format.length;) {
    const c = format[i]!;
    if ((c === '{' || c === '}') && format[i + 1] === c) { text += c; i += 2; continue; }
    if (c === '}') return null;
    if (c !== '{') { text += c; i++; continue; }
    const end = format.indexOf('}', i);
    const inside = end < 0 ? '{' : format.slice(i + 1, end);
    if (inside.includes('{')) return null;
    const m = /^([^!:]*)(?:!([rsa]))?(?::(.*))?$/s.exec(inside);
    if (!m) return null;
    out.push(text, { key: m[1]!, conversion: m[2] ?? '', spec: m[3] ?? '' });
    text = '';
    i = end + 1;
  }
  out.push(text);
  return out;
}

/** A TypeScript string literal, single quotes. */
export function quote(s: string): string {
  const body = s.replace(/[\\'\p{Cc}\u2028\u2029]/gu, (c) => {
    const short: Readonly<Record<string, string>> = { '\\': '\\\\', '\'': '\\\'', '\n': '\\n', '\r': '\\r', '\t': '\\t' };
    return short[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `'${body}'`;
}
/** Text inside a template literal. */
export function templateText(s: string): string {
  return s.replace(/[\\`\n\r]|\$\{/g, (c) => (c === '\n' ? '\\n' : c === '\r' ? '\\r' : `\\${c}`));
}
