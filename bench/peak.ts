// The peak of this machine: multiplications and additions of 128-bit vectors, as many of each. Twelve chains x = x * a + b
// hide the latencies of both; everything stays in registers, and nothing is computed twice. A module written out by hand.

const CHAINS = 12;
const STEPS = 5000, TURNS = 200;

/** Multiply-and-add throughput now, in GFLOP/s (a multiplication and an addition count as two, per lane). */
export function peakGflops(): number {
  loop ??= compile();
  let best = Infinity;
  for (let i = 0; i < TURNS; i++) {
    const t0 = performance.now();
    loop(STEPS);
    best = Math.min(best, performance.now() - t0);
  }
  return (STEPS * CHAINS * 4 * 2) / 1e6 / best;
}
let loop: ((steps: number) => number) | undefined;

function compile(): (steps: number) => number {
  const [a, b] = [CHAINS + 1, CHAINS + 2];
  const body = [1, b, 0x7b];
  for (let x = 1; x <= b; x++) body.push(0x43, 0, 0, x === a ? 0 : 0x80, 0x3f, 0xfd, 0x13, 0x21, x); // f32.const 1 (a: 0.5); splat; local.set
  body.push(0x03, 0x40);
  for (let x = 1; x <= CHAINS; x++) body.push(0x20, x, 0x20, a, 0xfd, 0xe6, 1, 0x20, b, 0xfd, 0xe4, 1, 0x21, x);
  body.push(0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b);
  body.push(0x20, 1); // what all add up to is the result, so that no work can be left out
  for (let x = 2; x <= CHAINS; x++) body.push(0x20, x, 0xfd, 0xe4, 1);
  body.push(0xfd, 0x1f, 0, 0x0b);
  const section = (id: number, bytes: number[]): number[] => [id, ...leb(bytes.length), ...bytes];
  const code = [
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7d]), ...section(3, [1, 0]), ...section(7, [1, 1, 0x66, 0, 0]), ...section(10, [1, ...leb(body.length), ...body]),
  ];
  const { WebAssembly: host } = globalThis as unknown as { WebAssembly: { Module: new (b: Uint8Array) => object; Instance: new (m: object) => { exports: { f: (n: number) => number } } } };
  return new host.Instance(new host.Module(Uint8Array.from(code))).exports.f;
}
function leb(n: number): number[] { return n < 128 ? [n] : [(n & 127) | 128, ...leb(n >> 7)]; }
