// Python's repr of plain values, as TF's messages, text protos and the one-line print show them. Follows CPython 3.7.

/** `repr(float)`: shortest digits that round-trip, always with a point or an exponent: `1.0`, `1e-05`, `1e+16`, `nan`. */
export function floatRepr(x: number): string {
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  if (Object.is(x, -0)) return '-0.0';
  const { sign, digits, exponent } = decimal(x.toExponential());
  if (exponent >= -4 && exponent < 16) return sign + fixed(digits, exponent, true);
  return sign + scientific(digits, exponent);
}

/** C's `%.<precision>g` (no trailing zeros). */
export function formatG(x: number, precision = 6): string {
  if (Number.isNaN(x)) return 'nan';
  if (!Number.isFinite(x)) return x > 0 ? 'inf' : '-inf';
  if (x === 0) return Object.is(x, -0) ? '-0' : '0';
  const d = decimal(x.toExponential(precision - 1));
  const digits = d.digits.replace(/0+$/, '') || '0';
  return d.sign + (d.exponent < -4 || d.exponent >= precision ? scientific(digits, d.exponent) : fixed(digits, d.exponent, false));
}

function decimal(e: string): { sign: string; digits: string; exponent: number } {
  const [, sign, a, b, exponent] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(e)!;
  return { sign: sign!, digits: a! + (b ?? ''), exponent: Number(exponent) };
}
function fixed(digits: string, exponent: number, point: boolean): string {
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  const rest = digits.slice(exponent + 1);
  return rest === '' ? (point ? `${whole}.0` : whole) : `${whole}.${rest}`;
}
function scientific(digits: string, exponent: number): string {
  const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** `repr(bytes)`: `b'abc\n\xff'`. */
export function bytesRepr(b: Uint8Array): string { return `b${quoted(b)}`; }

/** `repr(str)` of text whose bytes Python would show one by one (all of ASCII; other characters print as they are). */
export function stringRepr(s: string): string {
  const q = s.includes("'") && !s.includes('"') ? '"' : "'";
  let out = q;
  for (const ch of s) out += ch === q || ch === '\\' ? `\\${ch}` : ch < ' ' || ch === '\x7f' ? escapeByte(ch.charCodeAt(0)) : ch;
  return out + q;
}

function quoted(b: Uint8Array): string {
  const q = b.includes(39) && !b.includes(34) ? '"' : "'";
  let out = q;
  for (const c of b) {
    if (c === 92 || c === q.charCodeAt(0)) out += `\\${String.fromCharCode(c)}`;
    else out += c >= 32 && c < 127 ? String.fromCharCode(c) : escapeByte(c);
  }
  return out + q;
}
function escapeByte(c: number): string {
  return c === 10 ? '\\n' : c === 13 ? '\\r' : c === 9 ? '\\t' : `\\x${c.toString(16).padStart(2, '0')}`;
}

/** `repr(complex)`: `(1+2j)`, `2j`. */
export function complexRepr(re: number, im: number): string {
  const part = (x: number): string => floatRepr(x).replace(/\.0$/, '');
  const i = part(im);
  if (Object.is(re, 0)) return `${i}j`;
  return `(${part(re)}${i.startsWith('-') ? '' : '+'}${i}j)`;
}

/** C++ StrCat of a float (or double): `%.6g` (`%.15g`), with all digits where that does not read back the same. */
export function strCatNumber(x: number, double = false): string {
  const short = formatG(x, double ? 15 : 6);
  if (!Number.isFinite(x)) return short;
  const back = double ? Number(short) : Math.fround(Number(short));
  return back === x ? short : formatG(x, double ? 17 : 9);
}
