/** `hallpass lists add`, `import`, `update` and `remove`: asked of the running server, which alone writes. */
import { basename, resolve } from 'node:path';
import process from 'node:process';
import cliProgress from 'cli-progress';
import { listPreset } from '../control/lists/presets.ts';
import type { UpdateEnd } from '../control/lists/routes.ts';
import type { Updated, UpdateProgress } from '../control/lists/sources.ts';
import { CliError } from './errors.ts';
import { complain } from './output.ts';
import type { Output } from './output.ts';
import { dataFolder } from './place.ts';
import type { PlaceOptions } from './place.ts';
import { linesOf, runningServer } from './server.ts';
import type { Server } from './server.ts';

export interface AddOptions extends PlaceOptions {
  readonly format?: string;
  readonly category?: string;
  readonly map?: readonly string[];
  readonly every?: string;
  readonly checksum?: string;
  readonly maxSize?: string;
  readonly user?: string;
  readonly passwordFile?: string;
}
export type UpdateOptions = PlaceOptions & { readonly accept?: true };

/** @returns whether it is in force */
export async function add(
  name: string,
  place: string | undefined,
  options: AddOptions,
  output: Output,
): Promise<boolean> {
  const preset = listPreset(name);
  const where = place ?? preset?.url;
  if (where === undefined)
    throw new CliError('usage', `say where \`${name}\` comes from: an address or a path`);
  const map = { ...(options.category === undefined ? preset?.categories : {}), ...mapOf(options.map) };
  const source = {
    ...(/^https?:/i.test(where) ? { url: where } : { file: resolve(where) }),
    ...given('format', options.format ?? preset?.format),
    ...given('category', options.category),
    ...(Object.keys(map).length === 0 ? {} : { categories: map }),
    ...given('schedule', options.every ?? preset?.schedule),
    ...given('checksum', options.checksum),
    ...given('maxSize', options.maxSize),
    ...given('user', options.user),
    ...given('passwordFile', options.passwordFile === undefined ? undefined : resolve(options.passwordFile)),
  };
  return send(await serverOf(options), '/lists/add', { name, source }, output);
}

export async function importOnce(
  path: string,
  options: AddOptions & { readonly name?: string },
  output: Output,
): Promise<boolean> {
  const name = options.name ?? nameOf(path);
  return add(name, path, { ...options, every: 'never' }, output);
}

export async function update(
  name: string | undefined,
  options: UpdateOptions,
  output: Output,
): Promise<boolean> {
  const body = { ...given('name', name), accept: options.accept === true };
  return send(await serverOf(options), '/lists/update', body, output);
}

export async function remove(name: string, options: PlaceOptions, output: Output): Promise<void> {
  const server = await serverOf(options);
  (await server.post('/lists/remove', { name })).resume();
  await output.write(`${name} is removed, and its lists are in force no more\n`);
}

const given = <K extends string>(key: K, value: string | undefined): { [P in K]?: string } =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };

function mapOf(pairs: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, theirs, ours] = /^([^=]+)=([^=]+)$/.exec(pair) ?? [];
      if (theirs === undefined || ours === undefined)
        throw new CliError('usage', `\`--map ${pair}\` is not understood: write it as in theirs=ours`);
      return [theirs, ours];
    }),
  );
}

/** `blocked-sites.tar.gz` is `blocked-sites`. */
function nameOf(path: string): string {
  const name = basename(path).replace(/(?:\.(?:tar|gz|tgz|zip|zst|txt|list|csv|conf|rpz|zone))+$/i, '');
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

async function serverOf(place: PlaceOptions): Promise<Server> {
  const data = await dataFolder(place);
  const server = await runningServer(data);
  if (server !== null) return server;
  throw new CliError(
    'not-running',
    `lists are changed by the running server, and none runs on \`${data}\`: start \`hallpass serve\` first`,
  );
}

type Line = ({ readonly source: string } & UpdateProgress) | { readonly result: UpdateEnd };

async function send(server: Server, path: string, body: object, output: Output): Promise<boolean> {
  const bar = progressBar();
  let isDone = true;
  try {
    for await (const text of linesOf(await server.post(path, body))) {
      const line = JSON.parse(text) as Line;
      if ('result' in line) {
        bar.clear();
        isDone &&= await tell(line.result, output);
      } else bar.show(line.source, line);
    }
  } finally {
    bar.clear();
  }
  return isDone;
}

async function tell(end: UpdateEnd, output: Output): Promise<boolean> {
  if ('error' in end) {
    complain(`hallpass: ${end.source}: ${end.error}\n`);
    return false;
  }
  await output.write(summaryOf(end));
  for (const { list, from, to } of end.held)
    await output.write(
      `held back: ${list} would go from ${count(from)} entries to ${count(to)}; ` +
        `look at it, then \`hallpass lists update ${end.source} --accept\`\n`,
    );
  return true;
}

function summaryOf({ source, changed, report, edition, held }: Updated): string {
  if (report === null && changed.length === 0) return `${source}: nothing new\n`;
  const read =
    report === null
      ? ''
      : `${count(report.accepted)} entries, ${count(report.rejectedCount)} lines refused (\`hallpass lists stats ${source}\`)`;
  const force = changed.length > 0 ? `in force with edition ${edition ?? ''}: ${changed.join(', ')}` : '';
  const same = changed.length === 0 && held.length === 0 ? 'the same as before' : '';
  return `${source}: ${[read, force, same].filter((part) => part !== '').join('; ')}\n`;
}

const count = (value: number): string => value.toLocaleString('en-US');

/** On a terminal only. */
function progressBar(): { show: (source: string, progress: UpdateProgress) => void; clear: () => void } {
  if (!process.stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  const make = () =>
    new cliProgress.SingleBar({
      format: '{source} {stage} {bar} {megabytes} MB',
      stream: process.stderr,
      clearOnComplete: true,
      hideCursor: true,
    });
  let bar: cliProgress.SingleBar | null = null;
  return {
    show: (source, progress) => {
      const bytes = 'bytes' in progress ? progress.bytes : 0;
      const of = progress.stage === 'fetching' && progress.of !== null ? progress.of : Math.max(bytes, 1);
      const shown = { source, stage: progress.stage, megabytes: (bytes / 1e6).toFixed(1) };
      if (bar === null) {
        bar = make();
        bar.start(of, bytes, shown);
      }
      bar.setTotal(of);
      bar.update(bytes, shown);
    },
    clear: () => {
      bar?.stop();
      bar = null;
    },
  };
}
