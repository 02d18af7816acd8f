import * as tf from 'tfgraph';

const x = tf.placeholder(tf.float32, [null, 4], { name: 'x' });
const w = tf.getVariable('w', [4, 3], { initializer: tf.zerosInitializer() });
const y = tf.nn.softmax(tf.matmul(x, w), { name: 'y' });
const loss = tf.reduceMean(tf.log(y)).neg();
const train = new tf.train.GradientDescentOptimizer(0.5).minimize(loss);

using sess = new tf.Session();
await sess.run(tf.globalVariablesInitializer());
console.log(await sess.run([loss, train], { 'x:0': [[1, 2, 3, 4]] }));
console.log(String(sess.explain(y, { 'x:0': [[1, 2, 3, 4]] })));
