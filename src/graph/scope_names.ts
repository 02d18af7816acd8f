// Names with a scope in front, or without it: `a/x`, `^a/x`, `loc:@a/x`. Follows strip_name_scope and
// prepend_name_scope in tensorflow/python/framework/ops.py.

/** `ops.strip_name_scope`: the name without the scope; unchanged where it is not in it. */
export function stripNameScope(name: string, scope: string | null | undefined): string {
  if (!scope) return name;
  const bare = scope.endsWith('/') ? scope.slice(0, -1) : scope;
  const head = /^(\^|loc:@)?/.exec(name)![0];
  const rest = name.slice(head.length);
  if (!rest.startsWith(`${bare}/`)) return name;
  return head + rest.slice(bare.length).replace(/^\/+/, '');
}

/** `ops.prepend_name_scope`: the name in a scope. */
export function prependNameScope(name: string, scope: string | null | undefined): string {
  if (!scope) return name;
  const head = /^(\^|loc:@)?/.exec(name)![0];
  return `${head}${scope.endsWith('/') ? scope.slice(0, -1) : scope}/${name.slice(head.length)}`;
}
