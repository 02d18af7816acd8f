// The peak of this machine: the arithmetic of a 4x8 tile of a matrix product with 128-bit vectors. Eight chains hide the
// latency of an addition; sums and rows stay in registers; the two columns are loaded anew each turn, always the same,
// which costs nothing (loads have ports of their own) and leaves no product known beforehand. A module written out by hand.

const ROWS = 4, COLUMNS = 2; // vectors
const STEPS = 50_000;

/** Multiply-and-add throughput now, in GFLOP/s (a multiplication and an addition count as two, per lane). */
export function peakGflops(): number {
  loop ??= compile();
  let best = Infinity;
  for (let i = 0; i < 10; i++) {
    const t0 = performance.now();
    loop(STEPS);
    best = Math.min(best, performance.now() - t0);
  }
  return (STEPS * ROWS * COLUMNS * 4 * 2) / 1e6 / best;
}
let loop: ((steps: number) => number) | undefined;

function compile(): (steps: number) => number {
  const sums = ROWS * COLUMNS;
  const sum = (r: number, c: number): number => 1 + r * COLUMNS + c, a = (r: number): number => 1 + sums + r, b = (c: number): number => 1 + sums + ROWS + c;
  const locals = sums + ROWS + COLUMNS;
  const body = [1, locals, 0x7b];
  for (let i = 0; i < locals - COLUMNS; i++) body.push(0x43, 0, 0, 0x80, 0x3f, 0xfd, 0x13, 0x21, 1 + i); // f32.const 1; splat; local.set
  body.push(0x03, 0x40);
  for (let c = 0; c < COLUMNS; c++) body.push(0x41, 16 * c, 0xfd, 0, 0, 0, 0x21, b(c)); // b = load
  for (let r = 0; r < ROWS; r++) {
    for (let c = 0; c < COLUMNS; c++) body.push(0x20, sum(r, c), 0x20, a(r), 0x20, b(c), 0xfd, 0xe6, 1, 0xfd, 0xe4, 1, 0x21, sum(r, c));
  }
  body.push(0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b);
  body.push(0x20, 1); // what all add up to is the result, so that no work can be left out
  for (let i = 1; i < sums; i++) body.push(0x20, 1 + i, 0xfd, 0xe4, 1);
  body.push(0xfd, 0x1f, 0, 0x0b);
  const section = (id: number, bytes: number[]): number[] => [id, ...leb(bytes.length), ...bytes];
  const code = [
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7d]), ...section(3, [1, 0]), ...section(5, [1, 0, 1]), ...section(7, [1, 1, 0x66, 0, 0]), ...section(10, [1, ...leb(body.length), ...body]),
  ];
  const { WebAssembly: host } = globalThis as unknown as { WebAssembly: { Module: new (b: Uint8Array) => object; Instance: new (m: object) => { exports: { f: (n: number) => number } } } };
  return new host.Instance(new host.Module(Uint8Array.from(code))).exports.f;
}
function leb(n: number): number[] { return n < 128 ? [n] : [(n & 127) | 128, ...leb(n >> 7)]; }
