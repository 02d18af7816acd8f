// tfgraph serve: a master for real TensorFlow clients.
import { serve as start, type ServerEvent } from '../server/serve.ts';
import { type Command, UsageError, YES } from './command.ts';

export const serve: Command = {
  name: 'serve',
  about: "Serves TensorFlow's master protocol: real TensorFlow 1.x programs use it as tf.Session('grpc://127.0.0.1:PORT'). Stops on SIGINT or SIGTERM once running steps have ended; a second signal stops at once.",
  positionals: [],
  options: {
    port: { type: 'string', value: 'n', about: 'default 0: any free port' },
    host: { type: 'string', value: 'address', about: 'default 127.0.0.1; there is no authentication, so others serve everybody who reaches them' },
    engine: { type: 'string', value: 'name', about: 'wasm (default), reference or native' },
    'max-sessions': { type: 'string', value: 'n', about: 'sessions open at once; default 1000' },
    'max-message': { type: 'string', value: 'bytes', about: 'of a message in either direction; default 2147483647' },
    'memory-limit': { type: 'string', value: 'bytes', about: 'for the values of the sessions that share variables, and of each isolated one (engine wasm), and again for the graphs and plans of an executor (at least 512 MiB); default 4 GiB' },
    executors: { type: 'string', value: 'n', about: 'threads at most that execute steps, default 8; 0: none beside that of the network' },
    isolate: { type: 'boolean', about: 'every session has variables of its own' },
    root: { type: 'string', value: 'dir', about: 'the directory whose files ops of clients may read and write (.. and links are followed first); default: no files' },
    log: { type: 'string', value: 'form', about: 'text (default: start, stop and failures) or json (every call, one object a line)' },
    json: { type: 'boolean', about: 'the same as --log json' },
  },
  async run(args, io) {
    const form = args.flag('json') ? 'json' : args.text('log') ?? 'text';
    if (form !== 'text' && form !== 'json') throw new UsageError(`--log must be text or json, not '${form}'`);
    const limits = {
      ...(args.text('memory-limit') === undefined ? {} : { memoryLimitBytes: args.int('memory-limit', 0, 65536) }),
      ...(args.text('executors') === undefined ? {} : { executors: args.int('executors', 0) }),
    };
    const server = await start({
      port: args.int('port', 0), maxSessions: args.int('max-sessions', 1000, 1), maxMessageBytes: args.int('max-message', 2 ** 31 - 1, 1), isolate: args.flag('isolate'), ...limits,
      ...(args.text('root') === undefined ? {} : { root: args.text('root')! }),
      ...(args.text('host') === undefined ? {} : { host: args.text('host')! }), ...(args.text('engine') === undefined ? {} : { engine: args.text('engine')! }),
      onEvent: (e) => { const line = form === 'json' ? JSON.stringify({ time: new Date().toISOString(), ...e }) : text(e); if (line !== '') io.out(`${line}\n`); },
    });
    if (form === 'text') io.out(`tf.Session('${server.target}')\n`);
    await signalled();
    const again = signalled().then(() => 0);
    await Promise.race([server.stop(), again.then(() => server.stop(0))]);
    return YES;
  },
};

function text(e: ServerEvent): string {
  switch (e.event) {
    case 'listening': return `listening on port ${e.port}`;
    case 'call': return e.code === 0 ? '' : `${e.method}: status ${e.code}: ${e.message?.split('\n')[0]}`;
    case 'lost': return `an executor ended: ${e.message}; ${e.sessions} sessions lost`;
    case 'stopping': return `stopping; ${e.sessions} sessions open`;
    case 'stopped': return 'stopped';
    default: return e.event satisfies never;
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
function signalled(): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const s of SIGNALS) process.removeListener(s, done);
      resolve();
    };
    for (const s of SIGNALS) process.on(s, done);
  });
}
