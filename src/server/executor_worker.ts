// The thread of an executor.
import { parentPort, workerData } from 'node:worker_threads';
import { CallWords } from './call_words.ts';
import { Executor, type Order, parcel, type Report } from './executor.ts';
import type { ExecutorData } from './lane.ts';

const { settings, words } = workerData as ExecutorData, port = parentPort!;

function report(r: Report): void {
  if (r[0] !== 'answer' || !r[2]) { port.postMessage(r); return; }
  const { bytes, moved } = parcel(r[2]);
  port.postMessage(['answer', r[1], bytes, r[3], r[4]] satisfies Report, moved);
}
const executor = new Executor(settings, new CallWords(words), true, report);
port.on('message', (order: Order) => { executor.take(order); });
