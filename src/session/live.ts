// What a slot may hold while a run is under way: a value, or what stands for none.
import { isHost, type Value } from './variables.ts';
import type { NDArray } from '../graph/ndarray.ts';

/** A value of a conditional branch that was not taken. */
export const DEAD: unique symbol = Symbol('dead');
/** The value of a variable that has none; an error only for those that use it. */
export const MISSING: unique symbol = Symbol('uninitialized');
export type Live = Value | typeof DEAD | typeof MISSING;

export function isValue(v: Live | undefined): v is Value { return v !== DEAD && v !== MISSING && v !== undefined; }
export function isOnDevice(v: Live | undefined): v is Exclude<Value, NDArray> { return isValue(v) && !isHost(v); }
