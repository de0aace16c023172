/** The machine's hosts file (hosts(5)), which c-ares does not read for us. */
import { readFileSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { fixedAddresses } from './resolution.ts';
import type { ResolvedAddresses } from './resolution.ts';

/** How often, at most, the file is looked at. */
const CHECK_MS = 3_000;

/** Reads `address name alias…  # comment` lines; several lines for a name add up, and lines without sense are skipped. */
export function parseHosts(text: string): ReadonlyMap<string, ResolvedAddresses> {
  const lists = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [address, ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const name of names) {
      const key = name.toLowerCase().replace(/\.$/, '');
      const list = lists.get(key);
      if (list === undefined) lists.set(key, [address]);
      else if (!list.includes(address)) list.push(address);
    }
  }
  return new Map([...lists].map(([name, addresses]) => [name, fixedAddresses(addresses)]));
}

export class HostsFile {
  readonly #path: string;
  readonly #now: () => number;
  #entries: ReadonlyMap<string, ResolvedAddresses> = new Map();
  #version = '';
  #checked: number;

  /** A file that is missing or cannot be read counts as empty. */
  constructor(path: string, now: () => number) {
    this.#path = path;
    this.#now = now;
    this.#checked = now();
    try {
      this.#version = versionOf(statSync(path));
      this.#entries = parseHosts(readFileSync(path, 'utf8'));
    } catch {
      this.#version = '';
    }
  }

  /**
   * `name` in lower case without trailing dot. Looks at the file in the background at most every three seconds, so an
   * edit counts for the requests after the one that finds it.
   */
  lookup(name: string): ResolvedAddresses | undefined {
    const now = this.#now();
    if (now - this.#checked >= CHECK_MS || now < this.#checked) {
      this.#checked = now;
      void this.#refresh();
    }
    return this.#entries.get(name);
  }

  async #refresh(): Promise<void> {
    try {
      const version = versionOf(await stat(this.#path));
      if (version === this.#version) return;
      this.#entries = parseHosts(await readFile(this.#path, 'utf8'));
      this.#version = version;
    } catch {
      this.#entries = new Map();
      this.#version = '';
    }
  }
}

/** Editors replace the file, so its inode counts too. */
function versionOf({ mtimeMs, size, ino }: Stats): string {
  return `${mtimeMs}:${size}:${ino}`;
}
