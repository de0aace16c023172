/** What the policy engine is measured beside: Ghostery's blocker in process, and squidGuard over its own protocol. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Requests a second through one squidGuard with these domains, and how many it turned away. */
export async function runSquidGuard(
  domains: Iterable<string>,
  requests: readonly WorldRequest[],
): Promise<{ rate: number; blocked: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-bench-'));
  try {
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
    const input = requests.map((each) => `${urlOf(each)} 192.0.2.1/- - GET\n`).join('');
    const warm = await throughStdio([squidGuard, '-c', config], input);
    const again = await throughStdio([squidGuard, '-c', config], input);
    const seconds = Math.min(warm.seconds, again.seconds);
    return {
      rate: requests.length / seconds,
      blocked: again.lines.filter((line) => line.includes('blocked.test')).length,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes all, reads one line for each: the time between the first line that goes in and the last that comes out. */
async function throughStdio(
  [program = '', ...args]: readonly string[],
  input: string,
): Promise<{ seconds: number; lines: string[] }> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const begun = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  let output = '';
  child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // One request first, so that its start is not counted.
  child.stdin.write('http://start.test/ 192.0.2.1/- - GET\n');
  await begun;
  const begin = performance.now();
  child.stdin.end(input);
  await ended;
  return { seconds: (performance.now() - begin) / 1_000, lines: output.split('\n').slice(1, -1) };
}
