/** `hallpass init`: from a directory that nobody has described to a district that observes. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Option } from 'commander';
import type { Command } from 'commander';
import { CliError } from './errors.ts';
import type { Ask } from './init/ask.ts';
import { audienceIds, proposeAudiences, proposeRole, roles } from './init/audiences.ts';
import type { AudienceProposal, Audiences } from './init/audiences.ts';
import { configText } from './init/config-file.ts';
import { domainOf, ports } from './init/district.ts';
import type { District } from './init/district.ts';
import type { DirectoryFlags, FoundDirectory } from './init/find-directory.ts';
import { policyText } from './init/policy-file.ts';
import type { Proof } from './init/proof.ts';
import { rolloutText } from './init/rollout.ts';
import { operator } from './operator.ts';
import type { Output } from './output.ts';

interface InitOptions extends DirectoryFlags {
  readonly out: string;
  readonly name?: string;
  readonly timeZone?: string;
  readonly address?: string;
  readonly data?: string;
  readonly yes?: true;
  readonly force?: true;
  readonly calledAs?: string;
}

const checkout = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

export function initCommand(program: Command, output: Output): void {
  program
    .command('init')
    .summary('set up a district: look at its directory, write a configuration and a first policy')
    .description(
      'Ask a few questions, look at the LDAP directory, and write a configuration and a first policy that observes: everything is decided and recorded, and nothing but the locked rules stops anybody. Nothing is written to the directory.',
    )
    .option('--out <dir>', 'folder to write into', '.')
    .option('--server <url>', 'LDAP server, such as ldaps://ldap.district.example')
    .option('--ca <file>', 'PEM file of the CA that issued its certificate')
    .option('--client-certificate <file>', 'PEM file of a certificate to show it (Google Secure LDAP)')
    .option('--client-key <file>', 'PEM file of the private key')
    .option('--bind-dn <dn>', 'account that may search')
    .option('--bind-password-file <file>', 'file with its password; else you are asked')
    .option('--anonymous', 'anybody may search there')
    .option('--cleartext', 'the way to an `ldap:` server is trusted: no TLS')
    .option('--google', 'it is Google Secure LDAP')
    .option('--base <dn>', 'DN below which people and groups are')
    .option('--name <text>', 'name of the district')
    .option('--time-zone <zone>', 'such as America/Chicago')
    .option('--address <host>', 'name or address by which devices reach this machine')
    .option(
      '--data <dir>',
      'folder of everything that is kept (default: data; /var/lib/hallpass where `--out` is in /etc)',
    )
    .option('--yes', 'take every proposal, ask nothing')
    .option('--force', 'write over what is there')
    .addOption(
      new Option('--called-as <command>', 'name of this command in what it prints')
        .env('HALLPASS_COMMAND')
        .hideHelp(),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ hallpass init --out /etc/hallpass\n  $ hallpass init --out /etc/hallpass --server ldaps://ldap1.district.example --ca ldap-ca.pem',
    )
    .action((options: InitOptions) => init(options, output));
}

async function init(options: InitOptions, output: Output): Promise<void> {
  const say = (text: string) => output.write(text);
  const folder = resolve(options.out);
  refuseToOverwrite(folder, options.force === true);
  const { byProposals, onTerminal } = await import('./init/ask.ts');
  const ask = options.yes === true || !process.stdin.isTTY ? byProposals : onTerminal;
  if (!ask.interactive && options.yes !== true)
    throw new CliError('usage', 'nobody can be asked here: run it in a terminal, or add `--yes`');
  const { findDirectory } = await import('./init/find-directory.ts');
  const found = await findDirectory(ask, withAbsoluteFiles(options), say);
  const district = await districtOf(ask, options, found);
  write(folder, district, found.password);
  const { prove } = await import('./init/proof.ts');
  await say(proofText(await prove(join(folder, 'hallpass.yaml'), folder, found.sample)));
  await say(`\n${rolloutText(district)}`);
  const command = commandFor(folder, options.calledAs);
  await say(
    `\nWritten: ${[...files, ...(found.password === null ? [] : [secret])].join(', ')}. Read them: they are yours now. Then\n` +
      `  ${command('doctor')}\n  ${command('serve')}\n`,
  );
}

/** Commands that can be typed as they are printed, from any folder. @param calledAs as docs/deploy/hallpass says it */
function commandFor(folder: string, calledAs: string | undefined): (name: string) => string {
  const quoted = (path: string): string =>
    /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
  // What was written below /etc belongs to the server's user, who is not who types.
  const as = inEtc(folder) ? `sudo -u ${operator()} ` : '';
  const launcher = calledAs ?? `${as}node ${quoted(checkout('bin/hallpass.js'))}`;
  return (name) => `${launcher} ${name} --config ${quoted(join(folder, 'hallpass.yaml'))}`;
}

const inEtc = (folder: string): boolean => folder.startsWith('/etc/');

const files = ['hallpass.yaml', 'policy.yaml', 'aup.md', 'aup.es.md'] as const;
const secret = 'ldap-password';

function refuseToOverwrite(folder: string, force: boolean): void {
  const there = [...files, secret].filter((name) => existsSync(join(folder, name)));
  if (there.length > 0 && !force)
    throw new CliError(
      'usage',
      `\`${join(folder, there[0] ?? '')}\` is there already: name another folder by \`--out\`, or write over it by \`--force\``,
    );
}

/** The configuration lies somewhere else than where the command was typed. */
function withAbsoluteFiles(options: InitOptions): DirectoryFlags {
  const { ca, clientCertificate, clientKey, bindPasswordFile } = options;
  return {
    ...options,
    ...(ca === undefined ? {} : { ca: resolve(ca) }),
    ...(clientCertificate === undefined ? {} : { clientCertificate: resolve(clientCertificate) }),
    ...(clientKey === undefined ? {} : { clientKey: resolve(clientKey) }),
    ...(bindPasswordFile === undefined ? {} : { bindPasswordFile: resolve(bindPasswordFile) }),
  };
}

async function districtOf(ask: Ask, options: InitOptions, found: FoundDirectory): Promise<District> {
  const domain = domainOf(found.settings.base);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    name:
      options.name ??
      (await ask.text('Name of the district', domain === '' ? 'Our district' : domain, '--name')),
    timeZone: options.timeZone ?? (await ask.text('Time zone', zone, '--time-zone')),
    address: options.address ?? (await ask.text('How devices reach this machine', hostname(), '--address')),
    directory: {
      ...found.settings,
      bindPasswordFile: found.password === null ? found.settings.bindPasswordFile : secret,
    },
    audiences: await audiencesOf(ask, found),
    roles: {
      cto: await ask.some('Who runs the filter (CTO)?', found.groups, proposeRole(roles.cto, found.groups)),
      principal: await ask.some(
        'Who are the principals?',
        found.groups,
        proposeRole(roles.principal, found.groups),
      ),
    },
    domain,
    data: options.data ?? (inEtc(resolve(options.out)) ? '/var/lib/hallpass' : 'data'),
  };
}

const questions = {
  staff: 'Who is staff?',
  'k-5': 'Who is in kindergarten to grade 5?',
  'grades-6-8': 'Who is in grades 6 to 8?',
  'grades-9-12': 'Who is in grades 9 to 12?',
} as const;

const schoolMark = 'school ';

async function audiencesOf(ask: Ask, { groups, schools }: FoundDirectory): Promise<Audiences> {
  const usable = schools.map(({ id }) => id).filter((id) => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(id));
  const proposals = proposeAudiences(groups, usable, Date.now());
  const all = [...groups, ...usable.map((id) => schoolMark + id)];
  const chosen: [string, AudienceProposal][] = [];
  for (const id of audienceIds) {
    const proposed = proposals[id];
    const marked = [...proposed.groups, ...proposed.schools.map((school) => schoolMark + school)];
    const picked = await ask.some(questions[id], all, marked);
    chosen.push([
      id,
      {
        groups: picked.filter((each) => groups.includes(each)),
        schools: picked.filter((each) => !groups.includes(each)).map((each) => each.slice(schoolMark.length)),
      },
    ]);
  }
  return Object.fromEntries(chosen) as Audiences;
}

function write(folder: string, district: District, password: string | null): void {
  mkdirSync(folder, { recursive: true });
  const schema = (name: string) => relative(folder, checkout(`docs/schema/${name}.schema.json`));
  const starter = (name: string) => readFileSync(checkout(`rules/starter/${name}`), 'utf8');
  if (password !== null) {
    writeFileSync(join(folder, secret), `${password}\n`, { mode: 0o600 });
    chmodSync(join(folder, secret), 0o600);
  }
  const texts: Readonly<Record<(typeof files)[number], string>> = {
    'hallpass.yaml': configText(district, schema('hallpass')),
    'policy.yaml': policyText(starter('policy.yaml'), district, schema('policy')),
    'aup.md': starter('aup.md'),
    'aup.es.md': starter('aup.es.md'),
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
}

function proofText({ audiences, tried, withSchool }: Proof): string {
  const known = [...audiences.values()].flat().length;
  const lines = [...audiences].map(([title, logins]) => {
    const some = logins.slice(0, 3).join(', ');
    return title === ''
      ? `  ${String(logins.length).padStart(3)}  in no audience: only rules for everybody hold for them (${some})\n`
      : `  ${String(logins.length).padStart(3)}  ${title} (${some})\n`;
  });
  return (
    `\nThe configuration and the policy are read without a problem. ${String(known)} of ${String(tried)} people were looked up with it:\n` +
    `${lines.join('')}  ${String(withSchool).padStart(3)}  have a school: their principal will see their records\n` +
    `The admin pages: http://127.0.0.1:${String(ports.admin)}/ on this machine.\n`
  );
}
