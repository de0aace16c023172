/** One LDAP connection: bind, search, close. It never connects by itself and never reconnects. */
import type { Socket } from 'node:net';
import { Client, PasswordPolicyControl, PresenceFilter, ResultCodeError } from 'ldapts';
import type { Entry, Filter } from 'ldapts';
import { DirectoryError, reasonOf } from './errors.ts';
import { values } from './entry.ts';
import { refusalInWords } from './result-codes.ts';
import type { Endpoint, ServiceAccount, Settings } from './settings.ts';
import { openSocket } from './socket.ts';

export interface Search {
  readonly base: string;
  readonly scope: 'base' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
  /** Entries after which the server may stop; without it the search is paged, 1,000 entries at a time. */
  readonly limit?: number;
}

export type SearchDirectory = (search: Search) => Promise<Entry[]>;

/** How a server took a name and a password. */
export interface BindResult {
  /** LDAP result code (RFC 4511 §4.1.9): 0 success, 49 invalid credentials, … */
  readonly code: number;
  /** Diagnostic message of the server; Active Directory puts the true reason here. */
  readonly message: string;
  /** Error of the password policy control (draft-behera-ldap-password-policy), where the server sends one. */
  readonly policyError: number | undefined;
}

const binary = ['objectGUID', 'objectSid'];
const pageSize = 1_000;

export class Connection {
  readonly #url: string;
  readonly #client: Client;
  #open = true;

  private constructor(url: string, client: Client, socket: Socket) {
    this.#url = url;
    this.#client = client;
    socket.once('close', () => {
      this.#open = false;
    });
  }

  /** @throws DirectoryError `unreachable`, `timeout`, `tls` or `starttls-refused` */
  static async open(endpoint: Endpoint, settings: Pick<Settings, 'tls' | 'timeout'>): Promise<Connection> {
    const socket = await openSocket(endpoint, settings.tls, settings.timeout);
    let taken = false;
    const client = new Client({
      // Only for its syntax: the socket is ours. Asked a second time, the library would reconnect, without TLS and
      // without a bind, in the middle of what was one connection; then it gets an error instead.
      url: 'ldap://directory.invalid',
      timeout: settings.timeout,
      connectTimeout: settings.timeout,
      createConnection: () => {
        if (taken)
          throw new DirectoryError('directory/unreachable', `\`${endpoint.url}\` closed the connection`);
        taken = true;
        return socket;
      },
    });
    return new Connection(endpoint.url, client, socket);
  }

  get open(): boolean {
    return this.#open;
  }

  /** Binds as the account that searches. @throws DirectoryError `service-bind-refused`, or as `bind` */
  async bindService(account: ServiceAccount): Promise<void> {
    try {
      if (account === 'external') await this.#client.bindSASL('EXTERNAL');
      else if (account === 'anonymous') await this.#client.bind('', '');
      else await this.#client.bind(account.dn, account.password);
    } catch (error) {
      if (!(error instanceof ResultCodeError)) throw this.#failure(error);
      throw new DirectoryError(
        'directory/service-bind-refused',
        `\`${this.#url}\` refuses the account of \`directory.bindDn\`: ${refusalInWords(error)}`,
        { cause: error },
      );
    }
  }

  /** Whether the server knows the password policy control (its root DSE, RFC 4512 §5.1). @throws as `search` */
  async knowsPasswordPolicy(): Promise<boolean> {
    const [root] = await this.search({
      base: '',
      scope: 'base',
      filter: new PresenceFilter({ attribute: 'objectClass' }),
      attributes: ['supportedControl'],
      limit: 1,
    });
    return root !== undefined && values(root, 'supportedControl').includes(PasswordPolicyControl.type);
  }

  /**
   * Tries a person's password; the result is a value, whatever it is. `policy`: ask for the password policy control.
   * @throws DirectoryError `unreachable`, `timeout`
   */
  async bind(dn: string, password: string, policy: boolean): Promise<BindResult> {
    // RFC 4513 §5.1.2: a name with an empty password "succeeds" on many servers and proves nothing.
    if (password === '' || !dn.includes('=')) throw new TypeError('a bind needs a DN and a password');
    const control = new PasswordPolicyControl();
    try {
      await this.#client.bind(dn, password, policy ? control : undefined);
      return { code: 0, message: '', policyError: control.value?.error };
    } catch (error) {
      if (!(error instanceof ResultCodeError)) throw this.#failure(error);
      return { code: error.code, message: error.message, policyError: control.value?.error };
    }
  }

  /** Entries found; references to other servers are not followed. @throws DirectoryError `refused`, `unreachable`, … */
  async search(search: Search): Promise<Entry[]> {
    try {
      const { searchEntries } = await this.#client.search(search.base, {
        scope: search.scope,
        filter: search.filter,
        attributes: [...search.attributes],
        explicitBufferAttributes: binary,
        ...(search.limit === undefined ? { paged: { pageSize } } : { sizeLimit: search.limit }),
      });
      return searchEntries;
    } catch (error) {
      if (!(error instanceof ResultCodeError)) throw this.#failure(error);
      if (error.code === noSuchObject && search.scope === 'base') return [];
      throw new DirectoryError(
        busy.has(error.code) ? 'directory/unreachable' : 'directory/refused',
        `\`${this.#url}\` refuses ${placeOf(search)}: ${refusalInWords(error)}`,
        { cause: error },
      );
    }
  }

  close(): void {
    this.#open = false;
    this.#client.unbind().catch(() => undefined);
  }

  #failure(error: unknown): DirectoryError {
    this.close();
    if (error instanceof DirectoryError) return error;
    const reason = reasonOf(error);
    return new DirectoryError(
      /timed out/i.test(reason) ? 'directory/timeout' : 'directory/unreachable',
      `\`${this.#url}\` does not answer: ${reason.split('\n', 1)[0]}`,
      { cause: error },
    );
  }
}

const placeOf = ({ base, scope }: Search): string =>
  base === '' ? 'to say what it holds' : `${scope === 'sub' ? 'a search below' : 'to read'} \`${base}\``;

const noSuchObject = 32;
/** busy, unavailable: another server may do better. */
const busy = new Set([51, 52]);
