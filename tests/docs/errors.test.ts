/** docs/errors.md has every code of the sources, and no other. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { exitCodes as ofCommands } from '../../cli/errors.ts';
import { ConfigError } from '../../config.ts';
import { exitCodes as ofServe } from '../../threads/exit-codes.ts';
import { PageTextsError } from '../../pages/errors.ts';
import { errorStatus } from '../../proxy/pages/errors.ts';
import { refusals } from '../../proxy/wire/refusals.ts';
import { Sources } from './codes.ts';

const root = new URL('../../', import.meta.url);

/** The type behind each table. */
const tables: Readonly<Record<string, readonly [file: string, type: string]>> = {
  'Pages of the proxy': ['proxy/pages/errors.ts', 'ErrorPageCode'],
  'Addresses that are not dialled': ['proxy/upstream/address-rules.ts', 'AddressRefusal'],
  'Refused requests': ['proxy/wire/refusals.ts', 'RefusalCode'],
  'Problems of a policy, an AUP or a list': ['policy/errors.ts', 'ProblemCode'],
  'What lint says': ['policy/lint/finding.ts', 'LintCode'],
  Images: ['policy/errors.ts', 'ImageErrorCode'],
  Directory: ['directory/errors.ts', 'DirectoryErrorCode'],
  'Refused sign-ins': ['directory/protocol.ts', 'RejectionReason'],
  Store: ['store/errors.ts', 'StoreErrorCode'],
  'Control socket': ['control/errors.ts', 'ControlErrorCode'],
  Lists: ['control/lists/errors.ts', 'ListErrorCode'],
  'Command line': ['cli/errors.ts', 'CliErrorCode'],
  Threads: ['threads/errors.ts', 'ThreadErrorCode'],
};

/** Types of codes that nobody meets: they become `bad-host` and `bad-request` on their way. */
const inner = ['HostErrorCode', 'TargetErrorCode'];

const files = globSync('{cli,control,directory,policy,proxy,store,threads,admin-ui}/**/errors.ts', {
  cwd: fileURLToPath(root),
});
const sources = new Sources([
  ...new Set([...files, ...Object.values(tables).map(([file]) => file), 'proxy/upstream/upstream.ts']),
]);

interface Row {
  readonly code: string;
  readonly cells: readonly string[];
}

/** Rows by heading. */
const page = new Map(
  readFileSync(new URL('docs/errors.md', root), 'utf8')
    .split(/^## /m)
    .slice(1)
    .map((section): readonly [string, readonly Row[]] => {
      const [heading = '', ...lines] = section.split('\n');
      const rows = lines.flatMap((line) => {
        const [, code, rest = ''] = /^\| `([^`]+)` \|(.*)\|$/.exec(line) ?? [];
        return code === undefined ? [] : [{ code, cells: rest.split(' | ').map((cell) => cell.trim()) }];
      });
      return [heading, rows];
    }),
);
const codesUnder = (heading: string) => (page.get(heading) ?? []).map(({ code }) => code);
const sorted = (codes: Iterable<string>) => [...codes].sort();

describe('docs/errors.md', () => {
  it.each(Object.entries(tables))('has the codes of "%s", each once', (heading, [file, type]) => {
    expect(sorted(codesUnder(heading))).toEqual(sorted(sources.codesOf(file, type)));
  });

  it('has every reason why an origin could not be reached', () => {
    const failures = sources.codesOf('proxy/upstream/upstream.ts', 'OriginFailure');
    const own = failures.filter((code) => !(code in refusals));
    expect(sorted(codesUnder('Why an origin could not be reached'))).toEqual(sorted(own));
  });

  it('has the exit codes of every command', () => {
    const numbers = new Set([...Object.values(ofCommands), ...Object.values(ofServe)].map(String));
    expect(sorted(codesUnder('Exit codes'))).toEqual(sorted(numbers));
  });

  it('has the codes of a start that is refused', () => {
    expect(codesUnder('Configuration')).toEqual([new ConfigError([]).code, new PageTextsError([]).code]);
  });

  it('says of a refused request what the page says of it', () => {
    const rows = (page.get('Refused requests') ?? []).map(({ code, cells }) => [code, ...cells]);
    expect(rows).toEqual(
      Object.entries(refusals).map(([code, { status, text, source }]) => [
        code,
        String(status),
        text,
        source,
      ]),
    );
  });

  it('gives the status of each page', () => {
    const challenged = { 'sign-in-limited': 407 };
    expect(
      Object.fromEntries(
        (page.get('Pages of the proxy') ?? []).map(({ code, cells }) => [code, Number(cells[0])]),
      ),
    ).toEqual({ ...errorStatus, ...challenged });
  });

  it('leaves out no code that a folder declares', () => {
    const declared = files.flatMap((file) => sources.typesOf(file)).filter((type) => type.endsWith('Code'));
    const shown = Object.values(tables).map(([, type]) => type);
    expect(sorted(declared.filter((type) => !shown.includes(type)))).toEqual(inner);
  });

  it('explains each code', () => {
    for (const [heading, rows] of page)
      for (const { code, cells } of rows) expect(cells.join(''), `${heading}: ${code}`).not.toBe('');
  });
});
