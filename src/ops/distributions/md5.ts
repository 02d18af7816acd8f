// MD5 (RFC 1321): Python derives seeds with it.

const ROTATIONS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]] as const;
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32) | 0);

/** The 16 bytes of a message's digest. */
export function md5(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = (message.length + 8 >> 6) + 1;
  const words = new DataView(new ArrayBuffer(blocks * 64));
  message.forEach((b, i) => { words.setUint8(i, b); });
  words.setUint8(message.length, 0x80);
  words.setBigUint64(blocks * 64 - 8, BigInt(message.length) * 8n, true);
  const state = Int32Array.of(0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476);
  for (let at = 0; at < blocks * 64; at += 64) {
    let [a, b, c, d] = state as unknown as [number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const [f, g] = round === 0 ? [(b & c) | (~b & d), i] : round === 1 ? [(d & b) | (~d & c), 5 * i + 1] : round === 2 ? [b ^ c ^ d, 3 * i + 5] : [c ^ (b | ~d), 7 * i];
      const sum = (a + f + SINES[i]! + words.getInt32(at + 4 * (g % 16), true)) | 0;
      const turn = ROTATIONS[round]![i % 4]!;
      [a, d, c, b] = [d, c, b, (b + (sum << turn | sum >>> 32 - turn)) | 0];
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
  }
  const out = new Uint8Array(16);
  const view = new DataView(out.buffer);
  state.forEach((x, i) => { view.setInt32(4 * i, x, true); });
  return out;
}
