// Slots of variables whose shape is not known while building.
import { expect, test } from 'vitest';
import * as tf from 'tfgraph';

test('a slot of zeros takes its shape from the value, as real TensorFlow 1.15.5 builds it', () => {
  const graph = new tf.Graph();
  graph.asDefault(() => {
    const v = new tf.Variable(tf.placeholderWithDefault([[1., 2.]], [null, 2]), { validateShape: false, name: 'v' });
    new tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduceSum(v.mul(v)));
    const nodes = graph.asGraphDef().node.map((n) => `${n.name} ${n.op} ${n.input.join(',')}`);
    // Lines 52 to 56 and 66 to 71 of what TensorFlow's as_graph_def() lists for the same program.
    expect(nodes.slice(51, 56)).toEqual(['cond/Merge Merge cond/Switch_1,cond/read', 'Shape Shape cond/Merge', 'zeros/Const Const ', 'zeros Fill Shape,zeros/Const', 'v/Momentum VariableV2 ']);
    expect(nodes.slice(65, 71)).toEqual([
      'cond/read/Switch_v/Momentum Switch v/Momentum/cond/Merge,cond/pred_id', 'cond/read_v/Momentum Identity cond/read/Switch_v/Momentum:1',
      'cond/Merge_v/Momentum Merge cond/Switch_1,cond/read_v/Momentum', 'Shape_v/Momentum Shape cond/Merge_v/Momentum', 'zeros_v/Momentum Fill Shape_v/Momentum,zeros/Const',
      'v/Momentum/Assign Assign v/Momentum,zeros_v/Momentum',
    ]);
    const sess = new tf.Session({ graph, engine: 'reference' });
    sess.runSync(tf.globalVariablesInitializer());
    expect(sess.runSync(tf.globalVariables()).map((x) => (x as tf.NDArray).toArray())).toEqual([[[1, 2]], [[0, 0]]]);
  });
});
