/**
 * A record decided again, under the edition of its time: its documents and lists are all kept, and an edition that is not
 * the one in force is compiled once more. Who the person was then is not kept, so they are asked for as they are now.
 */
import { LRUCache } from 'lru-cache';
import type { Retrace } from '../admin-ui/server/answers.ts';
import { openImage } from '../policy/compile/image.ts';
import type { Image } from '../policy/compile/image.ts';
import { closedNow } from '../policy/emergency.ts';
import { explain } from '../policy/explain.ts';
import type { Person } from '../policy/subject.ts';
import type { Block } from '../store/blocks.ts';
import type { Repository } from '../store/repository/repository.ts';
import { factsOf } from './check.ts';
import type { Compile } from './compiler.ts';

export interface RetraceParts {
  readonly current: () => Image;
  readonly repository: Pick<Repository, 'publicationOf' | 'policyVersion' | 'listSnapshot' | 'grantsNamed'>;
  readonly compile: Compile;
  /** The person as they are now; rejects when nobody can tell. */
  readonly person: (key: string) => Promise<Person | null>;
}

const [imagesKept, files] = [4, { policy: 'a stored policy', aup: [] }] as const;

const gone = (reason: string): Retrace => ({ state: 'gone', reason });

export class Retracer {
  readonly #parts: RetraceParts;
  readonly #images = new LRUCache<string, Promise<Image | string>>({ max: imagesKept });

  constructor(parts: RetraceParts) {
    this.#parts = parts;
  }

  async retrace(block: Block): Promise<Retrace> {
    if (block.rule === closedNow)
      return gone('a switch for an emergency closed it, and no rule of the policy');
    const image = await this.#imageOf(block.edition);
    if (typeof image === 'string') return gone(image);
    const person = block.userId === null ? null : await this.#person(block.userId);
    if (person === 'unknown') return gone('the directory cannot be asked who the person is');
    if (block.userId !== null && person === null) return gone('the person is not in the directory any more');
    const facts = factsOf(block.url, block.method);
    const subject = { ip: block.ip, identity: person ?? 'unidentified' } as const;
    const grants = await this.#parts.repository.grantsNamed(block.grants);
    const { decision, trace } = explain(image, facts, subject, grants, Date.parse(block.at));
    const { action, rule } = decision;
    return { state: 'again', agrees: action === block.action && rule === block.rule, action, rule, trace };
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
    if (current.id.edition === edition) return Promise.resolve(current);
    let image = this.#images.get(edition);
    if (image === undefined) {
      image = this.#compile(edition);
      this.#images.set(edition, image);
      image.catch(() => this.#images.delete(edition));
    }
    return image;
  }

  /** The image, or why there is none. */
  async #compile(edition: string): Promise<Image | string> {
    const { repository, compile } = this.#parts;
    const publication = await repository.publicationOf(edition);
    const version = publication === null ? null : await repository.policyVersion(publication.policyVersion);
    if (publication === null || version === null) return 'the policy of that time is not stored any more';
    const lists = await Promise.all(
      Object.entries(publication.lists).map(async ([name, digest]) => ({
        name,
        text: await repository.listSnapshot(digest),
      })),
    );
    const known = lists.flatMap(({ name, text }) => (text === null ? [] : [{ name, text }]));
    if (known.length < lists.length) return 'a list of that time is not stored any more';
    const compiled = await compile({ documents: version.documents, files, lists: known });
    if (!compiled.ok || compiled.id.edition !== edition)
      return 'this version of Hallpass decides otherwise than the one of that time';
    return openImage(compiled.image);
  }
}
