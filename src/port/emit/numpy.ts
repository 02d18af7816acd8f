// Arguments of numpy's functions: by position, keywords in one options object under numpy's names.
import type { Arg } from '../ast.ts';
import { quote } from '../python_string.ts';
import { elementOf, isSequence } from '../types.ts';
import { type Emit, P } from './context.ts';

/** Keywords under numpy's own names; dtypes as the strings numpy takes too. */
export function numpyArgs(c: Emit, path: string, args: readonly Arg[]): string {
  const out = args.filter((a) => a.name === undefined).map((a) => `${a.star === 1 ? '...' : ''}${c.expr(a.value, P.assign)}`);
  const named = args.filter((a) => a.name !== undefined).map((a) => { const v = c.expr(a.value, P.assign); return a.name === v ? v : `${a.name}: ${v}`; });
  // np.array(3): Python's int; lists of integers are int64 there.
  const ints = (path === 'array' || path === 'asarray') && !args.some((a) => a.name === 'dtype') && args.length === 1 && isIntData(c, args[0]!);
  if (ints) named.push(`dtype: ${quote('int64')}`);
  return [...out, ...(named.length > 0 ? [`{ ${named.join(', ')} }`] : [])].join(', ');
}

function isIntData(c: Emit, a: Arg): boolean {
  let t = c.typeOf(a.value);
  while (isSequence(t)) t = elementOf(t);
  return t.k === 'int';
}
