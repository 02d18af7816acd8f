// What the other threads of a session run: calls of generated functions on a shared memory. No import, so that it is one
// file for Node and for browsers; threads.ts is the other side and says what the words of `control` mean.
const [READY, GENERATION, DONE, KIND, WHAT, COUNT, FAILED, ARGS, BYTES] = [0, 1, 2, 3, 4, 5, 6, 8, 256];
const LOAD = 1, SPINS = 20000;

function serve({ control, memory }) {
  const c = new Int32Array(control), code = new Uint8Array(control, BYTES), table = [];
  // Functions that call these are not sent here.
  const notHere = () => { throw new Error('a function of one thread'); };
  const imports = { env: { memory, quadrantRest: notHere, quadrantTurn: notHere } };
  let seen = 0;
  Atomics.store(c, READY, 1);
  for (;;) {
    for (let spins = 0; Atomics.load(c, GENERATION) === seen;) if (++spins > SPINS) { Atomics.wait(c, GENERATION, seen); spins = 0; }
    seen = Atomics.load(c, GENERATION);
    try {
      if (c[KIND] === LOAD) table.push(...Object.values(new WebAssembly.Instance(new WebAssembly.Module(code.slice(0, c[WHAT])), imports).exports));
      else table[c[WHAT]](...c.subarray(ARGS, ARGS + c[COUNT]));
      c[FAILED] = 0;
    } catch {
      c[FAILED] = 1;
    }
    Atomics.store(c, DONE, seen);
    Atomics.notify(c, DONE);
  }
}

const node = globalThis.process?.getBuiltinModule?.('node:worker_threads');
if (node?.workerData) serve(node.workerData);
else globalThis.onmessage = (e) => { serve(e.data); };
