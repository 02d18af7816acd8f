// `tf.train.global_step`: the value of the global step in a session. Follows python/training/training_util.py (1.15).
import type { Tensor } from '../graph/tensor.ts';
import type { Variable } from '../ops/variables.ts';
import type { Session } from './session.ts';

/** `tf.train.global_step`: runs the global step tensor and gives its value as a number. */
export async function globalStep(sess: Session, globalStepTensor: Tensor | Variable): Promise<number> { return Number(await sess.run(globalStepTensor)); }
