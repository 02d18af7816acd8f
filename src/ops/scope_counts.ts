// How often each variable scope name was opened, which makes default names unique. Follows
// _VariableScopeStore.variable_scopes_count in python/ops/variable_scope.py, without its copies of the whole table:
// leaving a jump takes back what was changed since (a journal), closing sub-scopes visits only these (an index).

/** A place in the history of the counts. */
export type CountsMark = number;

export class ScopeCounts {
  readonly #counts = new Map<string, number>();
  /** Names below each prefix that have a count. */
  readonly #below = new Map<string, Set<string>>();
  readonly #journal: (readonly [name: string, count: number])[] = [];
  #jumps = 0;

  count(name: string): number { return this.#counts.get(name) ?? 0; }
  /** A scope of that name is entered. */
  open(name: string): void { this.#set(name, this.count(name) + 1); }
  /** The scope is left by name: numbering below it starts again. */
  closeSubscopes(name: string): void {
    const below = this.#below.get(name);
    if (!below) return;
    this.#below.delete(name);
    for (const n of below) if (this.#counts.has(n)) this.#set(n, 0);
  }

  /** A jump to a captured scope begins. */
  mark(): CountsMark { this.#jumps++; return this.#journal.length; }
  /** The jump ends and leaves no trace in the numbering. */
  restore(mark: CountsMark): void {
    for (let i = this.#journal.length - 1; i >= mark; i--) this.#put(...this.#journal[i]!);
    this.#journal.length = mark;
    if (--this.#jumps === 0) this.#journal.length = 0;
  }

  #set(name: string, count: number): void {
    if (this.#jumps > 0) this.#journal.push([name, this.count(name)]);
    this.#put(name, count);
  }
  #put(name: string, count: number): void {
    if (count === 0) { this.#counts.delete(name); return; }
    this.#counts.set(name, count);
    for (let i = name.indexOf('/'); i >= 0; i = name.indexOf('/', i + 1)) {
      const prefix = name.slice(0, i);
      const below = this.#below.get(prefix);
      if (below) below.add(name); else this.#below.set(prefix, new Set([name]));
    }
  }
}
