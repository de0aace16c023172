/** What is to be recorded of a decision → the record thread, with its acknowledgement. */
import { v7 as uuidv7 } from 'uuid';
import type { Image } from '../policy/compile/image.ts';
import type { Decision, Grant } from '../policy/decision.ts';
import { originOf } from '../policy/facts.ts';
import { keep } from '../policy/replay/keep.ts';
import { keptText } from '../policy/replay/kept.ts';
import type { RequestFacts } from '../policy/request.ts';
import type { Subject } from '../policy/subject.ts';
import type { Acknowledgement, BlockRecord, JournalApi } from '../store/record.ts';

/** One decision and what it was about. */
export interface Occasion {
  readonly image: Image;
  readonly facts: RequestFacts;
  readonly subject: Subject;
  /** Live for the subject; the record keeps those that the decision rests on. */
  readonly grants: readonly Grant[];
  readonly decision: Decision;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Whether a person sees the answer as a page of its own. */
  readonly kind: 'page' | 'repeat';
}

export class Journal {
  readonly #record: () => JournalApi | null;

  /** @param record the record thread as it is now; null while it is being restarted */
  constructor(record: () => JournalApi | null) {
    this.#record = record;
  }

  /**
   * Resolves when the record is on disk, or with `unavailable`, at the latest after {@link patienceMs}: a disk that hangs
   * must not hang every page. Never rejects.
   */
  async append(occasion: Occasion): Promise<Acknowledgement> {
    const record = this.#record();
    if (record === null) return unavailable;
    let timer: NodeJS.Timeout | undefined;
    const impatience = new Promise<Acknowledgement>((resolve) => {
      timer = setTimeout(() => resolve(unavailable), patienceMs);
    });
    try {
      return await Promise.race([record.append(recordOf(occasion)), impatience]);
    } catch {
      return unavailable;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** How long a page waits for its record. */
const patienceMs = 5_000;

const unavailable: Acknowledgement = { kind: 'unavailable' };

export function recordOf(occasion: Occasion): BlockRecord {
  const { image, facts, subject, decision, at, kind } = occasion;
  const { identity } = subject;
  const person = typeof identity === 'string' ? null : identity;
  return {
    id: uuidv7(),
    at,
    person: person === null ? null : { key: person.key, login: person.login, name: person.name },
    schools: person === null ? (image.networkOf(subject.ip)?.schools ?? []) : person.schools,
    ip: subject.ip,
    method: typeof facts.url === 'string' ? 'CONNECT' : facts.url.method,
    url: urlOf(facts),
    host: facts.host,
    rule: decision.rule,
    clause: decision.clause === null ? null : image.adoptedClause(decision.clause),
    policyVersion: image.id.policyVersion,
    edition: image.id.edition,
    action: decision.action,
    about: image.voiceOf(subject, at) === 'staff' ? 'staff' : 'student',
    enforced: decision.enforced,
    grants: decision.grantsUsed,
    kept: keptOf(occasion),
    kind,
  };
}

/** A defect of ours must not cost the record, only that it cannot be decided again. */
function keptOf(occasion: Occasion): string | null {
  try {
    const kept = keep(occasion);
    return kept === null ? null : keptText(kept);
  } catch {
    return null;
  }
}

/** Without query, which may hold what nobody needs to keep. */
function urlOf(facts: RequestFacts): string {
  return `${originOf(facts)}${typeof facts.url === 'string' ? '' : facts.url.rawPath}`;
}
