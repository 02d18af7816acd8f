"""Rare ops through raw_ops: buckets, rows set in place, data formats, n-th elements, packed bits, shifts, neighbours of floats."""
import numpy as np

from oracle import arr, attempt, note


def build(tf):
    r = tf.raw_ops
    x, i32 = tf.constant(arr([3, 4], 1, -5, 5), name='x'), tf.constant([[-7, 0, 3], [5, 11, 100]], name='i')
    i64 = tf.cast(i32, tf.int64)
    p = tf.placeholder(tf.float32, name='p')
    q = tf.placeholder(tf.int32, name='q')
    out = [r.Bucketize(input=x, boundaries=[-2., 0., 2.5]), r.Bucketize(input=i32, boundaries=[0., 5., 10.]), r.Bucketize(input=i64, boundaries=[]), r.Bucketize(input=tf.constant([0., 1., 2.]), boundaries=[1., 1.]),
           r.InplaceUpdate(x=x + 0., i=[0, -1], v=arr([2, 4], 2)), r.InplaceAdd(x=i32 + 0, i=[1, 1], v=[[1, 2, 3], [10, 20, 30]]), r.InplaceSub(x=x + 0., i=[2], v=arr([1, 4], 3)), r.DeepCopy(x=x),
           r.DataFormatDimMap(x=[0, 1, 2, 3, -1, -4]), r.DataFormatDimMap(x=tf.constant(2, tf.int64), src_format='NCHW', dst_format='NHWC'), r.DataFormatVecPermute(x=[7, 8, 9, 10]), r.DataFormatVecPermute(x=[[1, 2], [3, 4], [5, 6], [7, 8]], src_format='NCHW', dst_format='NHWC'),
           r.NthElement(input=x, n=1), r.NthElement(input=x, n=0, reverse=True), r.NthElement(input=i32, n=2), r.CompareAndBitpack(input=arr([2, 16], 4), threshold=0.1), r.CompareAndBitpack(input=[True, False] * 4, threshold=False),
           r.ScatterNdNonAliasingAdd(input=x, indices=[[0, 1], [2, 3], [0, 1]], updates=[1., 2., 3.]), r.ScatterNdNonAliasingAdd(input=[1, 2, 3], indices=[[1]], updates=[10]),
           r.LeftShift(x=i32, y=[0, 2, 40]), r.RightShift(x=i32, y=[[1], [-3]]), r.LeftShift(x=tf.constant([-1, 1, 127], tf.int8), y=tf.constant([1, 7, 9], tf.int8)), r.RightShift(x=tf.constant([255, 128], tf.uint8), y=tf.constant([1, 8], tf.uint8)), r.LeftShift(x=i64, y=tf.constant(60, tf.int64)), r.RightShift(x=i64 * 10 ** 12, y=tf.constant(3, tf.int64)),
           tf.nextafter(x, 0.) if hasattr(tf, 'nextafter') else tf.math.nextafter(x, 0.), r.NextAfter(x1=tf.constant([0., 1., -1., np.inf, np.nan, 3.4028235e38]), x2=tf.constant([1., np.inf, -2., 0., 1., np.inf])), r.NextAfter(x1=tf.constant([[0.], [1.]], tf.float64), x2=tf.constant([-1., 1.], tf.float64)),
           r.GuaranteeConst(input=x), r.ParallelConcat(values=[[[1., 2.]], [[3., 4.]]], shape=[2, 2]), r.Empty(shape=[2, 3], dtype=tf.float32, init=True), r.Empty(shape=[2], dtype=tf.string, init=True)]
    note('shapes', [[t.name, t.shape, t.dtype] for t in out])
    unknown = [r.Bucketize(input=p, boundaries=[1.]), r.NthElement(input=p, n=q), r.CompareAndBitpack(input=p, threshold=0.), r.Empty(shape=q, dtype=tf.float32), r.DataFormatDimMap(x=q), r.InplaceUpdate(x=p, i=q, v=p)]
    note('unknown', [t.shape for t in unknown])
    for label, f in [('pack', lambda: r.CompareAndBitpack(input=[1., 2.], threshold=0.)), ('nth', lambda: r.NthElement(input=x, n=4)), ('nth n', lambda: r.NthElement(input=x, n=-1)), ('nth rank', lambda: r.NthElement(input=1., n=0)), ('shift', lambda: r.LeftShift(x=[1, 2], y=[1, 2, 3])), ('parallel', lambda: r.ParallelConcat(values=[[[1.]], [[2., 3.]]], shape=[2, 1]))]:
        attempt(label, f)
    bad = [r.Bucketize(input=x, boundaries=[2., 1.]), unknown[1], r.DataFormatDimMap(x=[4], name='dim'), r.DataFormatVecPermute(x=q, name='perm'), r.InplaceUpdate(x=p, i=q, v=arr([1, 2], 5), name='up'), unknown[2], r.DataFormatDimMap(x=[1], src_format='NHW', name='short')]
    runs = [{'fetch': out}, {'fetch': bad[0]}, {'fetch': bad[1], 'feed': {p: [1., 2.], q: 2}}, {'fetch': bad[1], 'feed': {p: [1., 2.], q: [0]}}, {'fetch': bad[1], 'feed': {p: 3., q: 0}}, {'fetch': bad[2]}, {'fetch': bad[3], 'feed': {q: [1, 2]}}, {'fetch': bad[3], 'feed': {q: [[1, 2, 3]] * 4}}, {'fetch': bad[3], 'feed': {q: 1}},
            {'fetch': bad[4], 'feed': {p: [[1., 2.]], q: 0}}, {'fetch': bad[4], 'feed': {p: [1., 2.], q: [0]}}, {'fetch': bad[4], 'feed': {p: [[1., 2., 3.]], q: [0]}}, {'fetch': bad[4], 'feed': {p: [[1., 2.], [3., 4.]], q: [0, 1]}}, {'fetch': bad[4], 'feed': {p: [[1., 2.], [3., 4.]], q: [1]}}, {'fetch': bad[5], 'feed': {p: [1., 2.]}}]
    return {'runs': runs}
