/**
 * Where lists come from. Each source is looked at by its schedule or when somebody asks; what has changed becomes a new edition
 * under the same policy, without approval and as a whole, or nothing changes: what came last and was good serves until
 * then. One look happens at a time.
 */
import type { ListFile } from '../compiler.ts';
import type { AuditEntry } from '../../store/audit/chain.ts';
import type { ListSnapshots } from '../../store/lists/snapshots.ts';
import { freshState } from '../../store/repository/list-sources.ts';
import type { ListSourcesTable, ListSourceState } from '../../store/repository/list-sources.ts';
import type { Publication } from '../../store/repository/repository.ts';
import { changesOf, stateAfter, stateFailed } from './after-look.ts';
import { dueAt } from './due.ts';
import { ListError } from './errors.ts';
import type { KnownSource } from './known-source.ts';
import type { Look, Looked, LookProgress } from './look.ts';
import { sourceOptions } from './options.ts';
import type { ListSource } from './options.ts';
import { settling } from './retained.ts';
import { lossesOf } from './shrink.ts';
import type { Loss } from './shrink.ts';
import type { ImportResult, RunTask } from './tasks.ts';

export type UpdateProgress = LookProgress | { readonly stage: 'publishing' };

export interface Updated {
  readonly source: string;
  /** Names of lists of which other entries are in force now. */
  readonly changed: readonly string[];
  readonly held: readonly Loss[];
  /** Null where nothing new has come. */
  readonly report: (ImportResult['report'] & { readonly format: string }) | null;
  /** In force now. */
  readonly edition: string | null;
}

export interface UpdateAsked {
  /** Take over what is held back. */
  readonly accept?: boolean;
  /** Who asks, for the audit trail; nobody by the schedule. */
  readonly by?: string | null;
  readonly onProgress?: (progress: UpdateProgress) => void;
}

export interface ListSourcesLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ListSourcesParts {
  readonly table: Pick<ListSourcesTable, 'all' | 'report' | 'add' | 'remove' | 'save'>;
  readonly snapshots: ListSnapshots;
  readonly look: Look;
  readonly run: RunTask;
  readonly publications: () => Promise<readonly Publication[]>;
  /** Compiles and publishes with what {@link ListSources.read} gives. @returns the edition, and its digests by name of list */
  readonly publish: (
    by: string | null,
  ) => Promise<{ readonly edition: string | null; readonly lists: Readonly<Record<string, string>> }>;
  /** Whether no list may change now: the policy's freeze windows. */
  readonly frozen: (at: number) => boolean;
  /** Of records, in milliseconds: so long is kept by what they were decided. */
  readonly retention: () => number;
  readonly log: ListSourcesLog;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

const minute = 60_000;
const unknown = (name: string): ListError =>
  new ListError('unknown-source', `there is no source \`${name}\`: \`hallpass lists\` shows them`);

export class ListSources {
  readonly #parts: ListSourcesParts;
  readonly #now: () => number;
  #known = new Map<string, KnownSource>();
  /** Digests that were read once and were as they were written. */
  readonly #sound = new Set<string>();
  /** What is wrong with a snapshot that should be in force, by name of list. */
  readonly #damaged = new Map<string, string>();
  /** Lists without which this process had to start. */
  readonly #missing = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: ListSourcesParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  /** What is stored of them, and which of them the configuration names. */
  async open(configured: Readonly<Record<string, ListSource>>): Promise<void> {
    await this.#load(configured);
  }

  /** Another configuration. A source that it names no longer is gone with its lists. */
  use(configured: Readonly<Record<string, ListSource>>): Promise<void> {
    return this.#inTurn(() => this.#load(configured));
  }

  all(): readonly KnownSource[] {
    return [...this.#known.values()];
  }

  /** What is wrong with stored lists that should be in force. */
  damaged(): ReadonlyMap<string, string> {
    return this.#damaged;
  }

  report(name: string): Promise<unknown> {
    return this.#parts.table.report(name);
  }

  /**
   * The lists for an edition, each as a file that was held against its digest.
   * @param running whether an edition is in force: it stays, rather than a new one lack a list that it has
   * @throws StoreError `list-snapshot` where it is so
   */
  async read(running = true): Promise<readonly ListFile[]> {
    const files: ListFile[] = [];
    this.#damaged.clear();
    for (const { state } of this.#known.values())
      for (const [name, { digest, bytes }] of Object.entries(state.lists)) {
        const damage = await this.#damageOf(digest, bytes);
        if (damage === null) {
          this.#missing.delete(name);
          files.push({ name, digest, path: await this.#parts.snapshots.restore(digest) });
          continue;
        }
        this.#damaged.set(name, damage.message);
        this.#parts.log.warn({ list: name, reason: damage.message }, 'list not readable');
        if (running && !this.#missing.has(name)) throw damage;
        this.#missing.add(name);
      }
    return files;
  }

  async #damageOf(digest: string, bytes: number): Promise<Error | null> {
    const { snapshots } = this.#parts;
    if (this.#sound.has(digest) && snapshots.has(digest) === 'whole') return null;
    const damage = await snapshots.findDamage(digest, bytes);
    if (damage === null) this.#sound.add(digest);
    return damage;
  }

  /** Adds one, which the next update fetches; the configuration's are changed there. */
  async add(name: string, input: object, act: AuditEntry): Promise<void> {
    const source = sourceOptions.parse(input);
    await this.#inTurn(async () => {
      if (this.#known.get(name)?.configured === true)
        throw new ListError('unknown-source', `the configuration names \`${name}\`: change it there`);
      await this.#parts.table.add(name, input, act);
      const state = this.#known.get(name)?.state ?? freshState;
      this.#known.set(name, { name, source, configured: false, state });
    });
  }

  async remove(name: string, act: AuditEntry, by: string): Promise<void> {
    await this.#inTurn(async () => {
      const found = this.#known.get(name);
      if (found === undefined) throw unknown(name);
      if (found.configured)
        throw new ListError('unknown-source', `the configuration names \`${name}\`: remove it there`);
      this.#refuseFrozen();
      this.#known.delete(name);
      try {
        await this.#parts.publish(by);
        await this.#parts.table.remove(name, act);
      } catch (error) {
        this.#known.set(name, found);
        throw error;
      }
      await this.#settle();
    });
  }

  /**
   * Looks at a source now, and brings into force what has changed.
   * @throws ListError why nothing changed
   */
  update(name: string, asked: UpdateAsked = {}): Promise<Updated> {
    return this.#inTurn(() => this.#update(name, asked));
  }

  /** Looks at what is due, one after another. */
  async tick(): Promise<void> {
    if (this.#parts.frozen(this.#now())) return;
    for (const { name, source, state } of this.all()) {
      const due = dueAt(source.schedule, state);
      if (due !== null && due <= this.#now()) await this.update(name).catch(() => undefined);
    }
  }

  /** From now on by the schedules. */
  begin(): void {
    const next = (): void => {
      this.#timer = setTimeout(
        () => void this.tick().finally(() => (this.#timer === null ? undefined : next())),
        minute,
      );
      this.#timer.unref();
    };
    next();
    void this.tick();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #update(
    name: string,
    { accept = false, by = null, onProgress = () => {} }: UpdateAsked,
  ): Promise<Updated> {
    const known = this.#known.get(name);
    if (known === undefined) throw unknown(name);
    this.#refuseFrozen();
    try {
      const { source, state } = known;
      const looked = await this.#parts.look(source, this.#last(state), onProgress);
      const next = stateAfter(known, looked, accept, this.#now());
      const changed = changesOf(state.lists, next.lists);
      const mended = Object.keys(state.lists).some((list) => this.#damaged.has(list));
      if (changed.length > 0 || mended) onProgress({ stage: 'publishing' });
      const edition = await this.#bring(known, next, changed.length > 0 || mended, by);
      await this.#save(name, next, looked, by, accept);
      this.#tell(name, changed, next);
      await this.#settle();
      const report =
        looked.kind === 'same' ? null : { ...looked.imported.report, format: looked.imported.format };
      return { source: name, changed, held: lossesOf(next), report, edition };
    } catch (error) {
      await this.#failed(known, error, by);
      throw error;
    }
  }

  /** What is not there whole must come anew. */
  #last(state: ListSourceState): Pick<ListSourceState, 'etag' | 'lastModified' | 'fingerprint'> {
    const here = Object.keys(state.lists).every((list) => !this.#damaged.has(list));
    return here ? state : { etag: null, lastModified: null, fingerprint: null };
  }

  /** In force or as before: what does not compile is not kept. */
  async #bring(
    known: KnownSource,
    state: ListSourceState,
    changed: boolean,
    by: string | null,
  ): Promise<string | null> {
    this.#known.set(known.name, { ...known, state });
    if (!changed) return null;
    const { edition, lists } = await this.#parts.publish(by);
    const missing = Object.entries(state.lists).filter(([list, { digest }]) => lists[list] !== digest);
    if (missing.length === 0) return edition;
    throw new ListError(
      'source-refused',
      `the policy does not compile with ${missing.map(([list]) => `\`${list}\``).join(', ')}: see the log`,
    );
  }

  async #save(
    name: string,
    next: ListSourceState,
    looked: Looked,
    by: string | null,
    accept: boolean,
  ): Promise<void> {
    const report =
      looked.kind === 'same' ? undefined : { ...looked.imported.report, format: looked.imported.format };
    const detail = { accept, lists: Object.keys(next.lists).length };
    const act =
      by === null ? null : { at: this.#now(), actor: null, login: by, action: 'lists.update', subject: null };
    await this.#parts.table.save(
      name,
      next,
      report,
      act === null ? null : { ...act, detail: { source: name, ...detail } },
    );
  }

  #tell(name: string, changed: readonly string[], { lists, held }: ListSourceState): void {
    const { log } = this.#parts;
    if (changed.length > 0) log.info({ source: name, changed }, 'lists have changed');
    const losses = lossesOf({ lists, held });
    if (losses.length > 0)
      log.warn(
        { source: name, losses },
        'lists have lost too many entries and are held back: the old ones serve',
      );
  }

  async #failed(known: KnownSource, error: unknown, by: string | null): Promise<void> {
    const { log, table } = this.#parts;
    // What was as it should be may not be so any more.
    this.#sound.clear();
    const state = stateFailed(known, error, this.#now());
    const { code, message: reason, count } = state.failure;
    this.#known.set(known.name, { ...known, state });
    log.warn({ source: known.name, code, reason, count, by }, 'a source of lists gave nothing new');
    await table.save(known.name, state, undefined, null);
  }

  #refuseFrozen(): void {
    if (this.#parts.frozen(this.#now()))
      throw new ListError('frozen', 'the policy is frozen now: no list changes before the window ends');
  }

  async #settle(): Promise<void> {
    const { snapshots, run, publications, retention, log } = this.#parts;
    try {
      const since = this.#now() - retention();
      const plan = settling(
        await publications(),
        this.all().map(({ state }) => state),
        since,
      );
      const { faults } = await run({ kind: 'settle', folder: snapshots.folder, ...plan });
      if (faults.length > 0) log.warn({ faults }, 'old lists could not be made smaller');
    } catch (error) {
      log.warn({ err: error }, 'old lists could not be made smaller');
    }
  }

  async #load(configured: Readonly<Record<string, ListSource>>): Promise<void> {
    const rows = await this.#parts.table.all();
    const states = new Map(rows.map(({ name, state }) => [name, state]));
    const known = new Map<string, KnownSource>();
    for (const { name, added, state } of rows) {
      const read = added === null ? null : sourceOptions.safeParse(added);
      if (read === null) continue;
      if (read.success) known.set(name, { name, source: read.data, configured: false, state });
      else this.#parts.log.warn({ source: name }, 'an added source is not understood any more');
    }
    for (const [name, source] of Object.entries(configured))
      known.set(name, { name, source, configured: true, state: states.get(name) ?? freshState });
    this.#known = known;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
