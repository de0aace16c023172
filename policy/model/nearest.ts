/** Finds what somebody probably meant: the known word that is fewest edits away from what was written. */

/** Insertions, deletions, changes and swaps of neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  let [before, previous]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous?.[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (before?.[j - 2] ?? 0) + 1 : Infinity;
      row.push(Math.min(change, swap, (previous?.[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    [before, previous] = [previous, row];
  }
  return previous?.[b.length] ?? 0;
}

/** The known word nearest to `word`, or undefined when none is near enough to be a slip of it. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const written = word.slice(0, 64).toLowerCase();
  let best: string | undefined;
  let least = Math.max(1, Math.floor(written.length / 3)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - written.length) >= least) continue;
    const edits = distance(written, candidate.toLowerCase());
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
}

/** A hint that names what was probably meant, else the known words themselves when they are few. */
export function meant(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  if (known.length === 0) return 'none is defined';
  const shown = known.slice(0, 12).map((name) => `\`${name}\``);
  return `known here: ${shown.join(', ')}${known.length > 12 ? ', …' : ''}`;
}
