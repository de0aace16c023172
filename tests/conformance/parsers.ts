/** What others find in the bytes that the origin received. */
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { duplexPair } from 'node:stream';
import { ChunkedDecoder } from '../../proxy/wire/chunked.ts';
import { requestBodyLength } from '../../proxy/wire/framing.ts';
import { parseRequestHead } from '../../proxy/wire/head.ts';
import { HeadReader } from '../../proxy/wire/head-reader.ts';
import { settings } from '../proxy/wire/sockets.ts';
import { missing } from '../optional.ts';
import type { Request } from './forwarder.ts';

export interface Parsed {
  readonly requests: readonly Request[];
  /** The parser gave up on the bytes, or they ended within a request. */
  readonly failed: boolean;
}

/** Node's own parser, through a whole `node:http` server. */
export async function parseWithNode(bytes: string, insecureHTTPParser: boolean): Promise<Parsed> {
  const requests: Request[] = [];
  let failed = false;
  const server = createServer({ insecureHTTPParser }, (request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
    request.on('error', () => (failed = true));
    request.on('end', () => {
      requests.push({ method: request.method ?? '', target: request.url ?? '', body });
      response.end();
    });
  });
  const left = (request: IncomingMessage, socket: Duplex): void => {
    requests.push({ method: request.method ?? '', target: request.url ?? '', body: '' });
    socket.end();
  };
  server.on('connect', left);
  server.on('upgrade', left);
  server.on('clientError', (_error, socket) => {
    failed = true;
    socket.destroy();
  });
  const [near, far] = duplexPair();
  server.emit('connection', far);
  const closed = new Promise<void>((resolve) => {
    near.on('close', resolve).on('end', resolve).on('error', resolve);
    far.on('close', resolve);
  });
  near.resume();
  near.end(Buffer.from(bytes, 'latin1'));
  await closed;
  // What the server still has to say of the last bytes, it says within this turn.
  await new Promise((resolve) => setImmediate(resolve));
  server.close();
  return { requests, failed };
}

/** Our own parts, put together in the simplest way. */
export function parseStrictly(bytes: string): Parsed {
  const requests: Request[] = [];
  let rest: Buffer | null = Buffer.from(bytes, 'latin1');
  try {
    while (rest !== null && rest.length > 0) {
      const read = new HeadReader(settings.maxHeadBytes).push(rest);
      if (read === null) return { requests, failed: true };
      const head = parseRequestHead(read.text, settings);
      const length = requestBodyLength(head);
      rest = read.rest ?? Buffer.alloc(0);
      let body = '';
      let end: number = typeof length === 'number' ? length : -1;
      if (length === 'chunked') {
        end = new ChunkedDecoder().push(rest, 0, (data) => (body += data.toString('latin1')));
      } else body = rest.toString('latin1', 0, end);
      if (end < 0 || end > rest.length) return { requests, failed: true };
      requests.push({ method: head.method, target: head.target, body });
      rest = rest.subarray(end);
    }
  } catch {
    return { requests, failed: true };
  }
  return { requests, failed: false };
}

/** Python's `http.server`, which takes a bare CR for a line end; bodies are read as a handler of it would read them. */
const python = `
import io, json, sys
from http.server import BaseHTTPRequestHandler
class Handler(BaseHTTPRequestHandler):
    def __init__(self, data):
        self.rfile, self.wfile, self.client_address = io.BytesIO(data), io.BytesIO(), ('', 0)
    def log_message(self, *a): pass
def body(h):
    if 'chunked' in (h.headers.get('Transfer-Encoding') or '').lower():
        out = b''
        while True:
            size = int(h.rfile.readline().split(b';')[0].strip(), 16)
            if size == 0:
                while h.rfile.readline().strip(): pass
                return out
            out += h.rfile.read(size)
            h.rfile.readline()
    return h.rfile.read(int(h.headers.get('Content-Length') or 0))
def parse(text):
    h, found = Handler(text.encode('latin-1')), []
    try:
        while True:
            h.raw_requestline = h.rfile.readline(65537)
            if not h.raw_requestline: return {'requests': found, 'failed': False}
            if not h.parse_request(): return {'requests': found, 'failed': True}
            found.append({'method': h.command, 'target': h.path, 'body': body(h).decode('latin-1')})
    except Exception:
        return {'requests': found, 'failed': True}
print(json.dumps([parse(text) for text in json.load(sys.stdin)]))
`;

/** Why Python's parser cannot be asked here; null when it can. */
export const pythonMissing = missing(
  spawnSync('python3', ['--version']).status === 0,
  'python3 not installed: the comparison with its parser is skipped',
);

export function parseWithPython(texts: readonly string[]): readonly Parsed[] {
  const run = spawnSync('python3', ['-c', python], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  });
  if (run.status !== 0) throw new Error(`python3 failed: ${run.stderr}`);
  return JSON.parse(run.stdout) as readonly Parsed[];
}
