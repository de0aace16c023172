/** What lint is told of the world: all of it may be unknown, and what is unknown is not complained of. */
import type { Service } from '../services.ts';
import type { ProtectedSubject } from './subjects.ts';

export interface KnownList {
  readonly name: string;
  /** Epoch milliseconds of its last change; null where nobody knows. */
  readonly changed: number | null;
}

export interface LintContext {
  /** Epoch milliseconds. */
  readonly now: number;
  /** Whether the directory has a group of that name, DN or key; null where it cannot be asked. */
  readonly groupExists?: (group: string) => boolean | null;
  /** Whether the directory tells when people were born. */
  readonly knowsBirthDates?: boolean;
  readonly lists?: readonly KnownList[];
  /** Categories of which a list says anything. */
  readonly filled?: ReadonlySet<string>;
  readonly services?: readonly Service[];
  readonly subjects?: readonly ProtectedSubject[];
}
