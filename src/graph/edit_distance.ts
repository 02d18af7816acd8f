// Insertions, deletions and replacements between two words.

/** Their number; where that is `limit` or more, some number that is. */
export function editDistance(a: string, b: string, limit: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
      least = Math.min(least, next[j]!);
    }
    if (least >= limit) return limit;
    row = next;
  }
  return row[b.length]!;
}
