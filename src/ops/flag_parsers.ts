// What the texts of flags mean, with absl's words for what means nothing. Follows absl/flags/{_argument_parser,_flag}.py as
// `tf.app.flags` of TensorFlow 1.15 has it.
import { ValueError } from '../graph/errors.ts';
import { pythonRepr, pythonStr } from './make_array.ts';

/** Turns a text or a default into a value. Errors: ValueError with what absl says behind `flag --name=text: `. */
export type FlagParser = (argument: unknown) => unknown;

function bounded(what: 'integer' | 'number', article: string, lower: number | null, upper: number | null): (v: number) => number {
  const help = lower !== null && upper !== null ? `${article} ${what} in the range [${lower}, ${upper}]` : lower === 1 ? `a positive ${what}` : upper === -1 ? `a negative ${what}`
    : lower === 0 ? `a non-negative ${what}` : upper === 0 ? `a non-positive ${what}` : upper !== null ? `${what} <= ${upper}` : lower !== null ? `${what} >= ${lower}` : '';
  return (v) => {
    if ((lower !== null && v < lower) || (upper !== null && v > upper)) throw new ValueError(`${what === 'number' && Number.isInteger(v) ? `${v}.0` : v} is not ${help}`);
    return v;
  };
}
/** Integers, also as 0x.. and 0o.. . */
export function integerParser(lower: number | null = null, upper: number | null = null): FlagParser {
  const check = bounded('integer', 'an', lower, upper);
  return (x) => {
    if (typeof x === 'string') {
      const [base, digits] = x.startsWith('0x') ? [16, /^0x[\da-f]+$/i] as const : x.startsWith('0o') ? [8, /^0o[0-7]+$/] as const : [10, /^\s*[+-]?\d+\s*$/] as const;
      if (!digits.test(x)) throw new ValueError(`invalid literal for int() with base ${base}: ${pythonRepr(x)}`);
      return check(Number(x));
    }
    if (typeof x !== 'number' || !Number.isInteger(x)) throw new ValueError(`Expect argument to be a string or int, found ${pythonStr(x)}`);
    return check(x);
  };
}
export function floatParser(lower: number | null = null, upper: number | null = null): FlagParser {
  const check = bounded('number', 'a', lower, upper);
  return (x) => {
    if (typeof x === 'number') return check(x);
    const word = /^\s*([+-]?)(inf|infinity|nan)\s*$/i.exec(pythonStr(x));
    if (word) return check(word[2]!.toLowerCase() === 'nan' ? NaN : word[1] === '-' ? -Infinity : Infinity);
    if (typeof x !== 'string' || !/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(x)) throw new ValueError(`could not convert string to float: ${pythonRepr(x)}`);
    return check(Number(x));
  };
}
export const booleanParser: FlagParser = (x) => {
  if (typeof x === 'boolean') return x;
  const word = pythonStr(x).toLowerCase();
  if (word === 'true' || word === 't' || word === '1') return true;
  if (word === 'false' || word === 'f' || word === '0') return false;
  throw new ValueError(`('Non-boolean argument to boolean flag', ${pythonRepr(x)})`);
};
export const stringParser: FlagParser = (x) => x;
export function enumParser(values: readonly string[], caseSensitive = true): FlagParser {
  return (x) => {
    const found = caseSensitive ? values.find((v) => v === x) : values.find((v) => v.toLowerCase() === pythonStr(x).toLowerCase());
    if (found === undefined) throw new ValueError(`value should be one of <${values.join('|')}>`);
    return found;
  };
}
/** Texts between commas; quotes keep commas. */
export const listParser: FlagParser = (x) => {
  if (Array.isArray(x)) return x as unknown;
  const text = pythonStr(x);
  if (text === '') return [];
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => (m[1] === undefined ? m[2]! : m[1].replaceAll('""', '"')).trim());
};
/** Texts between white space, with `commaCompat` between commas too. */
export const spaceListParser = (commaCompat: boolean): FlagParser => (x) => (Array.isArray(x) ? x as unknown : pythonStr(x).split(commaCompat ? /[\s,]+/ : /\s+/).filter((w) => w !== ''));
