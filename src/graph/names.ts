// Grammar of names: op names, scope names, NodeDef inputs (`a`, `a:1`, `^a`), tensor names (`a:0`). Pure functions;
// making names unique is the Graph's business. Follows tensorflow/python/framework/ops.py (the two regexes),
// core/graph/tensor_id.h and core/framework/node_def_util.cc.
import { ValueError } from './errors.ts';

/** Whole op names, and scope names at the root. */
export const OP_NAME_REGEX: RegExp = /^[A-Za-z0-9.][A-Za-z0-9_.\-/]*$/;
/** Scope names inside another scope. */
export const SCOPE_NAME_REGEX: RegExp = /^[A-Za-z0-9_.\-/]*$/;

/** A NodeDef input taken apart. */
export interface NodeInput {
  /** Name of the producing node. */
  readonly name: string;
  /** Which output; -1 for a control input. */
  readonly index: number;
  readonly control: boolean;
}

/** Index of a control input, as in TF (`Graph::kControlSlot`). */
export const CONTROL_SLOT = -1;

/** Takes a NodeDef input apart: `a` -> output 0 of a, `a:1`, `^a`. Never throws: like TF's ParseTensorName, a colon
 * that digits do not follow belongs to the name (and then no node has that name). */
export function parseInput(s: string): NodeInput {
  if (s.charCodeAt(0) === 94 /* ^ */) return { name: s.slice(1), index: CONTROL_SLOT, control: true };
  let i = s.length - 1;
  let c = s.charCodeAt(i);
  if (!(c >= 48 && c <= 57)) return { name: s, index: 0, control: false };
  while (i > 0 && c >= 48 && c <= 57) c = s.charCodeAt(--i);
  if (i <= 0 || c !== 58 /* : */ || s.length - i > 10) return { name: s, index: 0, control: false };
  return { name: s.slice(0, i), index: Number(s.slice(i + 1)), control: false };
}

/** `parseInput(s).name` without making an object; for traversals. */
export function inputNode(s: string): string {
  const c = s.charCodeAt(0);
  if (c === 94) return s.slice(1);
  return s.indexOf(':') < 0 ? s : parseInput(s).name;
}

/** True for `^a`. */
export function isControlInput(s: string): boolean { return s.charCodeAt(0) === 94; }

/** The NodeDef input string of an output: `a` for output 0, else `a:1`. */
export function inputString(op: string, index: number): string { return index === 0 ? op : `${op}:${index}`; }

/** `a:0`. */
export function tensorName(op: string, index: number): string { return `${op}:${index}`; }

/** Takes a tensor name apart: `a:1`, or `a` for output 0. Throws ValueError (Python's text) on anything else. */
export function parseTensorName(s: string): { readonly name: string; readonly index: number } {
  const parts = s.split(':');
  if (parts.length === 1) return { name: s, index: 0 };
  if (parts.length === 2 && /^[ ]*[+-]?\d+[ ]*$/.test(parts[1]!)) return { name: parts[0]!, index: Number(parts[1]) };
  throw new ValueError(`Cannot convert '${s}' to a tensor name.`);
}

/** True when `name` is a function-body input of FunctionDef form `node:out_arg:0`. */
export function isFunctionTensorName(name: string): boolean { return /^[^:]+:[^:]+:\d+$/.test(name); }
