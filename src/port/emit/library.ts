// Python's standard library: the modules scripts use, mapped to TypeScript's own or to the port runtime.
import type { ExprOf } from '../ast.ts';
import { keywordsOf, unknownArgs } from './args.ts';
import { type Emit, P, py, text, type Text } from './context.ts';

/** Values and functions that TypeScript has itself. */
const DIRECT: Readonly<Record<string, string>> = {
  'math.pi': 'Math.PI', 'math.e': 'Math.E', 'math.sqrt': 'Math.sqrt', 'math.exp': 'Math.exp', 'math.sin': 'Math.sin', 'math.cos': 'Math.cos', 'math.tan': 'Math.tan', 'math.tanh': 'Math.tanh', 'math.floor': 'Math.floor', 'math.ceil': 'Math.ceil',
  'math.atan': 'Math.atan', 'math.atan2': 'Math.atan2', 'math.log10': 'Math.log10', 'math.pow': 'Math.pow', 'math.fabs': 'Math.abs', 'math.isnan': 'Number.isNaN', 'math.hypot': 'Math.hypot',
};
/** Modules of the port runtime, with what each has. */
const MODULES: Readonly<Record<string, RegExp>> = {
  os: /^(path\.(join|exists|isfile|isdir|basename|dirname|abspath|expanduser|splitext|split|realpath|getsize)|makedirs|mkdir|listdir|getcwd|remove|rmdir|rename|environ|getpid|path|sep)$/,
  time: /^(time|clock|sleep|strftime|perf_counter|localtime)$/,
  random: /^(seed|random|randint|uniform|choice|shuffle|sample|gauss|randrange|normalvariate)$/,
  math: /^(log|log2|factorial|isinf|degrees|radians|fsum)$/,
  argparse: /^(ArgumentParser|ArgumentDefaultsHelpFormatter|RawTextHelpFormatter|FileType)$/,
  json: /^(loads|dumps|load|dump)$/,
};
/** Functions of other modules that the runtime's `py` has. */
const PY: Readonly<Record<string, string>> = {
  'collections.OrderedDict': 'orderedDict', 'collections.defaultdict': 'defaultDict', 'collections.namedtuple': 'namedTuple', 'collections.Counter': 'counter', 'collections.deque': 'deque', 'functools.partial': 'partial', 'functools.reduce': 'reduce', 'functools.wraps': 'wraps', 'contextlib.contextmanager': 'contextManager',
  'itertools.chain': 'chain', 'itertools.product': 'product', 'itertools.count': 'countFrom', 'itertools.combinations': 'combinations', 'itertools.permutations': 'permutations', 'itertools.repeat': 'repeat', 'itertools.islice': 'islice', 'copy.copy': 'copy', 'copy.deepcopy': 'deepCopy', 'sys.exit': 'exit', 'sys.argv': 'sysArgv', 'sys.stdout': 'stdout', 'sys.stdout.write': 'stdout.write', 'sys.stderr.write': 'stderr.write', 'sys.stdout.flush': 'flush', 'sys.stderr.flush': 'flush', 'sys.stderr': 'stderr', 'sys.maxint': 'maxInt', 'sys.maxsize': 'maxInt',
  'six.iteritems': 'items', 'six.itervalues': 'values', 'six.moves.range': 'range', 'six.moves.xrange': 'range', 'six.moves.zip': 'zip', 'six.string_types': 'str', 'pprint.pprint': 'print', 'warnings.warn': 'warn', 'itertools.izip': 'zip', 'operator.itemgetter': 'itemGetter', 'six.moves.input': 'input', 'sys.version_info': 'versionInfo', 'sys.path': 'sysPath',
};

/** What to write in place of a module. */
const INSTEAD: Readonly<Record<string, string>> = { threading: 'graph.isolated(fn) starts as a new thread does: at the root scope, with the same variables', re: 'JavaScript has regular expressions: new RegExp(...)', subprocess: 'child_process of Node', urllib: 'fetch(url)', pickle: 'no pickles in JavaScript: np.save, or json' };

/** A name of Python's library as a value. */
export function libraryValue(c: Emit, path: string, line: number): Text {
  if (DIRECT[path]) return text(DIRECT[path], P.call);
  if (PY[path]) return text(`${c.use('py')}.${PY[path]}`, P.call);
  const [module, ...rest] = path.split('.');
  const known = MODULES[module!];
  if (rest.length === 0) return known ? text(c.use(module!)) : text(module!);
  if (known?.test(rest.join('.'))) return text(`${c.use(module!)}.${rest.join('.')}`, P.call);
  return c.todo(line, path, `the port runtime has no ${path}`, INSTEAD[module!] ?? 'use what Node has for it');
}

export function libraryCall(c: Emit, e: ExprOf<'call'>, path: string): Text {
  const args = unknownArgs(c, e.args);
  if (path === 'collections.OrderedDict' && e.args.length === 0) return text('new Map<any, any>()', P.call);
  if (path === 'collections.OrderedDict' && e.args.length === 1 && e.args[0]!.value.kind === 'list') return text(`new Map<any, any>(${c.expr(e.args[0]!.value, P.assign)})`, P.call);
  if (path === 'functools.partial') return partial(c, e);
  if (path === 'time.time') return text(`${c.use('time')}.time()`, P.call);
  const isClass = /(^|\.)[A-Z]\w*$/.test(path) && !PY[path];
  const f = libraryValue(c, path, e.line).text;
  if (f.startsWith('py.untranslated(')) return text(f, P.call);
  return text(`${isClass ? 'new ' : ''}${f}(${args})`, P.call);
}

/** `functools.partial(f, a, k=v)`: an arrow that calls `f` with what it gets in addition. */
function partial(c: Emit, e: ExprOf<'call'>): Text {
  const [f, ...rest] = e.args;
  if (!f || rest.some((a) => a.star)) return py(c, 'partial', unknownArgs(c, e.args));
  const positional = rest.filter((a) => a.name === undefined).map((a) => c.expr(a.value, P.assign));
  const named = rest.filter((a) => a.name !== undefined);
  const t = c.typeOf(f.value);
  const rename = (k: string): string => (t.k === 'symbol' && t.of === 'tf' ? k.replace(/(?<=[a-z0-9])_+([a-z0-9])/g, (_, x: string) => x.toUpperCase()) : k);
  if (named.length === 0) return text(`(...args: any[]) => ${c.expr(f.value, P.call)}(${[...positional, '...args'].join(', ')})`, P.assign);
  return py(c, 'partial', keywordsOf(c, f.value), `[${positional.join(', ')}]`, `{ ${named.map((a) => `${rename(a.name!)}: ${c.expr(a.value, P.assign)}`).join(', ')} }`);
}
