// Which nodes of a graph belong to savers other than a given one: each saver has a name scope of its own.
// Follows _find_extraneous_saver_nodes in python/framework/meta_graph.py.
import type { SaverDef } from '../graph/meta_graph_messages.ts';
import type { GraphDef } from '../graph/node_def.ts';

const SAVE_AND_RESTORE = new Set(['SaveV2', 'Save', 'SaveSlice', 'LegacySave', 'LegacySaveSlice', 'RestoreV2', 'Restore', 'RestoreSlice', 'LegacyRestore', 'LegacyRestoreSlice']);

/** Names of the nodes in the scopes of savers that are not `saver`. */
export function extraneousSaverNodes(def: GraphDef, saver: SaverDef | undefined): Set<string> {
  const own = new Set(def.node.filter((n) => SAVE_AND_RESTORE.has(n.op)).map((n) => n.name));
  const kept = new Set(saver ? [saver.saveTensorName ?? '', saver.restoreOpName ?? ''].map((n) => `${scopeOf(n.split(':')[0]!)}/`) : []);
  const scopes = [...new Set([...own].map(scopeOf))].filter((s) => !own.has(s)).map((s) => `${s}/`).filter((s) => !kept.has(s));
  return new Set(def.node.map((n) => n.name).filter((n) => scopes.some((s) => n.startsWith(s))));
}

function scopeOf(name: string): string { return name.slice(0, Math.max(0, name.lastIndexOf('/'))); }
