// The functions of Python's `math` that JavaScript's Math has not.

export const log = (x: number, base?: number): number => (base === undefined ? Math.log(x) : Math.log(x) / Math.log(base));
export const log2 = Math.log2;
export const factorial = (n: number): number => { let r = 1; for (let i = 2; i <= n; i++) r *= i; return r; };
export const isinf = (x: number): boolean => x === Infinity || x === -Infinity;
export const degrees = (x: number): number => x * 180 / Math.PI;
export const radians = (x: number): number => x * Math.PI / 180;
export const fsum = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0);
