// What clients asked a server and what it answered, as bytes: recorded beside a real client, replayed without one. A
// transcript is a list of events in the order in which they happened, so that calls that overlapped do so again.
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Answer } from '../../src/server/calls.ts';
import type { Master } from '../../src/server/master.ts';
import { runStepResponse } from '../../src/session/grpc/messages.ts';
import { FRAME_HEAD } from '../../src/session/grpc/body.ts';
import type { Method } from '../../src/session/grpc/service.ts';

/** A call with its number; its client going away; its answer, or the code and text of its status. */
type Event = readonly ['call', number, Method, string] | readonly ['gone', number] | readonly ['answer', number, string] | readonly ['status', number, number, string];

const base64 = (b: Uint8Array): string => Buffer.from(b).toString('base64');
const eventOf = (i: number, a: Answer): Event => (a.status ? ['status', i, a.status.code, a.status.message] : ['answer', i, base64(a.frame.subarray(FRAME_HEAD))]);

/** Handles and other ids of a server in the order in which it makes them: the same in every run. */
export function counter(): () => bigint {
  let n = 0n;
  return () => ++n;
}

/** Answers as the master does, and takes down what was said. */
export class Recorder {
  readonly #calls: Pick<Master, 'answer'>;
  readonly #events: Event[] = [];
  #count = 0;
  constructor(calls: Pick<Master, 'answer'>) { this.#calls = calls; }

  async answer(method: Method, body: Uint8Array, signal: AbortSignal): Promise<Answer> {
    const i = this.#count++;
    let answered = false;
    this.#events.push(['call', i, method, base64(body)]);
    signal.addEventListener('abort', () => { if (!answered) this.#events.push(['gone', i]); });
    const a = await this.#calls.answer(method, body, signal);
    answered = true;
    this.#events.push(eventOf(i, a));
    return a;
  }
  save(file: URL): void { writeFileSync(file, gzipSync(this.#events.map((e) => JSON.stringify(e)).join('\n'), { level: 9 })); }
}

/** Asks again what a transcript says; the value is where the answers differ. */
export async function replay(file: URL, calls: Pick<Master, 'answer'>): Promise<string[]> {
  const events = gunzipSync(readFileSync(file)).toString().split('\n').map((l) => JSON.parse(l) as Event);
  const running = new Map<number, { readonly gone: AbortController; readonly method: Method; readonly answer: Promise<Answer> }>();
  const different: string[] = [];
  for (const e of events) {
    if (e[0] === 'call') {
      const gone = new AbortController();
      running.set(e[1], { gone, method: e[2], answer: calls.answer(e[2], Buffer.from(e[3], 'base64'), gone.signal) });
      continue;
    }
    const call = running.get(e[1])!;
    if (e[0] === 'gone') { call.gone.abort(); continue; }
    const now = eventOf(e[1], await call.answer);
    // What a client is answered that has gone, nobody hears: that it was cancelled, in one word or another.
    if (call.gone.signal.aborted && [codeOf(now), codeOf(e)].every((code) => code === 1)) continue;
    if (essence(call.method, now) !== essence(call.method, e)) different.push(`call ${e[1]}, ${call.method}: ${JSON.stringify(now).slice(0, 300)} in place of ${JSON.stringify(e).slice(0, 300)}`);
  }
  return different;
}

/** The status of an answer, of a step's wherever it stands. */
function codeOf(e: Event): number {
  if (e[0] === 'status') return e[2];
  return e[0] === 'answer' ? runStepResponse.decode(Buffer.from(e[2], 'base64')).statusCode ?? 0 : 0;
}
/** An answer without what no two runs share: when things happened. */
function essence(method: Method, e: Event): string {
  if (e[0] !== 'answer' || method !== 'RunStep') return JSON.stringify(e);
  const r = runStepResponse.decode(Buffer.from(e[2], 'base64'));
  if (!r.metadata?.stepStats) return JSON.stringify(e);
  const names = r.metadata.stepStats.devStats?.map((d) => [d.device, d.nodeStats?.map((n) => n.nodeName)]);
  return JSON.stringify([names, base64(runStepResponse.encode({ ...r, metadata: {} }))]);
}
