// FunctionDef libraries and OpDef signatures between protobuf bytes and the IR.
// Follows core/framework/{function,op_def}.proto.
import { type ArgDef, type AttrDef, type AttrValue, type FunctionDef, type FunctionDefLibrary, type GradientDef, type NodeDef, type OpDef } from './node_def.ts';
import { readAttrEntry, readAttrValue, readDType, readNodeDef, sortedKeys, writeAttrs, writeAttrValue, writeNodeDef } from './attr_codec.ts';
import { COST, lenTag, varintTag, type WireReader, type WireWriter } from './wire.ts';

export function writeLibrary(w: WireWriter, lib: FunctionDefLibrary): void {
  const at = w.begin();
  for (const f of lib.function) { w.uint32(lenTag(1)); writeFunctionDef(w, f); }
  for (const g of lib.gradient) {
    w.uint32(lenTag(2));
    const m = w.begin();
    w.stringField(1, g.functionName);
    w.stringField(2, g.gradientFunc);
    w.end(m);
  }
  w.end(at);
}

export function readLibrary(r: WireReader): FunctionDefLibrary {
  const outer = r.enter();
  const fn: FunctionDef[] = [];
  const gradient: GradientDef[] = [];
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    if (t === lenTag(1)) fn.push(readFunctionDef(r));
    else if (t === lenTag(2)) {
      const o = r.enter();
      const g = { functionName: '', gradientFunc: '' };
      for (let u = r.tag(); u !== 0; u = r.tag()) {
        if (u === lenTag(1)) g.functionName = r.string();
        else if (u === lenTag(2)) g.gradientFunc = r.string();
        else r.skip(u);
      }
      r.leave(o);
      gradient.push(g);
    } else r.skip(t);
  }
  r.leave(outer);
  return { function: fn, gradient };
}

function writeFunctionDef(w: WireWriter, f: FunctionDef): void {
  const at = w.begin();
  w.uint32(lenTag(1));
  writeOpDef(w, f.signature);
  for (const n of f.nodeDef) { w.uint32(lenTag(3)); writeNodeDef(w, n); }
  writeStringMap(w, 4, f.ret);
  writeAttrs(w, 5, f.attr);
  if (f.controlRet) writeStringMap(w, 6, f.controlRet);
  for (const [i, attrs] of Object.entries(f.argAttr ?? {})) {
    w.uint32(lenTag(7));
    const e = w.begin();
    w.uint32(varintTag(1));
    w.uint32(Number(i));
    w.uint32(lenTag(2));
    const m = w.begin();
    writeAttrs(w, 1, attrs);
    w.end(m);
    w.end(e);
  }
  w.end(at);
}

function readFunctionDef(r: WireReader): FunctionDef {
  const outer = r.enter(COST.function);
  const context = r.context;
  let signature: OpDef = { name: '', inputArg: [], outputArg: [], attr: [] };
  const attr: Record<string, AttrValue> = {};
  const nodeDef: NodeDef[] = [];
  const ret: Record<string, string> = {};
  const controlRet: Record<string, string> = {};
  const argAttr: Record<number, Record<string, AttrValue>> = {};
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    switch (t) {
      case lenTag(1): signature = readOpDef(r); r.context = `function '${signature.name}'`; break;
      case lenTag(3): nodeDef.push(readNodeDef(r)); break;
      case lenTag(4): readStringEntry(r, ret); break;
      case lenTag(5): readAttrEntry(r, attr); break;
      case lenTag(6): readStringEntry(r, controlRet); break;
      case lenTag(7): readArgAttr(r, argAttr); break;
      default: r.skip(t);
    }
  }
  r.leave(outer);
  r.context = context;
  return {
    signature, attr, nodeDef, ret,
    ...(Object.keys(controlRet).length > 0 ? { controlRet } : {}),
    ...(Object.keys(argAttr).length > 0 ? { argAttr } : {}),
  };
}

function readArgAttr(r: WireReader, into: Record<number, Record<string, AttrValue>>): void {
  const outer = r.enter();
  let key = 0;
  const attrs: Record<string, AttrValue> = {};
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    if (t === varintTag(1)) key = r.uint32();
    else if (t === lenTag(2)) {
      const o = r.enter();
      for (let u = r.tag(); u !== 0; u = r.tag()) if (u === lenTag(1)) readAttrEntry(r, attrs); else r.skip(u);
      r.leave(o);
    } else r.skip(t);
  }
  r.leave(outer);
  into[key] = attrs;
}

function writeStringMap(w: WireWriter, n: number, map: Readonly<Record<string, string>>): void {
  for (const k of sortedKeys(map)) {
    w.uint32(lenTag(n));
    const at = w.begin();
    w.uint32(lenTag(1));
    w.string(k);
    w.uint32(lenTag(2));
    w.string(map[k]!);
    w.end(at);
  }
}

function readStringEntry(r: WireReader, into: Record<string, string>): void {
  const outer = r.enter();
  let [key, value] = ['', ''];
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    if (t === lenTag(1)) key = r.string();
    else if (t === lenTag(2)) value = r.string();
    else r.skip(t);
  }
  r.leave(outer);
  Object.defineProperty(into, key, { value, enumerable: true, configurable: true, writable: true });
}

// --- signatures ----------------------------------------------------------------------------------------------------

export function writeOpDef(w: WireWriter, o: OpDef): void {
  const at = w.begin();
  w.stringField(1, o.name);
  for (const a of o.inputArg) { w.uint32(lenTag(2)); writeArgDef(w, a); }
  for (const a of o.outputArg) { w.uint32(lenTag(3)); writeArgDef(w, a); }
  for (const a of o.attr) { w.uint32(lenTag(4)); writeAttrDef(w, a); }
  w.stringField(5, o.summary ?? '');
  w.stringField(6, o.description ?? '');
  if (o.deprecation) {
    w.uint32(lenTag(8));
    const m = w.begin();
    w.intField(1, o.deprecation.version);
    w.stringField(2, o.deprecation.explanation);
    w.end(m);
  }
  w.boolField(16, o.isAggregate);
  w.boolField(17, o.isStateful);
  w.boolField(18, o.isCommutative);
  w.boolField(19, o.allowsUninitializedInput);
  for (const c of o.controlOutput ?? []) { w.uint32(lenTag(20)); w.string(c); }
  w.end(at);
}

export function readOpDef(r: WireReader): OpDef {
  const outer = r.enter(COST.opDef);
  const inputArg: ArgDef[] = [];
  const outputArg: ArgDef[] = [];
  const attr: AttrDef[] = [];
  const controlOutput: string[] = [];
  const o: { -readonly [K in keyof OpDef]: OpDef[K] } = { name: '', inputArg, outputArg, attr };
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    switch (t) {
      case lenTag(1): o.name = r.string(); break;
      case lenTag(2): inputArg.push(readArgDef(r)); break;
      case lenTag(3): outputArg.push(readArgDef(r)); break;
      case lenTag(4): attr.push(readAttrDef(r)); break;
      case lenTag(5): o.summary = r.string(); break;
      case lenTag(6): o.description = r.string(); break;
      case lenTag(8): o.deprecation = readDeprecation(r); break;
      case varintTag(16): o.isAggregate = r.bool(); break;
      case varintTag(17): o.isStateful = r.bool(); break;
      case varintTag(18): o.isCommutative = r.bool(); break;
      case varintTag(19): o.allowsUninitializedInput = r.bool(); break;
      case lenTag(20): controlOutput.push(r.string()); break;
      default: r.skip(t);
    }
  }
  r.leave(outer);
  if (controlOutput.length > 0) o.controlOutput = controlOutput;
  return o;
}

function readDeprecation(r: WireReader): NonNullable<OpDef['deprecation']> {
  const outer = r.enter();
  let [version, explanation] = [0, ''];
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    if (t === varintTag(1)) version = r.int32();
    else if (t === lenTag(2)) explanation = r.string();
    else r.skip(t);
  }
  r.leave(outer);
  return { version, explanation };
}

function writeArgDef(w: WireWriter, a: ArgDef): void {
  const at = w.begin();
  w.stringField(1, a.name);
  w.stringField(2, a.description ?? '');
  w.intField(3, a.type?.enum);
  w.stringField(4, a.typeAttr ?? '');
  w.stringField(5, a.numberAttr ?? '');
  w.stringField(6, a.typeListAttr ?? '');
  w.boolField(16, a.isRef);
  w.end(at);
}

function readArgDef(r: WireReader): ArgDef {
  const outer = r.enter();
  const a: { -readonly [K in keyof ArgDef]: ArgDef[K] } = { name: '' };
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    switch (t) {
      case lenTag(1): a.name = r.string(); break;
      case lenTag(2): a.description = r.string(); break;
      case varintTag(3): a.type = readDType(r); break;
      case lenTag(4): a.typeAttr = r.string(); break;
      case lenTag(5): a.numberAttr = r.string(); break;
      case lenTag(6): a.typeListAttr = r.string(); break;
      case varintTag(16): a.isRef = r.bool(); break;
      default: r.skip(t);
    }
  }
  r.leave(outer);
  return a;
}

function writeAttrDef(w: WireWriter, a: AttrDef): void {
  const at = w.begin();
  w.stringField(1, a.name);
  w.stringField(2, a.type);
  if (a.default) { w.uint32(lenTag(3)); writeAttrValue(w, a.default); }
  w.stringField(4, a.description ?? '');
  w.boolField(5, a.hasMinimum);
  w.intField(6, a.minimum);
  if (a.allowed) { w.uint32(lenTag(7)); writeAttrValue(w, { kind: 'list', value: a.allowed }); }
  w.end(at);
}

function readAttrDef(r: WireReader): AttrDef {
  const outer = r.enter();
  const a: { -readonly [K in keyof AttrDef]: AttrDef[K] } = { name: '', type: '' };
  for (let t = r.tag(); t !== 0; t = r.tag()) {
    switch (t) {
      case lenTag(1): a.name = r.string(); break;
      case lenTag(2): a.type = r.string(); break;
      case lenTag(3): { const v = readAttrValue(r); if (v) a.default = v; break; }
      case lenTag(4): a.description = r.string(); break;
      case varintTag(5): a.hasMinimum = r.bool(); break;
      case varintTag(6): a.minimum = Number(r.int64()); break;
      case lenTag(7): { const v = readAttrValue(r); if (v?.kind === 'list') a.allowed = v.value; break; }
      default: r.skip(t);
    }
  }
  r.leave(outer);
  return a;
}
