/** The builders of the indexes, fed together: what is known of a host may be its own, or of addresses at it. */
import type { Reach } from '../model/patterns.ts';
import { HostIndexBuilder } from './host-index-build.ts';
import { HostIndex } from './host-index.ts';
import { HostLinesBuilder } from './host-lines.ts';
import { hostSeeds } from './host-text.ts';
import { itemOf } from './items.ts';
import type { Sections } from './layout.ts';
import type { PlaceSink } from './link.ts';
import { UrlIndexBuilder } from './url-index-build.ts';

export class IndexBuilders implements PlaceSink {
  /** So far. */
  entries = 0;
  readonly #hosts: HostIndexBuilder;
  readonly #urls: UrlIndexBuilder;
  readonly #lines = new HostLinesBuilder();

  /** @param edition its id: from it come the seeds of hashes */
  constructor(edition: string) {
    this.#hosts = new HostIndexBuilder(hostSeeds(edition));
    this.#urls = new UrlIndexBuilder(this.#hosts);
  }

  host(host: string, reach: Reach, target: number, origin: number, line: number): void {
    this.entries++;
    const item = itemOf(reach, target);
    if (this.#hosts.add(host, item, origin)) this.#lines.add(host, item, origin, line);
  }

  path(host: string, exact: boolean, path: string, target: number, origin: number): void {
    this.entries++;
    this.#urls.path(host, exact, path, { target, origin, except: false });
  }

  glob(host: string, path: string, target: number, origin: number): void {
    this.entries++;
    this.#urls.glob(host, path, { target, origin, except: false });
  }

  regex(source: string, target: number, origin: number): string | null {
    this.entries++;
    return this.#urls.regex(source, { target, origin, except: false });
  }

  abp(rule: string, target: number, origin: number): string | null {
    this.entries++;
    return this.#urls.abp(rule, { target, origin, except: false }, false);
  }

  /** @throws TooLarge */
  finish(): Omit<Sections, 'program'> {
    const hosts = this.#hosts.finish();
    const index = new HostIndex(hosts);
    return { ...hosts, ...this.#urls.finish(index), hostLines: this.#lines.finish(index) };
  }
}
