/** From a server and an account to how people, groups and schools are read there. */
import { isLoopback } from '../../threads/listener.ts';
import { DirectoryError } from '../../directory/errors.ts';
import { options as directoryOptions } from '../../directory/options.ts';
import type { DirectoryOptions } from '../../directory/options.ts';
import { presets } from '../../directory/settings.ts';
import { issuesInWords } from '../../policy/model/issues.ts';
import { Survey } from '../../directory/survey.ts';
import type { GroupsFound, PeopleFound, RootFound, SchoolSource } from '../../directory/survey.ts';
import { CliError } from '../errors.ts';
import type { Ask } from './ask.ts';
import { idOf } from './district.ts';
import type { District } from './district.ts';

export interface DirectoryFlags {
  readonly server?: string;
  readonly ca?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  readonly bindDn?: string;
  readonly bindPasswordFile?: string;
  readonly anonymous?: true;
  readonly cleartext?: true;
  readonly base?: string;
  readonly google?: true;
}

export interface FoundDirectory {
  readonly settings: District['directory'];
  /** What was typed, to be put into a file. */
  readonly password: string | null;
  readonly groups: readonly string[];
  /** Words that the directory has for schools, and the ids that were made of them. */
  readonly schools: readonly { readonly words: string; readonly id: string }[];
  readonly sample: readonly string[];
}

type Say = (text: string) => Promise<unknown>;

/** Asks until a server lets Hallpass search. @throws CliError where nobody can be asked again */
export async function findDirectory(ask: Ask, flags: DirectoryFlags, say: Say): Promise<FoundDirectory> {
  let given = flags;
  let answers: Answers | undefined;
  for (;;) {
    answers = await answersOf(ask, given, answers);
    try {
      return await look(ask, given, accountOf(given, answers), say);
    } catch (error) {
      if (!(error instanceof DirectoryError)) throw error;
      if (!ask.interactive) throw new CliError('server', error.message, { cause: error });
      await say(`${error.message}\nOnce more:\n`);
      const { server: _server, bindDn: _dn, bindPasswordFile: _file, anonymous: _anybody, ...kept } = given;
      given = kept;
      if (error.code === 'directory/tls')
        given = {
          ...given,
          ca: await ask.text('PEM file of the CA that issued its certificate', '', '--ca'),
        };
    }
  }
}

interface Answers {
  /** A URL, or what was typed in its place. */
  readonly server: string;
  /** Empty where nobody is named. */
  readonly bindDn: string;
  readonly password: string | null;
}

interface Account {
  readonly options: DirectoryOptions;
  readonly server: string;
  readonly password: string | null;
}

/** @param before answers of the time before, to be changed instead of typed again */
async function answersOf(ask: Ask, flags: DirectoryFlags, before: Answers | undefined): Promise<Answers> {
  const server =
    flags.server ??
    (await ask.text(
      'LDAP server, such as ldaps://ldap.district.example',
      undefined,
      '--server',
      before?.server,
    ));
  const named = flags.anonymous !== true && !isByCertificate(flags);
  const bindDn = named
    ? (flags.bindDn ??
      (await ask.text(
        'Account that may search, a DN (empty: anybody may)',
        ask.interactive ? '' : undefined,
        '--bind-dn',
        before?.bindDn,
      )))
    : '';
  const password =
    bindDn !== '' && flags.bindPasswordFile === undefined
      ? await ask.secret('Its password', '--bind-password-file')
      : null;
  return { server: urlOf(server), bindDn, password };
}

const isByCertificate = ({ clientCertificate, bindDn }: DirectoryFlags): boolean =>
  clientCertificate !== undefined && bindDn === undefined;

/** @throws DirectoryError `bad-options` */
function accountOf(flags: DirectoryFlags, { server, bindDn, password }: Answers): Account {
  const isPlain = server.startsWith('ldap:') && !isLoopback(hostOf(server));
  const { ca, clientCertificate, clientKey, bindPasswordFile } = flags;
  const asked = {
    servers: [server],
    preset: flags.google === true ? 'google' : 'openldap',
    startTls: isPlain && flags.cleartext !== true,
    cleartext: isPlain && flags.cleartext === true,
    ...defined({ ca: ca === '' ? undefined : ca, clientCertificate, clientKey, bindPasswordFile }),
    ...(bindDn === '' ? { anonymous: !isByCertificate(flags) } : { bindDn }),
    ...(password === null ? {} : { bindPassword: password }),
  };
  const options = directoryOptions.safeParse(asked, { reportInput: true });
  if (!options.success)
    throw new DirectoryError(
      'directory/bad-options',
      issuesInWords(options.error.issues, directoryOptions).join('; '),
    );
  return { options: options.data, server, password };
}

/** Without brackets and port; empty where it is no URL, which the schema refuses. */
function hostOf(server: string): string {
  const url = server.replace(/^ldaps?:/, 'http:');
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : '';
}

const urlOf = (text: string): string => (/^ldaps?:\/\//.test(text) ? text : `ldaps://${text}`);

const defined = (values: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

async function look(ask: Ask, flags: DirectoryFlags, account: Account, say: Say): Promise<FoundDirectory> {
  const { options } = account;
  const survey = await Survey.open(options);
  try {
    const root = await survey.root();
    const kind = flags.google === true ? 'google' : root.kind;
    const base = await baseOf(ask, flags, root);
    const people = await survey.people(base, kind);
    if (people === null)
      throw new DirectoryError(
        'directory/refused',
        `nobody is found below \`${base}\`: name another base, or let the account read people`,
      );
    const groups = await survey.groups(base, kind);
    await say(
      `\`${account.server}\` lets Hallpass search below \`${base}\`.\n` +
        `${String(people.count)} people by \`${people.login.join('`, `')}\`, ${String(groups.names.length)} groups.\n`,
    );
    if (survey.limited)
      await say(
        'The server shows this account only so many entries at once: the proposals rest on those, and big groups may be missed later. Let it read without a size limit.\n',
      );
    const school = await schoolOf(ask, people.schools);
    return found(account, { kind, base, people, groups, school });
  } finally {
    survey.close();
  }
}

async function baseOf(ask: Ask, flags: DirectoryFlags, { bases }: RootFound): Promise<string> {
  if (flags.base !== undefined) return flags.base;
  const [only] = bases;
  if (only === undefined) return ask.text('DN below which people and groups are', undefined, '--base');
  return bases.length === 1 ? only : ask.one('Below which DN are people and groups?', bases.map(choice));
}

const choice = (value: string) => ({ value, name: value });

async function schoolOf(ask: Ask, sources: readonly SchoolSource[]): Promise<SchoolSource | null> {
  const choices = sources.slice(0, 8).map((source) => {
    const some = source.values.slice(0, 4).join(', ');
    const where = source.attribute ?? 'the place of the entry';
    return { value: source, name: `${where}: ${some}, … (${String(source.covers)} % of all)` };
  });
  if (choices.length === 0) return null;
  return ask.one<SchoolSource | null>('What tells the school of a person?', [
    ...choices,
    { value: null, name: 'nothing of these' },
  ]);
}

interface Looked {
  readonly kind: DirectoryOptions['preset'];
  readonly base: string;
  readonly people: PeopleFound;
  readonly groups: GroupsFound;
  readonly school: SchoolSource | null;
}

function found({ options, server, password }: Account, looked: Looked): FoundDirectory {
  const { kind, base, people, groups, school } = looked;
  const schools = (school?.values ?? []).map((words, index) => ({
    words,
    id: school?.attribute === null ? idOf(words) || `school-${String(index + 1)}` : words,
  }));
  const { ca, clientCertificate, clientKey, bindDn, bindPasswordFile, anonymous, startTls, cleartext } =
    options;
  return {
    settings: {
      ...{ server, preset: kind, base, ca, clientCertificate, clientKey, anonymous, startTls, cleartext },
      ...{ bindDn, bindPasswordFile },
      people: peopleSettings(kind, people),
      groups: groupSettings(kind, people, groups),
      schools:
        school === null
          ? {}
          : school.attribute === null
            ? { dn: Object.fromEntries(schools.map(({ words, id }) => [words, id])) }
            : { attribute: school.attribute },
    },
    ...{ password, groups: groups.names, schools, sample: people.sample },
  };
}

function peopleSettings(
  kind: DirectoryOptions['preset'],
  { filter, login, key, name }: PeopleFound,
): District['directory']['people'] {
  const usual = presets[kind].people;
  return {
    ...(filter === null ? {} : { filter }),
    ...(login.join() === usual.login.join() ? {} : { login }),
    ...(key === usual.key ? {} : { key }),
    ...(name === usual.name ? {} : { name }),
  };
}

/** Where groups name nobody, people may name groups. */
function groupSettings(
  kind: DirectoryOptions['preset'],
  people: PeopleFound,
  { members }: GroupsFound,
): District['directory']['groups'] {
  if (kind !== 'openldap') return {};
  if (members.length === 0) return people.knowGroups ? { find: 'memberOf' } : {};
  return { find: 'member', members };
}
