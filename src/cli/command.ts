// What a command of the CLI is, and how its arguments are read. A command is thin: it reads files, calls one library
// function and prints what that returns.
import { parseArgs } from 'node:util';
import { nearest } from '../ops/api.ts';

/** Exit codes: yes or equal; no or different; the question could not be answered. */
export const YES = 0;
export const NO = 1;
export const ERROR = 2;

/** Where a command writes. */
export interface Io {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Colours wanted. */
  readonly color: boolean;
}

export interface OptionSpec {
  readonly type: 'boolean' | 'string';
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly multiple?: boolean;
  /** One letter: `-o`. */
  readonly short?: string;
  readonly about: string;
}

export interface Command {
  readonly name: string;
  readonly about: string;
  /** Names of the positional arguments, all required. */
  readonly positionals: readonly string[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  readonly run: (args: Parsed, io: Io) => Promise<number>;
}

/** A mistake on the command line or in a file: one line and a remedy, no stack. */
export class UsageError extends Error {
  readonly remedy: string | undefined;
  constructor(message: string, remedy?: string) {
    super(message);
    this.remedy = remedy;
  }
}

/** Arguments of one call. */
export class Parsed {
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, unknown>>;
  constructor(positionals: readonly string[], values: Readonly<Record<string, unknown>>) {
    this.positionals = positionals;
    this.#values = values;
  }
  flag(name: string): boolean { return this.#values[name] === true; }
  text(name: string): string | undefined { const v = this.#values[name]; return typeof v === 'string' ? v : undefined; }
  /** A repeatable option whose values may also be joined by commas. */
  list(name: string): string[] {
    const v = this.#values[name];
    return (Array.isArray(v) ? v as string[] : typeof v === 'string' ? [v] : []).flatMap((s) => s.split(',')).map((s) => s.trim()).filter((s) => s !== '');
  }
  /** A repeatable option, values as they are. */
  all(name: string): string[] { const v = this.#values[name]; return Array.isArray(v) ? v as string[] : typeof v === 'string' ? [v] : []; }
  /** A whole number. Throws UsageError. */
  int(name: string, fallback: number, min = 0): number {
    const v = this.text(name);
    if (v === undefined) return fallback;
    if (!/^\d+$/.test(v) || Number(v) < min) throw new UsageError(`--${name} must be a whole number >= ${min}, not '${v}'`);
    return Number(v);
  }
  /** A number >= 0. Throws UsageError. */
  number(name: string): number | undefined {
    const v = this.text(name);
    if (v === undefined) return undefined;
    if (v.trim() === '' || !(Number(v) >= 0)) throw new UsageError(`--${name} must be a number >= 0, not '${v}'`);
    return Number(v);
  }
}

/** Reads the arguments of a command. Throws UsageError for unknown options and missing or superfluous arguments. */
export function parseCommand(c: Command, argv: readonly string[]): Parsed {
  const options = Object.fromEntries(Object.entries(c.options).map(([k, o]) => [k, { type: o.type, ...(o.multiple ? { multiple: true } : {}), ...(o.short === undefined ? {} : { short: o.short }) }]));
  let values: Record<string, unknown>;
  let positionals: string[];
  try {
    ({ values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true }));
  } catch (e) {
    const code = (e as { code?: string }).code;
    const text = (e as Error).message;
    const unknown = /'(--?[^' =]+)/.exec(text)?.[1];
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' && unknown !== undefined) {
      const near = nearest(unknown.replace(/^-+/, ''), Object.keys(c.options));
      throw new UsageError(`tfgraph ${c.name} has no option ${unknown}`, `${near === undefined ? '' : `did you mean --${near}? `}see tfgraph ${c.name} --help`);
    }
    throw new UsageError(text.split('\n')[0]!, `see tfgraph ${c.name} --help`);
  }
  const want = c.positionals;
  if (positionals.length < want.length) throw new UsageError(`tfgraph ${c.name} needs <${want.slice(positionals.length).join('> <')}>`, usage(c));
  if (positionals.length > want.length) throw new UsageError(`tfgraph ${c.name} takes ${want.length} file(s), got ${positionals.length}: ${positionals.join(' ')}`, usage(c));
  return new Parsed(positionals, values);
}

export function usage(c: Command): string { return `tfgraph ${c.name} ${c.positionals.map((p) => `<${p}>`).join(' ')} [options]`; }

/** The help of one command. */
export function help(c: Command): string {
  const rows = Object.entries(c.options).map(([k, o]) => [`${o.short === undefined ? '' : `-${o.short}, `}--${k}${o.type === 'string' ? ` <${o.value ?? 'value'}>` : ''}`, `${o.about}${o.multiple ? ' (repeatable)' : ''}`] as const);
  return `${c.about}\n\nUsage: ${usage(c)}\n\nOptions:\n${table(rows)}`;
}

/** Two columns. */
export function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([a]) => a.length));
  return rows.map(([a, b]) => `  ${a.padEnd(width)}  ${b}\n`).join('');
}
