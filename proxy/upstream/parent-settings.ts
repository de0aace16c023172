/** The options `upstream.parent`, read once: the password out of its file, the address in its parts. */
import { readFileSync } from 'node:fs';
import { listenAddress } from '../../threads/listener.ts';
import type { UpstreamOptions } from './options.ts';
import type { ParentSettings } from './parent.ts';

type Settings = Pick<ParentSettings, 'host' | 'port' | 'authorization' | 'except'>;

/** Null where there is no parent proxy. @throws RangeError `what is wrong: how to mend it` */
export function parentOf(options: UpstreamOptions['parent']): Settings | null {
  const { address, user, password, passwordFile, except } = options;
  if (address === undefined) {
    if (user !== undefined || password !== undefined || passwordFile !== undefined || except.length > 0)
      throw new RangeError('`upstream.parent` has no `address`: name the proxy, or remove the section');
    return null;
  }
  const { host, port } = listenAddress(address);
  return {
    ...{ host: host.toLowerCase(), port },
    authorization: authorizationOf(user, password, passwordFile),
    except,
  };
}

/** RFC 7617 §2, in UTF-8. */
function authorizationOf(
  user: string | undefined,
  password: string | undefined,
  passwordFile: string | undefined,
): string | null {
  const secret = password ?? (passwordFile === undefined ? undefined : firstLine(passwordFile));
  if (user === undefined && secret === undefined) return null;
  if (user === undefined)
    throw new RangeError('`upstream.parent` has a password and no `user`: name the user');
  if (secret === undefined || secret === '')
    throw new RangeError('`upstream.parent.user` has no password: set `upstream.parent.passwordFile`');
  return `Basic ${Buffer.from(`${user}:${secret}`, 'utf8').toString('base64')}`;
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/, 1)[0] ?? '';
  } catch (cause) {
    throw new RangeError(
      `\`${file}\` of \`upstream.parent.passwordFile\` cannot be read: let the user of Hallpass read it`,
      { cause },
    );
  }
}
