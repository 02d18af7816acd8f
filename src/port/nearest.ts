// The closest of many words: edit distance, only among words of nearly the same length.
import { editDistance } from '../graph/edit_distance.ts';

export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let limit = Math.max(2, Math.floor(word.length / 4)) + 1;
  for (const w of words) {
    if (Math.abs(w.length - word.length) >= limit) continue;
    const d = editDistance(word, w, limit);
    if (d < limit) { best = w; limit = d; }
  }
  return best;
}
