/**
 * `npm run bench`: Hallpass with everything on, and each peer that is installed, driven in turn by the same load in the
 * same run. The proxy has one core, the origin and the load the other. Fails unless every request to Hallpass was
 * answered well, signed in by one of 1,000 users, and decided; figures are printed, never judged.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { blockPath } from './block-path.ts';
import { firstBell, originHost, startHallpass } from './hallpass.ts';
import { files, startOrigin } from './origin.ts';
import { peers } from './peers.ts';
import { freePort, installed } from './processes.ts';
import type { Row } from './table.ts';
import { machine, table } from './table.ts';
import { wrk } from './wrk.ts';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '8' },
    connections: { type: 'string', default: '32' },
  },
});
const rounds = Number(flags.rounds);
const seconds = Number(flags.seconds);
const connections = Number(flags.connections);
const proxyCore = 0;
const loadCore = 1;

/** One competitor, running. */
interface Contender {
  readonly name: string;
  readonly port: number;
  readonly target: (path: string) => string;
  readonly authorizations: readonly string[];
  readonly stop: () => Promise<void>;
  /** What must hold of every answer; peers that fail are reported, Hallpass fails the run. */
  readonly strict: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'hallpass-bench-'));
chmodSync(folder, 0o755);
const contenders: Contender[] = [];
const notes: string[] = [];
const sections: string[] = [];
try {
  sections.push(...(await requests()));
} finally {
  for (const contender of contenders.reverse()) await contender.stop();
  rmSync(folder, { recursive: true, force: true });
}
// Last, when nothing else runs: how long a block page waits for its record.
sections.push(acknowledgements());
report(sections.join('\n\n'));

async function requests(): Promise<readonly string[]> {
  for (const program of ['wrk', 'nginx', 'taskset']) {
    if (!installed(program))
      throw new Error(`\`${program}\` is not installed, without which nothing can be measured`);
  }
  const originPort = await freePort();
  const origin = await startOrigin(folder, originPort, loadCore);
  contenders.push({
    name: 'direct to the origin',
    port: originPort,
    target: (path) => path,
    authorizations: [],
    stop: () => origin.stop(),
    strict: false,
  });
  const district = await startHallpass(folder, originPort, proxyCore);
  contenders.push({
    name: 'Hallpass (everything on)',
    port: district.proxyPort,
    target: (path) => `http://${originHost}:${originPort}${path}`,
    authorizations: district.staff,
    stop: () => district.running.stop(),
    strict: true,
  });
  await firstBell(district, `http://${originHost}:${originPort}${files['1 KB']}`);
  await startPeers(originPort);
  const rows = await drive();
  const text = table(rows, Object.keys(files), 'Squid (no cache, no filter)');
  return [text, await blockPath(district, originPort, seconds)];
}

function acknowledgements(): string {
  const journal = fileURLToPath(new URL('./journal.ts', import.meta.url));
  const output = execFileSync(process.execPath, [journal, '--seconds', '20'], { encoding: 'utf8' });
  return `Acknowledgement of a record (\`node benchmarks/journal.ts --seconds 20\`):\n\n\`\`\`text\n${output.trim()}\n\`\`\``;
}

async function startPeers(originPort: number): Promise<void> {
  for (const peer of peers) {
    if (!installed(peer.program)) {
      notes.push(`${peer.name}: not installed`);
      continue;
    }
    const own = join(folder, peer.program);
    mkdirSync(own, { recursive: true });
    // Squid and e2guardian work as users of their own, who must reach their files.
    chmodSync(own, 0o777);
    const port = await freePort();
    try {
      const running = await peer.start(own, port, proxyCore);
      contenders.push({
        name: peer.name,
        port,
        target: (path) => `http://127.0.0.1:${originPort}${path}`,
        authorizations: [],
        stop: () => running.stop(),
        strict: false,
      });
    } catch (error) {
      notes.push(`${peer.name}: did not start: ${(error as Error).message}`);
    }
  }
}

async function drive(): Promise<readonly Row[]> {
  const rows = contenders.map(({ name }): { name: string; rounds: Record<string, number[]> } => ({
    name,
    rounds: {},
  }));
  for (let round = 1; round <= rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      for (const [what, path] of Object.entries(files)) {
        const figure = await measure(contender, path);
        process.stderr.write(`round ${round}  ${contender.name}  ${what}  ${Math.round(figure)} req/s\n`);
        ((rows[index] as (typeof rows)[number]).rounds[what] ??= []).push(figure);
      }
    }
  }
  return rows;
}

async function measure(contender: Contender, path: string): Promise<number> {
  const { port, target, authorizations, name, strict } = contender;
  const load = { port, target: target(path), authorizations, connections, core: loadCore, folder };
  await wrk({ ...load, seconds: 2 });
  const measured = await wrk({ ...load, seconds });
  const { requests, refused, socketErrors, requestsPerSecond } = measured;
  if (strict && (refused > 0 || socketErrors > 0 || requests < 1_000)) {
    throw new Error(
      `${name}: ${refused} of ${requests} answers were refusals, ${socketErrors} socket errors`,
    );
  }
  if (refused + socketErrors > 0) notes.push(`${name}: ${refused} refusals, ${socketErrors} socket errors`);
  return requestsPerSecond;
}

function report(text: string): void {
  const at = new Date().toISOString().slice(0, 16).replace(':', '');
  const lines = [
    `# ${at}`,
    '',
    machine(),
    '',
    `The proxy on one core, nginx and wrk on the other; ${connections} keep-alive connections; medians of ${rounds} ` +
      `interleaved rounds of ${seconds} s. Hallpass (one proxy thread for the one core) filters with the starter policy and lists; each of its requests is ` +
      'signed in by one of 1,000 users in turn, and decided. Command: `npm run bench`.',
    '',
    text,
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `- ${note}`)]),
    '',
  ].join('\n');
  console.log(lines);
  const results = fileURLToPath(new URL('./results/', import.meta.url));
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, `${at}.md`), lines);
}
