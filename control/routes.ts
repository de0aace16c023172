/** What the command line asks over the control socket. Whoever can open that socket is the operator. */
import express from 'express';
import type { ErrorRequestHandler, Express, Request, Response } from 'express';
import { z } from 'zod';
import { canonicalAddress } from '../policy/facts.ts';
import type { PolicyDocuments } from '../policy/edition.ts';
import type { ProxyStatus } from '../proxy/protocol.ts';
import { codeDigits } from '../store/blocks.ts';
import type { AuditEntry } from '../store/audit/chain.ts';
import type { BlocksFilter } from '../store/blocks.ts';
import { StoreError } from '../store/errors.ts';
import type { EmergencyRow } from '../store/repository/emergencies.ts';
import type { Publication } from '../store/repository/repository.ts';
import type { Image } from '../policy/compile/image.ts';
import { grantRoutes } from './grant-routes.ts';
import type { Emergencies } from './emergencies.ts';
import type { Grants } from './grants.ts';
import type { Traces } from './traces.ts';
import { operatorOf, read } from './asked.ts';
import { ask, question } from './check.ts';
import type { Answer, CheckParts } from './check.ts';
import type { Editions, PublishRequest } from './editions.ts';
import { ControlError } from './errors.ts';
import { listRoutes } from './lists/routes.ts';
import type { ListRoutesParts } from './lists/routes.ts';
import type { RunTask } from './lists/tasks.ts';
import type { QueryClient } from './query.ts';
import { replays } from './replays.ts';
import type { Retracer } from './retrace.ts';
import { streamLines } from './stream.ts';
import { toolsRoutes } from './tools-routes.ts';
import type { ToolsParts } from './tools-routes.ts';
import {
  actOfBackup,
  actOfSecondFactor,
  noSecondFactor,
  onRecord,
  viewOfBlocks,
  viewOfReplay,
  viewOfTrace,
} from './views.ts';

/** What `GET /status` answers. */
export interface Status {
  readonly version: string;
  readonly edition: string | null;
  readonly policyVersion: string | null;
  /** Of the edition in force; epoch milliseconds. */
  readonly since: number | null;
  /** `degraded`: it does its work, and somebody should look at the reasons. */
  readonly status: 'ready' | 'degraded' | 'unready';
  /** Empty when all is well. */
  readonly reasons: readonly string[];
  readonly directory: 'none' | 'available' | 'unavailable';
  readonly proxies: readonly ProxyStatus[];
}

/** What questions about the switches for an emergency answer. */
export interface Switches {
  readonly on: readonly EmergencyRow[];
  /** Names of proxy threads that do not hold it yet. */
  readonly notYetIn: readonly string[];
}

export interface RoutesParts {
  readonly editions: Editions;
  /** In force. @throws ControlError `no-policy` */
  readonly image: () => Image;
  readonly imagesAt: ToolsParts['imagesAt'];
  readonly emergencies: Pick<Emergencies, 'list' | 'notYetIn' | 'floorOnly' | 'close' | 'end'>;
  readonly grants: Pick<Grants, 'list' | 'override' | 'research' | 'end'>;
  /** As for a check. */
  readonly grantsAt: CheckParts['grants'];
  readonly query: Pick<QueryClient, 'blocks' | 'remote'>;
  readonly retracer: Pick<Retracer, 'retrace'>;
  readonly traces: Pick<Traces, 'full' | 'follow'>;
  readonly lists: ListRoutesParts['lists'];
  readonly runTask: RunTask;
  readonly findPerson: CheckParts['findPerson'];
  /** What was published, the last first. */
  readonly publications: () => Promise<readonly Publication[]>;
  /** As published, by how the version begins; the last one where none is named. @throws ControlError `unknown-policy` */
  readonly documents: (version: string | undefined) => Promise<PolicyDocuments>;
  readonly status: () => Promise<Status>;
  /** @returns whether the person of the login had one */
  readonly dropSecondFactor: (login: string) => Promise<boolean>;
  /** Adds to the audit trail. */
  readonly recordAct: (act: AuditEntry) => Promise<void>;
  /** What failed inside while a request was answered. */
  readonly onError: (error: unknown) => void;
}

const document = z.strictObject({ file: z.string(), text: z.string() });
/** Body of publish and validate; without `aup` the one in force goes with the policy. */
const submission = z.strictObject({
  policy: document,
  aup: z.array(document).min(1).optional(),
  note: z.string().max(2_000).default(''),
  /** Why it cannot wait while the policy in force is frozen. */
  duringFreeze: z.string().trim().min(3).max(500).optional(),
});
export type Submission = z.input<typeof submission>;

const reason = z.string().trim().min(3, 'say in a few words why').max(500);
const floorOnlyAsked = z.strictObject({ minutes: z.number(), reason });
const closeAsked = z.strictObject({ host: z.string().min(1).max(300), reason });
const endAsked = z.strictObject({ id: z.string().min(1).max(300) });
const traceAsked = z.strictObject({
  user: z.string().min(1).max(256).optional(),
  ip: z.union([z.ipv4(), z.ipv6()]).optional(),
  minutes: z.coerce.number().min(0.05).max(60),
});
const backupAsked = z.strictObject({ folder: z.string().min(1).max(4_096) });
const whose = z.strictObject({ login: z.string().min(1).max(256) });
const versionQuery = z.strictObject({ version: z.string().min(1).optional() });

const blocksQuery = z.strictObject({
  since: z.iso.datetime({ offset: true }).optional(),
  school: z.string().optional(),
  user: z.string().optional(),
  code: z
    .string()
    .transform((text, context) => {
      const digits = codeDigits(text);
      if (digits !== null) return digits;
      context.addIssue('no short code: write it as in 9F3C-21AB');
      return z.NEVER;
    })
    .optional(),
});

const replayQuery = blocksQuery.extend({
  id: z.string().max(64).optional(),
  traced: z.enum(['yes', 'no']).default('no'),
});

export function createRoutes(parts: RoutesParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // A policy with its inline lists, and an AUP in several languages.
  app.use(express.json({ limit: '32mb' }));
  app.get('/status', async (_request, response) => {
    response.json(await parts.status());
  });
  const check = async (input: unknown): Promise<Answer> => {
    const image = parts.image();
    const asked = read(question, input);
    const { policyVersion } = image.id;
    const { findPerson, grantsAt: grants } = parts;
    return ask({ image, imageAt: await parts.imagesAt(), policyVersion, findPerson, grants }, asked);
  };
  app.get('/check', async (request, response) => {
    response.json(await check(request.query));
  });
  app.post('/check', async (request, response) => {
    response.json(await check(request.body));
  });
  blockRoutes(app, parts);
  app.post('/backup', async (request, response) => {
    const { folder } = read(backupAsked, request.body);
    await parts.recordAct(actOfBackup('backup.make', folder, operatorOf(request)));
    response.json({ ok: true });
  });
  app.post('/second-factor/drop', async (request, response) => {
    const { login } = read(whose, request.body);
    if (!(await parts.dropSecondFactor(login))) throw noSecondFactor(login);
    await parts.recordAct(actOfSecondFactor(login, operatorOf(request)));
    response.json({ ok: true });
  });
  app.get('/trace', async (request, response) => {
    const { user, ip, minutes } = read(traceAsked, request.query);
    await trace(parts, { user, ip, lasts: minutes * 60_000, by: operatorOf(request) }, response);
  });
  emergencyRoutes(app, parts);
  grantRoutes(app, parts);
  policyRoutes(app, parts);
  toolsRoutes(app, parts, read);
  listRoutes(app, { lists: parts.lists, run: parts.runTask, operatorOf, onError: parts.onError });
  app.use((_request, response) => refuse(response, 404, 'there is no such question'));
  app.use(refusals(parts.onError));
  return app;
}

/** Who looks is on the audit trail before the first record is read, and whom they see before it is sent. */
function blockRoutes(app: Express, { query, recordAct, retracer }: RoutesParts): void {
  const keysOf = async ({ user }: BlocksFilter): Promise<readonly string[]> =>
    user === undefined ? [] : query.remote.keysNamed(user);
  app.get('/blocks', async (request, response) => {
    const filter = filterOf(read(blocksQuery, request.query));
    const view = viewOfBlocks(filter, operatorOf(request), await keysOf(filter));
    await recordAct(view);
    await streamLines(response, onRecord(view, recordAct, query.blocks(filter)));
  });
  app.get('/blocks/replay', async (request, response) => {
    const { id, traced, ...rest } = read(replayQuery, request.query);
    const filter = { ...filterOf(rest), ...(id === undefined ? {} : { id }) };
    const view = viewOfReplay(filter, operatorOf(request), await keysOf(filter));
    await recordAct(view);
    const blocks = onRecord(view, recordAct, query.blocks(filter));
    await streamLines(response, replays(retracer, blocks, traced === 'yes'));
  });
}

interface TraceAsked {
  readonly user: string | undefined;
  readonly ip: string | undefined;
  /** Milliseconds. */
  readonly lasts: number;
  readonly by: string;
}

/** Who looks is on the audit trail before they see a line. */
async function trace(
  { traces, findPerson, recordAct }: RoutesParts,
  { user, ip, lasts, by }: TraceAsked,
  response: Response,
): Promise<void> {
  if ((user === undefined) === (ip === undefined))
    throw new ControlError('bad-question', 'name either a person or a device');
  if (traces.full) throw new ControlError('bad-question', 'too many traces are followed: end one first');
  const person = user === undefined ? null : await findPerson(user);
  if (user !== undefined && person === null)
    throw new ControlError('unknown-user', `the directory has no person \`${user}\``);
  const device = ip === undefined ? null : (canonicalAddress(ip) ?? ip);
  await recordAct(viewOfTrace(person?.key ?? null, device, lasts, by));
  const left = new Promise((resolve) => response.once('close', resolve));
  await streamLines(response, traces.follow({ person: person?.key ?? null, ip: device }, lasts, left));
}

/** Whoever has the machine approves nothing: approval is another person's, by name. */
function emergencyRoutes(app: Express, { emergencies }: RoutesParts): void {
  const shown = (): Switches => ({ on: emergencies.list(), notYetIn: emergencies.notYetIn() });
  const by = (request: Request) => ({ key: null, login: operatorOf(request) });
  app.get('/emergency', (_request, response) => {
    response.json(shown());
  });
  app.post('/emergency/floor-only', async (request, response) => {
    const { minutes, reason } = read(floorOnlyAsked, request.body);
    await emergencies.floorOnly(by(request), minutes * 60_000, reason);
    response.json(shown());
  });
  app.post('/emergency/close', async (request, response) => {
    const { host, reason } = read(closeAsked, request.body);
    await emergencies.close(by(request), host, reason);
    response.json(shown());
  });
  app.post('/emergency/end', async (request, response) => {
    const { id } = read(endAsked, request.body);
    const open = emergencies.list();
    const found = open.filter((row) => row.id.endsWith(id) || row.host === id || row.kind === id);
    const [row] = found;
    if (row === undefined || found.some(({ host }) => host !== row.host))
      throw new ControlError('emergency', 'name one that `hallpass emergency list` shows');
    for (const each of found) await emergencies.end(by(request), each.id);
    response.json(shown());
  });
}

function policyRoutes(app: Express, { editions, publications, documents, onError }: RoutesParts): void {
  app.get('/policy/documents', async (request, response) => {
    const { version } = read(versionQuery, request.query);
    response.json(await documents(version));
  });
  app.get('/policy/versions', async (_request, response) => {
    response.json(await publications());
  });
  app.post('/policy/validate', async (request, response) => {
    const compiled = await editions.validate(publication(read(submission, request.body), editions));
    response.json(compiled.ok ? { ok: true, id: compiled.id, warnings: compiled.warnings } : compiled);
  });
  app.post('/policy/publish', async (request, response) => {
    const asked = { ...publication(read(submission, request.body), editions), by: operatorOf(request) };
    response.type('application/x-ndjson');
    const say = (line: object): void => void response.write(`${JSON.stringify(line)}\n`);
    try {
      // Goes on when the asker leaves: a publication is done as a whole or not at all.
      const result = await editions.publish(asked, say);
      say({ result });
    } catch (error) {
      if (!(error instanceof ControlError && error.code === 'frozen')) onError(error);
      say({ error: error instanceof Error ? error.message : String(error) });
    }
    response.end();
  });
}

function publication(
  { policy, aup, note, duringFreeze }: z.output<typeof submission>,
  editions: Editions,
): PublishRequest {
  const texts = aup?.map(({ text }) => text) ?? inForce(editions).documents.aup;
  const files = {
    policy: policy.file,
    aup: aup?.map(({ file }) => file) ?? texts.map(() => 'the AUP in force'),
  };
  const why = duringFreeze === undefined ? {} : { duringFreeze };
  return { documents: { policy: policy.text, aup: texts }, files, note, ...why };
}

function inForce(editions: Editions) {
  const current = editions.current();
  if (current === null) throw new ControlError('no-policy', 'no policy is in force yet');
  return current;
}

function filterOf({ since, school, user, code }: z.output<typeof blocksQuery>): BlocksFilter {
  return {
    ...(since === undefined ? {} : { since: Date.parse(since) }),
    ...(school === undefined ? {} : { school }),
    ...(user === undefined ? {} : { user }),
    ...(code === undefined ? {} : { code }),
  };
}

const statuses: Readonly<Record<string, number>> = {
  'bad-question': 400,
  emergency: 409,
  grant: 409,
  'unknown-group': 404,
  'unknown-user': 404,
  'unknown-policy': 404,
  'no-policy': 503,
  'query-failed': 503,
  'directory-unavailable': 503,
};

function refusals(report: (error: unknown) => void): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    const known = unreadable(error) ?? refusalOf(error);
    if (known === null) report(error);
    // The beginning is sent: only a broken connection can still say that the end is missing.
    if (response.headersSent) response.destroy();
    else
      refuse(
        response,
        known?.status ?? 500,
        known?.detail ?? (error instanceof Error ? error.message : String(error)),
      );
  };
}

interface Refusal {
  readonly status: number;
  readonly detail: string;
}

function refusalOf(error: unknown): Refusal | null {
  const status =
    error instanceof ControlError ? statuses[error.code] : error instanceof StoreError ? 503 : undefined;
  return status === undefined ? null : { status, detail: (error as Error).message };
}

/** What Express marks as the asker's fault, before any question is read. */
function unreadable(error: unknown): Refusal | null {
  const { status, type } = (error ?? {}) as { readonly status?: unknown; readonly type?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return null;
  return { status, detail: bodies[String(type)] ?? 'the question cannot be read' };
}

const bodies: Readonly<Record<string, string>> = {
  'entity.parse.failed': 'the body is no JSON: look for a missing quote, bracket or comma',
  'entity.too.large': 'the body is longer than 32 MB',
};

function refuse(response: Response, status: number, detail: string): void {
  response.status(status).type('application/problem+json').send(JSON.stringify({ status, detail }));
}
