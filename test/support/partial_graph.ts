// The little graph of the partial-run tests: r1 = a + b, r2 = r1 * c, inc adds a to v, xy = x + y fails on unequal sizes.
import * as tf from 'tfgraph';

export function partialGraph() {
  const graph = new tf.Graph();
  return graph.asDefault(() => {
    const placeholder = (name: string, shape: (number | null)[] = []): tf.Tensor => tf.placeholder(tf.float32, shape, { name });
    const [a, b, c] = [placeholder('a'), placeholder('b'), placeholder('c')];
    const r1 = tf.add(a, b, { name: 'r1' });
    const r2 = tf.multiply(r1, c, { name: 'r2' });
    const v = new tf.Variable(1., { name: 'v' });
    const inc = tf.assignAdd(v, a, { name: 'inc' });
    const noop = tf.group([inc], { name: 'noop' } as never);
    const [x, y] = [placeholder('x', [null]), placeholder('y', [null])];
    const xy = tf.add(x, y, { name: 'xy' });
    const init = tf.globalVariablesInitializer();
    const open = (): tf.Session => { const s = new tf.Session({ graph }); s.runSync(init); return s; };
    return { graph, a, b, c, r1, r2, v, inc, noop, x, y, xy, init, open };
  });
}
