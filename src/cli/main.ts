#!/usr/bin/env node
// The tfgraph command: finds the command, runs it, turns errors into one line with a remedy. Exit codes: 0 yes or equal,
// 1 no or different, 2 error.
import { readFileSync, realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { TfError } from '../graph/errors.ts';
import { nearest } from '../ops/api.ts';
import { type Command, ERROR, help, type Io, parseCommand, table, UsageError, YES } from './command.ts';
import { convert } from './convert.ts';
import { diff } from './diff.ts';
import { equiv } from './equiv.ts';
import { lint } from './lint.ts';
import { native } from './native.ts';
import { colour } from './paint.ts';
import { plan } from './plan.ts';
import { port } from './port.ts';
import { serve } from './serve.ts';
import { show } from './show.ts';

const COMMANDS: readonly Command[] = [show, plan, diff, equiv, lint, convert, native, port, serve];

/** Runs one command line (without `node tfgraph`) and returns the exit code. Never throws. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (e) {
    if (process.env['TFGRAPH_DEBUG'] === '1') io.err(`${e instanceof Error ? e.stack ?? e.message : String(e)}\n`);
    else io.err(errorText(e, io));
    return ERROR;
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const about = COMMANDS.find((c) => c.name === rest[0]);
    io.out(about ? help(about) : overview());
    return name === undefined ? ERROR : YES;
  }
  if (name === '--version' || name === '-v') {
    io.out(`${version()}\n`);
    return YES;
  }
  const command = COMMANDS.find((c) => c.name === name);
  if (!command) {
    const near = nearest(name, COMMANDS.map((c) => c.name));
    throw new UsageError(`no command '${name}'`, near === undefined ? 'see tfgraph --help' : `did you mean tfgraph ${near}?`);
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(help(command));
    return YES;
  }
  return command.run(parseCommand(command, rest), io);
}

function overview(): string {
  const graphs = 'A <graph> is a GraphDef (.pb, .pbtxt, .json), a .meta file (all may be gzipped: .gz) or a module (.js, .mjs, .ts) that exports build().';
  return `tfgraph ${version()}: TensorFlow 1 graphs, looked at and compared\n\nUsage: tfgraph <command> ...\n\nCommands:\n${table(COMMANDS.map((c) => [`${c.name} ${c.positionals.map((p) => `<${p}>`).join(' ')}`, c.about.split('. ')[0]!.replace(/\.$/, '')] as const))}\n${graphs}\nEvery command takes --json and --help. Exit codes: 0 yes or equal, 1 no or different, 2 error. TFGRAPH_DEBUG=1 shows stack traces.\n`;
}

function version(): string {
  const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return own.version;
}

/** One line, and the remedy where there is one. */
function errorText(e: unknown, io: Io): string {
  const label = colour(io, 'red', 'error:');
  if (e instanceof UsageError) return `${label} ${e.message}\n${e.remedy === undefined ? '' : `  remedy: ${e.remedy}\n`}`;
  if (e instanceof TfError) {
    const { node, site, remedy } = e.detail;
    const where = [node === undefined ? '' : `node: ${node}`, site === undefined ? '' : `created at: ${site}`, remedy === undefined ? '' : `remedy: ${remedy}`];
    return `${label} ${e.text.trim()}\n${where.filter((l) => l !== '').map((l) => `  ${l}\n`).join('')}`;
  }
  return `${label} ${e instanceof Error ? e.message : String(e)}\n`;
}

/** True when this file is what node was asked to run (also through npm's link in node_modules/.bin). */
function isEntry(): boolean {
  const script = process.argv[1];
  if (script === undefined) return false;
  try { return import.meta.url === pathToFileURL(realpathSync(script)).href; } catch { return false; }
}

if (isEntry()) {
  const color = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
  // A closed pipe (| head) ends the output, not with a stack trace.
  process.stdout.on('error', (e: { code?: string }) => { if (e.code === 'EPIPE') process.exit(YES); else throw e as Error; });
  process.exitCode = await main(process.argv.slice(2), { out: (s) => process.stdout.write(s), err: (s) => process.stderr.write(s), color });
}
