// A symbol of TensorFlow in the output: its path by rule, its old name's new one, and a line in the report where
// TensorFlow or tfgraph has none.
import { ALIASES } from '../aliases.ts';
import { nearest } from '../nearest.ts';
import { findSymbol, isNamespace, symbolPaths, tsPath } from '../symbols.ts';
import { type Emit, P, text, type Text } from './context.ts';

/** The path of a symbol in TensorFlow 1.15, old names resolved. */
export function modernPath(path: string): string {
  if (ALIASES[path]) return ALIASES[path]!.to;
  for (let i = path.lastIndexOf('.'); i > 0; i = path.lastIndexOf('.', i - 1)) {
    const head = ALIASES[path.slice(0, i)];
    if (head?.namespace) return `${head.to}${head.to === '' ? path.slice(i + 1) : path.slice(i)}`;
  }
  return path;
}

export function tfSymbol(c: Emit, path: string, line: number): Text {
  const modern = modernPath(path);
  if (modern !== path) c.report.add('renamed', line, `tf.${path} is tf.${modern} in TensorFlow 1.15`);
  if (path === '') return text(c.use('tf'));
  const flags = /^(app|flags)\b/.exec(modern);
  if (flags) {
    const rest = modern.replace(/^app\./, '').replace(/^(flags)$/, '');
    if (modern === 'app.run') return text(`${c.use('flags')}.run`, P.call);
    return text(rest === '' ? c.use('flags') : rest.startsWith('flags.') ? `${c.use('flags')}.${rest.slice(6)}` : c.use('flags'), P.call);
  }
  if (modern === '__version__' || modern === 'VERSION') return text('\'1.15.5\'');
  if (/^python(\.|$)/.test(modern)) return c.todo(line, `tensorflow.${modern}`, `tensorflow.${modern} is private to TensorFlow`, 'use the public function');
  const ours = tsPath(modern);
  const known = findSymbol(modern) !== undefined || isNamespace(modern) || belongsToClass(modern);
  if (!known && !c.options.hasSymbol(ours)) {
    const near = nearest(modern, [...symbolPaths()].filter((p) => p.split('.').length === modern.split('.').length));
    c.report.add('mistake', line, `TensorFlow 1.15 has no tf.${path}`, near === undefined ? undefined : `did you mean tf.${near}?`);
  } else if (!c.options.hasSymbol(ours)) {
    c.report.add('missing', line, `tfgraph has no tf.${ours}`, 'the port calls it all the same; it works as soon as tfgraph has it');
  }
  return text(`${c.use('tf')}.${ours}`, P.call);
}
/** `GraphKeys.TRAINABLE_VARIABLES`, `errors.InvalidArgumentError`: members of classes. */
function belongsToClass(path: string): boolean {
  const i = path.lastIndexOf('.');
  return i > 0 && findSymbol(path.slice(0, i))?.kind === 'class';
}
