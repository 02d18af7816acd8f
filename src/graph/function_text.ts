// Text format of FunctionDef libraries and OpDef signatures; the binary twin is function_codec.ts.
// Follows core/framework/{function,op_def}.proto.
import { protoName } from './dtype.ts';
import { type ArgDef, type AttrDef, type AttrValue, type FunctionDef, type FunctionDefLibrary, type GradientDef, type NodeDef, type OpDef } from './node_def.ts';
import { sortedKeys } from './attr_codec.ts';
import { flag, readAttrEntryText, readAttrText, readDTypeText, readNodeText, str, writeAttrMap, writeAttrText, writeListText, writeNodeText } from './attr_text.ts';
import { quote, type TextReader, type TextWriter } from './text_format.ts';
import { COST } from './wire.ts';

export function writeLibraryText(w: TextWriter, lib: FunctionDefLibrary): void {
  for (const f of lib.function) w.message('function', () => functionDef(w, f));
  for (const g of lib.gradient) w.message('gradient', () => { str(w, 'function_name', g.functionName); str(w, 'gradient_func', g.gradientFunc); });
}

function functionDef(w: TextWriter, f: FunctionDef): void {
  w.message('signature', () => writeOpDefText(w, f.signature));
  for (const n of f.nodeDef) w.message('node_def', () => writeNodeText(w, n));
  stringMap(w, 'ret', f.ret);
  writeAttrMap(w, f.attr);
  stringMap(w, 'control_ret', f.controlRet ?? {});
  for (const [i, attrs] of Object.entries(f.argAttr ?? {})) {
    w.message('arg_attr', () => { w.scalar('key', i); w.message('value', () => writeAttrMap(w, attrs)); });
  }
}

function stringMap(w: TextWriter, name: string, map: Readonly<Record<string, string>>): void {
  for (const k of sortedKeys(map)) w.message(name, () => { w.scalar('key', quote(k)); w.scalar('value', quote(map[k]!)); });
}

export function writeOpDefText(w: TextWriter, o: OpDef): void {
  str(w, 'name', o.name);
  for (const a of o.inputArg) w.message('input_arg', () => argDef(w, a));
  for (const a of o.outputArg) w.message('output_arg', () => argDef(w, a));
  for (const a of o.attr) w.message('attr', () => attrDef(w, a));
  str(w, 'summary', o.summary);
  str(w, 'description', o.description);
  const d = o.deprecation;
  if (d) w.message('deprecation', () => { if (d.version !== 0) w.scalar('version', String(d.version)); str(w, 'explanation', d.explanation); });
  flag(w, 'is_aggregate', o.isAggregate);
  flag(w, 'is_stateful', o.isStateful);
  flag(w, 'is_commutative', o.isCommutative);
  flag(w, 'allows_uninitialized_input', o.allowsUninitializedInput);
  for (const c of o.controlOutput ?? []) w.scalar('control_output', quote(c));
}

function argDef(w: TextWriter, a: ArgDef): void {
  str(w, 'name', a.name);
  str(w, 'description', a.description);
  if (a.type) w.scalar('type', protoName(a.type));
  str(w, 'type_attr', a.typeAttr);
  str(w, 'number_attr', a.numberAttr);
  str(w, 'type_list_attr', a.typeListAttr);
  flag(w, 'is_ref', a.isRef);
}

function attrDef(w: TextWriter, a: AttrDef): void {
  str(w, 'name', a.name);
  str(w, 'type', a.type);
  if (a.default) w.message('default_value', () => writeAttrText(w, a.default!));
  str(w, 'description', a.description);
  flag(w, 'has_minimum', a.hasMinimum);
  if (a.minimum) w.scalar('minimum', String(a.minimum));
  if (a.allowed) w.message('allowed_values', () => w.message('list', () => writeListText(w, a.allowed!)));
}

export function readLibraryText(r: TextReader): FunctionDefLibrary {
  const fn: FunctionDef[] = [];
  const gradient: GradientDef[] = [];
  r.message('FunctionDefLibrary', (f) => {
    if (f === 'function') r.each(() => fn.push(readFunctionDef(r)));
    else if (f === 'gradient') r.each(() => gradient.push(readGradient(r)));
    else return false;
    return true;
  }, new Set(['function', 'gradient']));
  return { function: fn, gradient };
}

function readGradient(r: TextReader): GradientDef {
  const g = { functionName: '', gradientFunc: '' };
  r.message('GradientDef', (f) => {
    if (f === 'function_name') g.functionName = r.string();
    else if (f === 'gradient_func') g.gradientFunc = r.string();
    else return false;
    return true;
  });
  return g;
}

const FUNCTION = new Set(['attr', 'node_def', 'ret', 'control_ret', 'arg_attr']);
function readFunctionDef(r: TextReader): FunctionDef {
  r.charge(COST.function);
  let signature: OpDef = { name: '', inputArg: [], outputArg: [], attr: [] };
  const attr: Record<string, AttrValue> = {};
  const nodeDef: NodeDef[] = [];
  const ret: Record<string, string> = {};
  const controlRet: Record<string, string> = {};
  const argAttr: Record<number, Record<string, AttrValue>> = {};
  r.message('FunctionDef', (f) => {
    switch (f) {
      case 'signature': signature = readOpDefText(r); return true;
      case 'node_def': r.each(() => nodeDef.push(readNodeText(r))); return true;
      case 'ret': r.each(() => readStringEntry(r, ret)); return true;
      case 'attr': r.each(() => readAttrEntryText(r, attr)); return true;
      case 'control_ret': r.each(() => readStringEntry(r, controlRet)); return true;
      case 'arg_attr': r.each(() => readArgAttr(r, argAttr)); return true;
      default: return false;
    }
  }, FUNCTION);
  return {
    signature, attr, nodeDef, ret,
    ...(Object.keys(controlRet).length > 0 ? { controlRet } : {}),
    ...(Object.keys(argAttr).length > 0 ? { argAttr } : {}),
  };
}

function readArgAttr(r: TextReader, into: Record<number, Record<string, AttrValue>>): void {
  let key = 0;
  const attrs: Record<string, AttrValue> = {};
  r.message('FunctionDef.ArgAttrEntry', (f) => {
    if (f === 'key') key = r.uint32();
    else if (f === 'value') r.message('FunctionDef.ArgAttrs', (g) => (g === 'attr' ? (r.each(() => readAttrEntryText(r, attrs)), true) : false), new Set(['attr']));
    else return false;
    return true;
  });
  into[key] = attrs;
}

function readStringEntry(r: TextReader, into: Record<string, string>): void {
  let [key, value] = ['', ''];
  r.message('FunctionDef.RetEntry', (f) => {
    if (f === 'key') key = r.string();
    else if (f === 'value') value = r.string();
    else return false;
    return true;
  });
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

const OP_DEF = new Set(['input_arg', 'output_arg', 'attr', 'control_output']);
export function readOpDefText(r: TextReader): OpDef {
  r.charge(COST.opDef);
  const inputArg: ArgDef[] = [];
  const outputArg: ArgDef[] = [];
  const attr: AttrDef[] = [];
  const controlOutput: string[] = [];
  const o: { -readonly [K in keyof OpDef]: OpDef[K] } = { name: '', inputArg, outputArg, attr };
  r.message('OpDef', (f) => {
    switch (f) {
      case 'name': o.name = r.string(); return true;
      case 'input_arg': r.each(() => inputArg.push(readArgDef(r))); return true;
      case 'output_arg': r.each(() => outputArg.push(readArgDef(r))); return true;
      case 'attr': r.each(() => attr.push(readAttrDef(r))); return true;
      case 'summary': o.summary = r.string(); return true;
      case 'description': o.description = r.string(); return true;
      case 'is_aggregate': o.isAggregate = r.bool(); return true;
      case 'is_stateful': o.isStateful = r.bool(); return true;
      case 'is_commutative': o.isCommutative = r.bool(); return true;
      case 'allows_uninitialized_input': o.allowsUninitializedInput = r.bool(); return true;
      case 'control_output': r.each(() => controlOutput.push(r.string())); return true;
      case 'deprecation': {
        const d = { version: 0, explanation: '' };
        r.message('OpDeprecation', (g) => (g === 'version' ? (d.version = r.int32(), true) : g === 'explanation' ? (d.explanation = r.string(), true) : false));
        o.deprecation = d;
        return true;
      }
      default: return false;
    }
  }, OP_DEF);
  if (controlOutput.length > 0) o.controlOutput = controlOutput;
  return o;
}

function readArgDef(r: TextReader): ArgDef {
  const a: { -readonly [K in keyof ArgDef]: ArgDef[K] } = { name: '' };
  r.message('OpDef.ArgDef', (f) => {
    switch (f) {
      case 'name': a.name = r.string(); return true;
      case 'description': a.description = r.string(); return true;
      case 'type': a.type = readDTypeText(r); return true;
      case 'type_attr': a.typeAttr = r.string(); return true;
      case 'number_attr': a.numberAttr = r.string(); return true;
      case 'type_list_attr': a.typeListAttr = r.string(); return true;
      case 'is_ref': a.isRef = r.bool(); return true;
      default: return false;
    }
  });
  return a;
}

function readAttrDef(r: TextReader): AttrDef {
  const a: { -readonly [K in keyof AttrDef]: AttrDef[K] } = { name: '', type: '' };
  r.message('OpDef.AttrDef', (f) => {
    switch (f) {
      case 'name': a.name = r.string(); return true;
      case 'type': a.type = r.string(); return true;
      case 'default_value': { const v = readAttrText(r); if (v) a.default = v; return true; }
      case 'description': a.description = r.string(); return true;
      case 'has_minimum': a.hasMinimum = r.bool(); return true;
      case 'minimum': a.minimum = Number(r.int64()); return true;
      case 'allowed_values': { const v = readAttrText(r); if (v?.kind === 'list') a.allowed = v.value; return true; }
      default: return false;
    }
  });
  return a;
}
