import { renameSync, rmSync, statSync } from 'node:fs';

/**
 * Whether a database that is open is still the file at its path: SQLite does not look, and goes on writing to a file that
 * was deleted. Cheap enough for every second.
 */
export class Place {
  readonly #path: string;
  readonly #file: string | null;
  readonly #log: string | null;
  #size: bigint;

  /** Of a database that has been opened and read from, so that its write-ahead log is there. */
  constructor(path: string) {
    this.#path = path;
    this.#file = identityOf(path);
    this.#log = identityOf(logOf(path));
    this.#size = sizeOf(path);
  }

  /** What has happened to the file, in words, or null. @throws the file system's error when it does not let one look */
  change(): string | null {
    const file = identityOf(this.#path);
    if (file === null) return 'it is not there any more';
    if (file !== this.#file) return 'another file stands in its place';
    const size = sizeOf(this.#path);
    if (size < this.#size) return `it was cut from ${String(this.#size)} to ${String(size)} bytes`;
    this.#size = size;
    return null;
  }

  isTaken(): boolean {
    return identityOf(this.#path) !== this.#file;
  }

  /**
   * To be called when the place is taken and the database closed. SQLite would write what the log of the old file holds
   * into the new one, which ruins it; so it is renamed, and whoever has the old file still has its last records.
   */
  setAsideLog(): void {
    const log = logOf(this.#path);
    if (this.#log === null || identityOf(log) !== this.#log) return;
    renameSync(log, `${log}.left-${String(statSync(log).ino)}`);
    rmSync(`${this.#path}-shm`, { force: true });
  }
}

const logOf = (path: string): string => `${path}-wal`;

function identityOf(path: string): string | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : `${String(stat.dev)}:${String(stat.ino)}`;
}

const sizeOf = (path: string): bigint => statSync(path, { bigint: true, throwIfNoEntry: false })?.size ?? 0n;
