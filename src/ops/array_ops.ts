// The array family under one door, with the stem TF readers look for. The op blocks and functions live in the array_*.ts
// files; they are built on op_def_library alone, so that math and nn files may import them without cycles.
export * from './array_values.ts';
export * from './array_shape.ts';
export * from './array_join.ts';
export * from './array_slice.ts';
export * from './array_gather.ts';
export * from './array_broadcast.ts';
import './array_rearrange.ts';
