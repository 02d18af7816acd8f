// What the other threads of a session run: jobs, lists of calls of generated functions on a shared memory. No import, so
// that it is one file for Node and for browsers; threads.ts is the other side and says what the words of `control` mean.
const [READY, JOB, CLAIM, HEAD, DONE, FAILED, CALLS] = [0, 1, 2, 3, 4, 5, 64];
const LOAD = -1, END = -2;
// Some milliseconds: between the jobs of a run it stays awake, between runs that are far apart it sleeps.
const SPINS = 1_000_000;

function serve({ control, memory }) {
  const c = new Int32Array(control), bytes = new Uint8Array(control), table = [];
  // Functions that call these are not sent here.
  const notHere = () => { throw new Error('a function of one thread'); };
  const imports = { env: { memory, quadrantRest: notHere, quadrantTurn: notHere } };
  const changed = (word, from, milliseconds) => {
    for (let spins = 0; Atomics.load(c, word) === from;) if (++spins > SPINS) { Atomics.wait(c, word, from, milliseconds); spins = 0; }
    return Atomics.load(c, word);
  };
  const load = (at) => { table.push(...Object.values(new WebAssembly.Instance(new WebAssembly.Module(bytes.slice(4 * at + 4, 4 * at + 4 + c[at])), imports).exports)); };
  const call = (f, at, count) => {
    // More arguments than a function has are not looked at, and cost less than a list.
    if (count <= 12) f(c[at], c[at + 1], c[at + 2], c[at + 3], c[at + 4], c[at + 5], c[at + 6], c[at + 7], c[at + 8], c[at + 9], c[at + 10], c[at + 11]);
    else f(...c.subarray(at, at + count));
  };
  Atomics.store(c, READY, 1);
  for (let seen = 0;;) {
    seen = changed(JOB, seen, Infinity);
    if (Atomics.compareExchange(c, CLAIM, seen << 1, seen << 1 | 1) !== seen << 1) continue; // done by who wanted it
    let failed = 0;
    for (let at = CALLS, head = CALLS; ;) {
      if (at === head) head = changed(HEAD, head, 1);
      const what = c[at], count = c[at + 1];
      if (what === END) break;
      try {
        if (failed === 0) { if (what === LOAD) load(at + 2); else call(table[what], at + 2, count); }
      } catch {
        failed = 1;
      }
      at += 2 + count;
    }
    c[FAILED] = failed;
    Atomics.store(c, DONE, seen);
    Atomics.notify(c, DONE);
  }
}

const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
if (node?.workerData) serve(node.workerData);
else globalThis.onmessage = (e) => { serve(e.data); };
