"""Gradients of ops that move, choose and join rows: of every op once with known shapes, and of some with only ranks known."""
from oracle import arr


def build(tf):
    R = tf.raw_ops
    i32 = lambda v: tf.constant(v, tf.int32)
    i64 = lambda v: tf.constant(v, tf.int64)
    runs = []

    def both(name, make, shape, known=True, values=None):
        x = tf.placeholder(tf.float32, shape if known else [None] * len(shape), name=name + '_x')
        with tf.name_scope(name):
            y = make(x)
            g = tf.gradients(y, x, grad_ys=tf.multiply(y, 0.5, name='half'))[0]
        runs.append({'fetch': [y, g], 'feed': {x: arr(shape, len(runs) + 1) if values is None else values}})

    both('roll', lambda x: R.Roll(input=x, shift=i32([1, -2]), axis=i32([0, 1])), [3, 4])
    both('reverse', lambda x: R.ReverseSequence(input=x, seq_lengths=i64([2, 3, 0]), seq_dim=1, batch_dim=0), [3, 4])
    both('to_batch_nd', lambda x: R.SpaceToBatchND(input=x, block_shape=i32([2]), paddings=i32([[1, 0]])), [1, 3, 2])
    both('from_batch_nd', lambda x: R.BatchToSpaceND(input=x, block_shape=i32([2]), crops=i32([[1, 0]])), [2, 2, 2])
    both('to_batch', lambda x: R.SpaceToBatch(input=x, paddings=i32([[1, 0], [0, 0]]), block_size=2), [1, 3, 2, 1])
    both('from_batch', lambda x: R.BatchToSpace(input=x, crops=i32([[1, 0], [0, 0]]), block_size=2), [4, 2, 1, 1])
    both('to_depth', lambda x: R.SpaceToDepth(input=x, block_size=2), [1, 2, 4, 1])
    both('from_depth', lambda x: R.DepthToSpace(input=x, block_size=2), [1, 1, 2, 4])
    both('diag', lambda x: R.MatrixDiag(diagonal=x), [2, 3])
    both('diag_part', lambda x: R.MatrixDiagPart(input=x), [2, 3, 3])
    both('diag_part_of_any', lambda x: R.MatrixDiagPart(input=x), [2, 3, 2], known=False)
    both('set_diag', lambda x: R.MatrixSetDiag(input=x, diagonal=R.MatrixDiagPart(input=x)), [2, 3, 2])
    both('set_diag_of_any', lambda x: R.MatrixSetDiag(input=x, diagonal=R.MatrixDiagPart(input=x)), [2, 3, 2], known=False)
    both('band', lambda x: R.MatrixBandPart(input=x, num_lower=i64(1), num_upper=i64(0)), [3, 3])
    both('mirror', lambda x: R.MirrorPad(input=x, paddings=i32([[1, 0], [2, 1]]), mode='REFLECT'), [2, 3])

    ids, any_ids, count = i32([0, 0, 2, 2]), i32([2, 0, -1, 2]), i32(3)
    ties = arr([4, 2], 3)
    ties[1] = ties[0]
    for op in ['SegmentSum', 'SegmentMean', 'SegmentMin', 'SegmentMax']:
        both(op, lambda x: getattr(R, op)(data=x, segment_ids=ids), [4, 2], values=ties)
    zero = arr([4, 2], 4)
    zero[0, 0] = zero[1, 1] = zero[3, 1] = 0
    for op in ['UnsortedSegmentSum', 'UnsortedSegmentProd', 'UnsortedSegmentMin', 'UnsortedSegmentMax']:
        both(op, lambda x: getattr(R, op)(data=x, segment_ids=any_ids, num_segments=count), [4, 2], values=zero)
    for op in ['SparseSegmentSum', 'SparseSegmentMean', 'SparseSegmentSqrtN']:
        both(op, lambda x: getattr(R, op)(data=x, indices=i32([3, 0, 0]), segment_ids=i32([0, 0, 1])), [4, 2], known=op != 'SparseSegmentMean')
        both(op + 'Num', lambda x: getattr(R, op + 'WithNumSegments')(data=x, indices=i32([3, 0, 0]), segment_ids=i32([0, 0, 1]), num_segments=count), [4, 2])
    for op in ['TensorScatterUpdate', 'TensorScatterAdd', 'TensorScatterSub']:
        both(op, lambda x: getattr(R, op)(tensor=x, indices=i32([[2], [0]]), updates=tf.slice(x, [0, 0], [2, 2])), [4, 2])
    both('top', lambda x: R.TopKV2(input=x, k=i32(2))[0], [2, 5])
    both('top_of_any', lambda x: R.TopKV2(input=x, k=i32(2))[0], [2, 5], known=False)
    return {'runs': runs}
