// `argparse` of Python and `tf.app.flags`: options of the command line, as scripts declare them.
import type { Dynamic } from './dynamic.ts';
import { int, float } from './builtins.ts';

interface Argument { readonly dest: string; readonly names: readonly string[]; readonly type: (s: string) => unknown; readonly action: string; readonly fallback: unknown; readonly help: string; readonly nargs: Dynamic; readonly choices: readonly unknown[] | undefined; readonly required: boolean; readonly constant: unknown }
interface ArgumentOptions { readonly type?: Dynamic; readonly default?: unknown; readonly action?: string; readonly help?: string; readonly dest?: string; readonly nargs?: Dynamic; readonly choices?: readonly unknown[]; readonly required?: boolean; readonly const?: unknown; readonly metavar?: string }

export class ArgumentParser {
  readonly description: string;
  readonly #arguments: Argument[] = [];
  constructor(options: { readonly description?: string; readonly [k: string]: unknown } | string = {}) { this.description = typeof options === 'string' ? options : options.description ?? ''; }
  add_argument(...args: readonly Dynamic[]): void {
    const last: unknown = args.at(-1);
    const o = (typeof last === 'object' ? last : {}) as ArgumentOptions;
    const names = args.filter((a) => typeof a === 'string') as string[];
    const long = names.find((n) => n.startsWith('--')) ?? names[0]!;
    const action = o.action ?? 'store';
    const fallback = o.default !== undefined ? o.default : action === 'store_true' ? false : action === 'store_false' ? true : null;
    this.#arguments.push({ dest: o.dest ?? long.replace(/^-+/, '').replaceAll('-', '_'), names, type: o.type as ((s: string) => unknown) | undefined ?? ((s) => s), action, fallback, help: o.help ?? '', nargs: o.nargs, choices: o.choices, required: o.required ?? false, constant: o.const });
  }
  /** Ends the program with a message and code 2 when the arguments are not as declared. */
  parse_args(args: readonly string[] = process.argv.slice(2)): Dynamic {
    const [found, rest] = this.parse_known_args(args);
    if (rest.length > 0) this.error(`unrecognized arguments: ${rest.join(' ')}`);
    return found;
  }
  parse_known_args(args: readonly string[] = process.argv.slice(2)): [Dynamic, string[]] {
    const out: Record<string, unknown> = Object.fromEntries(this.#arguments.map((a) => [a.dest, typeof a.fallback === 'string' && a.type !== String ? a.type(a.fallback) : a.fallback]));
    const positional = this.#arguments.filter((a) => !a.names[0]!.startsWith('-'));
    const seen = new Set<Argument>();
    const rest: string[] = [];
    for (let i = 0; i < args.length; i++) {
      const [name, given] = args[i]!.startsWith('--') && args[i]!.includes('=') ? [args[i]!.slice(0, args[i]!.indexOf('=')), args[i]!.slice(args[i]!.indexOf('=') + 1)] : [args[i]!, undefined];
      if (name === '-h' || name === '--help') { console.log(this.format_help()); process.exit(0); }
      const a = name.startsWith('-') && !/^-\d/.test(name) ? this.#arguments.find((x) => x.names.includes(name)) : positional.find((x) => !seen.has(x));
      if (!a) { rest.push(args[i]!); continue; }
      seen.add(a);
      if (a.action === 'store_true' || a.action === 'store_false') { out[a.dest] = a.action === 'store_true'; continue; }
      if (a.action === 'store_const') { out[a.dest] = a.constant; continue; }
      const option = a.names[0]!.startsWith('-');
      if (a.nargs === '+' || a.nargs === '*' || typeof a.nargs === 'number') {
        const values = option ? [] : [args[i]!];
        while (i + 1 < args.length && !args[i + 1]!.startsWith('-') && (typeof a.nargs !== 'number' || values.length < a.nargs)) values.push(args[++i]!);
        out[a.dest] = values.map((v) => a.type(v));
        continue;
      }
      const text = option ? given ?? args[++i] : args[i];
      if (text === undefined) { if (a.nargs === '?') { out[a.dest] = a.constant ?? null; continue; } this.error(`argument ${a.names.join('/')}: expected one argument`); }
      let value: unknown;
      try { value = a.type(text); } catch { this.error(`argument ${a.names.join('/')}: invalid value: '${text}'`); }
      if (a.choices && !a.choices.includes(value)) this.error(`argument ${a.names.join('/')}: invalid choice: '${text}' (choose from ${a.choices.map((c) => `'${String(c)}'`).join(', ')})`);
      out[a.dest] = a.action === 'append' ? [...(out[a.dest] as unknown[] | null ?? []), value] : value;
    }
    const missing = this.#arguments.filter((a) => !seen.has(a) && (a.required || (!a.names[0]!.startsWith('-') && a.fallback === null && a.nargs !== '?' && a.nargs !== '*')));
    if (missing.length > 0) this.error(`the following arguments are required: ${missing.map((a) => a.names[0]).join(', ')}`);
    return [out, rest];
  }
  format_help(): string { return [this.description, ...this.#arguments.map((a) => `  ${a.names.join(', ').padEnd(24)} ${a.help}`)].join('\n'); }
  print_help(): void { console.log(this.format_help()); }
  error(message: string): never { console.error(`error: ${message}`); process.exit(2); }
}

/** `tf.app.flags`: every flag declares itself; `FLAGS.name` is its value. */
const parser = new ArgumentParser();
let parsed: Record<string, unknown> | undefined;
const define = (type: (s: string) => unknown) => (name: Dynamic, fallback: Dynamic = null, help: Dynamic = ''): void => {
  const o: Dynamic = typeof name === 'object' ? name : { flag_name: name, default_value: fallback, docstring: help };
  parser.add_argument(`--${o.flag_name ?? o.name}`, { type, default: o.default_value ?? o.default, help: String(o.docstring ?? o.help ?? '') });
  parsed = undefined;
};
const boolean = (s: string): boolean => /^(true|t|1|yes)$/i.test(s);
export const flags = {
  DEFINE_string: define((s) => s), DEFINE_integer: define((s) => int(s)), DEFINE_float: define((s) => float(s)), DEFINE_boolean: define(boolean), DEFINE_bool: define(boolean),
  /** Unknown options are left to others. */
  FLAGS: new Proxy({} as Dynamic, { get: (_, name) => (parsed ??= parser.parse_known_args()[0] as Record<string, unknown>)[String(name)], set: (_, name, v) => { (parsed ??= parser.parse_known_args()[0] as Record<string, unknown>)[String(name)] = v; return true; } }),
} as const;
