// What kernels refuse, and corners of what they accept, as TensorFlow 1.15.5 does when a graph reaches them unchecked
// (a server's graphs do): on both engines.
import { describe, expect, test } from 'vitest';
import { float32 } from '../../../src/graph/dtype.ts';
import { TensorShape } from '../../../src/graph/shape.ts';
import { NDArray } from '../../../src/graph/ndarray.ts';
import { attr, type AttrMap } from '../../../src/graph/node_def.ts';
import { MasterClient, newMaster, refusal } from '../../support/master_client.ts';
import { f32, i32, nd, scalar, vec } from './helpers.ts';

const bytes = (shape: number[], values: string[]): NDArray => nd('string', shape, values);

/** Runs one op on fed inputs. */
async function run(engineName: string, op: string, inputs: readonly NDArray[], attrs: AttrMap): Promise<unknown[]> {
  const feeds = inputs.map((a, i) => [`x${i}`, a] as const);
  const node = [
    ...feeds.map(([name, a]) => ({ name, op: 'Placeholder', input: [], device: '', attr: { dtype: attr.type(a.dtype) } })),
    { name: 'y', op, input: feeds.map(([name]) => name), device: '', attr: attrs },
  ];
  const s = await new MasterClient(newMaster({ engineName })).open({ node, versions: { producer: 134 } });
  return s.run(['y:0'], Object.fromEntries(feeds.map(([name, a]) => [`${name}:0`, a])));
}
const T = (name: string): AttrMap => ({ T: attr.type(nd(name, [0], []).dtype) });
const INT32 = attr.type(i32([0], []).dtype);
const N = (n: number): AttrMap => ({ N: attr.i(n) });

describe.each(['reference', 'wasm'])('%s', (engine) => {
  test.each<[string, string, NDArray[], AttrMap, string]>([
    ['an axis that is no scalar', 'ConcatV2', [f32([1], [2]), f32([1], [3]), vec(0)], { ...T('float32'), ...N(2) }, 'axis tensor should be a scalar integer, but got shape [1]'],
    ['shapes that are no vectors', 'ConcatOffset', [scalar('int32', 1), i32([1, 3], [2, 3, 5]), i32([1, 3], [2, 7, 5])], N(2), 'input 1 should be a vector, but got shape [1,3]'],
    ['multiples that are no vector', 'Tile', [f32([1], [7]), scalar('int32', 2)], T('float32'), 'Expected multiples to be 1-D, but got shape []'],
    ['a split dimension that is none', 'SplitV', [f32([2, 2], [1, 2, 3, 4]), vec(1, 1), vec()], { ...T('float32'), num_split: attr.i(2), Tlen: INT32 }, 'split_dim_tensor must have exactly one element.'],
    ['a number of segments that is no scalar', 'UnsortedSegmentSum', [i32([], [7]), i32([], [1]), vec(4)], { ...T('int32'), Tindices: INT32 }, 'num_segments should be a scalar, not shape [1]'],
    ['casts to string', 'Cast', [nd('int64', [1], [1])], { SrcT: attr.type(nd('int64', [0], []).dtype), DstT: attr.type(bytes([0], []).dtype) }, 'Cast int64 to string is not supported'],
    ['indices beyond a dense tensor', 'SparseTensorDenseAdd', [nd('int64', [1, 2], [1, 3]), f32([1], [1]), nd('int64', [2], [2, 2]), f32([2, 2], [0, 0, 0, 0])], { ...T('float32'), Tindices: attr.type(nd('int64', [0], []).dtype) }, 'Sparse tensor has some invalid index on dimension 1; dense tensor shape: [2,2]'],
    ['indices beyond a set', 'SetSize', [nd('int64', [1, 2], [0, 5]), i32([1], [1]), nd('int64', [2], [2, 2])], T('int32'), 'indices[0] = [0,5] is out of bounds: need 0 <= index < [2,2]'],
    ['an ensured shape; the input is named', 'EnsureShape', [f32([2, 1], [1, 2])], { ...T('float32'), shape: attr.shape(new TensorShape([3, 3, 3])) }, 'Shape of tensor x0 [2,1] is not compatible with expected shape [3,3,3].'],
    ['bounds of integers that hold none', 'RandomUniformInt', [vec(1), scalar('int32', 0), scalar('int32', 0)], { Tout: INT32, T: INT32 }, 'Need minval < maxval, got 0 >= 0'],
  ])('%s', async (_, op, inputs, attrs, text) => { expect(await refusal(run(engine, op, inputs, attrs))).toContain(`: ${text}`); });

  test.each<[string, string, NDArray[], AttrMap, unknown]>([
    ['a size that is left open beside sizes of 0', 'Reshape', [f32([0, 6], []), vec(0, -1, 3)], T('float32'), []],
    ['no integers within no bounds', 'RandomUniformInt', [vec(0), scalar('int32', 0), scalar('int32', 0)], { Tout: INT32, T: INT32 }, []],
    ['gamma variates of no parameters', 'RandomGamma', [vec(5), f32([0, 3], [])], { S: INT32, T: attr.type(float32) }, [[], [], [], [], []]],
    ['slopes above 1 and below 0', 'LeakyRelu', [f32([4], [-1, -0.5, 0, 2])], { ...T('float32'), alpha: attr.f(-10) }, [10, 5, -0, 2]],
    ['a slope of half precision', 'LeakyRelu', [nd('float16', [2], [-3, 7])], { ...T('float16'), alpha: attr.f(0.2) }, [-0.599609375, 7]],
    ['complex values added to a dense tensor', 'SparseTensorDenseAdd', [nd('int64', [2, 1], [0, 2]), nd('complex64', [2], [[1, 2], [3, -1]]), nd('int64', [1], [3]), nd('complex64', [3], [[1, 1], [5, 5], [0, 1]])], { ...T('complex64'), Tindices: attr.type(nd('int64', [0], []).dtype) }, [[2, 3], [5, 5], [3, 0]]],
    ['a complex sparse matrix times a dense one', 'SparseTensorDenseMatMul', [nd('int64', [2, 2], [0, 1, 1, 0]), nd('complex64', [2], [[1, 2], [0, 3]]), nd('int64', [2], [2, 2]), nd('complex64', [2, 1], [[1, 1], [2, 0]])], T('complex64'), [[[2, 4]], [[-3, 3]]]],
    ['strings scattered, put together where they meet', 'ScatterNd', [i32([3, 1], [2, 1, 1]), bytes([3], ['a', 'b', 'c']), vec(3)], { T: attr.type(bytes([0], []).dtype), Tindices: INT32 }, ['', 'bc', 'a']],
  ])('%s', async (_, op, inputs, attrs, want) => { expect((await run(engine, op, inputs, attrs))[0]).toEqual(want); });

  test('sparse_add keeps what only one side has; sums are held against the threshold', async () => {
    const [ai, bi] = [nd('int64', [2, 1], [0, 2]), nd('int64', [2, 1], [1, 2])];
    const inputs = [ai, f32([2], [0.5, 1]), nd('int64', [1], [4]), bi, f32([2], [0.25, -0.5]), nd('int64', [1], [4]), scalar('float32', 0.75)];
    expect((await run(engine, 'SparseAdd', inputs, { ...T('float32'), Treal: attr.type(float32) }))[0]).toEqual([[0], [1]]);
  });
});
