// fuse: elementwise nodes become regions, each computed in one step of the engine. It decides only what is computed
// together; every node keeps its own arithmetic, so bits cannot depend on it.
//
// A region must not wait for itself through a node outside. Let the stage of a node be the number of nodes outside of
// any region on the longest path to it: elementwise nodes of one stage reach each other through elementwise nodes only,
// and those never shrink a shape. So nodes of one stage and one shape are never apart by another node, and all regions
// lie in an order: by stage, then by shape. A node whose users all lie in one later region moves there (`sink`) when that
// saves memory traffic (a scalar always, whatever the shape of the region); so does a node by itself, to the first user.
//
// Where values can be dead, only nodes that are so in the same runs (lives.ts) go together.
//
// What is cheap to compute is computed again where it is read (recompute.ts).
//
// A node that only names parts of its input (a slice, a split) counts as one outside; every region that reads it gets a
// copy of it and reads the input. A product whose users all lie in one region begins it: that waited for it anyway.
import type { Program } from '../program.ts';
import type { Target } from '../target.ts';
import { emit, split } from './emit.ts';
import { begin, begins, end } from './ends.ts';
import { group, sink } from './group.ts';
import { itemsOf, producer, readsPart } from './items.ts';
import { recomputed } from './recompute.ts';
import { growRows } from './rows.ts';

export function fuse(p: Program, target: Target): Program {
  if (!target.engine.fusion) return p;
  const items = itemsOf(p, target);
  const groups = group(items);
  sink(items);
  growRows(items, groups, p);
  end(items, groups, p, target);
  begin(items, groups, p, target);
  const all = [...groups].flatMap((g) => split(g, items)), again = recomputed(items, all, target.engine.fusion);
  const chunks = all.filter((c) => c.length > 1 || again.has(c) || c.some((i) => !begins(i) && i.node.input.some((s) => readsPart(i.group, producer(items, s)))));
  return chunks.length === 0 ? p : emit(p, items, chunks, again);
}

