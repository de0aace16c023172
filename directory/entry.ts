/** Reads attributes of an LDAP entry: names without case, values always as a list. */
import type { Entry } from 'ldapts';
import { DirectoryError } from './errors.ts';

/** Values as text; empty when the attribute is absent or unreadable. */
export const values = (entry: Entry, attribute: string): string[] =>
  raw(entry, attribute).map((value) => (typeof value === 'string' ? value : value.toString('utf8')));

export const firstValue = (entry: Entry, attribute: string): string | undefined =>
  values(entry, attribute)[0];

/** The first value as octets. */
export const octets = (entry: Entry, attribute: string): Buffer | undefined => {
  const [value] = raw(entry, attribute);
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
};

/** The immutable key as a lower-case UUID. @throws DirectoryError `no-key` */
export const keyOf = (entry: Entry, attribute: string): string => {
  const key =
    attribute.toLowerCase() === 'objectguid'
      ? guidText(octets(entry, attribute))
      : firstValue(entry, attribute);
  const text = key?.toLowerCase() ?? '';
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return text;
  throw new DirectoryError(
    'directory/no-key',
    `an entry shows no \`${attribute}\`: let the account of \`directory.bindDn\` read it`,
  );
};

const raw = (entry: Entry, attribute: string): (string | Buffer)[] => {
  const name = attribute.toLowerCase();
  const found = Object.keys(entry).find((candidate) => candidate.toLowerCase() === name);
  const value = found === undefined || found === 'dn' ? [] : (entry[found] ?? []);
  return Array.isArray(value) ? value : [value];
};

/** objectGUID (MS-DTYP §2.3.4.2): the first three fields are little-endian. */
export const guidText = (guid: Buffer | undefined): string | undefined => {
  if (guid?.length !== 16) return undefined;
  const swapped = Buffer.from(guid);
  swapped.subarray(0, 4).reverse();
  swapped.subarray(4, 6).reverse();
  swapped.subarray(6, 8).reverse();
  return swapped.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

/** The octets by which an objectGUID is searched. */
export const guidOctets = (key: string): Buffer => {
  const guid = Buffer.from(key.replaceAll('-', ''), 'hex');
  guid.subarray(0, 4).reverse();
  guid.subarray(4, 6).reverse();
  guid.subarray(6, 8).reverse();
  return guid;
};
