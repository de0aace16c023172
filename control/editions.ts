/**
 * What is in force. A publication is compiled, stored durably, and handed to every live proxy, in this order and one
 * after another; until the last step the edition before it serves. What does not compile is never stored or served.
 */
import type { EditionId, PolicyDocuments } from '../policy/edition.ts';
import { formatProblem } from '../policy/errors.ts';
import type { Problem } from '../policy/errors.ts';
import type { NewPublication, Repository } from '../store/repository/repository.ts';
import type { Compile, Compiled, CompileTask, ListInput } from './compiler.ts';
import { ControlError } from './errors.ts';
import { listsPublished } from './lists.ts';
import type { LastLists, ListFault, ListsRead } from './lists.ts';
import type { Delivery, Proxies } from './proxies.ts';

/** Where policy versions and publications are kept; the repository, of which control is the only writer. */
export type PolicyStore = Pick<Repository, 'latest' | 'publish' | 'listSnapshot'>;

export interface InForce {
  readonly id: EditionId;
  readonly documents: PolicyDocuments;
  readonly image: SharedArrayBuffer;
  readonly epoch: number;
  /** Epoch milliseconds. */
  readonly since: number;
}

export interface PublishRequest {
  readonly documents: PolicyDocuments;
  readonly files: CompileTask['files'];
  readonly note: string;
  /** Who publishes, for the history and the audit trail; Hallpass itself unless given. */
  readonly by?: string;
}

export type Progress =
  | { readonly stage: 'compiling' | 'storing' }
  | { readonly stage: 'publishing'; readonly acknowledged: number; readonly of: number };

export type Published =
  | ({ readonly ok: true; readonly id: EditionId; readonly epoch: number } & Warnings & Delivery)
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** A list, or a folder of lists, that could not be read. */
export interface ListTrouble extends ListFault {
  /** When this process first saw it; epoch milliseconds. */
  readonly since: number;
}

interface Warnings {
  readonly warnings: readonly Problem[];
}

/** The part of pino that is needed here. */
export interface EditionsLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EditionsParts {
  readonly store: PolicyStore;
  readonly lists: { read(last?: LastLists): Promise<ListsRead> };
  readonly proxies: Proxies;
  readonly compile: Compile;
  readonly log: EditionsLog;
  /**
   * Greater than any epoch that a living proxy thread may have seen: those outlive a crash of the control thread, and
   * take nothing whose epoch is not above what they have.
   */
  readonly firstEpoch: number;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** A list with ten thousand bad lines is told by its first ones. */
const warningsLogged = 20;

type CompiledEdition = Compiled & { ok: true };

const stored: CompileTask['files'] = { policy: 'the stored policy', aup: [] };

export class Editions {
  readonly #parts: EditionsParts;
  readonly #now: () => number;
  #lists: readonly ListInput[] = [];
  #troubles: readonly ListTrouble[] = [];
  #current: InForce | null = null;
  #epoch: number;
  /** Publications happen one after another. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: EditionsParts) {
    this.#parts = parts;
    this.#epoch = parts.firstEpoch - 1;
    this.#now = parts.now ?? Date.now;
  }

  current(): InForce | null {
    return this.#current;
  }

  /** Those of the edition in force. */
  lists(): readonly ListInput[] {
    return this.#lists;
  }

  /** What could not be read of the lists the last time. */
  listTroubles(): readonly ListTrouble[] {
    return this.#troubles;
  }

  /**
   * Brings into force what was published last, or `initial` in a new store.
   * @throws ControlError `bad-policy` with every problem when that does not compile
   */
  start(initial: () => Promise<PublishRequest>): Promise<void> {
    return this.#inTurn(async () => {
      const latest = await this.#parts.store.latest();
      this.#lists = await this.#readLists(
        latest === null
          ? undefined
          : listsPublished(latest.lists, (digest) => this.#parts.store.listSnapshot(digest)),
      );
      const request =
        latest === null ? await initial() : { documents: latest.documents, files: stored, note: '' };
      const compiled = await this.#parts.compile({ ...request, lists: this.#lists });
      if (!compiled.ok) throw badPolicy(request, compiled.problems);
      // Lists may have changed while nothing ran, and a new engine makes new editions too.
      if (latest?.edition !== compiled.id.edition) {
        await this.#store(request, compiled, this.#lists, latest === null ? 'policy' : 'lists');
      }
      await this.#swap(request.documents, compiled);
    });
  }

  /** Compiles documents with the lists of now and reports, without storing or serving anything. */
  validate(request: Pick<PublishRequest, 'documents' | 'files'>): Promise<Compiled> {
    return this.#parts.compile({ ...request, lists: this.#lists, draft: true });
  }

  publish(request: PublishRequest, onProgress: (progress: Progress) => void = () => {}): Promise<Published> {
    return this.#inTurn(async () => {
      onProgress({ stage: 'compiling' });
      const compiled = await this.#parts.compile({ ...request, lists: this.#lists });
      if (!compiled.ok) return compiled;
      onProgress({ stage: 'storing' });
      await this.#store(request, compiled, this.#lists, 'policy');
      const delivery = await this.#swap(request.documents, compiled, onProgress);
      return { ok: true, id: compiled.id, epoch: this.#epoch, warnings: compiled.warnings, ...delivery };
    });
  }

  /**
   * Reads the lists again; when they differ, a new edition of the policy in force. True when one was published.
   * @param by who asked for it; Hallpass itself unless given
   */
  reloadLists(by: string | null = null): Promise<boolean> {
    return this.#inTurn(async () => {
      const current = this.#current;
      const lists = await this.#readLists();
      if (current === null || isSame(lists, this.#lists)) return false;
      const { documents } = current;
      const compiled = await this.#parts.compile({ documents, files: stored, lists });
      if (!compiled.ok) {
        this.#parts.log.error(
          { problems: compiled.problems },
          'the lists do not compile, the old ones serve',
        );
        return false;
      }
      const isNew = compiled.id.edition !== current.id.edition;
      if (isNew) await this.#store({ documents, note: '', by }, compiled, lists, 'lists');
      this.#lists = lists;
      if (!isNew) return false;
      await this.#swap(documents, compiled);
      return true;
    });
  }

  async #readLists(last?: LastLists): Promise<readonly ListInput[]> {
    const { lists, faults } = await this.#parts.lists.read(last);
    const before = new Map(this.#troubles.map(({ path, since }) => [path, since]));
    const now = this.#now();
    this.#troubles = faults.map((fault) => ({ ...fault, since: before.get(fault.path) ?? now }));
    for (const { path: file, reason, kept } of faults) {
      this.#parts.log.warn(
        { file, reason },
        kept ? 'list not readable, the old one serves' : 'list not readable',
      );
    }
    const names = new Set(lists.map(({ name }) => name));
    const gone = this.#lists.filter(({ name }) => !names.has(name)).map(({ name }) => name);
    if (gone.length > 0)
      this.#parts.log.warn({ lists: gone }, 'lists are gone, what they say counts no more');
    return lists;
  }

  async #store(
    {
      documents,
      note,
      by = null,
    }: Pick<PublishRequest, 'documents' | 'note'> & { readonly by?: string | null },
    { id }: CompiledEdition,
    lists: readonly ListInput[],
    cause: NewPublication['cause'],
  ): Promise<void> {
    // Those that came as files are on disk already.
    const snapshots = lists.flatMap((list) => {
      const digest = id.lists[list.name];
      return digest === undefined || !('text' in list) ? [] : [{ digest, text: list.text }];
    });
    await this.#parts.store.publish({ documents, id, at: this.#now(), note, cause, by }, snapshots);
  }

  async #swap(
    documents: PolicyDocuments,
    { image, id, warnings, reopened = false }: CompiledEdition,
    onProgress: (progress: Progress) => void = () => {},
  ): Promise<Delivery> {
    const { proxies, log } = this.#parts;
    this.#epoch += 1;
    const epoch = this.#epoch;
    this.#current = Object.freeze({ id, documents, image, epoch, since: this.#now() });
    const of = proxies.size;
    onProgress({ stage: 'publishing', acknowledged: 0, of });
    const delivery = await proxies.publish({ image, epoch }, (acknowledged) => {
      onProgress({ stage: 'publishing', acknowledged, of });
    });
    const { edition, policyVersion } = id;
    log.info({ edition, policyVersion, epoch, reopened, ...delivery }, 'edition in force');
    if (warnings.length > 0) {
      const problems = warnings.slice(0, warningsLogged).map(formatProblem);
      log.warn({ problems, of: warnings.length }, 'parts of the lists are left out');
    }
    return delivery;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function isSame(a: readonly ListInput[], b: readonly ListInput[]): boolean {
  return a.length === b.length && a.every((list, index) => isSameList(list, b[index]));
}

function isSameList(a: ListInput, b: ListInput | undefined): boolean {
  if (a.name !== b?.name) return false;
  return 'text' in a ? 'text' in b && a.text === b.text : 'digest' in b && a.digest === b.digest;
}

function badPolicy({ files }: PublishRequest, problems: readonly Problem[]): ControlError {
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`).join('\n');
  return new ControlError('bad-policy', `${files.policy} does not compile:\n${lines}`);
}
