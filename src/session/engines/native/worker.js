// The other thread of a native session in a worker: does what remote.ts posts, in order, with the addon it loads here. No
// import, so that it needs no build. Tensors and sessions have the numbers the other side gave them.
const { workerData, parentPort } = process.getBuiltinModule('node:worker_threads');
const { createRequire } = process.getBuiltinModule('node:module');
const { mkdtempSync, writeFileSync, rmSync } = process.getBuiltinModule('node:fs');
const { tmpdir } = process.getBuiltinModule('node:os');
const { join } = process.getBuiltinModule('node:path');
const { addon, port, answers } = workerData;

/** The addon's own numbers; of a model that could not be opened, why. */
const tensors = new Map(), models = new Map();
/** Why a command without an answer failed. */
let failure;
let b;

const COMMANDS = {
  create(id, shape, type, data) { tensors.set(id, b.createTensor(shape, type, data)); },
  delete(id) {
    const t = tensors.get(id);
    if (t !== undefined) b.deleteTensor(t);
    tensors.delete(id);
  },
  op(ids, op, attrs, inputs) { b.executeOp(op, attrs, own(inputs), ids.length).forEach((t, i) => { tensors.set(ids[i], t.id); }); },
  open(id, bytes) {
    const dir = mkdtempSync(join(tmpdir(), 'tfgraph-'));
    try {
      writeFileSync(join(dir, 'saved_model.pb'), bytes);
      models.set(id, b.loadSavedModel(dir, 'serve'));
    } catch (e) {
      models.set(id, e);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
  close(id) {
    const m = models.get(id);
    if (typeof m === 'number') b.deleteSavedModel(m);
    models.delete(id);
  },
  run(ids, model, inputs, feeds, fetches) {
    const m = models.get(model);
    if (typeof m !== 'number') throw m;
    return b.runSavedModel(m, own(inputs), feeds, fetches).map((t, i) => {
      tensors.set(ids[i], t.id);
      return t.shape;
    });
  },
  read(id) { return b.tensorDataSync(tensors.get(id)); },
  count() { return b.getNumOfTensors(); },
};
const own = (ids) => ids.map((id) => {
  const t = tensors.get(id);
  if (t === undefined) throw failure ?? new Error(`no tensor ${id}`);
  return t;
});

/** Words of `answers`: how many there are; whether none will come any more. */
const [COUNT, ENDED] = [0, 1];
function answer(message, transfer) {
  port.postMessage(message, transfer);
  Atomics.add(answers, COUNT, 1);
  Atomics.notify(answers, COUNT);
}
const text = (e) => (e instanceof Error ? e.message : String(e));

port.on('message', (commands) => {
  for (const [asked, name, ...args] of commands) {
    if (name === 'end') {
      for (const id of tensors.keys()) COMMANDS.delete(id);
      for (const id of models.keys()) COMMANDS.close(id);
      port.close();
      return;
    }
    try {
      const value = COMMANDS[name](...args);
      if (asked === 0) continue;
      if (failure) throw failure;
      answer({ asked, value }, ArrayBuffer.isView(value) ? [value.buffer] : []);
    } catch (e) {
      if (asked === 0) { failure ??= e; continue; }
      answer({ asked, error: text(e) }, []);
      failure = undefined;
    }
  }
});
parentPort.unref();
process.on('exit', () => {
  Atomics.store(answers, ENDED, 1);
  Atomics.notify(answers, COUNT);
});
try {
  b = createRequire(import.meta.url)(addon);
  answer({ asked: 0, value: { gpu: b.isUsingGpuDevice(), type: b.TF_ATTR_TYPE, version: b.TF_Version } }, []);
} catch (e) {
  answer({ asked: 0, error: text(e) }, []);
}
