// Python TensorFlow 1.15.5 as a rival: a process that runs one of the programs of a script when it is asked to.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';

/** A script beside the sources (the build has only what TypeScript makes). */
export function script(name: string): string {
  const here = fileURLToPath(new URL(name, import.meta.url));
  return existsSync(here) ? here : fileURLToPath(new URL(`../../bench/${name}`, import.meta.url));
}

export class Tf1 {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  #waiting: { resolve: (line: string) => void; reject: (e: Error) => void } | undefined;

  constructor(python: string, name = 'tf1_programs.py', args: readonly string[] = []) {
    this.#process = spawn(python, [script(name), ...args], { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', OMP_NUM_THREADS: '1' } });
    this.#process.stderr.resume();
    this.#lines = createInterface(this.#process.stdout);
    this.#lines.on('line', (line) => { this.#waiting?.resolve(line); });
    this.#process.on('exit', (code) => { this.#waiting?.reject(new Error(`${python} ended with ${code}`)); });
    this.#process.on('error', (e) => { this.#waiting?.reject(e); });
  }
  /** Milliseconds of one of `times` runs. */
  async run(program: string, times: number): Promise<number> {
    const line = new Promise<string>((resolve, reject) => { this.#waiting = { resolve, reject }; });
    this.#process.stdin.write(`${program} ${times}\n`);
    return Number(await line);
  }
  /** Ends it at once: asked politely, it would close its session first, and wait for a server that is gone. */
  close(): void { this.#process.kill(); }
}
