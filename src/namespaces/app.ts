// `tf.app`.
export * as flags from './app_flags.ts';
export { run } from '../ops/app_flags.ts';
