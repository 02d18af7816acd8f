// The machine as the installer sees it: facts and a way to run programs. Tests put another one in its place.
import { spawn } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { around } from '../obstacles.ts';

/** How a program ended. `code` is null when it could not be started. */
export interface Ended { readonly code: number | null; readonly out: string; readonly err: string }

export interface System {
  readonly platform: string;
  readonly arch: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly node: string;
  /** Version of Node's native interface. */
  readonly napi: number;
  /** Text of /proc/cpuinfo; '' where there is none. */
  readonly cpuinfo: string;
  /** Runs a program; `shown`: its output goes to the terminal (a progress bar) instead of to us. */
  run(program: string, args: readonly string[], options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly shown?: boolean }): Promise<Ended>;
  /** Bytes free where a folder is or will be. */
  freeBytes(dir: string): Promise<number>;
}

export const thisMachine: System = {
  platform: process.platform, arch: process.arch, env: process.env, home: homedir(), node: process.version, napi: Number(process.versions['napi']), cpuinfo: around().cpuinfo,
  run: (program, args, options = {}) => new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: options.shown ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    let out = '', err = '';
    child.stdout?.on('data', (b: Buffer) => { out += b.toString(); });
    child.stderr?.on('data', (b: Buffer) => { err += b.toString(); });
    child.on('error', (e) => { resolve({ code: null, out, err: e.message }); });
    child.on('close', (code, signal) => { resolve({ code: code ?? 128, out, err: signal === null ? err : `${err}ended by ${signal}` }); });
  }),
  async freeBytes(dir) {
    for (let d = dir; ; d = d.slice(0, Math.max(1, d.lastIndexOf('/')))) {
      try { const s = await statfs(d); return s.bavail * s.bsize; } catch { if (d === '/') return Infinity; }
    }
  },
};
