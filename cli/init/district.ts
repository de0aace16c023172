/** What a first set-up knows of a district: the answers to its questions, and what was found in the directory. */
import type { DirectoryOptions } from '../../directory/options.ts';
import type { Audiences } from './audiences.ts';

export interface District {
  readonly name: string;
  /** IANA name. */
  readonly timeZone: string;
  /** How devices reach this machine: a name or an address. */
  readonly address: string;
  readonly directory: Pick<
    DirectoryOptions,
    'preset' | 'base' | 'bindDn' | 'bindPasswordFile' | 'anonymous' | 'cleartext' | 'startTls'
  > & {
    readonly server: string;
    readonly ca: string | undefined;
    readonly clientCertificate: string | undefined;
    readonly clientKey: string | undefined;
    /** Only what differs from the preset. */
    readonly people: {
      readonly filter?: string;
      readonly login?: readonly string[];
      readonly key?: string;
      readonly name?: string;
    };
    readonly groups: { readonly find?: string; readonly members?: readonly string[] };
    readonly schools: { readonly attribute?: string; readonly dn?: Readonly<Record<string, string>> };
  };
  readonly audiences: Audiences;
  readonly roles: { readonly cto: readonly string[]; readonly principal: readonly string[] };
  /** Folder of everything that is kept; relative to the configuration, or absolute. */
  readonly data: string;
  /** The DNS domain of the district, or an empty string. */
  readonly domain: string;
}

export const ports = { proxy: 3128, portal: 8081, admin: 8080 } as const;

/** The DNS domain that the `dc` parts of a base spell. */
export const domainOf = (base: string): string =>
  [...base.matchAll(/(?:^|,)\s*dc\s*=\s*([^,]+)/gi)]
    .map(([, label]) => (label ?? '').trim().toLowerCase())
    .join('.');

/** An id that a policy may name, of words that a directory has. */
export const idOf = (words: string): string =>
  words
    .normalize('NFD')
    .replace(/^ou=/i, '')
    .replace(/[^\p{ASCII}]/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 64);
