/** Options and preset together, read once: what the rest of directory/ works with. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { FilterParser } from 'ldapts';
import type { Filter } from 'ldapts';
import { isLoopback } from '../threads/listener.ts';
import { DirectoryError, reasonOf } from './errors.ts';
import type { DirectoryOptions } from './options.ts';

export interface Endpoint {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly security: 'ldaps' | 'starttls' | 'none';
}

/**
 * What the service account shows: a DN with a password, its certificate (SASL EXTERNAL, RFC 4513 §5.2.3), or nothing (an
 * anonymous bind, RFC 4513 §5.1.1).
 */
export type ServiceAccount = { readonly dn: string; readonly password: string } | 'external' | 'anonymous';

export interface Settings {
  readonly endpoints: readonly Endpoint[];
  readonly tls: ConnectionOptions;
  readonly service: ServiceAccount;
  readonly activeDirectory: boolean;
  readonly domain: string | undefined;
  /** The DNS domain that the `dc` parts of the base spell, or an empty string. */
  readonly realm: string;
  /** DN of the Active Directory domain; null elsewhere. */
  readonly domainDn: string | null;
  readonly timeout: number;
  readonly idle: number;
  readonly poolSize: number;
  readonly bindConnections: number;
  readonly people: {
    readonly base: string;
    readonly filter: Filter;
    readonly login: readonly string[];
    readonly name: string;
    readonly key: string;
  };
  readonly groups: {
    readonly base: string;
    readonly filter: Filter | null;
    readonly find: 'member' | 'memberOf' | 'chain';
    readonly members: readonly ('member' | 'uniqueMember' | 'memberUid')[];
    readonly key: string;
    readonly depth: number;
  };
  readonly schools: DirectoryOptions['schools'];
  readonly attributes: DirectoryOptions['attributes'];
}

/** What each kind of directory is like unless the options say otherwise. */
export const presets = {
  openldap: {
    people: { filter: '(objectClass=person)', login: ['uid'], name: 'displayName', key: 'entryUUID' },
    groups: { filter: null, find: 'member', members: ['member', 'uniqueMember', 'memberUid'] },
  },
  // Google Secure LDAP. Its schema: support.google.com/a/answer/9188164.
  google: {
    people: {
      filter: '(objectClass=person)',
      login: ['uid', 'mail'],
      name: 'displayName',
      key: 'entryUUID',
    },
    groups: { filter: '(objectClass=groupOfNames)', find: 'member', members: ['member'] },
  },
  'active-directory': {
    people: {
      filter: '(&(objectCategory=person)(objectClass=user))',
      login: ['sAMAccountName', 'userPrincipalName'],
      name: 'displayName',
      key: 'objectGUID',
    },
    // Security groups only (groupType bit 31): anyone may own a distribution list.
    groups: {
      filter: '(&(objectClass=group)(groupType:1.2.840.113556.1.4.803:=2147483648))',
      find: 'chain',
      members: ['member'],
    },
  },
} as const;

/** Reads the files that the options name. @throws DirectoryError `bad-file` or `bad-options` */
export const settingsOf = (options: DirectoryOptions): Settings => {
  const preset = presets[options.preset];
  const groupFilter = options.groups.filter ?? preset.groups.filter;
  const key = options.people.key ?? preset.people.key;
  return {
    endpoints: options.servers.map((url) => endpointOf(url, options)),
    tls: tlsOf(options),
    service: serviceOf(options),
    activeDirectory: options.preset === 'active-directory',
    domain: options.domain,
    realm: realmOf(options.base),
    domainDn: options.preset === 'active-directory' ? domainOf(options.base) : null,
    timeout: options.timeout,
    idle: options.idle,
    poolSize: options.poolSize,
    bindConnections: options.bindConnections,
    people: {
      base: options.people.base ?? options.base,
      filter: filterOf(options.people.filter ?? preset.people.filter, 'people.filter'),
      login: options.people.login ?? preset.people.login,
      name: options.people.name ?? preset.people.name,
      key,
    },
    groups: {
      base: options.groups.base ?? options.base,
      filter: groupFilter === null ? null : filterOf(groupFilter, 'groups.filter'),
      find: options.groups.find ?? preset.groups.find,
      members: options.groups.members ?? preset.groups.members,
      key,
      depth: options.groups.nested ? options.groups.depth : 0,
    },
    schools: options.schools,
    attributes: options.attributes,
  };
};

const badOptions = (message: string) => new DirectoryError('directory/bad-options', message);

const filterOf = (text: string, where: string): Filter => {
  try {
    return FilterParser.parseString(text);
  } catch (cause) {
    throw new DirectoryError(
      'directory/bad-options',
      `\`directory.${where}\` is not an LDAP filter: \`${text}\`: ${reasonOf(cause)}`,
      { cause },
    );
  }
};

const endpointOf = (url: string, options: DirectoryOptions): Endpoint => {
  const parsed = new URL(url);
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  const secure = parsed.protocol === 'ldaps:';
  const security = secure ? 'ldaps' : options.startTls ? 'starttls' : 'none';
  if (security === 'none' && !options.cleartext && !isLoopback(host)) {
    throw badOptions(
      `\`${url}\` would send passwords in the clear: use \`ldaps:\`, set \`directory.startTls: true\`, or \`directory.cleartext: true\` if the network is trusted`,
    );
  }
  return { url, host, port: parsed.port === '' ? (secure ? 636 : 389) : Number(parsed.port), security };
};

const tlsOf = (options: DirectoryOptions): ConnectionOptions => {
  if ((options.clientCertificate === undefined) !== (options.clientKey === undefined)) {
    throw badOptions(
      '`directory.clientCertificate` and `directory.clientKey` belong together: give both or none',
    );
  }
  const tls: ConnectionOptions = { minVersion: 'TLSv1.2' };
  if (options.ca !== undefined) tls.ca = read(options.ca, 'ca');
  if (options.clientCertificate !== undefined)
    tls.cert = read(options.clientCertificate, 'clientCertificate');
  if (options.clientKey !== undefined) tls.key = read(options.clientKey, 'clientKey');
  if (options.serverName !== undefined) tls.servername = options.serverName;
  try {
    // OpenSSL skips a CA that it cannot read: then no server would be trusted, and nothing would say why.
    for (const pem of [tls.ca, tls.cert]) if (typeof pem === 'string') new X509Certificate(pem);
    // Parsed once for all connections; a file that is not PEM stops the start here and not at the first sign-in.
    return { ...tls, secureContext: createSecureContext(tls) };
  } catch (cause) {
    throw new DirectoryError(
      'directory/bad-file',
      `the TLS files of \`directory\` cannot be used: ${reasonOf(cause)}`,
      { cause },
    );
  }
};

const serviceOf = (options: DirectoryOptions): ServiceAccount => {
  const { bindDn, clientCertificate, bindPassword, bindPasswordFile } = options;
  if (options.servers.length === 0) return 'external';
  if (options.anonymous) {
    const [signsIn] = [bindDn && 'bindDn', clientCertificate && 'clientCertificate'].filter(Boolean);
    if (signsIn === undefined) return 'anonymous';
    throw badOptions(
      `\`directory.anonymous\` and \`directory.${signsIn}\` exclude each other: remove one of them`,
    );
  }
  if (bindDn === undefined) {
    if (clientCertificate !== undefined) return 'external';
    throw badOptions(
      '`directory.bindDn` is missing: name the account that may search the directory, or set `directory.anonymous: true` where anybody may',
    );
  }
  const password =
    bindPassword ??
    (bindPasswordFile === undefined ? '' : firstLine(read(bindPasswordFile, 'bindPasswordFile')));
  // A name with an empty password would be an unauthenticated bind, which servers answer with success (RFC 4513 §5.1.2).
  if (password === '')
    throw badOptions('`directory.bindPasswordFile` is missing or empty: `bindDn` needs a password');
  return { dn: bindDn, password };
};

const firstLine = (text: string): string => text.split(/\r?\n/, 1)[0] ?? '';

const read = (path: string, key: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new DirectoryError(
      'directory/bad-file',
      `cannot read \`${path}\` of \`directory.${key}\`: ${reasonOf(cause)}`,
      {
        cause,
      },
    );
  }
};

const realmOf = (base: string): string =>
  [...base.matchAll(/(?:^|,)\s*dc\s*=\s*([^,]+)/gi)]
    .map(([, label]) => (label ?? '').trim().toLowerCase())
    .join('.');

/** The `dc` parts of the base. */
const domainOf = (base: string): string | null => /(?:^|,)\s*(dc\s*=.*)$/i.exec(base)?.[1] ?? null;
