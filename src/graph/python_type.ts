// The names that Python's messages give to the types of JavaScript values.

/** Python's `type(x).__name__` for messages. */
export function pythonTypeName(v: unknown): string {
  if (v === null || v === undefined) return 'NoneType';
  if (typeof v === 'number') return Number.isInteger(v) ? 'int' : 'float';
  if (typeof v === 'bigint') return 'int';
  if (typeof v === 'boolean') return 'bool';
  if (typeof v === 'string') return 'str';
  if (typeof v === 'function') return 'function';
  if (Array.isArray(v)) return 'list';
  if (v instanceof Map) return 'dict';
  if (v instanceof Set) return 'set';
  const name = (v as object).constructor?.name ?? 'object';
  return name === 'NDArray' || ArrayBuffer.isView(v) ? 'ndarray' : name === 'Object' ? 'dict' : name;
}
