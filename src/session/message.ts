// Protocol messages that users fill in (ConfigProto, RunOptions): plain objects with defaults, whose fields are checked
// as protobuf's Python classes check them. Field names are TF's in camelCase.
import { TypeError, ValueError } from '../graph/errors.ts';
import { pythonTypeName } from '../graph/graph.ts';
import { nearest, snakeCase } from '../ops/api.ts';
import { pythonRepr } from '../ops/make_array.ts';

/** A message: every field has its default, and no others can be added. */
export abstract class Message {
  /** Fields that hold floats; other numbers are ints. */
  protected get _floats(): readonly string[] { return []; }

  /** Takes over the given fields; called at the end of every constructor, when the defaults are there. */
  protected _fill(fields: object): void {
    const known = Object.keys(this);
    for (const [key, value] of Object.entries(fields) as [string, unknown][]) {
      if (!known.includes(key)) {
        const near = nearest(key, known);
        throw new ValueError(`Protocol message ${this.constructor.name} has no "${snakeCase(key)}" field.`, { remedy: `known fields: ${known.join(', ')}${near === undefined ? '' : ` (did you mean ${near}?)`}` });
      }
      if (value === undefined || value === null) continue;
      const slot = this as unknown as Record<string, unknown>;
      slot[key] = convert(slot[key], value, this._floats.includes(key));
    }
    Object.preventExtensions(this);
  }
}

/** A value for a field, by the kind of the field's default. */
function convert(old: unknown, value: unknown, float: boolean): unknown {
  const refuse = (expected: string): never => { throw new TypeError(`${pythonRepr(value)} has type ${pythonTypeName(value)}, but expected one of: ${expected}`); };
  if (old instanceof Message) {
    if (value instanceof old.constructor) return value;
    if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) return new (old.constructor as new (f: object) => Message)(value);
    throw new TypeError(`Parameter to MergeFrom() must be instance of same class: expected tensorflow.${old.constructor.name} got ${pythonTypeName(value)}.`);
  }
  if (Array.isArray(old)) {
    if (!Array.isArray(value)) throw new TypeError('Value must be iterable');
    for (const v of value as unknown[]) if (typeof v !== 'string') throw new TypeError(`${pythonRepr(v)} has type ${pythonTypeName(v)}, but expected one of: bytes, unicode`);
    return [...value as string[]];
  }
  switch (typeof old) {
    case 'boolean': return typeof value === 'boolean' || typeof value === 'number' ? Boolean(value) : refuse('int, bool');
    case 'string': return typeof value === 'string' ? value : refuse('bytes, unicode');
    case 'number': {
      if (typeof value === 'boolean') return Number(value);
      if (typeof value !== 'number') return refuse(float ? 'int, float' : 'int');
      return float || Number.isInteger(value) ? value : refuse('int');
    }
    default: { // a map from names to counts
      if (typeof value !== 'object') throw new TypeError(`'${pythonTypeName(value)}' object is not iterable`);
      const counts = value instanceof Map ? Object.fromEntries(value as Map<string, unknown>) : { ...value as Record<string, unknown> };
      for (const v of Object.values(counts)) if (typeof v !== 'number' || !Number.isInteger(v)) throw new TypeError(`${pythonRepr(v)} has type ${pythonTypeName(v)}, but expected one of: int`);
      return counts;
    }
  }
}

/** What a constructor of a message takes: any of its fields, nested messages also as plain objects. */
export type Init<M> = { readonly [K in keyof M]?: (M[K] extends Message ? M[K] | Init<M[K]> : M[K]) | null };

/** The fields that do not have their defaults, as plain values; undefined when there are none. */
export function setFields(m: Message): Record<string, unknown> | undefined {
  const plain = new (m.constructor as new () => Message)() as unknown as Record<string, unknown>;
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(m) as [string, unknown][]) {
    if (value instanceof Message) {
      const inner = setFields(value);
      if (inner) out[key] = inner;
    } else if (typeof value === 'object' ? Object.keys(value as object).length > 0 : value !== plain[key]) out[key] = value;
  }
  return Object.keys(out).length > 0 ? out : undefined;
}
