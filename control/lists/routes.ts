/** What the command line asks about lists. */
import type { Express, Request, Response } from 'express';
import { z } from 'zod';
import type { AuditEntry } from '../../store/audit/chain.ts';
import { read } from '../asked.ts';
import { ControlError } from '../errors.ts';
import { ListError } from './errors.ts';
import type { Lists } from './compose.ts';
import { sourceName, sourceOptions } from './options.ts';
import type { ListSources, Updated } from './sources.ts';
import type { RunTask } from './tasks.ts';
import { statsOf, viewOf } from './views.ts';

export interface ListRoutesParts {
  readonly lists: Pick<Lists, 'sources' | 'snapshots' | 'current' | 'folders'>;
  readonly run: RunTask;
  /** Who asks, for the audit trail. */
  readonly operatorOf: (request: Request) => string;
  readonly onError: (error: unknown) => void;
}

const named = z.strictObject({ name: sourceName });
const addAsked = z.strictObject({ name: sourceName, source: z.record(z.string(), z.unknown()) });
const updateAsked = z.strictObject({ name: sourceName.optional(), accept: z.boolean().default(false) });
const searchAsked = z.strictObject({ host: z.string().min(1).max(300) });

/** How the end of a source's update is told: done, or why not. */
export type UpdateEnd = Updated | { readonly source: string; readonly error: string; readonly code: string };

export function listRoutes(app: Express, parts: ListRoutesParts): void {
  readRoutes(app, parts);
  changeRoutes(app, parts);
}

function readRoutes(app: Express, { lists, run }: ListRoutesParts): void {
  app.get('/lists', async (_request, response) => {
    response.json(await viewOf(lists));
  });
  app.get('/lists/stats', async (request, response) => {
    const { sources } = lists;
    const { name } = read(named.partial(), request.query);
    if (name !== undefined && !sources.all().some((known) => known.name === name)) throw unknownSource(name);
    response.json(await statsOf(lists, name));
  });
  app.get('/lists/search', async (request, response) => {
    const { host } = read(searchAsked, request.query);
    const hits = await run({ kind: 'search', host, lists: await lists.current() }).catch((error: unknown) => {
      throw error instanceof ListError ? new ControlError('bad-question', error.message) : error;
    });
    response.json(hits);
  });
}

function changeRoutes(app: Express, parts: ListRoutesParts): void {
  const { lists, operatorOf } = parts;
  app.post('/lists/add', async (request, response) => {
    const { sources } = lists;
    const { name, source } = read(addAsked, request.body);
    read(sourceOptions, source);
    const by = operatorOf(request);
    const isNew = !sources.all().some((known) => known.name === name);
    const from = String(source['url'] ?? source['file']);
    await sources.add(name, source, actOf('lists.add', by, { source: name, from })).catch(refused);
    const [end] = await streamUpdates(parts, response, [name], { accept: false, by });
    // A first look that fails was a slip of the pen: what it was about is not kept.
    if (isNew && end !== undefined && 'error' in end)
      await sources.remove(name, actOf('lists.remove', by, { source: name }), by);
    response.end();
  });
  app.post('/lists/update', async (request, response) => {
    const { sources } = lists;
    const { name, accept } = read(updateAsked, request.body);
    if (name !== undefined && !sources.all().some((known) => known.name === name)) throw unknownSource(name);
    const wanted = name === undefined ? regular(sources) : [name];
    await streamUpdates(parts, response, wanted, { accept, by: operatorOf(request) });
    response.end();
  });
  app.post('/lists/remove', async (request, response) => {
    const { sources } = lists;
    const { name } = read(named, request.body);
    const by = operatorOf(request);
    await sources.remove(name, actOf('lists.remove', by, { source: name }), by).catch(refused);
    response.json({ ok: true });
  });
}

/** What was read once is not read again by itself. */
const regular = (sources: ListSources): readonly string[] =>
  sources
    .all()
    .filter(({ source }) => source.schedule.kind !== 'never')
    .map(({ name }) => name);

/** A line for each step, and one for the end of each source. Goes on when the asker leaves. */
async function streamUpdates(
  { lists, onError }: ListRoutesParts,
  response: Response,
  names: readonly string[],
  { accept, by }: { readonly accept: boolean; readonly by: string },
): Promise<readonly UpdateEnd[]> {
  response.type('application/x-ndjson');
  const say = (line: object): void => void response.write(`${JSON.stringify(line)}\n`);
  const ends: UpdateEnd[] = [];
  for (const source of names) {
    let end: UpdateEnd;
    try {
      const onProgress = slowed((progress: object) => say({ source, ...progress }));
      end = await lists.sources.update(source, { accept, by, onProgress });
    } catch (error) {
      if (!(error instanceof ListError)) onError(error);
      const { message, code = 'unknown' } = error as NodeJS.ErrnoException;
      end = { source, error: message, code };
    }
    ends.push(end);
    say({ result: end });
  }
  return ends;
}

/** No more than ten a second. */
function slowed<T>(say: (value: T) => void): (value: T) => void {
  let last = 0;
  return (value) => {
    const now = performance.now();
    if (now - last < 100) return;
    last = now;
    say(value);
  };
}

const actOf = (action: string, login: string, detail: AuditEntry['detail']): AuditEntry => ({
  ...{ at: Date.now(), actor: null, login, action, subject: null, detail },
});

const unknownSource = (name: string): ControlError =>
  new ControlError('bad-question', `there is no source \`${name}\`: \`hallpass lists\` shows them`);

function refused(error: unknown): never {
  throw error instanceof ListError ? new ControlError('bad-question', error.message) : error;
}
