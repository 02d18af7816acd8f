// Kernels of Unicode: from bytes to code points and back, and the scripts of code points. UTF-8, UTF-16 and UTF-32, ASCII and
// Latin-1 are decoded here; other encodings by the host's TextDecoder. Follows core/kernels/{unicode_ops,
// unicode_script_op}.cc (1.15), whose ICU replaces what cannot be decoded as WHATWG's decoders do.
import { int32, int64, string } from '../../graph/dtype.ts';
import { encodeUtf8, NDArray } from '../../graph/ndarray.ts';
import { boolAttr, fromNumbers, intAttr, invalid, stringAttr, toNumbers, typeAttr } from './common.ts';
import { type Kernel, type KernelDef, type KernelNode } from './kernel.ts';
import { stringsOf } from './string.ts';

/** Tells of a code point, the bytes it took, and whether those were none. */
type Each = (point: number, bytes: number, wrong: boolean) => void;
type Decoder = (s: Uint8Array, each: Each) => void;
const REPLACEMENT = 0xfffd, HIGHEST = 0x10ffff;
const isSurrogate = (p: number): boolean => p >= 0xd800 && p <= 0xdfff;

const utf8: Decoder = (s, each) => {
  for (let i = 0; i < s.length;) {
    const lead = s[i]!;
    const n = lead < 0x80 ? 1 : lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    let p = n === 1 ? lead : lead & (0x7f >> n), k = 1;
    for (; k < n; k++) {
      const c = s[i + k];
      // The second byte of some leads is bounded more closely: no overlong forms, no surrogates, nothing above U+10FFFF.
      const low = k > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80, high = k > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
      if (c === undefined || c < low || c > high) break;
      p = (p << 6) | (c & 0x3f);
    }
    const whole = n > 0 && k === n;
    each(whole ? p : REPLACEMENT, k, !whole);
    i += k;
  }
};
const utf16 = (little: boolean): Decoder => (s, each) => {
  const v = new DataView(s.buffer, s.byteOffset, s.byteLength);
  for (let i = 0; i < s.length;) {
    if (i + 1 >= s.length) { each(REPLACEMENT, 1, true); return; }
    const unit = v.getUint16(i, little), next = i + 3 < s.length ? v.getUint16(i + 2, little) : 0;
    if (!isSurrogate(unit)) { each(unit, 2, false); i += 2; } else if (unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) {
      each(0x10000 + ((unit - 0xd800) << 10) + (next - 0xdc00), 4, false);
      i += 4;
    } else if (unit < 0xdc00 && i + 3 === s.length) { each(REPLACEMENT, 3, true); i += 3; } else { each(REPLACEMENT, 2, true); i += 2; }
  }
};
const utf32 = (little: boolean): Decoder => (s, each) => {
  const v = new DataView(s.buffer, s.byteOffset, s.byteLength);
  for (let i = 0; i < s.length; i += 4) {
    if (i + 3 >= s.length) { each(REPLACEMENT, s.length - i, true); return; }
    const p = v.getUint32(i, little), wrong = p > HIGHEST || isSurrogate(p);
    each(wrong ? REPLACEMENT : p, 4, wrong);
  }
};
const bytewise = (limit: number): Decoder => (s, each) => { for (const c of s) each(c < limit ? c : REPLACEMENT, 1, c >= limit); };

/** Encodings by name, without regard to case and hyphens, as ICU has it. */
const DECODERS: Readonly<Record<string, Decoder>> = {
  utf8, utf16be: utf16(false), utf16le: utf16(true), utf32be: utf32(false), utf32le: utf32(true),
  ascii: bytewise(0x80), usascii: bytewise(0x80), latin1: bytewise(0x100), iso88591: bytewise(0x100),
};
/** The host's decoder, given one byte after the other to see which make a character. */
const byHost = (decoder: InstanceType<typeof TextDecoder>): Decoder => (s, each) => {
  let from = 0;
  const told = (text: string, to: number): void => {
    for (const c of text) { const p = c.codePointAt(0)!; each(p, to - from, p === REPLACEMENT); from = to; }
  };
  s.forEach((_, i) => { told(decoder.decode(s.subarray(i, i + 1), { stream: true }), i + 1); });
  told(decoder.decode(), s.length);
};
function decoderOf(node: KernelNode): Decoder {
  const name = stringAttr(node, 'input_encoding');
  const own = DECODERS[name.toLowerCase().replace(/[-_ ]/g, '')];
  if (own) return own;
  try { return byHost(new TextDecoder(name, { ignoreBOM: true })); } catch { throw invalid(`Could not create converter for input encoding: ${name}`); }
}

/** What a code point becomes under the node's options: undefined where it is left out. */
function policy(node: KernelNode): { readonly strict: boolean; readonly of: (point: number, wrong: boolean) => number | undefined } {
  const errors = stringAttr(node, 'errors', 'replace'), by = intAttr(node, 'replacement_char', REPLACEMENT), controls = boolAttr(node, 'replace_control_characters', false);
  if (by < 0 || by > HIGHEST) throw invalid('replacement_char out of unicode codepoint range');
  return { strict: errors === 'strict', of: (p, wrong) => (wrong || (controls && p <= 0x1f) ? (errors === 'ignore' ? undefined : by) : p) };
}

/** A string of UTF-16 units in the node's output encoding. */
function encoded(text: string, node: KernelNode): Uint8Array {
  const encoding = stringAttr(node, 'output_encoding');
  if (encoding === 'UTF-8') return encodeUtf8(text);
  const units = encoding === 'UTF-16-BE' ? Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)) : Array.from(text, (c) => c.codePointAt(0)!);
  const size = encoding === 'UTF-16-BE' ? 2 : 4, out = new Uint8Array(size * units.length), v = new DataView(out.buffer);
  units.forEach((u, i) => { if (size === 2) v.setUint16(2 * i, u); else v.setUint32(4 * i, u); });
  return out;
}
const BAD_INPUT = 'Invalid formatting on input string';

const transcode: Kernel = ([a], node) => {
  const decode = decoderOf(node), { strict, of } = policy(node);
  return [new NDArray(string, a!.shape, stringsOf(a!).map((s) => {
    let text = '';
    decode(s, (p, _, wrong) => {
      const q = of(p, wrong);
      if (strict && (wrong || q !== p)) throw invalid(BAD_INPUT);
      if (q !== undefined) text += String.fromCodePoint(q);
    });
    return encoded(text, node);
  }))];
};

const decode = (offsets: boolean): Kernel => ([a], node) => {
  const each = decoderOf(node), { strict, of } = policy(node);
  const points: number[] = [], starts: number[] = [], splits = [0];
  for (const s of stringsOf(a!)) {
    let at = 0;
    each(s, (p, bytes, wrong) => {
      if (strict && wrong) throw invalid(BAD_INPUT);
      const q = of(p, wrong);
      if (q !== undefined) { points.push(q); starts.push(at); }
      at += bytes;
    });
    splits.push(points.length);
  }
  const out = [fromNumbers(typeAttr(node, 'Tsplits', int64), [splits.length], splits), new NDArray(int32, [points.length], Int32Array.from(points))];
  return offsets ? [...out, fromNumbers(int64, [starts.length], starts)] : out;
};

const encode: Kernel = ([values, splits], node) => {
  const { strict, of } = policy(node), points = toNumbers(values!), ends = toNumbers(splits!);
  let at = 0;
  return [new NDArray(string, [Math.max(0, ends.length - 1)], ends.slice(1).map((end) => {
    let text = '';
    for (; at < end; at++) {
      const p = points[at]!, wrong = p < 0 || p > HIGHEST;
      if (strict && wrong) throw invalid('Code point value out of valid Unicode range.');
      const q = of(p, wrong);
      if (q !== undefined) text += String.fromCodePoint(q);
    }
    return encoded(text, node);
  }))];
};

// ---- scripts

/** ICU's numbers of the scripts: each one more than the one before unless it says its own. */
const SCRIPTS = (
  'Common Inherited Arabic Armenian Bengali Bopomofo Cherokee Coptic Cyrillic Deseret Devanagari Ethiopic Georgian Gothic Greek Gujarati Gurmukhi Han '
  + 'Hangul Hebrew Hiragana Kannada Katakana Khmer Lao Latin Malayalam Mongolian Myanmar Ogham Old_Italic Oriya Runic Sinhala Syriac Tamil Telugu Thaana '
  + 'Thai Tibetan Canadian_Aboriginal Yi Tagalog Hanunoo Buhid Tagbanwa Braille Cypriot Limbu Linear_B Osmanya Shavian Tai_Le Ugaritic 55:Buginese '
  + 'Glagolitic Kharoshthi Syloti_Nagri New_Tai_Lue Tifinagh Old_Persian Balinese Batak 65:Brahmi Cham 71:Egyptian_Hieroglyphs 75:Pahawh_Hmong '
  + 'Old_Hungarian 78:Javanese Kayah_Li 82:Lepcha Linear_A Mandaic 86:Meroitic_Hieroglyphs Nko Old_Turkic Old_Permic Phags_Pa Phoenician Miao 99:Vai '
  + '101:Cuneiform 104:Carian 106:Tai_Tham Lycian Lydian Ol_Chiki Rejang Saurashtra SignWriting Sundanese 115:Meetei_Mayek Imperial_Aramaic Avestan Chakma '
  + '120:Kaithi Manichaean Inscriptional_Pahlavi Psalter_Pahlavi 125:Inscriptional_Parthian Samaritan Tai_Viet 130:Bamum Lisu 133:Old_South_Arabian '
  + 'Bassa_Vah Duployan Elbasan Grantha 140:Mende_Kikakui Meroitic_Cursive Old_North_Arabian Nabataean Palmyrene Khudawadi Warang_Citi 149:Mro Nushu '
  + 'Sharada Sora_Sompeng Takri Tangut 156:Anatolian_Hieroglyphs Khojki Tirhuta Caucasian_Albanian Mahajani Ahom Hatran Modi Multani Pau_Cin_Hau Siddham '
  + 'Adlam Bhaiksuki Marchen Newa Osage 175:Masaram_Gondi Soyombo Zanabazar_Square Dogra Gunjala_Gondi Makasar Medefaidrin Hanifi_Rohingya Sogdian '
  + 'Old_Sogdian'
).split(' ');
const UNKNOWN_SCRIPT = 103, NO_SCRIPT = -1;
let tests: readonly (readonly [number, RegExp])[] | undefined;
const known = new Map<number, number>();
const MOST_KNOWN = 1 << 16;
/** The script by the host's tables, which may be of a later Unicode than TensorFlow's. */
function scriptOf(p: number): number {
  if (p < 0 || p > HIGHEST) return NO_SCRIPT;
  let code = known.get(p);
  if (code !== undefined) return code;
  if (!tests) {
    let n = -1;
    tests = SCRIPTS.map((s) => {
      const [name, own] = s.split(':').reverse() as [string, string?];
      n = own === undefined ? n + 1 : Number(own);
      return [n, new RegExp(`^\\p{Script=${name}}$`, 'u')] as const;
    });
  }
  const char = String.fromCodePoint(p);
  code = tests.find(([, re]) => re.test(char))?.[0] ?? UNKNOWN_SCRIPT;
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(p, code);
  return code;
}
const script: Kernel = ([a]) => [new NDArray(int32, a!.shape, (a!.data as Int32Array).map(scriptOf))];

const KERNELS: Readonly<Record<string, Kernel>> = { UnicodeTranscode: transcode, UnicodeDecode: decode(false), UnicodeDecodeWithOffsets: decode(true), UnicodeEncode: encode, UnicodeScript: script };
export const stringUnicodeKernels: readonly KernelDef[] = Object.entries(KERNELS).map(([op, kernel]) => ({ op, kernel }));
