// The plain convnet as an ONNX model: just enough of the format for `Conv`, `Relu`, `Flatten`, `MatMul`.

const varint = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...varint(Math.floor(n / 128))]);
/** Fields: a number is a varint, everything else is bytes with their length. */
type Field = readonly [number, number | string | Uint8Array];
function message(...fields: readonly Field[]): Uint8Array {
  return Buffer.concat(fields.map(([field, value]) => {
    if (typeof value === 'number') return Uint8Array.from([...varint(field << 3), ...varint(value)]);
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return Buffer.concat([Uint8Array.from([...varint((field << 3) | 2), ...varint(bytes.length)]), bytes]);
  }));
}
const FLOAT = 1, INTS = 7;
const tensor = (name: string, dims: readonly number[], data: Float32Array): Uint8Array => message(...dims.map((d): Field => [1, d]), [2, FLOAT], [8, name], [9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]);
const value = (name: string, dims: readonly number[]): Uint8Array => message([1, name], [2, message([1, message([1, FLOAT], [2, message(...dims.map((d): Field => [1, message([1, d])]))])])]);
const ints = (name: string, list: readonly number[]): Uint8Array => message([1, name], ...list.map((i): Field => [8, i]), [20, INTS]);
const node = (op: string, inputs: readonly string[], output: string, ...attributes: readonly Uint8Array[]): Uint8Array => message(...inputs.map((i): Field => [1, i]), [2, output], [4, op], ...attributes.map((a): Field => [5, a]));

/** `[3, 3, in, out]` as `[out, in, 3, 3]`. */
function filter(dims: readonly number[], data: Float32Array): Float32Array {
  const [h, w, ci, co] = dims as readonly [number, number, number, number];
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const o = i % co, c = Math.floor(i / co) % ci, x = Math.floor(i / co / ci) % w, y = Math.floor(i / co / ci / w);
    out[((o * ci + c) * h + y) * w + x] = data[i]!;
  }
  return out;
}
/** Rows of the last matrix, which count `[y, x, channel]`, as `[channel, y, x]`. */
function lastRows(data: Float32Array, side: number, channels: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) out[(i % channels) * side * side + Math.floor(i / channels)] = data[i]!;
  return out;
}

/** Three convolutions of stride 2 with bias and relu, then a matrix; `shapes` and `start` in TensorFlow's layout, `input` NHWC. */
export function convnetOnnx(input: readonly number[], shapes: readonly (readonly number[])[], start: readonly Float32Array[]): Uint8Array {
  const [n, h, w, c] = input as readonly [number, number, number, number];
  const nodes: Uint8Array[] = [], constants: Uint8Array[] = [];
  for (let i = 0; i < 3; i++) {
    const [kh, kw, ci, co] = shapes[2 * i] as readonly [number, number, number, number];
    constants.push(tensor(`w${i}`, [co, ci, kh, kw], filter(shapes[2 * i]!, start[2 * i]!)), tensor(`b${i}`, [co], start[2 * i + 1]!));
    // TensorFlow's SAME at stride 2 pads an even side at its end only.
    nodes.push(node('Conv', [i === 0 ? 'x' : `r${i - 1}`, `w${i}`, `b${i}`], `c${i}`, ints('strides', [2, 2]), ints('pads', [0, 0, 1, 1]), ints('kernel_shape', [kh, kw])), node('Relu', [`c${i}`], `r${i}`));
  }
  const channels = shapes[4]![3]!;
  constants.push(tensor('last', shapes[6]!, lastRows(start[6]!, h / 8, channels)));
  nodes.push(node('Flatten', ['r2'], 'flat'), node('MatMul', ['flat', 'last'], 'y'));
  const graph = message(...nodes.map((b): Field => [1, b]), [2, 'convnet'], ...constants.map((b): Field => [5, b]), [11, value('x', [n, c, h, w])], [12, value('y', [n, 1])]);
  return message([1, 8], [7, graph], [8, message([1, ''], [2, 17])]);
}
