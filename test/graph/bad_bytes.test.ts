// Truncated, corrupted and hostile input: always a DecodeError with the place, never a crash, a hang or a huge allocation.
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../src/graph/errors.ts';
import { decodeGraphDef, encodeGraphDef } from '../../src/graph/graph_def_codec.ts';
import { graphDefFromText } from '../../src/graph/graph_def_text.ts';
import type { GraphDef } from '../../src/graph/node_def.ts';
import { printGraphDef } from '../../src/graph/print.ts';
import { verify } from '../../src/graph/verify.ts';
import { opTable } from '../../src/ops/registry.ts';
import { functionBytes, functionText, goldenBytes, goldenText, seeded } from './goldens.ts';

/** The graph, or undefined where the input was refused with a DecodeError; anything else fails the test. */
function attempt(read: () => GraphDef): GraphDef | undefined {
  try { return read(); } catch (e) {
    if (!(e instanceof DecodeError)) throw e;
    return undefined;
  }
}

const sources = [goldenBytes('seed_entry1_nhwc'), functionBytes()];
const texts = [goldenText('seed_entry1_nhwc'), functionText()];

test('every truncation of a graph is refused or a shorter graph', () => {
  let refused = 0;
  for (const b of sources) {
    for (let n = 0; n < b.length; n += b.length > 3000 ? 3 : 1) if (!attempt(() => decodeGraphDef(b.subarray(0, n)))) refused++;
  }
  expect(refused).toBeGreaterThan(1000);
});

test('4,000 mutations of binary graphs', () => {
  const random = seeded(1);
  let refused = 0;
  for (let k = 0; k < 4000; k++) {
    const b = Uint8Array.from(sources[k % sources.length]!);
    for (let i = random(4); i >= 0; i--) {
      const at = random(b.length);
      switch (random(4)) {
        case 0: b[at]! ^= 1 << random(8); break;
        case 1: b[at] = random(256); break;
        case 2: b.fill(255, at, at + 1 + random(10)); break;
        default: b.copyWithin(at, random(b.length), random(b.length));
      }
    }
    const g = attempt(() => decodeGraphDef(b));
    if (!g) { refused++; continue; }
    // What is accepted can be written, printed and judged.
    expect(attempt(() => decodeGraphDef(encodeGraphDef(g)))).toBeDefined();
    printGraphDef(g);
    verify(g, opTable);
  }
  expect(refused).toBeGreaterThan(500);
  expect(refused).toBeLessThan(4000);
});

test('2,000 mutations of text graphs', () => {
  const random = seeded(2);
  const alphabet = '{}<>[]:,;"\'\\#\n 09azAZ_-.\u00e9\u{1f600}';
  let refused = 0;
  for (let k = 0; k < 2000; k++) {
    let s = texts[k % texts.length]!.slice(0, 6000);
    for (let i = random(3); i >= 0; i--) {
      const at = random(s.length);
      const cut = random(3) === 0 ? random(40) : 0;
      s = s.slice(0, at) + (random(2) === 0 ? alphabet[random(alphabet.length)]! : s.slice(random(s.length)).slice(0, random(30))) + s.slice(at + cut);
    }
    if (!attempt(() => graphDefFromText(s))) refused++;
  }
  expect(refused).toBeGreaterThan(500);
});

describe('errors say where', () => {
  const hex = (s: string): Uint8Array => Uint8Array.from(Buffer.from(s.replace(/ /g, ''), 'hex'));
  test.each([
    ['0a', 'GraphDef is corrupt at byte 1: data end here, in the middle of a field'],
    ['0a 05 0a 01 61', 'at byte 1: message of 5 bytes where 3 remain'],
    ['0a ff ff ff ff 0f', 'at byte 1: message of 4294967295 bytes where 0 remain'],
    ['0a ff ff ff ff ff ff ff ff 7f', 'bytes where 0 remain'],
    ['0a ff ff ff ff ff ff ff ff ff ff 01', 'varint of more than 10 bytes'],
    ['00', 'at byte 0: invalid tag 0'],
    ['07', 'at byte 0: invalid tag 7'],
    ['0b', 'wire type 3 of field 1 is not supported'],
    ['0a 03 0a 01 ff', 'at byte 4: string is not valid UTF-8'],
    ['0a 05 0a 01 61 12 09', "(in node 'a'): string of 9 bytes where 0 remain"],
    // node 'a', attr T, type 99
    ['0a 0e 0a 01 61 2a 09 0a 01 54 12 04 30 e3 80 00', "(in node 'a'): unknown dtype number 99"],
    ['0a 0c 0a 01 61 2a 07 0a 01 54 12 02 30 00', "(in node 'a'): DT_INVALID is not a dtype"],
    // tensor of float with a dimension of 2^40 and one value
    ['0a 1f 0a 01 61 2a 1a 0a 01 76 12 15 42 13 08 01 12 09 12 07 08 80 80 80 80 80 20 2a 04 00 00 80 3f', 'raise maxBytes to read it'],
  ])('%s', (s, message) => {
    expect(() => decodeGraphDef(hex(s))).toThrow(DecodeError);
    expect(() => decodeGraphDef(hex(s))).toThrow(message);
  });
  test('nesting is limited', () => {
    let b: Uint8Array = Uint8Array.of();
    const wrap = (tag: number, inner: Uint8Array): Uint8Array => {
      const len: number[] = [];
      let n = inner.length;
      for (; n > 127; n >>>= 7) len.push((n & 127) | 128);
      return Uint8Array.from([tag, ...len, n, ...inner]);
    };
    // AttrValue { func { attr { value } } }
    for (let i = 0; i < 200; i++) b = wrap(0x52, wrap(0x12, wrap(0x12, b)));
    expect(() => decodeGraphDef(wrap(0x0a, wrap(0x2a, wrap(0x12, b))))).toThrow('nested more than 100 deep');
  });
  test('what splat tensors may expand to is bounded, and the bound can be raised', () => {
    const g = graphDefFromText('node { name: "a" op: "Const" attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape { dim { size: 1000 } } float_val: 1 } } } }');
    expect(() => decodeGraphDef(encodeGraphDef(g), { maxBytes: 3000 })).toThrow("in node 'a'");
    expect(decodeGraphDef(encodeGraphDef(g), { maxBytes: 6000 }).node).toHaveLength(1);
  });
});
