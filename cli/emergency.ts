/** `hallpass emergency`: the switches for when it burns. */
import type { Command } from 'commander';
import type { Switches } from '../control/routes.ts';
import type { EmergencyRow } from '../store/repository/emergencies.ts';
import type { Output } from './output.ts';
import { withPlace } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { neededServer, textOf } from './server.ts';
import type { Server } from './server.ts';
import { header, rowOf, time } from './table.ts';
import type { Column } from './table.ts';

type Reasoned = PlaceOptions & { readonly reason: string };

export function emergencyCommand(program: Command, output: Output): void {
  const group = program.command('emergency').summary('drop to the locked rules, or close a site, at once');
  group.description(
    'Two switches for when it burns. Each holds in every thread at once (one that is late is named), is on the audit trail, and ends by itself.',
  );
  withPlace(group.command('floor-only'))
    .summary('set every rule but the locked ones aside')
    .description('Set every rule but the locked ones aside, for two hours at most.')
    .requiredOption('--minutes <n>', 'for how long, 120 at most', Number)
    .requiredOption('--reason <text>', 'why, for the record')
    .addHelpText(
      'after',
      "\nExamples:\n  $ hallpass emergency floor-only --minutes 30 --reason 'the new policy closed the library'",
    )
    .action(({ minutes, reason, ...place }: Reasoned & { readonly minutes: number }) =>
      change(place, output, '/emergency/floor-only', { minutes, reason }),
    );
  withPlace(group.command('close'))
    .argument('<host>', 'site, with its sub-domains')
    .summary('close a site for everybody')
    .description(
      'Close a site for everybody, staff too. It opens again after `policy.closeNow` unless somebody approves in the admin pages.',
    )
    .requiredOption('--reason <text>', 'why, for the record')
    .addHelpText(
      'after',
      "\nExamples:\n  $ hallpass emergency close bad.example --reason 'asked for by the police'",
    )
    .action((host: string, { reason, ...place }: Reasoned) =>
      change(place, output, '/emergency/close', { host, reason }),
    );
  withPlace(group.command('end'))
    .argument('<what>', '`floor-only`, a site, or an id of the list')
    .summary('end one before its time')
    .description('End one before its time.')
    .addHelpText('after', '\nExamples:\n  $ hallpass emergency end floor-only')
    .action((id: string, place: PlaceOptions) => change(place, output, '/emergency/end', { id }));
  withPlace(group.command('list'))
    .summary('show what is on')
    .description('Show what is put over the policy now.')
    .action(async (place: PlaceOptions) => {
      const server = await serverOf(place);
      await show(output, await textOf(await server.get('/emergency')));
    });
}

async function change(place: PlaceOptions, output: Output, path: string, body: object): Promise<void> {
  const server = await serverOf(place);
  await show(output, await textOf(await server.post(path, body)));
}

/** Without a server nothing is decided that it could be put over. @throws CliError `not-running` */
const serverOf = (place: PlaceOptions): Promise<Server> => neededServer(place, 'there is nothing to switch');

const columns: readonly Column<EmergencyRow>[] = [
  { title: 'ID', width: 10, text: ({ id }) => id.slice(-8) },
  { title: 'WHAT', width: 30, text: ({ kind, host }) => (kind === 'closed' ? `${host ?? ''} closed` : kind) },
  {
    title: 'ENDS',
    width: 22,
    text: ({ until, approvedAt }) => (approvedAt === null ? time(until) : 'approved'),
  },
  { title: 'WHO', width: 26, text: ({ login }) => login },
  { title: 'WHY', width: 0, text: ({ reason }) => reason },
];

async function show(output: Output, text: string): Promise<void> {
  const { on, notYetIn } = JSON.parse(text) as Switches;
  if (on.length === 0) await output.write('nothing is put over the policy\n');
  else await output.write(header(columns) + on.map((row) => rowOf(columns, row)).join(''));
  if (notYetIn.length > 0)
    await output.write(
      `not yet in ${notYetIn.join(', ')}: it follows when it answers again; \`hallpass emergency list\` shows when all have it\n`,
    );
}
