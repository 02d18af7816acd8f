// Clusters: jobs, their tasks and addresses, and which task a server would be. Follows python/training/server_lib.py (1.15).
import { TypeError, UnimplementedError, ValueError } from '../../graph/errors.ts';
import { bind } from '../api.ts';
import { pythonRepr } from '../make_array.ts';

/** `tf.train.ClusterDef`: jobs by name, addresses by task. */
export interface ClusterDef { readonly job: readonly { readonly name: string; readonly tasks: Readonly<Record<number, string>> }[] }
/** Addresses of a job's tasks: a list, or by task index. */
export type JobTasks = readonly string[] | Readonly<Record<number, string>>;
/** What a ClusterSpec can be made from. */
export type ClusterLike = ClusterSpec | ClusterDef | Readonly<Record<string, JobTasks>>;

/** `tf.train.ClusterSpec`: the processes of a distributed computation, as jobs of tasks. */
export class ClusterSpec {
  readonly #jobs = new Map<string, ReadonlyMap<number, string>>();

  /** `cluster`: job names with lists of `host:port` or with addresses by task index; a ClusterDef; another ClusterSpec.
   * Errors: TypeError for anything else. */
  constructor(cluster: ClusterLike) {
    if (cluster instanceof ClusterSpec) {
      for (const { name, tasks } of cluster.asClusterDef().job) this.#jobs.set(name, tasksOf(name, tasks));
    } else if (isClusterDef(cluster)) {
      for (const { name, tasks } of cluster.job) this.#jobs.set(name, tasksOf(name, tasks));
    } else if (typeof cluster === 'object' && (cluster as unknown) !== null && Object.getPrototypeOf(cluster) === Object.prototype) {
      for (const [name, tasks] of Object.entries(cluster)) this.#jobs.set(name, tasksOf(name, tasks));
    } else throw new TypeError('`cluster` must be a dictionary mapping one or more job names to lists of network addresses, or a `ClusterDef` protocol buffer');
  }

  /** Names of the jobs. */
  get jobs(): string[] { return [...this.#jobs.keys()]; }
  /** Errors: ValueError for an unknown job, here and below. */
  numTasks(jobName: string): number { return this.#job(jobName).size; }
  taskIndices(jobName: string): number[] { return [...this.#job(jobName).keys()].sort((a, b) => a - b); }
  /** `host:port` of a task. Errors: ValueError for an unknown one. */
  taskAddress(jobName: string, taskIndex: number): string {
    const address = this.#job(jobName).get(taskIndex);
    if (address === undefined) throw new ValueError(`No task with index ${pythonRepr(taskIndex)} in job ${pythonRepr(jobName)}`);
    return address;
  }
  /** Addresses by position; null where a sparse job has no task. */
  jobTasks(jobName: string): (string | null)[] {
    const job = this.#job(jobName);
    if (job.size === 0) throw new ValueError('max() arg is an empty sequence');
    return Array.from({ length: Math.max(...job.keys()) + 1 }, (_, i) => job.get(i) ?? null);
  }
  /** Jobs with lists of addresses, sparse ones with addresses by task index. */
  asDict(): Record<string, string[] | Record<number, string>> {
    return Object.fromEntries([...this.#jobs].map(([name, tasks]) => {
      const indices = this.taskIndices(name);
      const isDense = indices.length > 0 && Math.max(...indices) + 1 === indices.length;
      return [name, isDense ? indices.map((i) => tasks.get(i)!) : Object.fromEntries(indices.map((i) => [i, tasks.get(i)!]))];
    }));
  }
  asClusterDef(): ClusterDef {
    return { job: this.jobs.sort().map((name) => ({ name, tasks: Object.fromEntries(this.taskIndices(name).map((i) => [i, this.taskAddress(name, i)])) })) };
  }
  /** Whether the other one has the same jobs with the same tasks. */
  equals(other: ClusterSpec): boolean { return JSON.stringify(this.asClusterDef()) === JSON.stringify(other.asClusterDef()); }
  toString(): string {
    const shown = (v: string[] | Record<number, string>): string => (Array.isArray(v) ? pythonRepr(v) : `{${Object.entries(v).map(([i, a]) => `${i}: ${pythonRepr(a)}`).join(', ')}}`);
    return `ClusterSpec({${Object.entries(this.asDict()).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${pythonRepr(k)}: ${shown(v)}`).join(', ')}})`;
  }

  #job(name: string): ReadonlyMap<number, string> { return this.#jobs.get(name) ?? unknownJob(name); }
}
function unknownJob(name: string): never { throw new ValueError(`No such job in cluster: ${pythonRepr(name)}`); }

/** A job may be called `job`: its tasks are strings then. */
function isClusterDef(c: ClusterLike): c is ClusterDef {
  const job: unknown = (c as Partial<ClusterDef> | null)?.job;
  return Array.isArray(job) && (job as unknown[]).every((j) => typeof j === 'object' && j !== null && 'name' in j && 'tasks' in j);
}
function tasksOf(job: string, tasks: unknown): ReadonlyMap<number, string> {
  if (typeof tasks !== 'object' || tasks === null) throw new TypeError(`The tasks for job ${pythonRepr(job)} must be a list or a dictionary from integers to strings.`);
  const list: readonly (readonly [number, unknown])[] = Array.isArray(tasks) ? (tasks as unknown[]).map((t, i) => [i, t] as const) : Object.entries(tasks).map(([i, t]) => [Number(i), t] as const);
  return new Map(list.map(([i, address]) => {
    if (typeof address !== 'string') throw new TypeError(`Task address ${pythonRepr(address)} must be bytes or unicode`);
    return [i, address];
  }));
}

/** `tf.train.ServerDef`: a task of a cluster. */
export interface ServerDef { readonly cluster: ClusterDef; readonly jobName: string; readonly taskIndex: number; readonly protocol: string }

interface ServerArguments { serverOrClusterDef: ClusterLike | ServerDef; jobName?: string | null; taskIndex?: number | null; protocol?: string | null; start?: boolean }
const ORDER = ['serverOrClusterDef', 'jobName', 'taskIndex', 'protocol', 'config', 'start'] as const;

/** `tf.train.Server(server_or_cluster_def, job_name, task_index, protocol, config, start)`: a task of a cluster, described. Tasks of
 * TensorFlow's distributed runtime are processes of TensorFlow: with `start` (Python's default) this throws, `{ start: false }`
 * gives the task's definition and the target for sessions.
 * Errors: TypeError and ValueError for a cluster that does not name the task; UnimplementedError for starting. */
export class Server {
  readonly serverDef: ServerDef;

  constructor(...args: readonly [ClusterLike | ServerDef, ...unknown[]] | readonly [ServerArguments]) {
    const p = bind('__init__', ORDER, new Set(ORDER), args.length === 1 && !('serverOrClusterDef' in args[0]) ? [args[0], {}] : args, { required: 1 }) as unknown as ServerArguments;
    this.serverDef = serverDef(p);
    if (p.start ?? true) this.start();
  }
  /** Target for sessions on this task. */
  get target(): string {
    const { cluster, jobName, taskIndex, protocol } = this.serverDef;
    return `${protocol}://${new ClusterSpec(cluster).taskAddress(jobName, taskIndex)}`;
  }
  start(): never {
    const { jobName, taskIndex } = this.serverDef;
    throw new UnimplementedError(`/job:${jobName}/task:${taskIndex} of a cluster is a process of TensorFlow, which tfgraph does not start.`, { remedy: 'start it with Python (tf.train.Server(cluster, job_name, task_index).join()) and describe it here with { start: false }' });
  }
}

function serverDef(p: ServerArguments): ServerDef {
  const given = p.serverOrClusterDef;
  if (typeof given === 'object' && 'cluster' in given && 'jobName' in given) {
    const { cluster, jobName, taskIndex, protocol } = given as ServerDef;
    return { cluster, jobName: p.jobName ?? jobName, taskIndex: p.taskIndex ?? taskIndex, protocol: p.protocol ?? protocol };
  }
  const spec = clusterOf(given as ClusterLike);
  const jobName = p.jobName ?? (spec.jobs.length === 1 ? spec.jobs[0]! : explicit('job_name'));
  const indices = p.taskIndex === undefined || p.taskIndex === null ? spec.taskIndices(jobName) : [p.taskIndex];
  return { cluster: spec.asClusterDef(), jobName, taskIndex: indices.length === 1 ? indices[0]! : explicit('task_index'), protocol: p.protocol ?? 'grpc' };
}
function explicit(name: string): never { throw new ValueError(`Must specify an explicit \`${name}\`.`); }
function clusterOf(c: ClusterLike): ClusterSpec {
  try {
    return new ClusterSpec(c);
  } catch (e) {
    if (e instanceof TypeError) throw new TypeError('Could not convert `server_or_cluster_def` to a `tf.train.ServerDef` or `tf.train.ClusterSpec`.');
    throw e;
  }
}
