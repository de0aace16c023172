/** What only shows when options are read together. */
import { accessSync, constants } from 'node:fs';
import { DirectoryError } from '../directory/errors.ts';
import { settingsOf } from '../directory/settings.ts';
import { parentOf } from '../proxy/upstream/parent-settings.ts';
import { isLoopback, listenAddress, overlap } from '../threads/listener.ts';
import { pathOptions, placesOf } from './paths.ts';
import type { Config } from './schema.ts';

export interface CrossProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint: string;
}

/** Every problem between options that are each right by themselves. */
export function crossChecks(config: Config): CrossProblem[] {
  const files = unreadable(config);
  return [
    ...listeners(config),
    ...cleartextSignIn(config),
    ...cleartextAdmin(config),
    ...files,
    ...parent(config),
    ...(files.length > 0 ? [] : directory(config)),
  ];
}

const doors = ['proxy', 'portal', 'admin'] as const;

function listeners(config: Config): CrossProblem[] {
  return doors.flatMap((name, index) => {
    const { listen } = config[name];
    const earlier = doors
      .slice(0, index)
      .find((other) => overlap(listenAddress(config[other].listen), listenAddress(listen)));
    if (earlier === undefined) return [];
    const message = `\`${listen}\` is taken by \`${earlier}.listen\`, which is \`${config[earlier].listen}\``;
    return [{ path: [name, 'listen'], message, hint: 'give each its own port' }];
  });
}

/** Basic sign-in sends the password of a person readable over whatever lies between. */
function cleartextSignIn(config: Config): CrossProblem[] {
  const { identity, directory } = config;
  if (identity.basic.cleartext || directory.servers.length === 0) return [];
  return (['proxy', 'portal'] as const)
    .filter((name) => !isLoopback(listenAddress(config[name].listen).host))
    .map((name) => ({
      path: [name, 'listen'],
      message: `Basic sign-in on \`${config[name].listen}\` would show passwords to the network`,
      hint: 'listen on loopback, or set `identity.basic.cleartext: true` if the network is trusted',
    }));
}

/** The admin pages take passwords and give out names: never readable over a network. */
function cleartextAdmin({ admin: { listen, tls } }: Config): CrossProblem[] {
  if ((tls.certificate === undefined) !== (tls.key === undefined)) {
    const [missing, there] = tls.key === undefined ? ['key', 'certificate'] : ['certificate', 'key'];
    const message = `\`admin.tls.${there}\` is set, and \`admin.tls.${missing}\` is not`;
    return [{ path: ['admin', 'tls'], message, hint: 'name both files, or neither' }];
  }
  if (tls.certificate !== undefined || isLoopback(listenAddress(listen).host)) return [];
  return [
    {
      path: ['admin', 'listen'],
      message: `the admin pages on \`${listen}\` would show passwords and names to the network`,
      hint: 'set `admin.tls.certificate` and `admin.tls.key`, or listen on loopback',
    },
  ];
}

function unreadable(config: Config): CrossProblem[] {
  return pathOptions
    .flatMap((option) => placesOf(config, option))
    .flatMap((path) => {
      // The data folder is made at the start; a machine may have no hosts file.
      if (path[0] === 'data' || path[0] === 'dns') return [];
      // A list that is away for a while stays in force as it was.
      if (path[2] === 'sources' && path.at(-1) === 'file') return [];
      const value = path.reduce((at: unknown, key) => (at as Record<string, unknown>)[key], config);
      const files = Array.isArray(value)
        ? value.map((file, index) => ({ file: String(file), at: [...path, index] }))
        : [];
      if (typeof value === 'string') files.push({ file: value, at: [...path] });
      return files.flatMap(({ file, at }) => {
        const why = whyUnreadable(file);
        const message = `\`${file}\` cannot be read (${why})`;
        return why === null
          ? []
          : [{ path: at, message, hint: 'name a file or folder that Hallpass may read' }];
      });
    });
}

function whyUnreadable(file: string): string | null {
  try {
    accessSync(file, constants.R_OK);
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

function parent({ upstream }: Config): CrossProblem[] {
  try {
    parentOf(upstream.parent as Parameters<typeof parentOf>[0]);
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const [message = '', hint = ''] = error.message.split(/: (?=[^:]*$)/);
    return [{ path: ['upstream', 'parent'], message, hint }];
  }
}

/** The directory's own checks: passwords and keys are read, filters parsed, cleartext refused. */
function directory(config: Config): CrossProblem[] {
  try {
    settingsOf(structuredClone(config.directory) as Parameters<typeof settingsOf>[0]);
    return [];
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    const cut = error.message.lastIndexOf(': ');
    const [message, hint] = [error.message.slice(0, cut), error.message.slice(cut + 2)];
    return [{ path: ['directory'], message, hint }];
  }
}
