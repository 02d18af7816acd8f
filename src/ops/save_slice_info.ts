// Where a part of a partitioned variable lies in the whole: what savers write. Follows Variable.SaveSliceInfo in
// python/ops/variables.py (1.15).

/** `tf.Variable.SaveSliceInfo`. */
export class SaveSliceInfo {
  /** Name of the whole variable. */
  readonly fullName: string;
  readonly fullShape: readonly number[];
  readonly varOffset: readonly number[];
  readonly varShape: readonly number[];
  constructor(fullName: string, fullShape: readonly number[], varOffset: readonly number[], varShape: readonly number[]) {
    this.fullName = fullName;
    this.fullShape = fullShape;
    this.varOffset = varOffset;
    this.varShape = varShape;
  }
  /** The slice as savers spell it: `7 2 3,2:0,2` is rows 3 and 4 of a [7, 2] variable. */
  get spec(): string {
    return `${this.fullShape.join(' ')} ${this.varOffset.map((o, i) => `${o},${this.varShape[i]}`).join(':')}`;
  }
}
