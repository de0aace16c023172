/** What the policy engine is measured beside: Ghostery's blocker in process, and squidGuard over its own protocol. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FiltersEngine, Request } from '@ghostery/adblocker';
import type { RequestType } from '@ghostery/adblocker';
import type { WorldRequest } from './policy-world.ts';

const ghosteryTypes: Readonly<Record<WorldRequest['dest'], RequestType>> = {
  ...{ document: 'main_frame', script: 'script', image: 'image', style: 'stylesheet' },
  ...{ empty: 'xmlhttprequest', iframe: 'sub_frame', font: 'font' },
};

const urlOf = ({ scheme, host, rawPath, query }: WorldRequest): string =>
  `${scheme}://${host}${rawPath}${query === '' ? '' : `?${query}`}`;

/** As its own benchmark sets it up: network filters alone. */
export class Ghostery {
  readonly #engine: FiltersEngine;

  constructor(rules: readonly string[]) {
    this.#engine = FiltersEngine.parse(rules.join('\n'), {
      loadCosmeticFilters: false,
      loadNetworkFilters: true,
      enableOptimizations: true,
    });
  }

  /** Made beforehand, like our facts. */
  request(request: WorldRequest): Request {
    return Request.fromRawDetails({
      url: urlOf(request),
      type: ghosteryTypes[request.dest],
      sourceUrl: request.initiator === '' ? '' : `https://${request.initiator}/`,
    });
  }

  blocks(request: Request): boolean {
    return this.#engine.match(request).match;
  }
}

const squidGuard = '/usr/bin/squidGuard';
export const hasSquidGuard = (): boolean => spawnSync(squidGuard, ['-v']).error === undefined;

export interface ThroughStdio {
  /** Requests a second, the better of two runs. */
  readonly rate: number;
  readonly blocked: number;
}

/** One squidGuard with these domains, asked through its standard input and output. */
export function runSquidGuard(
  domains: Iterable<string>,
  requests: readonly WorldRequest[],
): Promise<ThroughStdio> {
  return inFolder(async (folder) => {
    mkdirSync(join(folder, 'db/listed'), { recursive: true });
    writeFileSync(join(folder, 'db/listed/domains'), `${[...domains].join('\n')}\n`);
    const config = join(folder, 'squidGuard.conf');
    writeFileSync(
      config,
      `dbhome ${folder}/db\nlogdir ${folder}\ndest listed {\n  domainlist listed/domains\n}\n` +
        'acl {\n  default {\n    pass !listed all\n    redirect http://blocked.test/\n  }\n}\n',
    );
    const made = spawnSync(squidGuard, ['-c', config, '-C', 'all'], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`squidGuard: ${made.stderr}`);
    const line = (url: string) => `${url} 192.0.2.1/- - GET\n`;
    return asked([squidGuard, '-c', config], line, requests, (answer) => answer.includes('blocked.test'));
  });
}

const hallpass = fileURLToPath(new URL('../bin/hallpass.js', import.meta.url));
const aup = '---\ntitle: Invented\nadopted: 2026-08-01\nlanguage: en\n---\n### 1 One {#one}\n\nText.\n';
const policy = `hallpass: 1
title: Invented
timeZone: America/Chicago
audiences: { everybody: { title: Everybody, groups: [everybody] } }
categories: { listed: { title: Listed } }
rules:
  - { id: listed, title: Listed, publicTitle: Listed, noClause: invented, match: { categories: [listed] }, action: block }
default: { action: allow, publicTitle: Open, noClause: invented }
`;

/** `hallpass check --file -` with the same domains, one JSON object a line. */
export function runHallpassCheck(
  domains: Iterable<string>,
  requests: readonly WorldRequest[],
): Promise<ThroughStdio> {
  return inFolder((folder) => {
    mkdirSync(join(folder, 'lists'));
    writeFileSync(
      join(folder, 'lists/listed.list'),
      `@category listed\n@source invented\n${[...domains].join('\n')}\n`,
    );
    writeFileSync(join(folder, 'aup.md'), aup);
    writeFileSync(join(folder, 'policy.yaml'), policy);
    writeFileSync(join(folder, 'hallpass.yaml'), 'data: data\npolicy: { lists: { folders: [lists] } }\n');
    const options = ['--config', join(folder, 'hallpass.yaml'), '--aup', join(folder, 'aup.md')];
    const program = [process.execPath, hallpass, 'check', '--file', '-'];
    const line = (url: string) => `${JSON.stringify({ url })}\n`;
    const version = ['--version', join(folder, 'policy.yaml')];
    return asked([...program, ...version, ...options], line, requests, (answer) =>
      answer.includes('"action":"block"'),
    );
  });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-bench-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function asked(
  program: readonly string[],
  line: (url: string) => string,
  requests: readonly WorldRequest[],
  isBlocked: (answer: string) => boolean,
): Promise<ThroughStdio> {
  const input = requests.map((each) => line(urlOf(each))).join('');
  const first = line('http://start.test/');
  const warm = await throughStdio(program, first, input);
  const again = await throughStdio(program, first, input);
  if (again.lines.length !== requests.length)
    throw new Error(`${String(program[0])} gave ${again.lines.length} answers`);
  return {
    rate: requests.length / Math.min(warm.seconds, again.seconds),
    blocked: again.lines.filter(isBlocked).length,
  };
}

/**
 * Writes all, reads one line for each: the time between the first line that goes in and the last that comes out.
 * @param first asked beforehand, so that the program's start is not counted
 */
async function throughStdio(
  [program = '', ...args]: readonly string[],
  first: string,
  input: string,
): Promise<{ seconds: number; lines: string[] }> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const begun = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  let output = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin.write(first);
  await begun;
  const begin = performance.now();
  child.stdin.end(input);
  await ended;
  return { seconds: (performance.now() - begin) / 1_000, lines: output.split('\n').slice(1, -1) };
}
