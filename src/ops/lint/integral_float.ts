// Rule: an integral JS number that became float32. JavaScript has one number type, so `tf.constant(3)` says nothing
// about its dtype; where nothing else asks, it is float32, while the same line of Python makes an int32.
import { integralConstants } from '../convert.ts';
import { type Finding, type GraphView, type Rule } from './finding.ts';

const NAME = 'integral-float';

function check(g: GraphView): Finding[] {
  const out: Finding[] = [];
  for (const name of integralConstants(g.graph)) {
    const op = g.graph.find(name);
    const v = op?.attr('value');
    if (!op || v?.kind !== 'tensor') continue;
    const shown = v.value.size === 1 ? String(v.value.flat(0)) : `an array of ${v.value.size} integers`;
    const users = op.output.consumers();
    const used = users.length === 0 ? '' : `, used by ${users[0]!.type} '${users[0]!.name}'${users.length > 1 ? ` and ${users.length - 1} more` : ''}`;
    const literal = v.value.size === 1 ? String(v.value.flat(0)) : '[...]';
    out.push(g.finding(NAME, op, `the integral JS number ${shown} became float32 in Const '${op.name}'${used}; in Python the same line makes an int32`,
      `write tf.int32(${literal}) for an integer; { dtype: tf.float32 } says that float32 is meant`));
  }
  return out;
}

export const integralFloat: Rule = { name: NAME, about: 'an integral JS number that became float32', check };
