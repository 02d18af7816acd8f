// Replays one after the other as one: all their calls in one list, behind one look at what they need. Nothing else happens
// between them, so what one makes lies where the next has to find it; only what they read from outside must be as it was,
// and the places of what they make must be free.
import type { Chain, Links, Places } from '../engines/engine.ts';
import { sameShape } from '../kernels/common.ts';
import type { Block, Kit, WasmValue } from './kit.ts';
import { type Calls, claim, type Replay } from './replay.ts';

/** What has become of something that is kept of a value's block: asked for (0), or where it is. */
interface Note { readonly value: number; readonly what: string; readonly at: number; readonly isNew: boolean }
interface Parts {
  readonly places: Places;
  readonly version: number;
  readonly calls: Calls;
  readonly keys: ReadonlySet<string>;
  /** What was given. */
  readonly given: WasmValue[];
  /** Blocks of given values that results take. */
  readonly sole: readonly (readonly [given: number, block: Block])[];
  /** Blocks at their places that begin. */
  readonly fresh: readonly Block[];
  readonly kept: readonly { readonly given: number; readonly what: string; readonly at: number | undefined }[];
  readonly numbers: readonly { readonly given: number; readonly values: readonly number[] }[];
  /** Memory that is taken, to keep something in. */
  readonly taken: readonly (readonly [address: number, bytes: number])[];
  /** What is kept from then on, of a given value's block or (`own`) of one that began. */
  readonly notes: readonly { readonly given: number; readonly own: Block | undefined; readonly what: string; readonly at: number }[];
  /** Memory taken for what ends on the way. */
  readonly lost: readonly number[];
  /** Given values whose blocks end. */
  readonly ended: readonly number[];
  /** Results that stay: each like this one, in the block of a given value (-1: in its own). */
  readonly left: readonly (readonly [like: WasmValue, given: number])[];
}

/** undefined: what a call needs is not settled before the first of them. */
export function chainOf(k: Kit, { given, calls, ended, left }: Links, places: Places): Chain | undefined {
  const replays = calls.map((c) => c.repeated as Replay), { version } = replays[0]!.tape, all = given as readonly WasmValue[];
  /** Of each value the number of the one whose block it has; results as they were. */
  const roots = all.map((_, i) => i), likes: (WasmValue | undefined)[] = all.map(() => undefined), fresh: Block[] = [], sole = new Map<number, Block>();
  const kept: Parts['kept'][number][] = [], numbers: Parts['numbers'][number][] = [], keys = new Set<string>(), list: Calls = [], taken: Parts['taken'][number][] = [], lost: number[] = [];
  const notes = new Map<string, Note>(), drop = (note: Note): void => { if (taken.some(([address]) => address === note.at)) lost.push(note.at); };
  for (const [i, r] of replays.entries()) {
    const { tape } = r, of = (input: number): number => roots[calls[i]!.inputs[input]!]!, isFirst = (root: number): boolean => root < all.length && !sole.has(root);
    if (tape.version !== version || r.outs.length !== calls[i]!.results) return undefined;
    for (const { of: v, values } of tape.numbers) {
      const root = of(r.inputs.findIndex((x) => x.address === v.address));
      if (!isFirst(root)) return undefined;
      numbers.push({ given: root, values });
    }
    taken.push(...r.blocks);
    for (const { input, what, at, made } of r.kept) {
      const value = of(input), key = `${value} ${what}`, note = notes.get(key);
      if (note ? note.at !== at : !isFirst(value) && at !== undefined) return undefined;
      if (!note && isFirst(value)) kept.push({ given: value, what, at });
      notes.set(key, { value, what, at: made > 0 ? made : at ?? 0, isNew: (note?.isNew ?? false) || made > 0 || at === undefined });
    }
    for (const [o, input] of r.takes.entries()) {
      const root = input < 0 ? roots.length : of(input), like = r.outs[o]!;
      if (input < 0) fresh.push(like.dataId);
      else for (const [key, note] of notes) if (note.value === root) { drop(note); notes.delete(key); }
      if (input >= 0 && isFirst(root)) sole.set(root, all[root]!.dataId);
      roots.push(root);
      likes.push(like);
    }
    for (const key of tape.keys) keys.add(key);
    for (const x of tape.calls) list.push(x);
  }
  const stay = new Set(left.map((v) => roots[v]!)), gone = ended.filter((v) => !stay.has(v)), stays = ({ value }: Note): boolean => (value < all.length ? !gone.includes(value) : stay.has(value));
  for (const note of notes.values()) if (!stays(note)) drop(note);
  return new Repeated(k, {
    places, version, calls: list, keys, given: [...all], sole: [...sole], fresh, kept, numbers, taken, lost, ended: gone,
    notes: [...notes.values()].filter((n) => n.isNew && stays(n)).map(({ value, what, at }) => ({ given: value, own: likes[value]?.dataId, what, at })),
    left: left.map((v) => [likes[v]!, roots[v]! < all.length ? roots[v]! : -1]),
  });
}

class Repeated implements Chain {
  readonly #k: Kit;
  readonly #p: Parts;
  constructor(k: Kit, p: Parts) { this.#k = k; this.#p = p; }

  run(values: readonly unknown[], places: Places): readonly WasmValue[] | undefined {
    const k = this.#k, p = this.#p, given = values as readonly WasmValue[];
    if (!this.#fits(given, places) || (p.taken.length > 0 && !claim(k, p.taken))) return undefined;
    k.used(p.keys);
    k.perform(p.calls);
    for (const at of p.lost) k.heap.free(at);
    for (const { given: i, own, what, at } of p.notes) ((own ?? given[i]!.dataId).kept ??= new Map<string, number>()).set(what, at);
    const out = p.left.map(([like, from]) => (from < 0 ? k.begin(like) : k.inPlaceOf(given[from]!, like.shape, like.type)));
    for (const v of p.ended) k.release(given[v]!);
    return out;
  }

  #fits(given: readonly WasmValue[], places: Places): boolean {
    const k = this.#k, p = this.#p;
    if (places !== p.places || k.isRehearsing || k.scratchVersion !== p.version) return false;
    for (let i = 0; i < given.length; i++) {
      const v = given[i] as WasmValue | undefined, w = p.given[i]!;
      if (v === w) continue;
      if (v?.address !== w.address || (v.shape !== w.shape && !sameShape(v.shape, w.shape))) return false;
      p.given[i] = v;
    }
    for (const [i, was] of p.sole) {
      const { dataId } = given[i]!;
      if (dataId.owners !== 1 || (dataId.placed && dataId !== was)) return false;
    }
    for (const block of p.fresh) if (block.owners > 0) return false;
    for (const { given: i, what, at } of p.kept) {
      const { dataId } = given[i]!;
      if (dataId.lender || dataId.kept?.get(what) !== at) return false;
    }
    if (p.numbers.length === 0) return true;
    const { i32 } = k.heap;
    return p.numbers.every((n) => n.values.every((x, i) => i32[(given[n.given]!.address >>> 2) + i] === x));
  }
}
