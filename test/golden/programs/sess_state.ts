// Restates sess_state.py.
import * as tf from 'tfgraph';
import { note, type Program } from '../oracle.ts';

export function sess_state(): Program {
  const v = new tf.Variable(1., { name: 'v' });
  const w = new tf.Variable(v.initializedValue().mul(2.), { name: 'w' });
  const u = new tf.Variable(v.add(5.), { name: 'u' });
  const inc = tf.assignAdd(v, 10., { name: 'inc' });
  const dec = v.assignSub(3.);
  const sc = tf.scatterAdd(new tf.Variable([1., 2., 3.], { name: 't' }), [0, 2, 0], [1., 1., 1.]);
  const su = tf.scatterUpdate(tf.globalVariables().at(-1)!, [1], [9.]);
  const init = tf.globalVariablesInitializer();
  const use = v.mul(2.);
  const after = tf.controlDependencies([inc], () => v.readValue());
  const cnt = tf.countUpTo(new tf.Variable(0, { dtype: tf.int32, name: 'n' }), 2);
  const init2 = tf.variablesInitializer([tf.globalVariables().at(-1)!]);
  const isin = tf.isVariableInitialized(v);
  const rep = tf.reportUninitializedVariables();

  const extend = (sess: tf.Session): unknown => sess.run(tf.add(v, 100., { name: 'later' }));
  const methods = async (sess: tf.Session): Promise<unknown> => {
    await v.load(42., sess);
    note('eval', await v.eval(sess));
    note('names', [v.op.name, v.initializer.name, v.initialValue.name, v.value().name, v.ref().name]);
    return v.eval(sess);
  };
  return {
    runs: [
      { fetch: isin }, { fetch: rep }, { fetch: init }, { fetch: rep }, { fetch: [v, w, u] }, { fetch: use }, { fetch: inc }, { fetch: use }, { fetch: after }, { fetch: dec },
      { fetch: sc }, { fetch: su }, { call: extend }, { fetch: 'later:0' }, { call: methods }, { fetch: init2 }, { fetch: cnt }, { fetch: cnt }, { fetch: cnt },
      { fetch: v, session: 'B' }, { fetch: init, session: 'B' }, { fetch: [v, isin], session: 'B' }, { fetch: v },
    ],
  };
}
