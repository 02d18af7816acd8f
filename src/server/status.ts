// Errors as statuses for clients: `[[{{node NAME}}]]` stands in the text where a node is known, by which Python finds the
// line that made it.
import { TfError } from '../graph/errors.ts';
import { type Status, statusOf } from '../session/grpc/status.ts';

/** Texts that name a node already, and that of a step refused before anything of it runs, where TF's master names none. */
const COMPLETE = /\[\[(\{\{)?node |^Fetch \S+ can't be computed from the feeds/;

/** The status of something thrown. */
export function nodeStatus(e: unknown): Status {
  const s = statusOf(e);
  const node = e instanceof TfError ? e.detail.node : undefined;
  return node === undefined || COMPLETE.test(s.message) ? s : { ...s, message: `${s.message}\n\t [[{{node ${node}}}]]` };
}
