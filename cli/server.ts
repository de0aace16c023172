/** The running server, asked over its socket. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { operatorHeader } from '../control/views.ts';
import { socketPath } from '../control/socket.ts';
import { CliError } from './errors.ts';
import { operator } from './operator.ts';
import { dataFolder } from './place.ts';
import type { PlaceOptions } from './place.ts';

/** Answers of the server, as the command wants to read them. */
export interface Server {
  /** @throws CliError `server` with the server's own words when it says no */
  get(path: string, query?: Readonly<Record<string, string | undefined>>): Promise<IncomingMessage>;
  post(path: string, body: unknown): Promise<IncomingMessage>;
}

/**
 * The server of a data folder, or null when none runs.
 * @throws CliError `server` when one runs that this user may not talk to
 */
export async function runningServer(data: string): Promise<Server | null> {
  const path = socketPath(data);
  const code = await tryConnect(path);
  if (code === null) return serverAt(path);
  if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') return null;
  const why = code === 'EACCES' ? 'this user may not talk to it' : code;
  throw new CliError('server', `cannot reach the server at \`${path}\`: ${why}`);
}

/** The server of a place. @param why there has to be one @throws CliError `not-running`, or as {@link runningServer} does */
export async function neededServer(place: PlaceOptions, why: string): Promise<Server> {
  const data = await dataFolder(place);
  const server = await runningServer(data);
  if (server === null) throw new CliError('not-running', `no server runs on \`${data}\`: ${why}`);
  return server;
}

/** Null when somebody answers, else the code of the error. */
function tryConnect(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(null);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

function serverAt(socketPath: string): Server {
  return {
    get: (path, query = {}) => {
      const given = Object.entries(query).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      );
      const search = new URLSearchParams(given).toString();
      return send(socketPath, 'GET', search === '' ? path : `${path}?${search}`);
    },
    post: (path, body) => send(socketPath, 'POST', path, JSON.stringify(body)),
  };
}

async function send(
  socketPath: string,
  method: string,
  path: string,
  body?: string,
): Promise<IncomingMessage> {
  const headers = {
    ...{ [operatorHeader]: operator() },
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const sent = request({ socketPath, method, path, headers }).end(body);
  let response: IncomingMessage;
  try {
    [response] = (await once(sent, 'response')) as [IncomingMessage];
  } catch (error) {
    throw new CliError('server', `the server does not answer: ${(error as Error).message}`, { cause: error });
  }
  if (response.statusCode === 200) return response;
  // 400: the question itself was not understood.
  throw new CliError(response.statusCode === 400 ? 'usage' : 'server', reasonIn(await textOf(response)));
}

export async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk as string;
  return text;
}

/** Lines as they arrive. @throws CliError `server` when the answer breaks off */
export async function* linesOf(response: IncomingMessage): AsyncGenerator<string, void, undefined> {
  let rest = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = (rest + (chunk as string)).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    throw new CliError('server', 'the server broke off its answer: see its log', { cause: error });
  }
  if (rest !== '') yield rest;
}

/** Refusals are problem details (RFC 9457). */
function reasonIn(body: string): string {
  try {
    const { detail, title } = JSON.parse(body) as { detail?: unknown; title?: unknown };
    return String(detail ?? title);
  } catch {
    return 'the server refused without a reason: see its log';
  }
}
