// Graph collections: named lists kept with the graph. Follows GraphKeys and Graph.*collection* in python/framework/ops.py.

/** `tf.GraphKeys`: names of the standard collections. */
export const GraphKeys = {
  GLOBAL_VARIABLES: 'variables',
  VARIABLES: 'variables',
  LOCAL_VARIABLES: 'local_variables',
  METRIC_VARIABLES: 'metric_variables',
  MODEL_VARIABLES: 'model_variables',
  TRAINABLE_VARIABLES: 'trainable_variables',
  SUMMARIES: 'summaries',
  QUEUE_RUNNERS: 'queue_runners',
  TABLE_INITIALIZERS: 'table_initializer',
  ASSET_FILEPATHS: 'asset_filepaths',
  MOVING_AVERAGE_VARIABLES: 'moving_average_variables',
  REGULARIZATION_LOSSES: 'regularization_losses',
  CONCATENATED_VARIABLES: 'concatenated_variables',
  SAVERS: 'savers',
  WEIGHTS: 'weights',
  BIASES: 'biases',
  ACTIVATIONS: 'activations',
  UPDATE_OPS: 'update_ops',
  LOSSES: 'losses',
  SAVEABLE_OBJECTS: 'saveable_objects',
  RESOURCES: 'resources',
  LOCAL_RESOURCES: 'local_resources',
  TRAINABLE_RESOURCE_VARIABLES: 'trainable_resource_variables',
  INIT_OP: 'init_op',
  LOCAL_INIT_OP: 'local_init_op',
  READY_OP: 'ready_op',
  READY_FOR_LOCAL_INIT_OP: 'ready_for_local_init_op',
  SUMMARY_OP: 'summary_op',
  GLOBAL_STEP: 'global_step',
  EVAL_STEP: 'eval_step',
  TRAIN_OP: 'train_op',
  COND_CONTEXT: 'cond_context',
  WHILE_CONTEXT: 'while_context',
} as const;

export class Collections {
  readonly #lists = new Map<string, unknown[]>();

  add(name: string, value: unknown): void {
    const l = this.#lists.get(name);
    if (l) l.push(value); else this.#lists.set(name, [value]);
  }
  /** The live list (`get_collection_ref`). */
  ref(name: string): unknown[] {
    let l = this.#lists.get(name);
    if (!l) this.#lists.set(name, l = []);
    return l;
  }
  /** A copy; with `scope`, only items whose `name` matches the regular expression at its start. */
  get(name: string, scope?: string | null): unknown[] {
    const l = this.#lists.get(name) ?? [];
    if (scope === undefined || scope === null) return [...l];
    const re = new RegExp(`^(?:${scope})`);
    return l.filter((x) => typeof x === 'object' && x !== null && 'name' in x && typeof x.name === 'string' && re.test(x.name));
  }
  clear(name: string): void { this.#lists.delete(name); }
  keys(): string[] { return [...this.#lists.keys()]; }
}
