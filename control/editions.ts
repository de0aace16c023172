/**
 * What is in force. A publication is compiled, stored durably, and handed to every live proxy, in this order and one
 * after another; until the last step the edition before it serves. What does not compile is never stored or served.
 */
import type { EditionId, PolicyDocuments } from '../policy/edition.ts';
import { formatProblem } from '../policy/errors.ts';
import type { Problem } from '../policy/errors.ts';
import type { NewPublication, Publication, Repository } from '../store/repository/repository.ts';
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
  /** Why it cannot wait while the policy in force is frozen. */
  readonly duringFreeze?: string;
}

/** The policy in force is frozen: nothing is published, and no list changes. */
export interface Freeze {
  /** Epoch milliseconds; Infinity where no end is in sight. */
  readonly until: number;
  /** Whether lists have changed meanwhile; they come into force when it ends. */
  readonly listsWait: boolean;
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
  /** When an edition is not frozen any more; null where it is not frozen, which it never is unless this is given. */
  readonly frozenUntil?: (image: SharedArrayBuffer, at: number) => number | null;
  /** The lists of an edition that was published, to stay with them at a start during a freeze. */
  readonly listsOf?: (digests: EditionId['lists']) => Promise<readonly ListInput[]>;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

/** The longest delay that a Node timer takes. */
const longestTimer = 2_147_483_647;
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
  /** Reads the lists again when a freeze ends. */
  #thaw: NodeJS.Timeout | null = null;
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

  /** Null where the policy in force is not frozen now. */
  freeze(): Freeze | null {
    const image = this.#current?.image;
    const until = image === undefined ? null : this.#frozenUntil(image);
    return until === null ? null : { until, listsWait: this.#thaw !== null };
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
      const found = await this.#parts.compile({ ...request, lists: this.#lists });
      if (!found.ok) throw badPolicy(request, found.problems);
      const compiled = latest === null ? found : await this.#asFrozen(request, found, latest);
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

  /** @throws ControlError `frozen` while the policy in force is, unless the request says why it cannot wait */
  publish(request: PublishRequest, onProgress: (progress: Progress) => void = () => {}): Promise<Published> {
    return this.#inTurn(async () => {
      this.#refuseFrozen(request);
      onProgress({ stage: 'compiling' });
      const compiled = await this.#parts.compile({ ...request, lists: this.#lists });
      if (!compiled.ok) return compiled;
      // A window may have begun meanwhile.
      this.#refuseFrozen(request);
      onProgress({ stage: 'storing' });
      await this.#store(request, compiled, this.#lists, 'policy');
      const delivery = await this.#swap(request.documents, compiled, onProgress);
      if (this.#thaw !== null && this.freeze() === null) this.#readAgain(0);
      return { ok: true, id: compiled.id, epoch: this.#epoch, warnings: compiled.warnings, ...delivery };
    });
  }

  /** Nothing is read any more by itself. */
  stop(): void {
    if (this.#thaw !== null) clearTimeout(this.#thaw);
    this.#thaw = null;
  }

  /**
   * Reads the lists again; when they differ, a new edition of the policy in force. True when one was published. While the
   * policy is frozen they wait, and come into force when it is not any more.
   * @param by who asked for it; Hallpass itself unless given
   */
  reloadLists(by: string | null = null): Promise<boolean> {
    return this.#inTurn(async () => {
      const current = this.#current;
      const lists = await this.#readLists();
      if (current === null) return false;
      this.stop();
      if (isSame(lists, this.#lists)) return false;
      if (this.#waits(current.image)) return false;
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

  #frozenUntil(image: SharedArrayBuffer): number | null {
    return this.#parts.frozenUntil?.(image, this.#now()) ?? null;
  }

  #refuseFrozen({ duringFreeze }: PublishRequest): void {
    const freeze = this.freeze();
    if (freeze === null || duringFreeze !== undefined) return;
    throw new ControlError(
      'frozen',
      `the policy in force is frozen ${untilText(freeze)}: wait until then, or say by \`--during-freeze\` why it cannot wait`,
    );
  }

  /** Whether changed lists have to wait; then they are read again at the end of the freeze. */
  #waits(image: SharedArrayBuffer): boolean {
    const until = this.#frozenUntil(image);
    if (until === null) return false;
    this.#parts.log.info({ until: isoOf(until) }, 'lists have changed, and wait while the policy is frozen');
    this.#readAgain(Math.min(until - this.#now(), longestTimer));
    return true;
  }

  #readAgain(delay: number): void {
    this.stop();
    this.#thaw = setTimeout(() => {
      this.#thaw = null;
      this.reloadLists().catch((error: unknown) =>
        this.#parts.log.error({ err: error }, 'lists that waited could not be brought into force'),
      );
    }, delay);
    this.#thaw.unref();
  }

  /** At a start in a freeze, what was in force stays, where all of it is still there. */
  async #asFrozen(
    request: PublishRequest,
    found: CompiledEdition,
    { edition, lists: digests }: Pick<Publication, 'edition' | 'lists'>,
  ): Promise<CompiledEdition> {
    if (found.id.edition === edition || this.#frozenUntil(found.image) === null) return found;
    const lists = await this.#parts.listsOf?.(digests).catch(() => null);
    if (lists === null || lists === undefined || isSame(lists, this.#lists)) return found;
    const before = await this.#parts.compile({ ...request, lists });
    if (!before.ok) return found;
    this.#lists = lists;
    this.#waits(before.image);
    return before;
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
      duringFreeze,
    }: Pick<PublishRequest, 'documents' | 'note' | 'duringFreeze'> & { readonly by?: string | null },
    { id }: CompiledEdition,
    lists: readonly ListInput[],
    cause: NewPublication['cause'],
  ): Promise<void> {
    // Those that came as files are on disk already.
    const snapshots = lists.flatMap((list) => {
      const digest = id.lists[list.name];
      return digest === undefined || !('text' in list) ? [] : [{ digest, text: list.text }];
    });
    // Said of a policy that is not frozen it means nothing.
    const why = duringFreeze === undefined || this.freeze() === null ? {} : { duringFreeze };
    await this.#parts.store.publish({ documents, id, at: this.#now(), note, cause, by, ...why }, snapshots);
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

const isoOf = (at: number): string | null => (at === Infinity ? null : new Date(at).toISOString());

/** As a message or a reason says it. */
export const untilText = ({ until }: Pick<Freeze, 'until'>): string =>
  until === Infinity ? 'without an end' : `until ${new Date(until).toISOString()}`;

function badPolicy({ files }: PublishRequest, problems: readonly Problem[]): ControlError {
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`).join('\n');
  return new ControlError('bad-policy', `${files.policy} does not compile:\n${lines}`);
}
