// A cluster of real TensorFlow 1.15 on this machine: one parameter server and some workers, each a Python process.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import * as tf from 'tfgraph';

/** What a task's process runs. TensorFlow's servers listen on all interfaces and cannot be told otherwise. */
const SERVER = `
import json, os, sys
for v in ('http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'): os.environ.pop(v, None)
import tensorflow as tf
server = tf.train.Server(json.loads(sys.argv[1]), job_name=sys.argv[2], task_index=int(sys.argv[3]))
print('ready', flush=True)
server.join()
`;

export class Cluster implements Disposable {
  readonly spec: tf.train.ClusterSpec;
  readonly #tasks: ChildProcess[] = [];

  private constructor(spec: tf.train.ClusterSpec) { this.spec = spec; }

  /** Starts the processes; resolves when all serve. `python`: an interpreter with TensorFlow 1.15. */
  static async start(python: string, workers: number): Promise<Cluster> {
    const ports: number[] = [];
    while (ports.length <= workers) ports.push(await freePort());
    const [ps, ...rest] = ports.map((p) => `127.0.0.1:${p}`);
    const cluster = new Cluster(new tf.train.ClusterSpec({ ps: [ps!], worker: rest }));
    try {
      await Promise.all(cluster.spec.jobs.flatMap((job) => cluster.spec.taskIndices(job).map((task) => cluster.#begin(python, job, task))));
    } catch (e) {
      cluster[Symbol.dispose]();
      throw e;
    }
    return cluster;
  }

  /** Target for sessions whose master is this worker. */
  worker(task: number): string { return new tf.train.Server(this.spec, 'worker', task, { start: false }).target; }
  /** Whether all of its processes run. */
  get isUp(): boolean { return this.#tasks.every((t) => t.exitCode === null && t.signalCode === null); }
  /** Resolves when all of its processes have ended. */
  async ended(): Promise<void> { await Promise.all(this.#tasks.map((t) => (t.exitCode !== null || t.signalCode !== null ? undefined : once(t, 'exit')))); }
  [Symbol.dispose](): void { for (const t of this.#tasks) t.kill('SIGKILL'); }

  #begin(python: string, job: string, task: number): Promise<void> {
    const child = spawn(python, ['-c', SERVER, JSON.stringify(this.spec.asDict()), job, String(task)], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '' } });
    this.#tasks.push(child);
    let said = '';
    child.stderr.on('data', (b: Buffer) => { said = (said + b.toString()).slice(-2000); });
    return new Promise((resolve, reject) => {
      child.stdout.once('data', () => { resolve(); });
      child.once('error', reject);
      child.once('exit', (code) => { reject(new Error(`/job:${job}/task:${task} ended with ${code}: ${said}`)); });
    });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}
