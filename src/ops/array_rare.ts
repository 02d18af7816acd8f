// Op blocks that few programs use and no function of Python's stands for: buckets, rows set in place, data formats, n-th elements,
// packed bits. Follows core/ops/{array_ops,math_ops,nn_ops}.cc (1.15).
import { gatherNd } from './array_gather.ts';
import { grad1, inputOf } from './building.ts';
import { defineOp } from './registry.ts';
import { dimFromScalar, dimOf, divideDim, replaceDim, subshape, unchangedShape } from './shape_fns.ts';
import { checkScatterNd } from './state_ops.ts';

defineOp('Bucketize', { shape: unchangedShape });
for (const op of ['InplaceUpdate', 'InplaceAdd', 'InplaceSub', 'DeepCopy', 'DataFormatDimMap', 'DataFormatVecPermute']) defineOp(op, { shape: unchangedShape });
defineOp('Empty', { shape: (c) => [c.valueAsShape(0)] });
defineOp('NthElement', {
  shape: (c) => {
    const input = c.withRankAtLeast(c.input(0), 1), n = dimFromScalar(c, 1), last = dimOf(input, -1);
    if (last !== null && n !== null && last <= n) c.fail(`Input must have last dimension > n = ${n} but is ${last}`);
    return [subshape(input, 0, -1)];
  },
});
defineOp('CompareAndBitpack', {
  shape: (c) => {
    const input = c.withRankAtLeast(c.input(0), 1);
    c.withRank(c.input(1), 0);
    return [input.dims === null ? input : replaceDim(input, -1, divideDim(c, dimOf(input, -1), 8))];
  },
});
defineOp('ScatterNdNonAliasingAdd', {
  shape: (c) => { checkScatterNd(c, c.input(0)); return [c.input(0)]; },
  grad: grad1((op, g) => [g, null, gatherNd(g, inputOf(op, 1))]),
});
defineOp('ParallelConcat', {
  shape: (c) => {
    const whole = c.shapeAttr('shape');
    if (!whole.isFullyDefined) c.fail('shape attr must be fully defined.');
    let one = replaceDim(whole, 0, 1);
    for (let i = 0; i < c.numInputs; i++) {
      const s = c.input(i);
      if (!s.isFullyDefined) c.fail('All input shapes must be fully defined.');
      if (dimOf(s, 0) !== 1) c.fail('Size of first dimension must be 1.');
      one = c.merge(s, one, `\n\tFrom merging shape ${i} with other shapes.`);
    }
    return [whole];
  },
});
