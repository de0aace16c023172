/** `hallpass grant`: what is opened for somebody for a while. */
import type { Command } from 'commander';
import type { GivenGrant } from '../store/repository/given-grants.ts';
import { CliError } from './errors.ts';
import type { Output } from './output.ts';
import { withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { neededServer, textOf } from './server.ts';
import type { Server } from './server.ts';
import { header, rowOf, time } from './table.ts';
import type { Column } from './table.ts';

interface Given extends PlaceOptions {
  readonly for: string;
  readonly reason: string;
}
interface OverrideOptions extends Given {
  readonly user?: string;
  readonly group?: string;
  readonly host?: string;
  readonly url?: string;
}
interface ResearchOptions extends Given {
  readonly user: string;
  readonly authorisedBy: string;
}

export function grantCommand(program: Command, output: Output): void {
  const group = program.command('grant').summary('open a place for somebody for a while');
  group.description(
    'Open a place for a person or a group, or lift the floor for research, for a while. Each grant holds in every thread at once, is on the audit trail, and ends by itself.',
  );
  overrideCommand(group, output);
  researchCommand(group, output);
  withPlace(group.command('list'))
    .summary('show what is opened now')
    .description('Show the overrides and research grants that hold now.')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', '\nExamples:\n  $ hallpass grant list')
    .action(async ({ json, ...place }: PlaceOptions & { readonly json?: true }) => {
      const server = await serverOf(place);
      await show(output, await textOf(await server.get('/grants')), json === true);
    });
  withPlace(group.command('end'))
    .argument('<id>', 'as `grant list` shows it')
    .summary('end one before its time')
    .description('End one before its time; what was opened by it closes at once.')
    .addHelpText('after', '\nExamples:\n  $ hallpass grant end 1f0c93aa')
    .action(async (id: string, place: PlaceOptions) => {
      const server = await serverOf(place);
      await show(output, await textOf(await server.post('/grants/end', { id })), false);
    });
}

function overrideCommand(group: Command, output: Output): void {
  withPlace(group.command('override'))
    .summary('open a site or a page for a person or a group')
    .description(
      'Open a site or a page for a person or a group, whatever the ordered rules say. Locked rules keep what they close.',
    )
    .option('--user <login>', 'for whom')
    .option('--group <name>', 'or for which group of the directory: name, DN or key')
    .option('--host <host>', 'site, with its sub-domains')
    .option('--url <address>', 'or one page of it with all below, as host/path')
    .requiredOption('--for <duration>', 'for how long, such as 45m, 12h or 14d; 30d at most')
    .requiredOption('--reason <text>', 'why, for the record')
    .addHelpText(
      'after',
      "\nExamples:\n  $ hallpass grant override --group grade-7 --host games.example --for 2h --reason 'reward afternoon'",
    )
    .action(async ({ user, group: named, host, url, for: lasts, reason, ...place }: OverrideOptions) => {
      if ((user === undefined) === (named === undefined))
        throw new CliError('usage', 'name either a person (`--user`) or a group (`--group`)');
      const asked = { ...(user === undefined ? { group: named } : { person: user }), lasts, reason };
      await make(output, place, '/grants/override', { ...asked, place: placeIn(host, url) });
    });
}

function researchCommand(group: Command, output: Output): void {
  withPlace(group.command('research'))
    .summary('lift the locked rules for the research of a member of staff')
    .description(
      'Lift the locked rules for the bona fide research of a member of staff, whom a colleague authorises. What is illegal stays closed, and what the floor would have closed is recorded.',
    )
    .requiredOption('--user <login>', 'whose research it is')
    .requiredOption('--authorised-by <login>', 'the colleague who authorises it')
    .requiredOption('--for <duration>', 'for how long, such as 45m or 2h; 12h at most')
    .requiredOption('--reason <text>', 'what is looked into, for the record')
    .addHelpText(
      'after',
      "\nExamples:\n  $ hallpass grant research --user t.sample --authorised-by p.sample --for 2h --reason 'unit on propaganda'",
    )
    .action(async ({ user, authorisedBy, for: lasts, reason, ...place }: ResearchOptions) => {
      const asked = { person: user, authoriser: authorisedBy, lasts, reason };
      await make(output, place, '/grants/research', asked);
    });
}

function placeIn(host: string | undefined, url: string | undefined): string {
  if (host !== undefined && url === undefined) {
    const name = host.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/\/$/, '');
    if (!name.includes('/')) return name;
    throw new CliError('usage', `\`--host ${host}\` names a page: write it as \`--url ${name}\``);
  }
  if (url !== undefined && host === undefined) return url;
  throw new CliError('usage', 'name either a site (`--host`) or a page (`--url`)');
}

/** Without a server nothing is decided that it could open. */
const serverOf = (place: PlaceOptions): Promise<Server> => neededServer(place, 'there is nothing to open');

async function make(output: Output, place: PlaceOptions, path: string, body: object): Promise<void> {
  const server = await serverOf(place);
  const { grant, notes } = JSON.parse(await textOf(await server.post(path, body))) as {
    readonly grant: GivenGrant;
    readonly notes: readonly string[];
  };
  await output.write(header(columns) + rowOf(columns, grant));
  for (const note of notes) await output.write(`note: ${note}\n`);
}

const columns: readonly Column<GivenGrant>[] = [
  { title: 'ID', width: 8, text: ({ id }) => id.slice(-8) },
  {
    title: 'FOR',
    width: 20,
    text: ({ subjectKind, subjectName }) => (subjectKind === 'group' ? `group ${subjectName}` : subjectName),
  },
  {
    title: 'WHAT',
    width: 28,
    text: ({ host, path }) => (host === null ? 'research' : `${host}${path ?? ''}`),
  },
  { title: 'ENDS', width: 20, text: ({ expires }) => time(expires) },
  {
    title: 'BY',
    width: 26,
    text: ({ login, authorisedBy }) => (authorisedBy === null ? login : `${login} for ${authorisedBy}`),
  },
  { title: 'WHY', width: 0, text: ({ reason }) => reason },
];

async function show(output: Output, text: string, json: boolean): Promise<void> {
  const grants = JSON.parse(text) as readonly GivenGrant[];
  if (json) for (const grant of grants) await output.write(`${JSON.stringify(grant)}\n`);
  else if (grants.length === 0) await output.write('nothing is opened for anybody\n');
  else await output.write(header(columns) + grants.map((grant) => rowOf(columns, grant)).join(''));
}
