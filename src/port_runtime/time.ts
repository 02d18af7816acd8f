// `time` of Python.

/** Seconds since 1970. */
export const time = (): number => Date.now() / 1000;
export const clock = (): number => process.cpuUsage().user / 1e6;
export const perf_counter = (): number => performance.now() / 1000;
/** Blocks, as Python's does. */
export function sleep(seconds: number): void { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, seconds * 1000); }
const two = (n: number): string => String(n).padStart(2, '0');
export const localtime = (seconds: number = time()): Date => new Date(seconds * 1000);
/** `%Y %m %d %H %M %S %y %%`. */
export function strftime(format: string, at: Date = new Date()): string {
  const parts: Readonly<Record<string, string>> = { Y: String(at.getFullYear()), y: two(at.getFullYear() % 100), m: two(at.getMonth() + 1), d: two(at.getDate()), H: two(at.getHours()), M: two(at.getMinutes()), S: two(at.getSeconds()), '%': '%' };
  return format.replace(/%([YymdHMS%])/g, (_, c: string) => parts[c]!);
}
