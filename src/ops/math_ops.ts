// The math family under one door, with the stem TF readers look for. The op blocks and functions live in the math_*.ts
// files; importing this also attaches the operators (`x.add(y)`) to Tensor.
import './tensor_operators.ts';

export * from './math_unary.ts';
export * from './math_binary.ts';
export * from './math_logic.ts';
export * from './math_cast.ts';
export * from './math_reduce.ts';
export * from './math_linear.ts';
export * from './math_sequence.ts';
import './math_segment.ts';
