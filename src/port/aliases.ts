// Names of TensorFlow 0.x and 1.x that 1.15 has under another name, and calls whose arguments changed places.

export interface Alias {
  /** The path in TensorFlow 1.15. */
  readonly to: string;
  /** A namespace: what follows is kept. */
  readonly namespace?: true;
  /** Parameters in the old order, where it differs. */
  readonly params?: readonly string[];
}
const to = (path: string, ...params: string[]): Alias => (params.length > 0 ? { to: path, params } : { to: path });
const under = (path: string): Alias => ({ to: path, namespace: true });

export const ALIASES: Readonly<Record<string, Alias>> = {
  mul: to('multiply'), sub: to('subtract'), neg: to('negative'), pack: to('stack'), unpack: to('unstack'), select: to('where'), inv: to('reciprocal'), complex_abs: to('abs'), listdiff: to('setdiff1d'),
  batch_matmul: to('matmul'), batch_matrix_inverse: to('matrix_inverse'), batch_matrix_determinant: to('matrix_determinant'), batch_cholesky: to('cholesky'), batch_matrix_diag: to('matrix_diag'), batch_matrix_transpose: to('matrix_transpose'),
  histogram_summary: to('summary.histogram', 'name', 'values'), scalar_summary: to('summary.scalar', 'name', 'tensor'), image_summary: to('summary.image', 'name', 'tensor', 'max_outputs'), audio_summary: to('summary.audio'),
  merge_summary: to('summary.merge'), merge_all_summaries: to('summary.merge_all'), 'train.SummaryWriter': to('summary.FileWriter'),
  'nn.rnn': to('nn.static_rnn'), 'nn.bidirectional_rnn': to('nn.static_bidirectional_rnn'), 'nn.state_saving_rnn': to('nn.static_state_saving_rnn'), 'nn.seq2seq': under('contrib.legacy_seq2seq'), 'models.rnn.rnn_cell': under('nn.rnn_cell'), 'models.rnn.rnn': to('nn.static_rnn'),
  'contrib.rnn.static_rnn': to('nn.static_rnn'), types: under('dtypes'), python_platform: under('compat'), 'python.ops.rnn_cell': under('nn.rnn_cell'), 'python.framework.ops': under(''), 'python.ops.math_ops': under('math'), 'python.ops.nn_ops': under('nn'), 'python.ops.array_ops': under(''),
  'contrib.stateless.stateless_random_uniform': to('random.stateless_uniform'), 'contrib.stateless.stateless_random_normal': to('random.stateless_normal'), 'contrib.stateless.stateless_truncated_normal': to('random.stateless_truncated_normal'), 'contrib.stateless.stateless_multinomial': to('random.stateless_multinomial'),
  'contrib.ctc.ctc_loss': to('nn.ctc_loss'), 'nn.tanh': to('tanh'), 'nn.sigmoid': to('sigmoid'), 'contrib.deprecated.scalar_summary': to('summary.scalar'), 'contrib.deprecated.histogram_summary': to('summary.histogram'),
};

/** Old calls by position, found by their arguments: `concat(1, [a, b])`. */
export interface OldOrder { readonly path: string; readonly when: 'first is int' | 'positional'; readonly params: readonly string[]; readonly note: string }
export const OLD_ORDERS: readonly OldOrder[] = [
  { path: 'concat', when: 'first is int', params: ['axis', 'values', 'name'], note: 'tf.concat takes (values, axis) since TensorFlow 1.0' },
  { path: 'split', when: 'first is int', params: ['axis', 'num_or_size_splits', 'value', 'name'], note: 'tf.split takes (value, num_or_size_splits, axis) since TensorFlow 1.0' },
  { path: 'nn.softmax_cross_entropy_with_logits', when: 'positional', params: ['logits', 'labels', 'dim', 'name'], note: 'arguments of the cross entropies are named since TensorFlow 1.0' },
  { path: 'nn.sparse_softmax_cross_entropy_with_logits', when: 'positional', params: ['logits', 'labels', 'name'], note: 'arguments of the cross entropies are named since TensorFlow 1.0' },
  { path: 'nn.sigmoid_cross_entropy_with_logits', when: 'positional', params: ['logits', 'targets', 'name'], note: 'arguments of the cross entropies are named since TensorFlow 1.0' },
];
/** Old keywords by function; `*` for all. */
export const OLD_KEYWORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '*': { reduction_indices: 'axis', concat_dim: 'axis', split_dim: 'axis' },
  'nn.sigmoid_cross_entropy_with_logits': { targets: 'labels' }, 'summary.scalar': { tags: 'name', tag: 'name', values: 'tensor' }, 'summary.histogram': { tag: 'name', tags: 'name' },
  'nn.max_pool': { input: 'value' }, where: { t: 'x', e: 'y' },
};
