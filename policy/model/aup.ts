/** The written Acceptable Use Policy: numbered clauses of stable id, in one or more languages. */

/**
 * One clause. In the Markdown it is a heading `### 4.2 Games {#games}` (any level) and all text up to the next clause's
 * heading; a block quote that begins with `For younger students:` is the clause in a child's words.
 */
export interface Clause {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  /** Plain text, paragraphs parted by one empty line. */
  readonly text: string;
  readonly child: string | null;
}

/** One language of the AUP. The front matter (YAML between `---` lines) names `title`, `adopted` and `language`. */
export interface AupText {
  readonly title: string;
  /** ISO date of adoption. */
  readonly adopted: string;
  /** BCP 47 tag. */
  readonly language: string;
  readonly clauses: readonly Clause[];
}

/** The first text is the one that was adopted; the others translate it, clause by clause. */
export interface Aup {
  readonly texts: readonly [AupText, ...AupText[]];
}
