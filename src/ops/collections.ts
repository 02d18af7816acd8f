// The collection helpers of the default graph, and names taken apart for export. Follows python/framework/ops.py.
import { getDefaultGraph } from '../graph/graph.ts';
import { api } from './api.ts';

/** `tf.add_to_collection` on the default graph. Errors: RuntimeError when it is finalized. */
export const addToCollection = api('addToCollection', ['name', 'value'], (p: { name: string; value: unknown }): void => getDefaultGraph().addToCollection(p.name, p.value), { required: 2 });
/** `tf.add_to_collections`: one value into several collections; a name given twice counts once. */
export const addToCollections = api('addToCollections', ['names', 'value'], (p: { names: string | Iterable<string>; value: unknown }): void => getDefaultGraph().addToCollections(p.names, p.value), { required: 2 });
/** `tf.get_collection` of the default graph: a copy; `scope` filters by name prefix (a regular expression). */
export const getCollection = api('getCollection', ['key', 'scope'], (p: { key: string; scope?: string | null }): unknown[] => getDefaultGraph().getCollection(p.key, p.scope), { required: 1 });
/** `tf.get_collection_ref`: the live list. */
export const getCollectionRef = api('getCollectionRef', ['key'], (p: { key: string }): unknown[] => getDefaultGraph().getCollectionRef(p.key), { required: 1 });

/** `tf.contrib.framework.strip_name_scope`: a node name, `^name` or `loc:@name` without the scope it starts with. */
export function stripNameScope(name: string, exportScope: string | null): string {
  if (exportScope === null || exportScope === '') return name;
  return name.replace(new RegExp(`([\\^]|loc:@|^)${exportScope.replace(/\/$/, '')}[/]+(.*)`), '$1$2');
}
/** `tf.contrib.framework.prepend_name_scope`: a node name, `^name` or `loc:@name` put into a scope. */
export function prependNameScope(name: string, importScope: string | null): string {
  if (importScope === null || importScope === '') return name;
  return name.replace(/^(\^|loc:@|)/, (prefix) => `${prefix}${importScope.replace(/\/$/, '')}/`);
}
