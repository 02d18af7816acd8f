// tfgraph native: gets, checks or removes the TensorFlow library of the native engine.
import { findAddon } from '../session/engines/native/find.ts';
import { diagnose, doctorText } from '../session/engines/native/install/doctor.ts';
import { install, type Reporter, uninstall } from '../session/engines/native/install/install.ts';
import { type System, thisMachine } from '../session/engines/native/install/system.ts';
import { type Command, type Io, NO, type Parsed, UsageError, YES } from './command.ts';

const ACTIONS = ['install', 'doctor', 'uninstall'] as const;

export const native: Command = {
  name: 'native',
  about: 'The TensorFlow library of the engine \'native\': install, doctor or uninstall. Exit code 0: it works (or is gone), 1: it does not.',
  positionals: [ACTIONS.join('|')],
  options: {
    version: { type: 'string', value: 'x.y.z', about: 'TensorFlow to install (2.16.2), or the one to remove' },
    from: { type: 'string', value: 'path', about: 'a wheel of TensorFlow, or the folder with one, instead of a download' },
    gpu: { type: 'boolean', about: 'with CUDA and its libraries' },
    json: { type: 'boolean', about: 'JSON report' },
  },
  run: (args, io) => runNative(args, io, thisMachine),
};

/** The command on a machine (tests have another one). */
export async function runNative(args: Parsed, io: Io, s: System): Promise<number> {
  const action = args.positionals[0]!;
  const json = (value: unknown): void => { io.out(`${JSON.stringify(value, null, 2)}\n`); };
  switch (action as typeof ACTIONS[number]) {
    case 'install': {
      const start = performance.now();
      const { installation: { dir, manifest }, fresh, verified } = await install(s, { version: args.text('version'), from: args.text('from'), gpu: args.flag('gpu') }, reporter(io, args.flag('json')));
      const seconds = Math.round((performance.now() - start) / 1000);
      if (args.flag('json')) json({ dir, ...manifest, fresh, verified, seconds });
      else io.out(`${fresh ? `installed in ${seconds} s` : 'already installed'}: TensorFlow ${verified.version} (${verified.gpu ? 'GPU' : 'CPU'}) in ${dir}\n`);
      return YES;
    }
    case 'doctor': {
      const found = await diagnose(s, findAddon(s));
      if (args.flag('json')) json(found); else io.out(doctorText(found));
      return found.some((f) => f.remedy !== undefined) ? NO : YES;
    }
    case 'uninstall': {
      const gone = await uninstall(s, args.text('version'));
      if (args.flag('json')) json({ removed: gone });
      else io.out(gone.length === 0 ? 'nothing was installed\n' : gone.map((d) => `removed ${d}\n`).join(''));
      return YES;
    }
    default: throw new UsageError(`tfgraph native has no action '${action}'`, `choose ${ACTIONS.join(', ')}`);
  }
}

function reporter(io: Io, quiet: boolean): Reporter {
  if (quiet) return { step: () => undefined, progress: () => undefined, terminal: false };
  return { step: (text) => { io.err(`${text}\n`); }, progress: (text) => { if (io.color) io.err(`\r${text} `); }, terminal: io.color };
}
