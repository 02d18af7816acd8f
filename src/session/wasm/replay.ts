// A kernel that runs again and again on values that lie where they lay: what it called, in which order and with which
// numbers, follows from the shapes and addresses alone. It is written down once (Tape); from then on a run is those calls
// (Replay), without the planning around them. Whatever a kernel decides by what it reads on the heap keeps it from that,
// unless it asked by a function whether all is well (Kit.holds): that is asked again each time.
import { sameShape } from '../kernels/common.ts';
import { ResourceExhaustedError } from '../../graph/errors.ts';
import type { Places } from '../engines/engine.ts';
import type { Block, Code, Kit, WasmValue } from './kit.ts';

/** Calls of one kernel, and replays of it, that are kept. */
const MANY = 4096, REPLAYS = 4;
/** Integers looked at again before each replay. */
const FEW = 8;
/** Runs before the first is written down; how many are written down in vain before no more are. */
const EARLY = 1, VAIN = 8;

/** What of a block's elements was kept: where it was, or that it was not. */
interface Kept { readonly block: Block; readonly what: string; readonly at: number | undefined; /** Where it is since then; 0: as before. */ readonly made: number }

/** Calls, each a function and its arguments; null and lists of calls: parts that several threads may do at once. */
export type Calls = (Code | null | readonly number[] | readonly Calls[])[];

/** Takes down what a kernel does. */
export class Tape {
  /** Of the scratch memory. */
  readonly version: number;
  readonly calls: Calls = [];
  /** Where the next call goes. */
  #to: Calls = this.calls;
  #count = 0;
  readonly keys = new Set<string>();
  /** Bytes of blocks by address. */
  readonly blocks = new Map<number, number>();
  readonly kept: Kept[] = [];
  /** Integers that the kernel looked at, and their values. */
  readonly numbers: { readonly of: WasmValue; readonly values: readonly number[] }[] = [];
  /** Functions that looked at elements of inputs and found nothing wrong. */
  readonly questions: { readonly code: Code; readonly args: readonly number[] }[] = [];
  /** Something else counted than shapes and addresses. */
  isSpoilt = false;
  /** Threads that would have had a part were not free. */
  isEarly = false;

  constructor(version: number) { this.version = version; }

  read(of: WasmValue, values: readonly number[]): void {
    if (values.length > FEW) this.isSpoilt = true; else this.numbers.push({ of, values: [...values] });
  }
  call(code: Code, args: readonly number[]): void {
    if (++this.#count > MANY) this.isSpoilt = true; else this.#to.push(code, args);
  }
  /** Calls go to a part's list. */
  part(list: Calls, f: () => void): void {
    this.#to = list;
    try {
      f();
    } finally {
      this.#to = this.calls;
    }
  }
  together(parts: readonly Calls[]): void { this.#to.push(null, parts); }
}

export interface Take { readonly output: number; readonly input: number }
/** An output like one that was: at its place, at that of an input (else -1), or in a block of its own (a number among all blocks, else -1). */
interface Out { readonly like: WasmValue; readonly input: number; readonly block: number }

/** The runs of one kernel, on values that may lie elsewhere next time (variables change places). */
export class Replays {
  #all: readonly Replay[] = [];
  #runs = 0;
  #vain = 0;
  /** What was done again last. */
  last: Replay | undefined;

  /** Does what was done for such values; undefined: no run that is known was like this one. */
  play(k: Kit, version: number, x: readonly WasmValue[], places: Places | undefined, outputs: readonly number[]): readonly WasmValue[] | undefined {
    for (let i = 0; i < this.#all.length; i++) {
      const r = this.#all[i]!, out = r.fits(k, version, x, places, outputs) ? r.play(k, x) : undefined;
      if (!out) continue;
      this.#vain = Math.max(0, this.#vain - 1);
      this.last = r;
      return out;
    }
    return undefined;
  }
  /** A tape for the run that begins, if it is to be written down. */
  tape(version: number): Tape | undefined { return ++this.#runs > EARLY && this.#vain < VAIN ? new Tape(version) : undefined; }
  /** After it. */
  keep(tape: Tape, x: readonly WasmValue[], out: readonly WasmValue[] | undefined, places: Places | undefined, outputs: readonly number[], takes: readonly Take[]): void {
    this.#vain += tape.isEarly ? 1 / 16 : 1;
    const r = tape.isSpoilt || tape.isEarly || !out ? undefined : replayOf(tape, x, out, places, outputs, takes);
    if (r) this.#all = [r, ...this.#all.slice(0, REPLAYS - 1)];
  }
}

/** undefined: an output shares the elements of an input, or something was kept of what is no input. */
function replayOf(tape: Tape, x: readonly WasmValue[], out: readonly WasmValue[], places: Places | undefined, outputs: readonly number[], takes: readonly Take[]): Replay | undefined {
  const blocks = [...tape.blocks], outs: Out[] = [];
  for (const [i, like] of out.entries()) {
    const place = places?.[outputs[i]!] as WasmValue | undefined, input = x.findIndex((v) => v.dataId === like.dataId);
    const block = blocks.findIndex(([address]) => address === like.dataId.address);
    if (input >= 0) {
      if (!takes.some((t) => t.output === i && t.input === input)) return undefined;
      outs.push({ like, input, block: -1 });
    } else if (place?.dataId === like.dataId) outs.push({ like, input: -1, block: -1 });
    else if (block >= 0) outs.push({ like, input: -1, block });
    else return undefined;
  }
  const kept = tape.kept.map(({ block, ...rest }) => ({ input: x.findIndex((v) => v.dataId === block), ...rest }));
  if (kept.some((n) => n.input < 0) || !tape.numbers.every(({ of }) => x.some((v) => v.address === of.address)) || new Set(outs.map((o) => o.like.dataId)).size < outs.length) return undefined;
  return new Replay(tape, blocks, x, outs, outputs.map((o) => places?.[o] as WasmValue | undefined), kept);
}

type Blocks = readonly (readonly [address: number, bytes: number])[];
/** What was kept of an input's elements: where it was, or that it was not. */
type KeptOf = readonly (Omit<Kept, 'block'> & { readonly input: number })[];

export class Replay {
  readonly tape: Tape;
  readonly blocks: Blocks;
  /** Addresses of those of them that are scratch, the last first. */
  readonly #scratch: readonly number[];
  /** Values that lie where they have to: mostly the next ones are the very same. */
  readonly inputs: WasmValue[];
  readonly outs: readonly WasmValue[];
  /** Input whose place each takes; -1: none. */
  readonly takes: readonly number[];
  readonly #places: readonly (WasmValue | undefined)[];
  readonly kept: KeptOf;
  /** Takes no memory but what is kept, and asks for no elements that others may have made. */
  readonly isLink: boolean;

  constructor(tape: Tape, blocks: Blocks, x: readonly WasmValue[], outs: readonly Out[], places: readonly (WasmValue | undefined)[], kept: KeptOf) {
    this.tape = tape;
    this.blocks = blocks;
    this.#scratch = blocks.flatMap(([address], i) => (outs.some((o) => o.block === i) || kept.some((n) => n.made === address) ? [] : [address])).reverse();
    this.isLink = tape.questions.length === 0 && blocks.every(([address]) => kept.some((n) => n.made === address));
    this.inputs = [...x];
    this.outs = outs.map((o) => o.like);
    this.takes = outs.map((o) => o.input);
    this.#places = places;
    this.kept = kept;
  }

  /** Whether the values are as they were. */
  fits(k: Kit, version: number, x: readonly WasmValue[], places: Places | undefined, outputs: readonly number[]): boolean {
    const { numbers } = this.tape, inputs = this.inputs, takes = this.takes, kept = this.kept;
    if (version !== this.tape.version) return false;
    for (let i = 0; i < x.length; i++) {
      const v = x[i]!, w = inputs[i]!;
      if (v === w) continue;
      if (v.address !== w.address || (v.shape !== w.shape && !sameShape(v.shape, w.shape))) return false;
      inputs[i] = v;
    }
    for (let i = 0; i < takes.length; i++) {
      const place = places?.[outputs[i]!] as WasmValue | undefined, input = takes[i]!;
      if (place !== this.#places[i]) return false;
      if (input < 0) {
        if (place && place.dataId.owners > 0) return false;
        continue;
      }
      const block = x[input]!.dataId;
      if (block.owners !== 1 || (block.placed && block !== place?.dataId)) return false;
    }
    for (let n = 0; n < numbers.length; n++) {
      const { of, values } = numbers[n]!, { i32 } = k.heap;
      for (let i = 0; i < values.length; i++) if (i32[(of.address >>> 2) + i] !== values[i]) return false;
    }
    for (let i = 0; i < kept.length; i++) {
      const { input, what, at } = kept[i]!, block = x[input]!.dataId;
      if (block.lender || block.kept?.get(what) !== at) return false;
    }
    const { questions } = this.tape;
    for (let i = 0; i < questions.length; i++) if (questions[i]!.code(...questions[i]!.args)) return false;
    return true;
  }

  play(k: Kit, x: readonly WasmValue[]): readonly WasmValue[] | undefined {
    if (this.blocks.length > 0 && !claim(k, this.blocks)) return undefined;
    const { calls, keys } = this.tape, scratch = this.#scratch, takes = this.takes;
    k.used(keys);
    for (let i = 0; i < this.kept.length; i++) {
      const { input, what, at, made } = this.kept[i]!;
      if (at === undefined || made > 0) (x[input]!.dataId.kept ??= new Map<string, number>()).set(what, made);
    }
    k.perform(calls);
    for (let i = 0; i < scratch.length; i++) k.heap.free(scratch[i]!);
    const outs: WasmValue[] = [];
    for (let i = 0; i < takes.length; i++) {
      const like = this.outs[i]!, input = takes[i]!;
      outs.push(input >= 0 ? k.inPlaceOf(x[input]!, like.shape, like.type) : k.begin(like));
    }
    return outs;
  }
}

/** Takes blocks that were taken before; false: they are not to be had. */
export function claim({ heap }: Kit, blocks: Blocks): boolean {
  let n = 0;
  try {
    for (; n < blocks.length; n++) {
      const [address, bytes] = blocks[n]!, at = heap.alloc(bytes);
      if (at === address) continue;
      heap.free(at);
      break;
    }
  } catch (e) {
    if (!(e instanceof ResourceExhaustedError)) throw e;
  }
  if (n === blocks.length) return true;
  while (n-- > 0) heap.free(blocks[n]![0]);
  return false;
}
