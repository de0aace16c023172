/**
 * Files of hosts as operating systems have them, `0.0.0.0 ads.example tracker.example`, each host alone; and the plain
 * lists of one domain a line that go by the same name, with sub-domains. The first entry says which of the two it is.
 */
import { canonicalHost } from '../host.ts';
import { readAddress, words } from '../ip.ts';
import { LineReader } from './reader.ts';
import { quoted } from './report.ts';
import { readHostName } from './site.ts';

/** What answers to them is nobody. */
const sinks: ReadonlySet<string> = new Set([
  '0.0.0.0',
  '127.0.0.1',
  '::',
  '::1',
  '0:0:0:0:0:0:0:0',
  '0:0:0:0:0:0:0:1',
]);

/** Names of the machine itself. */
const local = /^(?:localhost|localhost\.localdomain|local|broadcasthost|ip6-.*|0\.0\.0\.0|127\.0\.0\.1|::1)$/;

export class HostsReader extends LineReader {
  #plain: boolean | null = null;

  protected override read(raw: string): void {
    if (this.#plain === true) {
      const found = canonicalHost(raw);
      if (found.ok && found.kind === 'name' && found.host.includes('.')) {
        this.host(found.host, 'subtree');
        return;
      }
    }
    const text = raw.replace(/#.*$/s, '').trim();
    if (text === '' || text.startsWith('!')) return;
    const [first = '', ...names] = text.split(/\s+/);
    this.#plain ??= names.length === 0 && !sinks.has(first);
    if (this.#plain) this.#domain(first, names);
    else this.#hosts(first, names);
  }

  #domain(text: string, more: readonly string[]): void {
    if (more.length === 0) this.anySite(text);
    else this.reject('one domain a line: this has spaces');
  }

  #hosts(address: string, names: readonly string[]): void {
    const named = names.map((name) => name.toLowerCase());
    const others = named.filter((name) => !local.test(name));
    if (others.length < named.length)
      this.report.skip('name of the machine itself', named.length - others.length);
    if (names.length > 0 && others.length === 0) return;
    if (!readAddress(address, words())) this.reject('an address comes first, then the hosts');
    else if (!sinks.has(address))
      this.reject(`${quoted(address)} is where the host is sent to: this is no block`);
    else if (names.length === 0) this.reject('no host stands after the address');
    else for (const name of others) this.#host(name);
  }

  #host(text: string): void {
    const found = readHostName(text);
    if (found.ok) this.host(found.host, 'exact');
    else this.reject(found.why);
  }
}
