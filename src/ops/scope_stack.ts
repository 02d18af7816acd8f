// Entering several internal scopes around a piece of graph building, leaving them in reverse order whatever happens.
import type { Entered } from '../graph/scopes.ts';

/** Runs `body` with scopes that were already entered; leaves them afterwards, last first. */
export function withExits<R>(entered: readonly Entered<unknown>[], body: () => R): R {
  try {
    return body();
  } finally {
    for (let i = entered.length - 1; i >= 0; i--) entered[i]!.exit();
  }
}
