// What the native engine makes of a plan, without TensorFlow's library: functions, their bytes, layout, where the cuts are.
import { beforeEach, describe, expect, test } from 'vitest';
import * as tf from 'tfgraph';
import { decodeGraphDef } from '../../../src/graph/graph_def_codec.ts';
import type { FunctionDef, GraphDef, NodeDef } from '../../../src/graph/node_def.ts';
import { verify } from '../../../src/graph/verify.ts';
import { opTable } from '../../../src/ops/registry.ts';
import { compile, passes } from '../../../src/session/compile/pipeline.ts';
import { environment, type RunningAddon } from '../../../src/session/engines/native/addon.ts';
import type { NativeCall } from '../../../src/session/engines/native/group.ts';
import { callingGraph, encodeSavedModel } from '../../../src/session/engines/native/saved_model.ts';
import { nativeEngine } from '../../../src/session/engines/native.ts';
import { referenceKernels } from '../../../src/session/kernels/registry.ts';
import type { CallStep, Plan } from '../../../src/session/plan.ts';
import { SharedState } from '../../../src/session/shared_state.ts';
import { printPlan } from '../../../src/session/plan_print.ts';

beforeEach(() => { tf.resetDefaultGraph(); });

/** The plan on an engine whose addon only says that it has no GPU. */
function planOf(fetches: readonly (tf.Tensor | tf.Operation)[], feeds: readonly tf.Tensor[] = [], options: { inParts?: boolean; mode?: 'exact' | 'fast'; jit?: number; gpu?: boolean; softPlacement?: boolean } = {}): Plan {
  const engine = nativeEngine({ intraOpThreads: 0, interOpThreads: 0, jit: options.jit ?? 0, softPlacement: options.softPlacement ?? false }, () => ({ threads: 2, binding: { isUsingGpuDevice: () => options.gpu ?? false } }) as RunningAddon);
  engine.prepareSync();
  return compile({
    fetches: fetches.filter((f): f is tf.Tensor => f instanceof tf.Tensor), targets: fetches.filter((f): f is tf.Operation => f instanceof tf.Operation),
    feeds: feeds.map((tensor) => ({ tensor, shape: tensor.shape })), inParts: options.inParts ?? false,
  }, { engine, mode: options.mode ?? 'exact', kernels: referenceKernels, graph: tf.getDefaultGraph(), passes });
}
const calls = (p: Plan): CallStep[] => p.steps.filter((s): s is CallStep => s.kind === 'call');
const graphOf = (p: Plan): GraphDef => { const { plan } = calls(p)[0]!.call as NativeCall; return callingGraph(plan.functions, plan.rewritten); };
const functionsOf = (p: Plan): readonly FunctionDef[] => (calls(p)[0]!.call as NativeCall).plan.functions.map((f) => f.def);
/** `name = Op(inputs)`, without constants and handles. */
const lines = (f: FunctionDef): string[] => f.nodeDef.filter((n) => !['Const', 'VarHandleOp'].includes(n.op)).map((n) => `${n.name} = ${n.op}(${n.input.map((s) => s.replace(/:[a-z_]+:0$/, '')).join(', ')})`);
const node = (f: FunctionDef, op: string): NodeDef => f.nodeDef.find((n) => n.op === op)!;

describe('calls', () => {
  test('a plan is one call where everything has kernels; names stay', () => {
    const x = tf.placeholder(tf.float32, [2, 3], { name: 'x' });
    const y = tf.nn.relu(tf.matmul(x, tf.constant([[1], [2], [3]], { dtype: tf.float32 }), { name: 'product' }), { name: 'y' });
    const p = planOf([y], [x]);
    expect(lines(functionsOf(p)[0]!)).toEqual(['product = MatMul(a0, Const)', 'y = Relu(product)']);
    expect(functionsOf(p)[0]!.ret).toEqual({ r0: 'y:activations:0' });
    expect(printPlan(p)).toMatch(/= native call\(%0\)\n.*= const .*\n.*MatMul\(%0, %\d\) {2}# product\n.*Relu\(%\d\) {2}# y/);
  });
  test('what TensorFlow 2.x lacks, and random ops, are steps of reference between calls; the plan shows the cut', () => {
    const x = tf.placeholder(tf.float32, [2, 2], { name: 'x' });
    const c = tf.cholesky(tf.matmul(x, x, { name: 'square' }));
    const y = tf.add(c, tf.randomUniform([2, 2], { seed: 1 }), { name: 'y' });
    const p = planOf([y], [x]);
    expect(p.steps.filter((s) => s.kind === 'kernel' || s.kind === 'call').map((s) => (s.kind === 'call' ? s.body.map((k) => k.node.op).join('+') : `${s.node.op}: ${s.why}`))).toEqual([
      'RandomUniform: no kernel for RandomUniform in the native engine', 'MatMul+Add', 'Cholesky: no kernel for Cholesky in the native engine', 'Add',
    ]);
    expect(printPlan(p)).toMatch(/Cholesky\(%\d+\) on reference \(no kernel for Cholesky/);
  });
  test('AddN is a chain from left to right; what oneDNN would join stays apart', () => {
    const x = tf.placeholder(tf.float32, [1, 4, 4, 1], { name: 'x' });
    const n = tf.addN([x, x.mul(2), x.mul(3)], { name: 'n' });
    const b = tf.nn.biasAdd(tf.nn.conv2d(n, tf.ones([3, 3, 1, 1]), [1, 1, 1, 1], 'SAME', { name: 'c' }), tf.zeros([1]), { name: 'b' });
    expect(lines(functionsOf(planOf([b], [x]))[0]!)).toEqual([
      'mul = Mul(a0, mul/y)', 'mul_1 = Mul(a0, mul_1/y)', 'n/sum1 = AddV2(a0, mul)', 'n = AddV2(n/sum1, mul_1)', 'c/input = Identity(n)', expect.stringMatching(/^c = Conv2D\(c\/input, /), 'b/input = Identity(c)', expect.stringMatching(/^b = BiasAdd\(b\/input, /),
    ]);
  });
  test('which call a node is in depends on its ancestors alone', () => {
    const x = tf.placeholder(tf.float32, [4], { name: 'x' });
    const early = tf.square(x, { name: 'early' });
    const late = tf.add(early, tf.randomUniform([4], { seed: 1 }), { name: 'late' });
    const deep = tf.multiply(tf.cholesky(tf.reshape(late, [2, 2])), tf.reshape(early, [2, 2]), { name: 'deep' });
    const where = (p: Plan, name: string): number => calls(p).findIndex((c) => c.body.some((k) => k.nodes.includes(name)));
    for (const more of [[], [deep]]) expect([where(planOf([late, ...more], [x]), 'early'), where(planOf([late, ...more], [x]), 'late')]).toEqual([0, 0]);
    expect(where(planOf([deep], [x]), 'deep')).toBe(1);
  });
  test('a call runs in the thread that calls when it is small and has no matrix kernels', () => {
    const light = (make: (x: tf.Tensor) => tf.Tensor, shape: readonly (number | null)[]): boolean => {
      tf.resetDefaultGraph();
      const x = tf.placeholder(tf.float32, shape);
      return (calls(planOf([make(x)], [x]))[0]!.call as NativeCall).light;
    };
    expect(light((x) => tf.tanh(x), [4, 4])).toBe(true);
    expect(light((x) => tf.tanh(x), [null, 4])).toBe(false);
    expect(light((x) => tf.tanh(x), [512, 512])).toBe(false);
    expect(light((x) => tf.matmul(x, x), [4, 4])).toBe(false);
    expect(light((x) => tf.gradients(tf.nn.conv2d(x, tf.ones([2, 2, 1, 1]), [1, 1, 1, 1], 'SAME'), [x])[0] as tf.Tensor, [1, 4, 4, 1])).toBe(false);
  });
  test('in a conditional plan a call holds only nodes that are dead together', () => {
    const p = tf.placeholder(tf.bool, [], { name: 'p' }), x = tf.placeholder(tf.float32, [2], { name: 'x' });
    const y = tf.cond(p, () => tf.exp(tf.square(x)), () => tf.negative(x));
    const bodies = calls(planOf([y.add(tf.sqrt(x))], [p, x])).map((c) => c.body.map((k) => k.node.op).sort().join('+')).sort();
    expect(bodies).toEqual(['AddV2', 'Exp+Square', 'Neg', 'Sqrt']);
  });
  test('a partial run keeps apart what needs different feeds', () => {
    const a = tf.placeholder(tf.float32, [2], { name: 'a' }), b = tf.placeholder(tf.float32, [2], { name: 'b' });
    const [x, y] = [tf.square(a), tf.square(a).mul(b)];
    expect(calls(planOf([x, y], [a, b]))).toHaveLength(1);
    expect(calls(planOf([x, y], [a, b], { inParts: true })).length).toBeGreaterThan(1);
  });
  test('no edge says what comes after what among pure nodes; what others only wait for runs if it can fail', () => {
    const x = tf.placeholder(tf.float32, [2], { name: 'x' });
    const waits = (for_: tf.Tensor, name: string): tf.Tensor => tf.controlDependencies([for_], () => tf.square(x, { name }));
    const idle = functionsOf(planOf([waits(tf.exp(x, { name: 'idle' }), 'a')], [x]))[0]!;
    expect(lines(idle)).toEqual(['a = Square(a0)']);
    const checked = functionsOf(planOf([waits(tf.checkNumerics(x, 'bad', { name: 'check' }), 'b')], [x]))[0]!;
    expect(lines(checked)).toEqual(['check = CheckNumerics(a0)', 'b = Square(a0)']);
    expect(Object.values(checked.controlRet!)).toContain('check');
  });
  test('nodes may have the names we give arguments', () => {
    const x = tf.placeholder(tf.float32, [2], { name: 'x' }), z = tf.placeholder(tf.float32, [2], { name: 'z' });
    const f = functionsOf(planOf([tf.add(tf.square(x, { name: 'a1' }), tf.exp(z, { name: 'a0' }), { name: 'A1' })], [x, z]))[0]!;
    const names = [...f.signature.inputArg.map((a) => a.name), ...f.nodeDef.map((n) => n.name)];
    expect(new Set(names).size).toBe(names.length);
  });
  test('a fetched operation without results still runs', () => {
    const x = tf.placeholder(tf.float32, [null], { name: 'x' });
    const f = functionsOf(planOf([tf.reshape(x, [2, 2]).op], [x]))[0]!;
    expect(f.ret).toEqual({ r0: 'done:output:0' });
    expect(Object.values(f.controlRet!)).toContain('Reshape');
  });
});

describe('variables', () => {
  function training(): { x: tf.Tensor; loss: tf.Tensor; step: tf.Operation; w: tf.Variable } {
    const x = tf.placeholder(tf.float32, [2, 3], { name: 'x' });
    const w = new tf.Variable(tf.ones([3, 1]), { name: 'w' });
    const loss = tf.reduceMean(tf.square(tf.matmul(x, w.value())), { name: 'loss' });
    return { x, loss, w, step: new tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss) };
  }
  test('an optimizer updates in place, after everything else has run; gradients nobody wants are left out', () => {
    const { x, loss, step } = training();
    const p = planOf([loss, step], [x]);
    const f = functionsOf(p)[0]!;
    const apply = node(f, 'ResourceApplyMomentum');
    expect(apply.input.slice(0, 2)).toEqual(['w/handle:resource:0', 'w/Momentum/handle:resource:0']);
    expect(apply.input.at(-1)).toBe('^everything/read');
    const before = node(f, 'NoOp').input;
    for (const s of ['^loss', '^w/value']) expect([...before, ...f.nodeDef.flatMap((n) => n.input)].some((i) => i === s || i.startsWith(`${s.slice(1)}:`)), s).toBe(true);
    expect(Object.values(f.controlRet!)).toContain(apply.name);
    expect(f.nodeDef.filter((n) => n.op === 'MatMul')).toHaveLength(2); // forward, and the gradient of w; none of x
    expect(p.steps.map((s) => s.kind).filter((k) => k !== 'free')).toEqual(['feed', 'call', 'fetch']);
    expect(printPlan(p)).toContain('native call(%0); updates w, updates w/Momentum');
  });
  test('when the new value is wanted too, the update works on a variable of its own', () => {
    const { x, loss, step, w } = training();
    const after = tf.controlDependencies([step], () => tf.identity(w.value(), { name: 'after' }));
    const f = functionsOf(planOf([loss, after], [x]))[0]!;
    expect(node(f, 'ResourceApplyMomentum').input[0]).toMatch(/^scratch\/f0\/Momentum\/update_w\/ApplyMomentum\/\d+\/handle:resource:0$/);
    expect(f.nodeDef.filter((n) => n.op === 'DestroyResourceOp')).toHaveLength(2);
  });
  test('a step of reference behind the call that could fail keeps variables out of it', () => {
    const { x, loss, step } = training();
    const p = planOf([loss, step, tf.cholesky(tf.reshape(loss, [1, 1]))], [x]);
    expect(calls(p).flatMap((c) => c.variables)).toEqual([]);
    expect(p.steps.filter((s) => s.kind === 'commit')).toHaveLength(2);
  });
  test('a variable fetched beside its update has its value from before', () => {
    const { x, step, w } = training();
    const p = planOf([w.value(), step], [x]);
    expect(p.steps.filter((s) => s.kind === 'commit').map((s) => s.variable)).toEqual(['w', 'w/Momentum']);
  });
});

describe('bytes', () => {
  test('the SavedModel holds placeholders, calls and functions that the rewriter does not see', () => {
    const x = tf.placeholder(tf.float32, [2], { name: 'x' });
    const p = planOf([tf.square(x, { name: 'y' })], [x]);
    const { plan } = calls(p)[0]!.call as NativeCall;
    const graph = callingGraph(plan.functions, plan.rewritten);
    const bytes = encodeSavedModel(graph);
    // schema version 1; one MetaGraphDef with the tag `serve`, then the GraphDef.
    expect([...bytes.subarray(0, 2)]).toEqual([8, 1]);
    const tag = Buffer.from('serve');
    const at = Buffer.from(bytes).indexOf(tag) + tag.length;
    expect(bytes[at]).toBe(0x12);
    const length = bytes[at + 1]! < 128 ? 1 : 2;
    const def = decodeGraphDef(bytes.subarray(at + 1 + length));
    expect(def.node.map((n) => [n.name, n.op])).toEqual([['f0_0', 'Placeholder'], ['call_f0', 'StatefulPartitionedCall']]);
    expect(verify(def, opTable, { allowDefaults: true })).toEqual([]);
    // ConfigProto{graph_options {rewrite_options {disable_meta_optimizer: true}}}
    const config = def.node[1]!.attr['config_proto'] as { value: Uint8Array | string };
    expect(Buffer.from(config.value as Uint8Array).toString('hex')).toBe('52055203980101');
    const [f] = def.library!.function;
    expect(f!.attr).toMatchObject({ _noinline: { kind: 'b', value: true }, _tf_data_function: { kind: 'b', value: true } });
    expect(f!.nodeDef.map((n) => [n.name, n.op, n.input])).toEqual([['y', 'Square', ['a0']]]);
    expect(f!.signature).toMatchObject({ name: 'f0', inputArg: [{ name: 'a0' }], outputArg: [{ name: 'r0' }], isStateful: true });
  });
  test('in fast mode the rewriter may see them, and the plan says fast', () => {
    const x = tf.placeholder(tf.float32, [2], { name: 'x' });
    const p = planOf([tf.square(x)], [x], { mode: 'fast' });
    expect(functionsOf(p)[0]!.attr).toEqual({});
    expect(printPlan(p)).toMatch(/mode=fast {2}threads=2 [^]*rewritten by TensorFlow: bits may depend on the fetch set/);
  });
});

describe('XLA, in fast mode', () => {
  function program(): { x: tf.Tensor; w: tf.Variable; loss: tf.Tensor; step: tf.Operation } {
    const x = tf.placeholder(tf.float32, [2, 3], { name: 'x' });
    const w = new tf.Variable(tf.ones([3, 1]), { name: 'w' });
    const loss = tf.reduceMean(tf.square(tf.matmul(x, w.value())), { name: 'loss' });
    return { x, w, loss, step: new tf.train.AdamOptimizer(0.1).minimize(loss) };
  }
  const callOf = (p: Plan): NodeDef => graphOf(p).node.find((n) => n.op === 'StatefulPartitionedCall')!;
  test('it compiles calls on a GPU, on a CPU only when asked, never in exact mode or when switched off', () => {
    const { x, loss } = program();
    const compiled = (o: Parameters<typeof planOf>[2]): boolean => callOf(planOf([loss], [x], o)).attr['_XlaMustCompile'] !== undefined;
    expect([compiled({ mode: 'fast', gpu: true }), compiled({ mode: 'fast' }), compiled({ mode: 'fast', jit: 1 }), compiled({ mode: 'fast', gpu: true, jit: -1 }), compiled({ gpu: true, jit: 2 })]).toEqual([true, false, true, false, false]);
    expect(printPlan(planOf([loss], [x], { mode: 'fast', jit: 1 }))).toContain('compiled by XLA: bits may depend on the fetch set');
    expect(printPlan(planOf([loss], [x]))).not.toContain('may depend');
  });
  test('variables are handed to what it compiles', () => {
    const { x, loss, step } = program();
    const p = planOf([loss, step], [x], { mode: 'fast', jit: 1 });
    const [f] = functionsOf(p);
    expect(f!.nodeDef.filter((n) => n.op === 'VarHandleOp')).toEqual([]);
    const graph = graphOf(p);
    const handles = graph.node.filter((n) => n.op === 'VarHandleOp').map((n) => String((n.attr['shared_name'] as { value: unknown }).value));
    expect(handles).toEqual(expect.arrayContaining(['w', 'w/Adam', 'w/Adam_1']));
    expect(verify(graph, opTable, { allowDefaults: true })).toEqual([]);
  });
  test('what it may not have, or has to know, is left to TensorFlow; the plan says why', () => {
    const x = tf.placeholder(tf.float32, [2, 3], { name: 'x' }), any = tf.placeholder(tf.float32, [null], { name: 'any' }), i = tf.placeholder(tf.int32, [2], { name: 'i' });
    const said = (t: tf.Tensor, feeds: tf.Tensor[]): string => /rewritten by TensorFlow \((.*?)\)/.exec(printPlan(planOf([t], feeds, { mode: 'fast', jit: 1 })))![1]!;
    expect([said(tf.erf(x), [x]), said(tf.square(any), [any]), said(tf.reshape(x, tf.add(i, i)), [x, i])]).toEqual(['not by XLA: it may not have Erf', 'not by XLA: a shape of Square is not known', expect.stringMatching(/^not by XLA: (Add works on int32|a shape of Reshape is not known)$/)]);
  });
});

describe('NCHW as NHWC', () => {
  const ops = (f: FunctionDef): string[] => f.nodeDef.map((n) => n.op).filter((o) => o !== 'Const');
  test('a chain is turned once at its borders, attrs and axes with it', () => {
    const x = tf.placeholder(tf.float32, [2, 3, 8, 8], { name: 'x' });
    let h = tf.nn.conv2d(x, tf.ones([3, 3, 3, 4]), [1, 1, 2, 2], 'SAME', { dataFormat: 'NCHW' });
    h = tf.nn.relu(tf.nn.biasAdd(h, tf.ones([4]), { dataFormat: 'NCHW' }).mul(tf.constant(2, { dtype: tf.float32, shape: [4, 1, 1] })));
    h = tf.nn.maxPool(h, [1, 1, 2, 2], [1, 1, 2, 2], 'VALID', { dataFormat: 'NCHW' });
    const f = functionsOf(planOf([tf.reduceMean(h, [2, 3])], [x]))[0]!;
    expect(ops(f).filter((o) => o === 'Transpose')).toHaveLength(2); // of x, and of the [4,1,1] factor
    expect(node(f, 'Conv2D').attr).toMatchObject({ data_format: { value: 'NHWC' }, strides: { value: { i: [1, 2, 2, 1] } } });
    expect(node(f, 'MaxPool').attr).toMatchObject({ data_format: { value: 'NHWC' }, ksize: { value: { i: [1, 2, 2, 1] } } });
    const axes = f.nodeDef.find((n) => n.name === 'Mean/axes')!.attr['value'] as { value: tf.NDArray };
    expect([...axes.value.data as Int32Array]).toEqual([1, 2]);
  });
  test('a fetched value comes back in the graph\'s form; reductions that would change the order of axes get it too', () => {
    const x = tf.placeholder(tf.float32, [2, 3, 8, 8], { name: 'x' });
    const h = tf.nn.conv2d(x, tf.ones([3, 3, 3, 4]), [1, 1, 1, 1], 'SAME', { dataFormat: 'NCHW', name: 'h' });
    expect(lines(functionsOf(planOf([h], [x]))[0]!).at(-1)).toBe('h/back = Transpose(h, h/back/perm)');
    expect(lines(functionsOf(planOf([tf.reduceSum(h, [0, 2], { name: 's' })], [x]))[0]!).at(-1)).toMatch(/^s = Sum\(h\/back, /);
  });
  test('the form of a node does not depend on what else is fetched', () => {
    const x = tf.placeholder(tf.float32, [2, 3, 6, 6], { name: 'x' });
    const w = tf.placeholder(tf.float32, [3, 3, 3, 4], { name: 'w' });
    const h = tf.tanh(tf.nn.conv2d(x, w, [1, 1, 1, 1], 'SAME', { dataFormat: 'NCHW' }), { name: 'h' });
    const plain = tf.tanh(x, { name: 'plain' });
    const loss = tf.reduceSum(tf.square(h).add(tf.reduceSum(plain)));
    const gradients = tf.gradients(loss, [x, w]) as tf.Tensor[];
    const form = (p: Plan, name: string): string | undefined => { const n = functionsOf(p).flatMap((f) => f.nodeDef).find((k) => k.name === name); return n && `${n.op}(${n.input.map((i) => (/turn/.test(i) ? 'turned' : i)).join(',')})`; };
    const all = planOf([h, plain, loss, ...gradients], [x, w]);
    for (const t of [h, plain, loss, ...gradients]) expect(form(planOf([t], [x, w]), t.op.name), t.name).toBe(form(all, t.op.name));
  });
});

describe('NHWC as NCHW, on a GPU', () => {
  const ops = (f: FunctionDef): string[] => f.nodeDef.map((n) => n.op).filter((o) => o !== 'Const');
  test('a chain is turned once at its borders; vectors of channels are reshaped', () => {
    const x = tf.placeholder(tf.float32, [2, 8, 8, 3], { name: 'x' });
    let h = tf.nn.conv2d(x, tf.ones([3, 3, 3, 4]), [1, 2, 2, 1], 'SAME');
    h = tf.nn.relu(tf.nn.biasAdd(h, tf.ones([4])).mul(tf.constant([1, 2, 3, 4], { dtype: tf.float32 })));
    h = tf.nn.maxPool(h, [1, 2, 2, 1], [1, 2, 2, 1], 'VALID');
    const f = functionsOf(planOf([tf.reduceMean(h, [1, 2])], [x], { gpu: true }))[0]!;
    expect([ops(f).filter((o) => o === 'Transpose'), ops(f).filter((o) => o === 'Reshape')]).toEqual([['Transpose'], ['Reshape']]);
    expect(node(f, 'Conv2D').attr).toMatchObject({ data_format: { value: 'NCHW' }, strides: { value: { i: [1, 1, 2, 2] } } });
    expect(node(f, 'BiasAdd').attr).toMatchObject({ data_format: { value: 'NCHW' } });
    expect(node(f, 'MaxPool').attr).toMatchObject({ data_format: { value: 'NCHW' }, ksize: { value: { i: [1, 1, 2, 2] } } });
    expect([...(f.nodeDef.find((n) => n.name === 'Mean/axes')!.attr['value'] as { value: tf.NDArray }).value.data as Int32Array]).toEqual([2, 3]);
    // What is NCHW in the graph stays, and half floats do.
    const y = tf.placeholder(tf.float32, [2, 3, 8, 8]), half = tf.placeholder(tf.float16, [2, 8, 8, 3]);
    for (const [t, fed, format] of [[tf.nn.conv2d(y, tf.ones([3, 3, 3, 4]), [1, 1, 1, 1], 'SAME', { dataFormat: 'NCHW' }), y, 'NCHW'], [tf.nn.conv2d(half, tf.ones([3, 3, 3, 4], { dtype: tf.float16 }), [1, 1, 1, 1], 'SAME'), half, 'NHWC']] as const) {
      const g = functionsOf(planOf([t], [fed], { gpu: true }))[0]!;
      expect([ops(g).filter((o) => o === 'Transpose'), node(g, 'Conv2D').attr['data_format']]).toEqual([[], { kind: 's', value: format }]);
    }
  });
  test('the form of a node does not depend on what else is fetched', () => {
    const x = tf.placeholder(tf.float32, [2, 6, 6, 3], { name: 'x' });
    const w = tf.placeholder(tf.float32, [3, 3, 3, 4], { name: 'w' }), b = tf.placeholder(tf.float32, [4], { name: 'b' });
    const h = tf.tanh(tf.nn.conv2d(x, w, [1, 1, 1, 1], 'SAME').sub(b), { name: 'h' });
    const loss = tf.reduceSum(tf.square(h));
    const all = [h, loss, ...tf.gradients(loss, [x, w, b]) as tf.Tensor[]];
    const form = (p: Plan, name: string): string | undefined => { const n = functionsOf(p).flatMap((f) => f.nodeDef).find((k) => k.name === name); return n && `${n.op}(${n.input.map((i) => (/turn/.test(i) ? 'turned' : i.replace(/ShapeN(_\d)?/, 'ShapeN'))).join(',')})`; };
    const whole = planOf(all, [x, w, b], { gpu: true });
    for (const t of all) expect(form(planOf([t], [x, w, b], { gpu: true }), t.op.name), t.name).toBe(form(whole, t.op.name));
  });
});

describe('devices', () => {
  function placed(): { x: tf.Tensor; loss: tf.Tensor; step: tf.Operation; twins: tf.Tensor[] } {
    const x = tf.placeholder(tf.float32, [2, 3], { name: 'x' });
    const w = tf.device('/cpu:0', () => new tf.Variable(tf.ones([3, 1]), { name: 'w' }));
    const [loss, there] = tf.device('/job:worker/gpu:1', () => [tf.reduceMean(tf.matmul(x, w.value()), { name: 'loss' }), tf.square(x, { name: 'there' })] as const);
    return { x, loss, step: new tf.train.MomentumOptimizer(0.1, 0.9).minimize(loss), twins: [there, tf.square(x, { name: 'anywhere' })] };
  }
  const deviceOf = (p: Plan, name: string): string | undefined => functionsOf(p)[0]!.nodeDef.find((n) => n.name === name)?.device;
  test('on a GPU nodes and variables are where the graph wants them; on a CPU there is one place', () => {
    const { x, loss, step, twins } = placed();
    const p = planOf([loss, step, ...twins], [x], { gpu: true });
    expect(['MatMul', 'loss', 'w/handle', 'there', 'anywhere'].map((n) => deviceOf(p, n))).toEqual(['/device:GPU:1', '/device:GPU:1', '/device:CPU:0', '/device:GPU:1', '']);
    expect((calls(p)[0]!.call as NativeCall).plan.residents).toMatchObject([{ variable: 'w', device: '/device:CPU:0' }, { variable: 'w/Momentum', device: '/device:CPU:0' }]);
    const here = planOf([loss, step, ...twins], [x]);
    expect(functionsOf(here)[0]!.nodeDef.filter((n) => n.device !== '')).toEqual([]);
    // Equal nodes are one only where they may be in one place.
    expect(['there', 'anywhere'].map((n) => deviceOf(here, n))).toEqual(['', undefined]);
  });
  test('a GPU that need not be it is left to TensorFlow, a CPU is not', () => {
    const { x, loss, twins } = placed();
    const p = planOf([loss, ...twins], [x], { gpu: true, softPlacement: true });
    expect(['MatMul', 'loss', 'there', 'anywhere'].map((n) => deviceOf(p, n))).toEqual(['', '', '', '']);
    const q = tf.device('/cpu:0', () => tf.square(x, { name: 'host' }));
    expect(deviceOf(planOf([q], [x], { gpu: true, softPlacement: true }), 'host')).toBe('/device:CPU:0');
  });
});

describe('the environment TensorFlow is loaded in', () => {
  const none = { intraOpThreads: 0, interOpThreads: 0 };
  test('defaults, what is there, what a session asks for', () => {
    expect(environment(none, {})).toEqual({ TF_CPP_MIN_LOG_LEVEL: '2', TF_ENABLE_ONEDNN_OPTS: '1', NVIDIA_TF32_OVERRIDE: '0', TF_CUDNN_USE_AUTOTUNE: '0', TF_DETERMINISTIC_OPS: '1', TF_FORCE_GPU_ALLOW_GROWTH: 'true' });
    const there = { TF_CPP_MIN_LOG_LEVEL: '0', TF_ENABLE_ONEDNN_OPTS: '0', TF_NUM_INTRAOP_THREADS: '7', TF_FORCE_GPU_ALLOW_GROWTH: 'false', TF_DETERMINISTIC_OPS: '' };
    expect(environment(none, there)).toEqual({ NVIDIA_TF32_OVERRIDE: '0', TF_CUDNN_USE_AUTOTUNE: '0', TF_DETERMINISTIC_OPS: '1' });
    expect(environment({ intraOpThreads: 2, interOpThreads: 1, visibleDevices: '1,0' }, there)).toMatchObject({ TF_NUM_INTRAOP_THREADS: '2', TF_NUM_INTEROP_THREADS: '1', CUDA_VISIBLE_DEVICES: '1,0' });
  });
});

test('an op this TensorFlow does not know is named, with its nodes', async () => {
  const binding = { isUsingGpuDevice: () => false, createTensor: () => 1, makeTensor: () => 1, deleteTensor: () => undefined, TF_Version: '2.9.1', loadSavedModel: () => { throw new Error("Failed to load SavedModel: Op type not registered 'Square' in binary running on box."); } };
  const engine = nativeEngine({ intraOpThreads: 0, interOpThreads: 0 }, () => ({ threads: 2, interOpThreads: 2, binding }) as unknown as RunningAddon);
  const x = tf.placeholder(tf.float32, [1], { name: 'x' });
  using sess = await new tf.Session({ sharedState: new SharedState(engine) }).ready();
  const y = tf.square(x, { name: 'first' });
  expect(() => sess.runSync(tf.square(y, { name: 'second' }), [[x, [1]]])).toThrow(/^TensorFlow 2\.9\.1 does not know the op Square \(of first, second\)\.[^]*remedy: install a newer one/);
});
