// What the port cannot do of the golden programs, each with its reason, and the same programs restated by hand.
import * as conv from '../golden/programs/conv.ts';
import * as dist from '../golden/programs/dist.ts';
import * as fft from '../golden/programs/fft.ts';
import * as flow from '../golden/programs/flow.ts';
import * as grad from '../golden/programs/grad.ts';
import * as image from '../golden/programs/image.ts';
import * as layers from '../golden/programs/layers.ts';
import * as layersRenorm from '../golden/programs/layers_renorm.ts';
import * as layersRest from '../golden/programs/layers_rest.ts';
import * as linalg from '../golden/programs/linalg.ts';
import * as math from '../golden/programs/math.ts';
import * as metrics from '../golden/programs/metrics.ts';
import * as name from '../golden/programs/name.ts';
import * as nn from '../golden/programs/nn.ts';
import * as opt from '../golden/programs/opt.ts';
import { type Program } from '../golden/oracle.ts';
import * as scope from '../golden/programs/scope.ts';
import * as seed from '../golden/programs/seed.ts';
import * as sess from '../golden/programs/sess.ts';
import * as sparse from '../golden/programs/sparse.ts';
import type { ProgramOptions } from '../golden/suite.ts';

const BY_HAND: Readonly<Record<string, unknown>> = { ...conv, ...dist, ...fft, ...flow, ...grad, ...image, ...layers, ...layersRenorm, ...layersRest, ...linalg, ...math, ...metrics, ...name, ...nn, ...opt, ...scope, ...seed, ...sess, ...sparse };
/** The program restated by hand, if there is one. */
export const byHand = (n: string): (() => Program) | undefined => BY_HAND[n] as (() => Program) | undefined;

/** Programs that are not translated as a whole. */
export const NOT_TRANSLATED: Readonly<Record<string, string>> = {
  scope_threads: 'Python threads (graph.isolated(fn) is their place here)', train_monitored: 'graph._unsafe_unfinalize(), which takes back what finalizing promises',
  seed_errors: 'exec, eval and compile of strings',
  flow_branches: 'modules of tensorflow.python', conv_norm: 'modules of tensorflow.python', conv_pool: 'modules of tensorflow.python',
  shape_fold: 'modules of tensorflow.python',
  host_functions: 'functions of numpy arrays, and the tf of sys.stdout', lookup_files: 'a lambda of any keyword arguments (**k)', lookup_tables: 'sets uuid.uuid4', str_ops: 'complex numbers', str_parse: 'complex numbers', str_unicode: 'bytes that are no text in lists: numbers of uint8 here',
  framework_more: 'calls initializers of contrib.framework (initialize() here)', raw_rare: 'a bare list of ints for an op of any dtype, which is one of floats here',
  dist_checks: 'a class that extends one of TensorFlow, whose methods the program calls by Python\'s names',
  opt_contrib: 'calls a class that a function makes, which needs new', sparse_rest: 'adds lists that sparse_split gives',
  name_unique: 'enters scopes by hand with __enter__() and sets graph._name_stack',
};
const FLOAT = 'a Python float without a fraction, which JavaScript does not tell from an int';
/** Facts and steps that are Python's own, or whose answer TensorFlow leaves open. */
export const OPTIONS: Readonly<Record<string, ProgramOptions>> = {
  grad_custom: { skipFacts: { 'duplicate registration': 'tells where the first registration was' } },
  layers_contrib: { skipFacts: { 'not decorated': 'TensorFlow prints the parts of this message as a tuple' } },
  name_control: { skipFacts: { 'deps bad': FLOAT } },
  name_graph: { skipFacts: { import: 'node_def of an imported operation spells a mapped input \'ones:0\' where every GraphDef has \'ones\'', add_shapes: 'the print of a protobuf message', props: 'the print of a protobuf message' } },
  opt_api: { skipFacts: { 'apply bad': 'Python\'s own AttributeError', 'callable loss': 'a loss given as a function is for gradient tapes' } },
  image_boxes: { skipRuns: Object.fromEntries([4, 6, 7, 8, 9, 10].map((i) => [i, 'fetches results with names, which are an object here'])) },
  image_half: { relative: 2 ** -9 },
  image_quality: { relative: 1e-6, terms: { 'step 0 [11]': 1, 'step 0 [12]': 1, 'step 0 [14]': 1 }, skipRuns: { 2: 'two asserts fail at once', 3: 'an assert and the subtraction fail at once' } },
  model_dcgan: { skipRuns: { 8: 'biases before batch norm have a gradient of zero, and Adam makes whole steps of its rounding errors', 10: 'the same' } },
  model_word2vec: { skipRuns: Object.fromEntries([2, 3, 4, 5, 6].map((i) => [i, 'fetches what a candidate sampler returns, which is an object here'])) },
  str_regex: { skipRuns: { 54: 'RE2 of that time ends a loop over an alternative that may be empty' } },
  scope_resource: { skipFacts: { writes: 'the name of a private class' }, skipRuns: { 0: 'which of two reads fails first differs from run to run in TensorFlow', 6: 'which of several reads fails first' } },
  scope_variables: { skipRuns: { 0: 'which of two reads fails first' } },
  sess_callable: { skipFacts: { few: 'which of two missing values TensorFlow names is a race', 'bad feed': 'the print of a Python function' } },
  sess_errors: { skipRuns: { 27: 'graph rewriting has swapped the operands', 11: 'the print of a class' } },
  scope_getters: { skipValues: Object.fromEntries(['o/i/v', 'o/i/rR', 'p/scalar', 'p/small/part_0', 'p/small/part_1', 'q/w', 'res/in/k'].map((n) => [`6 .${n}:0`, 'random without any seed'])) },
  scope_inherit: { skipValues: Object.fromEntries(['con/x', 'untrain', 'coll', 'cc', 'tfv_1'].map((n) => [`2 .${n}:0`, 'random without any seed'])) },
};
