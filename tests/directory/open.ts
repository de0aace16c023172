/** Directories for tests, closed by `closeAll`. */
import { options } from '../../directory/options.ts';
import { Directory } from '../../directory/sign-in.ts';
import type { DirectoryHooks } from '../../directory/sign-in.ts';
import { base, service } from './slapd.ts';

const opened: Directory[] = [];

/** The demo district behind these servers; `more` overrides any option. */
export const openDirectory = (
  servers: string[],
  more: object = {},
  hooks: DirectoryHooks = {},
): Directory => {
  const directory = new Directory(
    options.parse({
      servers,
      base,
      bindDn: service.dn,
      bindPassword: service.password,
      schools: { attribute: 'physicalDeliveryOfficeName' },
      ...more,
    }),
    hooks,
  );
  opened.push(directory);
  return directory;
};

export const closeAll = (): void => {
  for (const directory of opened.splice(0)) directory.close();
};

/** Credentials from one address, `127.0.0.1` unless told. */
export const as = (login: string, password = `demo-${login}`, ip = '127.0.0.1') => ({ login, password, ip });
