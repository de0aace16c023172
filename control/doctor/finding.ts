/** What a look at one part of a district found. */
export interface Finding {
  /** What was looked at: `configuration`, `directory`, … */
  readonly about: string;
  /** `warn`: it works, and somebody should look. `bad`: something does not work. */
  readonly verdict: 'ok' | 'warn' | 'bad';
  /** What was found, in words. */
  readonly text: string;
  /** What to do; null where nothing is to be done. */
  readonly mend: string | null;
}

export const ok = (about: string, text: string): Finding => ({ about, verdict: 'ok', text, mend: null });
export const warn = (about: string, text: string, mend: string): Finding => ({
  ...{ about, verdict: 'warn', text, mend },
});
export const bad = (about: string, text: string, mend: string | null = null): Finding => ({
  ...{ about, verdict: 'bad', text, mend },
});

/** The message of an error of ours holds what to do after its last colon. */
export const failed = (about: string, error: unknown): Finding =>
  bad(about, error instanceof Error ? error.message : String(error));
