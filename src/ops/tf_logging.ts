// `tf.logging`: messages with a level, written to the console from a verbosity on. Follows python/platform/tf_logging.py (1.15), whose
// levels are those of Python's logging.
import { printFloat } from '../graph/printf.ts';

export const DEBUG = 10;
export const INFO = 20;
export const WARN = 30;
export const ERROR = 40;
export const FATAL = 50;

let verbosity = WARN;
const NAMES: Readonly<Record<number, string>> = { [DEBUG]: 'DEBUG', [INFO]: 'INFO', [WARN]: 'WARNING', [ERROR]: 'ERROR', [FATAL]: 'CRITICAL' };

/** Python's `msg % args` for the conversions messages use: %s, %d, %f, %g, %r, %%. */
function format(msg: string, args: readonly unknown[]): string {
  let i = 0;
  return args.length === 0 ? msg : msg.replaceAll(/%(?:\.(\d+))?([sdifrg%])/g, (_, digits: string | undefined, kind: string) => {
    if (kind === '%') return '%';
    const v = args[i++];
    if (kind === 'f' || kind === 'g') return printFloat(Number(v), kind, Number(digits ?? 6), 0, '');
    return kind === 'd' || kind === 'i' ? String(Math.trunc(Number(v))) : String(v);
  });
}

/** `tf.logging.log(level, msg, *args)`: written when `level` is at least the verbosity. */
export function log(level: number, msg: string, ...args: readonly unknown[]): void {
  if (level < verbosity) return;
  const text = `${NAMES[level] ?? `Level ${level}`}:tensorflow:${format(msg, args)}`;
  if (level >= ERROR) console.error(text);
  else if (level >= WARN) console.warn(text);
  else console.info(text);
}
/** `tf.logging.debug`. */
export function debug(msg: string, ...args: readonly unknown[]): void { log(DEBUG, msg, ...args); }
/** `tf.logging.info`. */
export function info(msg: string, ...args: readonly unknown[]): void { log(INFO, msg, ...args); }
/** `tf.logging.warn`. */
export function warn(msg: string, ...args: readonly unknown[]): void { log(WARN, msg, ...args); }
/** `tf.logging.warning`. */
export function warning(msg: string, ...args: readonly unknown[]): void { log(WARN, msg, ...args); }
/** `tf.logging.error`. */
export function error(msg: string, ...args: readonly unknown[]): void { log(ERROR, msg, ...args); }
/** `tf.logging.fatal`: a critical message; the program goes on, as in TensorFlow. */
export function fatal(msg: string, ...args: readonly unknown[]): void { log(FATAL, msg, ...args); }
/** `tf.logging.vlog`. */
export function vlog(level: number, msg: string, ...args: readonly unknown[]): void { log(level, msg, ...args); }
/** `tf.logging.TaskLevelStatusMessage`: an error. */
export function TaskLevelStatusMessage(msg: string): void { error(msg); }
/** `tf.logging.flush`: the console keeps nothing back. */
export function flush(): void { /* nothing is held */ }

const counts = new Map<string, number>();
/** How often a call site has been counted before; its place in the program is its name. */
function count(): number {
  const site = new Error().stack?.split('\n')[3] ?? '';
  const n = counts.get(site) ?? 0;
  counts.set(site, n + 1);
  return n;
}
/** `tf.logging.log_every_n`: every n-th time this line is reached. */
export function logEveryN(level: number, msg: string, n: number, ...args: readonly unknown[]): void { if (count() % n === 0) log(level, msg, ...args); }
/** `tf.logging.log_first_n`: the first n times this line is reached. */
export function logFirstN(level: number, msg: string, n: number, ...args: readonly unknown[]): void { if (count() < n) log(level, msg, ...args); }
/** `tf.logging.log_if`. */
export function logIf(level: number, msg: string, condition: unknown, ...args: readonly unknown[]): void { if (condition) log(level, msg, ...args); }

/** `tf.logging.get_verbosity`: WARN at first. */
export function getVerbosity(): number { return verbosity; }
/** `tf.logging.set_verbosity`. */
export function setVerbosity(v: number): void { verbosity = v; }

/** Python's logger of TensorFlow, as far as programs use it. */
export interface Logger {
  setLevel(level: number | string): void;
  getEffectiveLevel(): number;
  debug(msg: string, ...args: readonly unknown[]): void;
  info(msg: string, ...args: readonly unknown[]): void;
  warning(msg: string, ...args: readonly unknown[]): void;
  warn(msg: string, ...args: readonly unknown[]): void;
  error(msg: string, ...args: readonly unknown[]): void;
  critical(msg: string, ...args: readonly unknown[]): void;
  fatal(msg: string, ...args: readonly unknown[]): void;
  log(level: number, msg: string, ...args: readonly unknown[]): void;
}
/** `tf.get_logger()`: the logger behind `tf.logging`; levels are numbers or their names ('ERROR'). */
export function getLogger(): Logger {
  return {
    setLevel: (level) => { setVerbosity(typeof level === 'number' ? level : Number(Object.keys(NAMES).find((k) => NAMES[Number(k)] === level.toUpperCase()) ?? verbosity)); },
    getEffectiveLevel: getVerbosity, debug, info, warning, warn, error, critical: fatal, fatal, log,
  };
}
