// `tfgraph/port-runtime`: what ported Python programs use beside tfgraph itself: numpy's arrays, Python's operators and
// built-in functions, the modules of its library that scripts import.
export * as np from './np.ts';
export * as py from './py.ts';
export * as os from './os.ts';
export * as time from './time.ts';
export * as random from './random.ts';
export * as math from './math.ts';
export * as json from './json.ts';
export * as argparse from './argparse.ts';
export { flags } from './argparse.ts';
