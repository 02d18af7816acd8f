// The nn family under one door, with the stem TF readers look for.
export * from './nn_conv.ts';
export * from './nn_activation.ts';
export * from './nn_pool.ts';
export * from './nn_softmax.ts';
export * from './nn_impl.ts';
