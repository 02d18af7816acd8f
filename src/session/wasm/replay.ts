// A kernel that runs again and again on values that lie where they lay: what it called, in which order and with which
// numbers, follows from the shapes and addresses alone. It is written down once (Tape); from then on a run is those calls
// (Replay), without the planning around them. Whatever a kernel decides by what it reads on the heap keeps it from that.
import { sameShape } from '../kernels/common.ts';
import { ResourceExhaustedError } from '../../graph/errors.ts';
import type { Places } from '../engines/engine.ts';
import type { Heap } from './heap.ts';
import type { Block, Code, Kit, WasmValue } from './kit.ts';

/** Calls of one kernel, and replays of it, that are kept. */
const MANY = 4096, REPLAYS = 4;
/** Integers looked at again before each replay. */
const FEW = 8;
/** Runs before the first is written down; how many are written down in vain before no more are. */
const EARLY = 1, VAIN = 8;

/** What of a block's elements was kept: where it was, or that it was not. */
interface Kept { readonly block: Block; readonly what: string; readonly at: number | undefined }

/** Takes down what a kernel does. */
export class Tape {
  /** Of the scratch memory. */
  readonly version: number;
  readonly calls: (Code | readonly number[])[] = [];
  readonly keys = new Set<string>();
  /** Bytes of blocks by address. */
  readonly blocks = new Map<number, number>();
  readonly kept: Kept[] = [];
  /** Integers that the kernel looked at, and their values. */
  readonly numbers: { readonly of: WasmValue; readonly values: readonly number[] }[] = [];
  /** Something else counted than shapes and addresses. */
  isSpoilt = false;

  constructor(version: number) { this.version = version; }

  read(of: WasmValue, values: readonly number[]): void {
    if (values.length > FEW) this.isSpoilt = true; else this.numbers.push({ of, values: [...values] });
  }
  call(code: Code, args: readonly number[]): void { if (this.calls.push(code, args) > 2 * MANY) this.isSpoilt = true; }
}

export interface Take { readonly output: number; readonly input: number }
/** Where an output comes from: its place, the input whose place it takes, or a block of its own (a number among all blocks). */
type Source = { readonly place: WasmValue } | { readonly input: number } | { readonly block: number };
interface Out { readonly source: Source; readonly like: WasmValue }

/** The runs of one kernel, on values that may lie elsewhere next time (variables change places). */
export class Replays {
  #all: readonly Replay[] = [];
  #runs = 0;
  #vain = 0;

  /** Does what was done for such values; undefined: no run that is known was like this one. */
  play(k: Kit, version: number, x: readonly WasmValue[], places: Places | undefined, outputs: readonly number[]): readonly WasmValue[] | undefined {
    for (let i = 0; i < this.#all.length; i++) {
      const r = this.#all[i]!, out = r.fits(k.heap, version, x, places, outputs) ? r.play(k, x) : undefined;
      if (!out) continue;
      if (this.#vain > 0) this.#vain--;
      return out;
    }
    return undefined;
  }
  /** A tape for the run that begins, if it is to be written down. */
  tape(version: number): Tape | undefined { return ++this.#runs > EARLY && this.#vain < VAIN ? new Tape(version) : undefined; }
  /** After it. */
  keep(tape: Tape, x: readonly WasmValue[], out: readonly WasmValue[] | undefined, places: Places | undefined, outputs: readonly number[], takes: readonly Take[]): void {
    this.#vain++;
    const r = tape.isSpoilt || !out ? undefined : replayOf(tape, x, out, places, outputs, takes);
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
      outs.push({ source: { input }, like });
    } else if (place?.dataId === like.dataId) outs.push({ source: { place }, like });
    else if (block >= 0) outs.push({ source: { block }, like });
    else return undefined;
  }
  const kept = tape.kept.map(({ block, what, at }) => ({ input: x.findIndex((v) => v.dataId === block), what, at }));
  if (kept.some((n) => n.input < 0) || !tape.numbers.every(({ of }) => x.some((v) => v.address === of.address)) || new Set(outs.map((o) => o.like.dataId)).size < outs.length) return undefined;
  return new Replay(tape, blocks, x, outs, outputs.map((o) => places?.[o]), kept);
}

type Blocks = readonly (readonly [address: number, bytes: number])[];
/** What was kept of an input's elements: where it was, or that it was not. */
type KeptOf = readonly { readonly input: number; readonly what: string; readonly at: number | undefined }[];

class Replay {
  readonly #tape: Tape;
  readonly #blocks: Blocks;
  /** Those of them that are scratch. */
  readonly #scratch: readonly number[];
  readonly #addresses: readonly number[];
  readonly #shapes: readonly (readonly number[])[];
  readonly #outs: readonly Out[];
  readonly #places: readonly unknown[];
  readonly #kept: KeptOf;

  constructor(tape: Tape, blocks: Blocks, x: readonly WasmValue[], outs: readonly Out[], places: readonly unknown[], kept: KeptOf) {
    this.#tape = tape;
    this.#blocks = blocks;
    this.#scratch = blocks.flatMap(([address], i) => (outs.some(({ source }) => 'block' in source && source.block === i) ? [] : [address])).reverse();
    this.#addresses = x.map((v) => v.address);
    this.#shapes = x.map((v) => v.shape);
    this.#outs = outs;
    this.#places = places;
    this.#kept = kept;
  }

  /** Whether the values are as they were. */
  fits({ i32 }: Heap, version: number, x: readonly WasmValue[], places: Places | undefined, outputs: readonly number[]): boolean {
    if (version !== this.#tape.version) return false;
    for (let i = 0; i < x.length; i++) if (x[i]!.address !== this.#addresses[i] || (x[i]!.shape !== this.#shapes[i] && !sameShape(x[i]!.shape, this.#shapes[i]!))) return false;
    for (let i = 0; i < this.#outs.length; i++) {
      const { source } = this.#outs[i]!, place = places?.[outputs[i]!] as WasmValue | undefined;
      if (place !== this.#places[i]) return false;
      if ('input' in source) {
        const block = x[source.input]!.dataId;
        if (block.owners !== 1 || (block.placed && block !== place?.dataId)) return false;
      } else if (place && place.dataId.owners > 0) return false;
    }
    for (const { of, values } of this.#tape.numbers) for (let i = 0; i < values.length; i++) if (i32[(of.address >>> 2) + i] !== values[i]) return false;
    for (const { input, what, at } of this.#kept) if (x[input]!.dataId.lender || x[input]!.dataId.kept?.get(what) !== at) return false;
    return true;
  }

  play(k: Kit, x: readonly WasmValue[]): readonly WasmValue[] | undefined {
    if (!this.#claim(k)) return undefined;
    const { calls, keys } = this.#tape;
    k.used(keys);
    for (const { input, what, at } of this.#kept) if (at === undefined) (x[input]!.dataId.kept ??= new Map<string, number>()).set(what, 0);
    for (let i = 0; i < calls.length; i += 2) (calls[i] as Code).apply(undefined, calls[i + 1] as number[]);
    for (let i = 0; i < this.#scratch.length; i++) k.heap.free(this.#scratch[i]!);
    const outs: WasmValue[] = [];
    for (const { source, like } of this.#outs) outs.push('input' in source ? k.inPlaceOf(x[source.input]!, like.shape, like.type) : k.begin(like));
    return outs;
  }
  /** Takes the blocks that were taken then; false: they are not to be had. */
  #claim({ heap }: Kit): boolean {
    let n = 0;
    try {
      for (; n < this.#blocks.length; n++) {
        const [address, bytes] = this.#blocks[n]!, at = heap.alloc(bytes);
        if (at === address) continue;
        heap.free(at);
        break;
      }
    } catch (e) {
      if (!(e instanceof ResourceExhaustedError)) throw e;
    }
    if (n === this.#blocks.length) return true;
    while (n-- > 0) heap.free(this.#blocks[n]![0]);
    return false;
  }
}
