// `tf.app.flags`: options of the command line as scripts declare them. Follows absl/flags/{_flagvalues,_defines,_validators,_helpers}.py as
// TensorFlow 1.15 has it, without flag files, help texts and the flags of other modules.
import { AttributeError, TfError, ValueError } from '../graph/errors.ts';
import { snakeCase } from './api.ts';
import { api } from './api.ts';
import { booleanParser, enumParser, type FlagParser, floatParser, integerParser, listParser, spaceListParser, stringParser } from './flag_parsers.ts';
import { pythonStr } from './make_array.ts';

/** `tf.app.flags.Error`: what all errors of flags are. */
export class FlagsError extends TfError {}
export class DuplicateFlagError extends FlagsError {}
export class IllegalFlagValueError extends FlagsError {}
export class UnparsedFlagAccessError extends FlagsError {}
export class UnrecognizedFlagError extends FlagsError {}
export class ValidationError extends FlagsError {}

/** A flag: its parser, default and value. */
export interface Flag {
  readonly name: string;
  readonly help: string;
  readonly parser: FlagParser;
  readonly default: unknown;
  readonly boolean: boolean;
  /** Whether the flag may be given several times: its value is a list. */
  readonly multi: boolean;
  value: unknown;
  /** Times it was given. */
  present: number;
}
interface Validator { readonly names: readonly string[]; readonly check: (values: Readonly<Record<string, unknown>>) => boolean; readonly message: string }

/** `tf.app.flags.FlagValues`: flags and their values. Values are properties by the flags' names (`FLAGS.batch_size`, also `FLAGS.batchSize`). */
export class FlagValues {
  readonly #flags = new Map<string, Flag>();
  readonly #validators: Validator[] = [];
  #parsed = false;
  /** Names of the flags. */
  names(): string[] { return [...this.#flags.keys()].sort(); }
  isParsed(): boolean { return this.#parsed; }
  /** Values count from now on, without a command line. */
  markAsParsed(): void { this.#parsed = true; }
  unparseFlags(): void { this.#parsed = false; }
  flag(name: string): Flag | undefined { return this.#flags.get(name) ?? this.#flags.get(snakeCase(name)); }
  /** Adds a flag. Errors: DuplicateFlagError when there is one of that name, IllegalFlagValueError for a default that it does not take. */
  define(f: Omit<Flag, 'value' | 'present' | 'boolean' | 'multi'> & { readonly boolean?: boolean; readonly multi?: boolean }): Flag {
    const first = this.#flags.get(f.name);
    if (first) throw new DuplicateFlagError(`The flag '${f.name}' is defined twice.  Description from first occurrence: ${first.help}`);
    const { multi = false, boolean = false } = f;
    const made: Flag = { ...f, boolean, multi, value: null, present: 0 };
    const start = f.default ?? null;
    made.value = start === null ? null : multi ? (Array.isArray(start) ? start : [start]).map((x) => this.#parse(made, x)) : this.#parse(made, start);
    this.#flags.set(f.name, made);
    return made;
  }
  /** A second name of a flag. */
  alias(name: string, original: string): void {
    const f = this.#flags.get(original);
    if (!f) throw new UnrecognizedFlagError(unknown(original, []));
    this.#flags.set(name, f);
  }
  addValidator(v: Validator): void { this.#validators.push(v); }

  /** Reads a command line (without the program); returns what is no flag. `knownOnly`: unknown flags stay. Errors: UnrecognizedFlagError,
   * IllegalFlagValueError, FlagsError for a flag without its value. */
  parse(argv: readonly string[], knownOnly = false): string[] {
    const rest: string[] = [], strange: string[] = [], allowed = new Set<string>();
    let i = 0;
    for (; i < argv.length; i++) {
      const arg = argv[i]!;
      if (!arg.startsWith('-')) { rest.push(arg); continue; }
      if (arg === '--') { if (knownOnly) rest.push(arg); i++; break; }
      const [, name, given] = /^--?([^=]*)(?:=([^]*))?$/.exec(arg)!;
      if (name === '') { rest.push(arg); continue; }
      const next = (): string => {
        if (given !== undefined) return given;
        if (++i >= argv.length) throw new FlagsError(`Missing value for flag ${arg}`);
        return argv[i]!;
      };
      if (name === 'undefok') {
        for (const n of next().split(',')) allowed.add(n.trim()).add(`no${n.trim()}`);
        continue;
      }
      const flag = this.#flags.get(name!);
      const off = flag === undefined && name!.startsWith('no') ? this.#flags.get(name!.slice(2)) : undefined;
      if (flag) this.#give(flag, flag.boolean && given === undefined ? 'true' : next());
      else if (off?.boolean) {
        if (given !== undefined) throw new ValueError(`${arg} does not take an argument`);
        this.#give(off, 'false');
      } else if (knownOnly) rest.push(arg);
      else strange.push(name!);
    }
    rest.push(...argv.slice(i));
    const bad = strange.find((n) => !allowed.has(n));
    if (bad !== undefined) throw new UnrecognizedFlagError(unknown(bad, this.#suggestions(bad)));
    this.#parsed = true;
    this.#validate(this.#validators);
    return rest;
  }

  /** The value of a flag. Errors: AttributeError where there is none, UnparsedFlagAccessError before the command line was read. */
  get(name: string): unknown {
    const f = this.flag(name);
    if (!f) throw new AttributeError(name);
    if (!this.#parsed) throw new UnparsedFlagAccessError(`Trying to access flag --${f.name} before flags were parsed.`);
    return f.value;
  }
  set(name: string, value: unknown): void {
    const f = this.flag(name);
    if (!f) throw new UnrecognizedFlagError(unknown(name, []));
    f.value = value === null ? null : f.multi ? (value as unknown[]).map((x) => this.#parse(f, x)) : this.#parse(f, value);
    this.#validate(this.#validators.filter((v) => v.names.includes(f.name)));
  }
  #give(f: Flag, text: string): void {
    const v = this.#parse(f, text);
    f.value = f.multi ? [...(f.present > 0 ? f.value as unknown[] : []), v] : v;
    f.present++;
  }
  #parse(f: Flag, x: unknown): unknown {
    try { return f.parser(x); } catch (e) {
      if (!(e instanceof ValueError)) throw e;
      throw new IllegalFlagValueError(`flag --${f.name}=${pythonStr(x)}: ${e.text}`);
    }
  }
  #validate(validators: readonly Validator[]): void {
    for (const v of validators) {
      const values = Object.fromEntries(v.names.map((n) => [n, this.#flags.get(n)!.value]));
      if (v.check(values)) continue;
      const shown = v.names.map((n) => `${n}=${pythonStr(values[n])}`);
      throw new IllegalFlagValueError(`${v.names.length === 1 ? `flag --${shown[0]}` : `flags ${shown.join(', ')}`}: ${v.message}`);
    }
  }
  /** Names that are close, those with the fewest mistakes. */
  #suggestions(attempt: string): string[] {
    if (attempt.length <= 2) return [];
    const found = this.names().map((n) => [transposedDistance(attempt, n.slice(0, attempt.length)), n] as const).sort((a, b) => a[0] - b[0]);
    const least = found[0]?.[0] ?? Infinity;
    return least >= 0.5 * attempt.length ? [] : found.filter(([d]) => d === least).map(([, n]) => n);
  }
}
const unknown = (name: string, near: readonly string[]): string => `Unknown command line flag '${name}'${near.length === 0 ? '' : `. Did you mean: ${near.join(', ')} ?`}`;

/** Damerau and Levenshtein's distance: characters changed, added, left out or exchanged with their neighbour. */
function transposedDistance(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_x, j) => (i === 0 ? j : j === 0 ? i : 0)));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      d[i]![j] = Math.min(d[i - 1]![j]! + 1, d[i]![j - 1]! + 1, d[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d[i]![j] = Math.min(d[i]![j]!, d[i - 2]![j - 2]! + same);
    }
  }
  return d[a.length]![b.length]!;
}

/** The words of this process's command line behind the program. */
export function commandLine(): readonly string[] { return typeof process === 'undefined' ? [] : process.argv.slice(2); }

/** The values as properties. The first one that is asked for reads the command line. */
function asProperties(values: FlagValues): FlagValues & Record<string, unknown> {
  return new Proxy(values, {
    get: (t, name) => {
      if (typeof name === 'symbol') return Reflect.get(t, name, t);
      if (name in t && !t.flag(name)) { const v: unknown = Reflect.get(t, name, t); return typeof v === 'function' ? v.bind(t) as unknown : v; }
      if (!t.isParsed()) t.parse(commandLine());
      return t.get(name);
    },
    set: (t, name, v) => { t.set(String(name), v); return true; },
    has: (t, name) => typeof name === 'string' && t.flag(name) !== undefined,
    ownKeys: (t) => t.names(),
    getOwnPropertyDescriptor: (t, name) => (typeof name === 'string' && t.flag(name) ? { configurable: true, enumerable: true, get: () => t.get(name) } : undefined),
  }) as FlagValues & Record<string, unknown>;
}
/** `tf.app.flags.FLAGS`: the flags of this program. */
export const FLAGS: FlagValues & Record<string, unknown> = asProperties(new FlagValues());

// --- declarations --------------------------------------------------------------------------------------------------

interface Common { name: string; default: unknown; help: string; flagValues?: FlagValues; required?: boolean; moduleName?: string | null }
interface Bounds extends Common { lowerBound?: number | null; upperBound?: number | null }
/** TensorFlow's own names of the first parameters. */
const OLD = { flagName: 'name', defaultValue: 'default', docstring: 'help' };
const options = (python: string): { required: number; python: string; aliases: Readonly<Record<string, string>> } => ({ required: 3, python, aliases: OLD });
function define(p: Common, parser: FlagParser, kind: { readonly boolean?: boolean; readonly multi?: boolean } = {}): void {
  const values = p.flagValues ?? FLAGS;
  values.define({ name: p.name, default: p.default ?? null, help: p.help, parser, ...kind });
  if (p.required) markFlagAsRequired(p.name, values);
}
const PLAIN = ['name', 'default', 'help', 'flagValues', 'required'] as const;
const NAMED = ['name', 'default', 'help', 'flagValues', 'moduleName', 'required'] as const;
const NUMBER = ['name', 'default', 'help', 'lowerBound', 'upperBound', 'flagValues', 'required'] as const;
const plain = (python: string, parser: FlagParser, multi = false): (...args: readonly unknown[]) => void => api(python, PLAIN, (p: Common) => { define(p, parser, { multi }); }, options(python)) as (...args: readonly unknown[]) => void;
const numeric = (python: string, parser: (lower?: number | null, upper?: number | null) => FlagParser, multi = false): (...args: readonly unknown[]) => void =>
  api(python, NUMBER, (p: Bounds) => { define(p, parser(p.lowerBound, p.upperBound), { multi }); }, options(python)) as (...args: readonly unknown[]) => void;
type D = (...args: readonly unknown[]) => void;
/** `tf.app.flags.DEFINE_string(name, default, help)`: `--name=text`. Like all of these it takes Python's arguments by position or by name; `flagValues`: where
 * the flag goes (FLAGS). Errors: DuplicateFlagError, IllegalFlagValueError for a default that is none. */
export const DEFINE_string: D = plain('DEFINE_string', stringParser);
/** `tf.app.flags.DEFINE_integer(name, default, help, lower_bound, upper_bound)`. */
export const DEFINE_integer: D = numeric('DEFINE_integer', integerParser);
/** `tf.app.flags.DEFINE_float(name, default, help, lower_bound, upper_bound)`. */
export const DEFINE_float: D = numeric('DEFINE_float', floatParser);
const boolean = (python: string): D => api(python, NAMED, (p: Common) => { define(p, booleanParser, { boolean: true }); }, options(python)) as D;
/** `tf.app.flags.DEFINE_bool(name, default, help)`: `--name`, `--noname`, `--name=true`. */
export const DEFINE_bool: D = boolean('DEFINE_bool');
/** `tf.app.flags.DEFINE_boolean`: DEFINE_bool. */
export const DEFINE_boolean: D = boolean('DEFINE_boolean');
/** `tf.app.flags.DEFINE_list(name, default, help)`: texts between commas. */
export const DEFINE_list: D = plain('DEFINE_list', listParser);
/** `tf.app.flags.DEFINE_spaceseplist(name, default, help, comma_compat)`: texts between white space. */
export const DEFINE_spaceseplist: D = api('DEFINE_spaceseplist', ['name', 'default', 'help', 'commaCompat', 'flagValues', 'required'], (p: Common & { commaCompat?: boolean }) => { define(p, spaceListParser(p.commaCompat ?? false)); }, options('DEFINE_spaceseplist')) as D;
interface Enum extends Common { enumValues: readonly string[]; caseSensitive?: boolean }
/** `tf.app.flags.DEFINE_enum(name, default, enum_values, help)`: one of some texts. */
export const DEFINE_enum: D = api('DEFINE_enum', ['name', 'default', 'enumValues', 'help', 'flagValues', 'moduleName', 'required'], (p: Enum) => { define(p, enumParser(p.enumValues)); }, { ...options('DEFINE_enum'), required: 4 }) as D;
/** `tf.app.flags.DEFINE_multi_enum(name, default, enum_values, help)`: given several times, a list. */
export const DEFINE_multi_enum: D = api('DEFINE_multi_enum', ['name', 'default', 'enumValues', 'help', 'flagValues', 'caseSensitive', 'required'], (p: Enum) => { define(p, enumParser(p.enumValues, p.caseSensitive ?? true), { multi: true }); }, { ...options('DEFINE_multi_enum'), required: 4 }) as D;
/** `tf.app.flags.DEFINE_multi_string(name, default, help)`. */
export const DEFINE_multi_string: D = plain('DEFINE_multi_string', stringParser, true);
/** `tf.app.flags.DEFINE_multi_integer(name, default, help, lower_bound, upper_bound)`. */
export const DEFINE_multi_integer: D = numeric('DEFINE_multi_integer', integerParser, true);
/** `tf.app.flags.DEFINE_multi_float(name, default, help, lower_bound, upper_bound)`. */
export const DEFINE_multi_float: D = numeric('DEFINE_multi_float', floatParser, true);
/** `tf.app.flags.DEFINE_alias(name, original_name)`: a second name of a flag. Errors: UnrecognizedFlagError where there is no such flag. */
export const DEFINE_alias = api('DEFINE_alias', ['name', 'originalName', 'flagValues', 'moduleName'], (p: { name: string; originalName: string; flagValues?: FlagValues; moduleName?: string | null }) => { (p.flagValues ?? FLAGS).alias(p.name, p.originalName); }, { required: 2, python: 'DEFINE_alias' });

// --- validators ----------------------------------------------------------------------------------------------------

interface One { flagName: string; checker: (value: never) => boolean; message?: string; flagValues?: FlagValues }
/** `tf.app.flags.register_validator(flag_name, checker, message)`: what a flag's value must be, asked when the command line was read and when it is set. */
export const registerValidator = api('registerValidator', ['flagName', 'checker', 'message', 'flagValues'], (p: One) => {
  (p.flagValues ?? FLAGS).addValidator({ names: [p.flagName], check: (v) => p.checker(v[p.flagName] as never), message: p.message ?? 'Flag validation failed' });
}, { required: 2 });
interface Many { flagNames: readonly string[]; multiFlagsChecker: (values: Readonly<Record<string, unknown>>) => boolean; message?: string; flagValues?: FlagValues }
/** `tf.app.flags.register_multi_flags_validator(flag_names, multi_flags_checker, message)`: the same of several flags together. */
export const registerMultiFlagsValidator = api('registerMultiFlagsValidator', ['flagNames', 'multiFlagsChecker', 'message', 'flagValues'], (p: Many) => {
  (p.flagValues ?? FLAGS).addValidator({ names: p.flagNames, check: p.multiFlagsChecker, message: p.message ?? 'Flags validation failed' });
}, { required: 2 });
/** `tf.app.flags.mark_flag_as_required(flag_name)`: its value must not be null. */
export const markFlagAsRequired = api('markFlagAsRequired', ['flagName', 'flagValues'], (p: { flagName: string; flagValues?: FlagValues }) => {
  registerValidator(p.flagName, (v: unknown) => v !== null, `Flag --${p.flagName} must have a value other than None.`, p.flagValues ?? FLAGS);
}, { required: 1 });
/** `tf.app.flags.mark_flags_as_required(flag_names)`. */
export const markFlagsAsRequired = api('markFlagsAsRequired', ['flagNames', 'flagValues'], (p: { flagNames: readonly string[]; flagValues?: FlagValues }) => { for (const n of p.flagNames) markFlagAsRequired(n, p.flagValues ?? FLAGS); }, { required: 1 });
/** `tf.app.flags.mark_flags_as_mutual_exclusive(flag_names, required)`: at most (exactly) one has a value. */
export const markFlagsAsMutualExclusive = api('markFlagsAsMutualExclusive', ['flagNames', 'required', 'flagValues'], (p: { flagNames: readonly string[]; required?: boolean; flagValues?: FlagValues }) => {
  const required = p.required ?? false;
  registerMultiFlagsValidator(p.flagNames, (values: Readonly<Record<string, unknown>>) => { const n = Object.values(values).filter((v) => v !== null).length; return n === 1 || (n === 0 && !required); },
    `${required ? 'Exactly' : 'At most'} one of (${p.flagNames.join(', ')}) must have a value other than None.`, p.flagValues ?? FLAGS);
}, { required: 1 });

// --- programs ------------------------------------------------------------------------------------------------------

/** `tf.app.run(main, argv)`: reads the flags and calls `main` with the program and the words that are no flags; what `main` returns (in the end, if it is async) is
 * the exit code of the process. Flags nobody declared are left to `main`. A bad flag is told on standard error and ends the process with code 1. */
export async function run(main: (argv: string[]) => unknown, argv: readonly string[] | null = null): Promise<void> {
  const [program, words] = argv ? [argv[0] ?? '', argv.slice(1)] : [typeof process === 'undefined' ? '' : process.argv[1] ?? '', commandLine()];
  let rest: string[];
  try { rest = FLAGS.parse(words, true); } catch (e) {
    if (!(e instanceof FlagsError) || typeof process === 'undefined') throw e;
    console.error(`FATAL Flags parsing error:\n  ${e.text}`);
    process.exitCode = 1;
    return;
  }
  const code = await main([program, ...rest]);
  if (typeof process !== 'undefined' && typeof code === 'number') process.exitCode = code;
}
