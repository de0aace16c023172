/**
 * A record decided again, under the edition of its time: its documents and lists are all kept, and an edition that is not
 * the one in force is compiled once more. A record from before it kept who the person was is decided for them as they are now.
 */
import { LRUCache } from 'lru-cache';
import type { Retrace } from '../admin-ui/server/answers.ts';
import { openImage } from '../policy/compile/image.ts';
import type { Image } from '../policy/compile/image.ts';
import type { Decision } from '../policy/decision.ts';
import type { EditionId } from '../policy/edition.ts';
import { closedNow, noEmergency } from '../policy/emergency.ts';
import type { Emergency } from '../policy/emergency.ts';
import { explain } from '../policy/explain.ts';
import type { Kept } from '../policy/replay/kept.ts';
import { emergencyOf, replay } from '../policy/replay/replay.ts';
import type { Person } from '../policy/subject.ts';
import type { Block } from '../store/blocks.ts';
import type { Repository } from '../store/repository/repository.ts';
import { factsOf } from './check.ts';
import type { Compile, ListInput } from './compiler.ts';

export interface RetraceParts {
  /** In force; null where nobody serves. */
  readonly current: () => Image | null;
  readonly repository: Pick<Repository, 'publicationOf' | 'policyVersion' | 'listSnapshot' | 'grantsNamed'>;
  /** The lists of an edition, wherever they are kept; rejects when one is there no more. Else the repository has them. */
  readonly listsOf?: (digests: EditionId['lists']) => Promise<readonly ListInput[]>;
  readonly compile: Compile;
  /** The person as they are now; rejects when nobody can tell. */
  readonly person: (key: string) => Promise<Person | null>;
}

const [imagesKept, underKept] = [4, 16] as const;
const files = { policy: 'a stored policy', aup: [] } as const;

/** Of a record that keeps nothing. */
const unknown: readonly string[] = [
  'which audiences the person was in: they are asked for as they are now',
  'the query, the search and the fields of the request',
  'the type of the answer',
  'what else DNS called the host',
  'addresses inside the address',
];

const gone = (reason: string): Retrace => ({ state: 'gone', reason });

export class Retracer {
  readonly #parts: RetraceParts;
  readonly #images = new LRUCache<string, Promise<Image | string>>({ max: imagesKept });
  /** By edition and what was put over it. */
  readonly #under = new LRUCache<string, Image>({ max: underKept });

  constructor(parts: RetraceParts) {
    this.#parts = parts;
  }

  /** @param traced whether every rule that is asked is put into words */
  async retrace(block: Block, traced = true): Promise<Retrace> {
    const { kept } = block;
    if (kept === null && block.rule === closedNow)
      return gone('a switch for an emergency closed it, and no rule of the policy');
    const edition = await this.#imageOf(block.edition);
    if (typeof edition === 'string') return gone(edition);
    const image = this.#imageUnder(edition, kept === null ? noEmergency : emergencyOf(kept));
    return kept === null ? this.#asNow(image, block) : byKept(image, block, kept, traced);
  }

  async #asNow(image: Image, block: Block): Promise<Retrace> {
    const person = block.userId === null ? null : await this.#person(block.userId);
    if (person === 'unknown') return gone('the directory cannot be asked who the person is');
    if (block.userId !== null && person === null) return gone('the person is not in the directory any more');
    const facts = factsOf(block.url, block.method);
    const subject = { ip: block.ip, identity: person ?? 'unidentified' } as const;
    const grants = await this.#parts.repository.grantsNamed(block.grants);
    const { decision, trace } = explain(image, facts, subject, grants, Date.parse(block.at));
    const { action, rule } = decision;
    const agrees = action === block.action && rule === block.rule;
    return { state: 'again', agrees, action, rule, trace, basis: 'now', used: [], unknown };
  }

  async #person(key: string): Promise<Person | null | 'unknown'> {
    try {
      return await this.#parts.person(key);
    } catch {
      return 'unknown';
    }
  }

  #imageOf(edition: string): Promise<Image | string> {
    const current = this.#parts.current();
    if (current?.id.edition === edition) return Promise.resolve(current);
    let image = this.#images.get(edition);
    if (image === undefined) {
      image = this.#compile(edition);
      this.#images.set(edition, image);
      image.catch(() => this.#images.delete(edition));
    }
    return image;
  }

  #imageUnder(image: Image, emergency: Emergency): Image {
    const key = `${image.id.edition} ${JSON.stringify(emergency)}`;
    let under = this.#under.get(key);
    if (under === undefined) this.#under.set(key, (under = image.under(emergency)));
    return under;
  }

  /** The image, or why there is none. */
  async #compile(edition: string): Promise<Image | string> {
    const { repository, compile } = this.#parts;
    const publication = await repository.publicationOf(edition);
    const version = publication === null ? null : await repository.policyVersion(publication.policyVersion);
    if (publication === null || version === null) return 'the policy of that time is not stored any more';
    const lists = await this.#listsOf(publication.lists);
    if (lists === null) return 'a list of that time is not stored any more';
    const compiled = await compile({ documents: version.documents, files, lists });
    if (!compiled.ok || compiled.id.edition !== edition)
      return 'this version of Hallpass decides otherwise than the one of that time';
    return openImage(compiled.image);
  }

  /** Null when one is not stored any more. */
  async #listsOf(digests: EditionId['lists']): Promise<readonly ListInput[] | null> {
    const { repository, listsOf } = this.#parts;
    if (listsOf !== undefined) return listsOf(digests).catch(() => null);
    const lists: ListInput[] = [];
    for (const [name, digest] of Object.entries(digests)) {
      const text = await repository.listSnapshot(digest);
      if (text === null) return null;
      lists.push({ name, text });
    }
    return lists;
  }
}

function byKept(image: Image, block: Block, kept: Kept, traced: boolean): Retrace {
  const { method, url, ip, userId: person } = block;
  const again = replay(image, { method, url, ip, person, at: Date.parse(block.at) }, kept, traced);
  if (again === null) return gone('the address of the record cannot be read');
  const { decision, used, trace } = again;
  const { action, rule } = decision;
  const agrees = isRecorded(decision, block);
  return { state: 'again', agrees, action, rule, trace, basis: 'kept', used, unknown: kept.left ?? [] };
}

const isRecorded = ({ action, rule, clause, enforced }: Decision, block: Block): boolean =>
  action === block.action && rule === block.rule && clause === block.clause && enforced === block.enforced;
