/**
 * Overrides and research grants: what somebody in charge opens for others, for a while. An override opens a place for a person
 * or a group of the directory, as far as ordered rules and the default close it; research lifts the floor for one adult, whom
 * another one authorises by name. Each is on disk and on the audit trail before it holds, holds in every proxy thread when the
 * call returns, and ends by itself: the threads know its time.
 */
import { v7 as uuidv7 } from 'uuid';
import type { SharedGrant } from '../policy/decision.ts';
import type { Image } from '../policy/compile/image.ts';
import { formatDuration } from '../policy/model/duration.ts';
import type { Group, Person } from '../policy/subject.ts';
import type { AuditEntry } from '../store/audit/chain.ts';
import { sharedOf } from '../store/repository/given-grants.ts';
import type { GivenGrant, GivenGrants } from '../store/repository/given-grants.ts';
import { notAnswered, personNamed } from './check.ts';
import type { Actor } from './emergencies.ts';
import { ControlError } from './errors.ts';
import { notesOn } from './grant-notes.ts';
import { placeOf } from './places.ts';

export interface GrantsParts {
  readonly table: Pick<GivenGrants, 'add' | 'end' | 'open'>;
  /** Hands them to every live proxy thread. @returns names of those that are late */
  readonly deliver: (grants: readonly SharedGrant[]) => Promise<readonly string[]>;
  /** The person of a login, or null. Rejects when no directory server answers, as does the next. */
  readonly findPerson: (login: string) => Promise<Person | null>;
  /** The groups that a name, a DN or a key means. */
  readonly groupsNamed: (text: string) => Promise<readonly Group[]>;
  /** In force. @throws ControlError `no-policy` */
  readonly image: () => Image;
  readonly now?: () => number;
}

/** Who makes an override: nobody is in a group at the command line. */
export type Opener = Actor & { readonly groups: readonly Pick<Group, 'key'>[] };

export interface OverrideAsked {
  /** Login; either this or a group. */
  readonly person?: string | undefined;
  /** Name, DN or key. */
  readonly group?: string | undefined;
  /** A host, or host and path. */
  readonly place: string;
  /** Milliseconds, 30 days at most. */
  readonly lasts: number;
  readonly reason: string;
}

export interface ResearchAsked {
  /** Login. */
  readonly person: string;
  /** Who answers for it: a login, or the person themselves where they are here. */
  readonly authoriser: string | Person;
  /** Milliseconds, 12 hours at most. */
  readonly lasts: number;
  readonly reason: string;
}

export interface Made {
  readonly grant: GivenGrant;
  /** What whoever made it should know, in words. */
  readonly notes: readonly string[];
}

const [minute, hour] = [60_000, 3_600_000];
export const longestOverride = 30 * 24 * hour;
export const longestResearch = 12 * hour;

type Subject = Pick<GivenGrant, 'subject' | 'subjectKind' | 'subjectName'>;

export class Grants {
  readonly #parts: GrantsParts;
  readonly #now: () => number;
  #rows: readonly GivenGrant[] = [];

  constructor(parts: GrantsParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** Takes up what was made before the start. */
  async start(): Promise<void> {
    await this.#renew();
  }

  /** Those that hold now, the oldest first. */
  list(): readonly GivenGrant[] {
    const now = this.#now();
    return this.#rows.filter(({ expires }) => expires > now);
  }

  /** @throws ControlError `bad-question`, `unknown-user`, `unknown-group`, `directory-unavailable` or `grant` */
  async override(by: Opener, { person, group, place, lasts, reason }: OverrideAsked): Promise<Made> {
    const where = placeOf(place);
    checkLasting(lasts, longestOverride);
    if ((person === undefined) === (group === undefined))
      throw new ControlError('bad-question', 'name either a person or a group');
    const whose =
      person === undefined ? memberOf(await this.#group(group ?? '')) : await this.#person(person);
    const subject = person === undefined ? groupOf(whose) : personOf(whose);
    if (by.key === subject.subject)
      throw new ControlError('grant', 'nobody opens anything for themselves: ask somebody else to');
    if (by.groups.some(({ key }) => key === subject.subject))
      throw new ControlError(
        'grant',
        `nobody opens anything for a group that they are in: ask somebody who is not in \`${subject.subjectName}\`, or for \`hallpass grant override\` at the server`,
      );
    const at = this.#now();
    const grant: GivenGrant = {
      ...{ id: uuidv7(), kind: 'override', ...subject, ...where, at, expires: at + lasts },
      ...{ actor: by.key, login: by.login, authoriser: null, authorisedBy: null, reason },
    };
    const shared = sharedOf(grant);
    const notes = shared.kind === 'override' ? notesOn(this.#parts.image(), shared, whose, at) : [];
    return this.#make(by, grant, notes);
  }

  /** @throws ControlError `bad-question`, `unknown-user`, `directory-unavailable` or `grant` */
  async research(by: Actor, { person, authoriser, lasts, reason }: ResearchAsked): Promise<Made> {
    checkLasting(lasts, longestResearch);
    const whose = await this.#person(person);
    const answers = typeof authoriser === 'string' ? await this.#person(authoriser) : authoriser;
    if (whose.key === answers.key || whose.key === by.key)
      throw new ControlError('grant', 'nobody authorises their own research: name somebody else');
    const at = this.#now();
    for (const each of [whose, answers])
      if (this.#parts.image().voiceOf({ ip: '0.0.0.0', identity: each }, at) !== 'staff')
        throw new ControlError(
          'grant',
          `research is for staff, and authorised by staff: pages do not address \`${each.login}\` so`,
        );
    const grant: GivenGrant = {
      ...{ id: uuidv7(), kind: 'research', ...personOf(whose), host: null, path: null },
      ...{ at, expires: at + lasts, actor: by.key, login: by.login },
      ...{ authoriser: answers.key, authorisedBy: answers.login, reason },
    };
    return this.#make(by, grant, [
      'what is illegal stays closed, and each visit that the floor would have closed is recorded',
    ]);
  }

  /** Before its time. @throws ControlError `grant` for what is not there */
  async end(by: Actor, id: string): Promise<void> {
    const grant = this.list().find((each) => each.id === id);
    if (grant === undefined) throw new ControlError('grant', 'it is not there, or has ended');
    const at = this.#now();
    await this.#parts.table.end(id, at, by.login, actOf(by, at, 'grant.end', grant));
    await this.#renew();
  }

  async #make(by: Actor, grant: GivenGrant, notes: readonly string[]): Promise<Made> {
    await this.#parts.table.add(grant, actOf(by, grant.at, `grant.${grant.kind}`, grant));
    const late = await this.#renew();
    return {
      grant,
      notes:
        late.length === 0
          ? notes
          : [...notes, `not yet in force everywhere: ${late.join(', ')} did not answer`],
    };
  }

  async #renew(): Promise<readonly string[]> {
    this.#rows = await this.#parts.table.open(this.#now());
    return this.#parts.deliver(this.#rows.map(sharedOf));
  }

  #person(login: string): Promise<Person> {
    return personNamed(this.#parts.findPerson, login);
  }

  async #group(text: string): Promise<Group> {
    const groups = await this.#parts.groupsNamed(text).catch((error: unknown) => {
      throw notAnswered(error);
    });
    const [group] = groups;
    if (group === undefined)
      throw new ControlError('unknown-group', `the directory has no group \`${text}\``);
    if (groups.length > 1)
      throw new ControlError(
        'unknown-group',
        `the directory has several groups \`${text}\`: name one by its DN`,
      );
    return group;
  }
}

function checkLasting(lasts: number, most: number): void {
  if (!(lasts >= minute && lasts <= most))
    throw new ControlError('bad-question', `it may hold for 1m to ${formatDuration(most)}`);
}

const personOf = ({ key, login }: Person): Subject => ({
  ...{ subject: key, subjectKind: 'person', subjectName: login },
});

const groupOf = ({ key, name }: Pick<Person, 'key' | 'name'>): Subject => ({
  ...{ subject: key, subjectKind: 'group', subjectName: name },
});

/** Somebody who is in the group and nothing else; of the group's key and name. */
const memberOf = (group: Group): Person => ({
  ...{ key: group.key, login: '', name: group.name, groups: [group], schools: [] },
});

function actOf({ key, login }: Actor, at: number, action: string, grant: GivenGrant): AuditEntry {
  const { id, subject, subjectKind, subjectName, host, path, expires, authorisedBy, reason } = grant;
  const person = subjectKind === 'person';
  return {
    ...{ at, actor: key, login, action, subject: person ? subject : null },
    detail: {
      ...{ id, for: subjectName, ...(person ? {} : { group: subject }), host, path },
      ...{ expires: new Date(expires).toISOString(), authorisedBy, reason },
    },
  };
}
