// Numbers as the output shows them.

/** With a space that does not break. */
export const percent = (x: number): string => `${(100 * x).toFixed(1)}\u00a0%`;
/** 1.2e-7, or plainly 0. */
export const small = (x: number, digits = 1): string => (x === 0 ? '0' : x.toExponential(digits));
export const lastOf = (x: readonly number[]): number => x[x.length - 1]!;
export const optimizerTitle = (name: string): string => (name === 'adam' ? 'Adam' : 'Momentum');
