// Real TensorFlow servers, as processes of a Python that has TensorFlow 1.15.
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

export type ClusterSpec = Readonly<Record<string, readonly string[]>>;

/** A port that nobody uses now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => { server.close(resolve); });
  return port;
}

export class RealServer {
  readonly address: string;
  readonly #python: string;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  constructor(python: string, cluster: ClusterSpec, job: string, task: number) {
    this.#python = python;
    this.#args = [fileURLToPath(new URL('real_server.py', import.meta.url)), JSON.stringify(cluster), job, String(task)];
    this.address = cluster[job]![task]!;
  }
  /** Resolves when it serves. */
  async start(): Promise<void> {
    const child = spawn(this.#python, this.#args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (b: Buffer) => { said += b.toString(); });
      child.stdout.on('data', (b: Buffer) => { if (b.toString().includes('ready')) resolve(); });
      child.once('exit', (code) => { reject(new Error(`the server ended with ${code}: ${said.slice(-2000)}`)); });
    });
  }
  /** Ends the process without a warning. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise((resolve) => { child.once('exit', resolve); child.kill('SIGKILL'); });
  }
}
