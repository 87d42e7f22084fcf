import { distance } from "fastest-levenshtein";

/** The candidate that was most likely meant; undefined when none is near. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  // Long words are never near a short one, and comparing them costs their product.
  if (word.length > 100) return undefined;
  const scored = candidates
    .map((candidate) => ({ candidate, edits: distance(lower, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, edits }) =>
        edits <= Math.max(1, Math.floor(Math.max(candidate.length, word.length) * 0.4)),
    )
    .sort((a, b) => a.edits - b.edits);
  return scored[0]?.candidate;
}
