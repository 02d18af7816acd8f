// TensorFlow 1.15.5's public symbols against ours, for docs/SYMBOLS.md and `npm run api:coverage`: what is the same, what
// differs, what is planned for later families, what will never be there and why, what is missing.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as tf from 'tfgraph';
import { signatureOf } from '../../src/ops/api.ts';

/** Parameters of a function (`f`) or constructor (`c`) and how many of them are required; neither: a value. */
interface PythonSymbol { readonly f?: readonly [string[], number] | null; readonly c?: readonly [string[], number] | null }
type Kind = 'function' | 'class' | 'value';
export type Status = 'same' | 'differs' | 'later' | 'never' | 'missing';
export interface ApiRow { readonly name: string; readonly kind: Kind; readonly status: Status; readonly note: string }

const camel = (name: string): string => name.replace(/(?<=[a-z0-9])_+([a-z0-9])/g, (_, c: string) => c.toUpperCase());
/** TF's path in our spelling. */
export const ourName = (python: string): string => python.split('.').map((part) => (/^[A-Z]/.test(part) ? part : camel(part))).join('.');

/** What stays away for good, with the reason. */
const NEVER: readonly (readonly [RegExp, string])[] = [
  [/^(contrib\.(?!layers\.|slim\.|framework\.)|autograph|tpu|distribute|xla|ragged|raw_ops\.Xla)/, 'outside of the project'],
  [/^(Ragged|GradientTape|Module$|function$|wrap_function|py_function|numpy_function|executing_eagerly|(en|dis)able_|control_flow_v2_enabled|vectorized_map|nondifferentiable_batch_function|experimental\.|custom_gradient\.|recompute_grad|train\.(Checkpoint|experimental)|config\.|TypeSpec|\w+Spec$|variable_creator_scope|Variable(Aggregation|Synchronization))/, 'eager execution and TensorFlow 2'],
  [/^(contrib\.\w+\.(deprecated|GDN|gdn|RevBlock|rev_block|recompute_grad|fuse_op|InputLayer|DataFrameColumn|ProblemType)|contrib\.(layers|slim)\.\w*(column|feature|target|embedding_lookup_unique|svm|joint_weighted)|feature_column)/, 'estimators and their columns'],
  [/^(load_(library|op_library|file_system_library)|sysconfig|user_ops|resource_loader|test\.(main|Benchmark|benchmark|StubOut|TestCase|get_temp|gpu_|is_|test_src|create_local)|\w*CXX11\w*|MONOLITHIC|COMPILER|GIT_|version\.|app\.(run|flags\.(absolute|division|print_function|doc_to|text_wrap)))/, 'of Python and C++ programs'],
  [/^app\.flags\./, 'inner parts of absl'],
  [/^(errors\.raise_exception_on_not_ok_status|debugging\.(get|set)_log_device_placement)$/, 'eager execution and TensorFlow 2'],
  [/^contrib\.\w+\.(TensorSpec|BoundedTensorSpec)$/, 'eager execution and TensorFlow 2'],
  [/^(AttrValue|NodeDef|NameAttrList|LogMessage|SessionLog|HistogramProto|TensorInfo|Event|Summary\w*|summary\.(Event|SessionLog|Summary|Tagged))$/, 'protocol buffer classes: plain objects here'],
];
/** Families of their own that are not this front end. */
const LATER: readonly (readonly [RegExp, string])[] = [
  [/^(while_loop|map_fn|foldl|foldr|scan|TensorArray|switch_case|nn\.(\w*rnn\w*|rnn_cell\..*)|ragged)/, 'while loops and RNN'],
  [/(^|\.)(data\.|\w*Queue\w*|\w*Reader\w*|\w*queue\w*|ConditionalAccumulator\w*|SparseConditionalAccumulator|queue\.|RecordInput|CriticalSection)|^train\.((maybe_)?(shuffle_)?batch|\w*_producer|limit_epochs|match_filenames|Coordinator|LooperThread)|(^|\.)(match_filenames_once|matching_files|slice_input_producer)/, 'queues, readers and tf.data'],
  [/^(train\.|summary\.|saved_model|io\.|python_io|gfile|read_file|write_file|parse_|serialize_|deserialize_|decode_(csv|json|compressed)|contrib\.(framework|slim)\.(\w*checkpoint\w*|load_\w+|list_variables|get_variables_to_restore)|contrib\.(layers|slim)\.summarize|(\w+Example|FixedLen\w*|VarLen\w*|SparseFeature|MetaGraphDef|GraphDef)$)/, 'savers, summaries, files, records'],
  [/^(profiler|test\.create|delete_session_tensor|get_session_(handle|tensor))/, 'profiling, session handles'],
  [/^(fft|ifft|signal|spectral|audio|linalg\.LinearOperator|linalg\.(logm|expm|sqrtm|lu|pinv|matrix_rank|tridiagonal\w*)|self_adjoint_eig\w*|svd|qr|matrix_(square_root|solve_ls)|linalg\.(svd|qr|eigh|eigvalsh|lstsq|inv|det|logdet|slogdet)|nn\.ctc|\w*edit_distance|image\.(decode|encode|extract_jpeg|is_jpeg|\w*jpeg_quality|draw_))/, 'decompositions, Fourier transforms, CTC, codecs'],
  [/(quantiz|fake_quant|Quantiz|qint|quint|QUANTIZED)/, 'quantisation'],
];
/** Optimizers, decays and their like stand in the namespace of the savers. */
const HERE = /^(train\.(\w+Optimizer|Optimizer|ExponentialMovingAverage|\w*decay\w*|piecewise\w*|\w*global_step|sdca\w*)|train\.(NewCheckpointReader)X|summary\.X)$/;

function lookup(path: string): unknown {
  let o: unknown = tf;
  for (const part of path.split('.')) {
    if ((typeof o !== 'object' && typeof o !== 'function') || o === null || !(part in o)) return undefined;
    o = (o as Record<string, unknown>)[part];
  }
  return o;
}

const first = (table: typeof NEVER, name: string): string | undefined => table.find(([re]) => re.test(name))?.[1];

function row(name: string, s: PythonSymbol): ApiRow {
  const kind: Kind = 'f' in s ? 'function' : 'c' in s ? 'class' : 'value';
  const found = lookup(ourName(name));
  if (found === undefined) {
    const never = first(NEVER, name);
    if (never !== undefined) return { name, kind, status: 'never', note: never };
    const later = HERE.test(name) ? undefined : first(LATER, name);
    return later === undefined ? { name, kind, status: 'missing', note: '' } : { name, kind, status: 'later', note: later };
  }
  const have = signatureOf(found);
  const left = s.f && have ? s.f[0].filter((p) => !have.parameters.includes(camel(p)) && !have.aliases.includes(camel(p))) : [];
  return left.length > 0 ? { name, kind, status: 'differs', note: `without ${left.join(', ')}` } : { name, kind, status: 'same', note: '' };
}

/** Every public symbol of TensorFlow 1.15.5, in its order. */
export function apiRows(): ApiRow[] {
  const python = JSON.parse(gunzipSync(readFileSync(new URL('../ops/fixtures/api.json.gz', import.meta.url))).toString()) as Record<string, PythonSymbol>;
  return Object.entries(python).map(([name, s]) => row(name, s));
}

const STATUSES: readonly Status[] = ['same', 'differs', 'missing', 'later', 'never'];
const count = (rows: readonly ApiRow[], status: Status): number => rows.filter((r) => r.status === status).length;
const share = (rows: readonly ApiRow[]): string => {
  const there = count(rows, 'same') + count(rows, 'differs');
  const scope = there + count(rows, 'missing');
  return scope === 0 ? '' : `${there} of ${scope} (${Math.floor((100 * there) / scope)} %)`;
};

/** Markdown: counts, then one row a namespace with what is not simply the same. */
export function apiTableMarkdown(): string {
  const rows = apiRows();
  const spaces = [...new Set(rows.map((r) => r.name.split('.').slice(0, -1).join('.')))].sort();
  const short = (r: ApiRow): string => r.name.split('.').at(-1)!;
  const listed = (of: readonly ApiRow[], status: Status): string => {
    const chosen = of.filter((r) => r.status === status);
    if (status === 'missing' || status === 'differs') return chosen.map((r) => (r.note === '' ? short(r) : `${short(r)} (${r.note})`)).join(', ');
    return [...new Set(chosen.map((r) => r.note))].map((n) => `${chosen.filter((r) => r.note === n).length} ${n}`).join('; ');
  };
  const kinds: readonly Kind[] = ['function', 'class', 'value'];
  return [
    '# Symbols', '',
    `TensorFlow 1.15.5 has ${rows.length} public symbols outside of keras, estimator and most of contrib. *Same*: here under the camelCase of its name, with all of`,
    'its parameters. *Differs*: here without the parameters named. *Later*: of a family that is not there yet. *Never*: with the reason. *Missing*: what is left.', '',
    'Generated: `npm run api:coverage`.', '',
    `| kind | ${STATUSES.join(' | ')} | there, of what is neither later nor never |`, `|---|${'---|'.repeat(STATUSES.length + 1)}`,
    ...kinds.map((k) => { const of = rows.filter((r) => r.kind === k); return `| ${k} | ${STATUSES.map((s) => count(of, s)).join(' | ')} | ${share(of)} |`; }),
    ((of) => `| function, without raw_ops | ${STATUSES.map((s) => count(of, s)).join(' | ')} | ${share(of)} |`)(rows.filter((r) => r.kind === 'function' && !r.name.startsWith('raw_ops.'))), '',
    '| namespace | same | differs | missing | later | never |', '|---|---|---|---|---|---|',
    ...spaces.map((ns) => { const of = rows.filter((r) => r.name.split('.').slice(0, -1).join('.') === ns); return `| ${ns === '' ? 'tf' : ns} | ${count(of, 'same')} | ${listed(of, 'differs')} | ${listed(of, 'missing')} | ${listed(of, 'later')} | ${listed(of, 'never')} |`; }),
    '',
  ].join('\n');
}
