/** The commands of the pages that a district goes by: each is one that there is. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { afterAll, describe, expect, test } from 'vitest';
import { programWith } from '../../cli/run.ts';
import { Journal } from '../../store/journal/journal.ts';
import { record } from '../store/samples.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const page = (name: string): string => readFileSync(join(root, 'docs', name), 'utf8');

/** Nothing is done: what is typed is only understood, or not. */
function program(): Command {
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
    command.commands.forEach(quiet);
  };
  const all = programWith({ write: async () => true, exact: async () => true }, () => undefined);
  quiet(all);
  return all;
}

/** Words of a line of shell up to where its output goes, and without its comment. */
const wordsOf = (line: string): string[] =>
  [...line.replace(/\s(#|>).*$/, '').matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  );

const blocks = (text: string): string[] =>
  [...text.matchAll(/```sh\n([^`]*)```/g)].flatMap(([, code = '']) => code.trim().split('\n'));
const mentions = (text: string): string[] =>
  [...text.matchAll(/`(?:npx )?(hallpass [a-z][^`]*)`/g)].map(([, command = '']) => command);

describe.each(['deploy.md', 'operate.md'])('docs/%s', (name) => {
  const typed = blocks(page(name)).filter(
    (line) => /\bhallpass (?!.*(install|useradd))/.test(line) && line.startsWith('hallpass'),
  );

  test.skipIf(typed.length === 0)('lines to type are understood', async () => {
    for (const line of typed)
      await expect(
        program().parseAsync(wordsOf(line).slice(1), { from: 'user' }),
        line,
      ).resolves.toBeDefined();
  });

  test.each(mentions(page(name)))('`%s` is a command with these options', (line) => {
    let command = program();
    for (const word of wordsOf(line).slice(1)) {
      if (word.startsWith('--')) {
        expect([...command.options.map(({ long }) => long), '--help'], line).toContain(word);
        continue;
      }
      const next = command.commands.find((each) => each.name() === word);
      if (next !== undefined) command = next;
    }
    expect(command.name(), line).not.toBe('hallpass');
  });
});

test('no step of docs/deploy.md takes a command from a checkout that it does not stand in', () => {
  expect(page('deploy.md')).not.toContain('npx hallpass');
});

describe('docs/deploy/hallpass', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-deploy-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('has the folders and the user of the unit', () => {
    const [unit, script] = [page('deploy/hallpass.service'), page('deploy/hallpass')];
    expect(script).toContain(`user=${/^User=(.*)$/m.exec(unit)?.[1] ?? ''}\n`);
    expect(script).toContain(`checkout=${/^WorkingDirectory=(.*)$/m.exec(unit)?.[1] ?? ''}\n`);
    expect(script).toContain(`data=/var/lib/${/^StateDirectory=(.*)$/m.exec(unit)?.[1] ?? ''}\n`);
  });

  test('finds the data folder from anywhere', async () => {
    const journal = Journal.open(join(folder, 'journal.db'), { lockTimeout: 1_000 }, Date.now());
    journal.append([record({ at: Date.now() })]);
    journal.close();
    const script = page('deploy/hallpass')
      .replace('user=hallpass\n', `user=${userInfo().username}\n`)
      .replace('data=/var/lib/hallpass\n', `data='${folder}'\n`)
      .replace('checkout=/opt/hallpass\n', `checkout='${root}'\n`);
    const path = join(folder, 'hallpass');
    writeFileSync(path, script);
    chmodSync(path, 0o755);
    const { stdout } = await promisify(execFile)(path, ['blocks', '--json'], { cwd: '/' });
    expect(stdout).toContain('games.demo.test');
  }, 60_000);
});
