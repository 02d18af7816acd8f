// A rival in a process of its own, which runs a program so many times when it is asked to: Python TensorFlow 1.15.5 by
// tf1_programs.py, or any script that answers as that does.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';

/** A script beside the sources (the build has only what TypeScript makes). */
export function script(name: string): string {
  const here = fileURLToPath(new URL(name, import.meta.url));
  return existsSync(here) ? here : fileURLToPath(new URL(`../../bench/${name}`, import.meta.url));
}

/** Milliseconds of a run, on the clock and of the processors (means), and the first number of the very first run. */
export interface Slice { readonly wall: number; readonly cpu: number; readonly first: number }

export class Tf1 {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  #waiting: { resolve: (line: string) => void; reject: (e: Error) => void } | undefined;
  /** The end of what it has said on stderr. */
  #said = '';

  constructor(interpreter: string, name = 'tf1_programs.py', args: readonly string[] = []) {
    this.#process = spawn(interpreter, [script(name), ...args], { env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3', OMP_NUM_THREADS: '1' } });
    this.#process.stderr.on('data', (b: Buffer) => { this.#said = (this.#said + b.toString()).slice(-2000); });
    this.#lines = createInterface(this.#process.stdout);
    this.#lines.on('line', (line) => { this.#waiting?.resolve(line); });
    this.#process.on('close', (code) => { this.#waiting?.reject(new Error(`${interpreter} ${name} ended with ${code}\n${this.#said}`)); });
    this.#process.on('error', (e) => { this.#waiting?.reject(e); });
  }
  async slice(program: string, times: number): Promise<Slice> {
    const line = new Promise<string>((resolve, reject) => { this.#waiting = { resolve, reject }; });
    this.#process.stdin.write(`${program} ${times}\n`);
    const [wall, cpu, first] = (await line).split(' ').map(Number);
    return { wall: wall!, cpu: cpu!, first: first! };
  }
  /** Milliseconds of one of `times` runs. */
  async run(program: string, times: number): Promise<number> { return (await this.slice(program, times)).wall; }
  /** Ends it at once: asked politely, it would close its session first, and wait for a server that is gone. */
  close(): void { this.#process.kill(); }
}
