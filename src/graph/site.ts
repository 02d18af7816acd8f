// Creation sites: where in the user's program a node was made. One site per public call, shared by every node the
// call creates, captured shallowly (a deep stack costs 10 us and 1 kB each) and turned into text only when asked.

/** Where this library lies: frames in it are not the user's. Undefined where modules have no address. */
const library: string | undefined = import.meta.url?.startsWith('file:') ? new URL('../', import.meta.url).pathname : undefined;

/** The place of one public call in user code. */
export class CreationSite {
  // Set by Error.captureStackTrace: V8 formats it on first access.
  declare readonly stack: string;

  /** `file:line:column` of the caller; `<unknown>` where the runtime gives no stack. */
  get location(): string {
    const frame = this.frames()[0];
    return frame === undefined ? '<unknown>' : /\(([^()]+)\)$/.exec(frame)?.[1] ?? frame.replace(/^at (async )?/, '');
  }

  /** The captured frames of user code, innermost first (at most four); all of them where library and user code are one file. */
  frames(): string[] {
    const all = (this.stack ?? '').split('\n').map((l) => l.trim()).filter((l) => l.startsWith('at '));
    const users = library === undefined ? all : all.filter((l) => !l.includes(library));
    return users.length > 0 ? users : all;
  }
}

type AnyFunction = (...args: never[]) => unknown;
const capture = (Error as { captureStackTrace?: (target: object, entry?: AnyFunction) => void }).captureStackTrace;
const DEPTH = 4;

let current: CreationSite | undefined;

/** The site nodes are made under right now; undefined outside every public call. */
export function currentSite(): CreationSite | undefined { return current; }

/** A site for the caller of `entry`. */
export function captureSite(entry: AnyFunction): CreationSite {
  const site = new CreationSite();
  if (capture) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = DEPTH;
    capture(site, entry);
    Error.stackTraceLimit = limit;
  }
  return site;
}

/** Runs the body of a public function; `entry` is that function, so that the site is its caller. Nested public calls
 * share the outermost site. */
export function publicCall<R>(entry: AnyFunction, body: () => R): R {
  if (current !== undefined) return body();
  current = captureSite(entry);
  try {
    return body();
  } finally {
    current = undefined;
  }
}

/** Runs user code inside a public call (the body of a scope): its own calls are sites of their own. */
export function userCode<R>(body: () => R): R {
  const saved = current;
  current = undefined;
  try {
    return body();
  } finally {
    current = saved;
  }
}

/** Library code that user code calls back later (the branch of a conditional): its nodes have the site of now. */
export function keepSite<R>(body: () => R): () => R {
  const site = current;
  return () => {
    const saved = current;
    current = site;
    try {
      return body();
    } finally {
      current = saved;
    }
  };
}
