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
  /** What it serves of what the law wants said, where a comment under its heading says so: `<!-- topics: monitoring -->`. */
  readonly topics?: readonly Topic[];
}

/** What an Internet safety policy has to be about (CIPA; 47 CFR § 54.520 (c)(1)), in the order of the rule. */
export const topics = {
  'inappropriate-matter': 'access by minors to inappropriate matter on the Internet',
  'safe-communication': 'the safety and security of minors in e-mail, chat rooms and other messages',
  'unauthorised-access': 'unauthorised access, “hacking” and other unlawful activities by minors online',
  'personal-information': 'unauthorised disclosure, use and spreading of personal information about minors',
  'harmful-material': 'measures that restrict access by minors to material harmful to them',
  monitoring: 'the monitoring of what minors do online',
  education: 'teaching minors about behaviour online, social networks, chat rooms and cyberbullying',
} as const;
export type Topic = keyof typeof topics;

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
