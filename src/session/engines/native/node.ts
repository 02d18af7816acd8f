// Node's own modules, asked for when they are needed: importing the library elsewhere must not fail.
import type * as fs from 'node:fs';
import type * as module from 'node:module';
import type * as os from 'node:os';
import type * as path from 'node:path';
import { RuntimeError } from '../../../graph/errors.ts';

export interface NodeModules { readonly fs: typeof fs; readonly module: typeof module; readonly os: typeof os; readonly path: typeof path }

/** Whether this is Node. */
export function isNode(): boolean { return typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function' && process.versions?.node !== undefined; }

export function nodeModules(): NodeModules {
  if (!isNode()) throw new RuntimeError("The engine 'native' runs only in Node.", { remedy: "use the engine 'wasm'" });
  const get = process.getBuiltinModule;
  return { fs: get('node:fs'), module: get('node:module') as unknown as typeof module, os: get('node:os'), path: get('node:path') };
}
