import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { download } from '../../../control/lists/download.ts';
import type { Wanted } from '../../../control/lists/download.ts';
import { AddressRules } from '../../../proxy/upstream/address-rules.ts';
import { Names } from '../../../proxy/upstream/names.ts';
import { dnsOptions } from '../../../proxy/upstream/options.ts';
import { Ways } from '../../../proxy/upstream/ways.ts';
import { TestCa } from '../../directory/certificates.ts';
import { file, startOrigin } from './origin.ts';
import type { Origin } from './origin.ts';

let folder: string;
let origin: Origin;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-download-'));
  origin = await startOrigin();
});
afterEach(async () => {
  await origin.close();
  await rm(folder, { recursive: true, force: true });
});

const waysTo = (...allow: readonly string[]): Ways =>
  new Ways({
    names: new Names(dnsOptions.parse({ hosts: { 'lists.test': '127.10.0.21', 'inside.test': '10.0.0.1' } })),
    rules: new AddressRules({ allow, own: [] }),
    dial: { connectTimeout: 2_000, attemptDelay: 100 },
    parent: null,
    defect: (error) => {
      throw error;
    },
  });
const parts = {
  ways: waysTo('127.10.0.0/16'),
  userAgent: 'Hallpass/test',
  responseTimeout: 1_000,
  idleTimeout: 400,
};

const get = (asked: Partial<Wanted> = {}, given: Partial<typeof parts> = {}) =>
  download(
    {
      ...{ url: origin.url, into: join(folder, 'list'), maxSize: 1_000_000 },
      ...{ etag: null, lastModified: null, credentials: null, ...asked },
    },
    { ...parts, ...given },
  );
const text = 'games.test\nvideo.test\n';

describe('a list of the open internet', () => {
  test('is fetched as it is, with its digest and what tells its next version', async () => {
    origin.answer = file(text, '"v1"');
    const progress: number[] = [];
    const got = await get({
      url: `${origin.url}lists/games.txt?v=1`,
      onProgress: (bytes) => progress.push(bytes),
    });
    expect(got).toEqual({
      ...{ kind: 'new', bytes: text.length, etag: '"v1"', lastModified: null },
      sha256: createHash('sha256').update(text).digest('hex'),
    });
    expect(await readFile(join(folder, 'list'), 'utf8')).toBe(text);
    expect(progress.at(-1)).toBe(text.length);
    const [request] = origin.seen;
    expect([request?.url, request?.headers.host, request?.headers['user-agent']]).toEqual([
      '/lists/games.txt?v=1',
      new URL(origin.url).host,
      'Hallpass/test',
    ]);
  });

  test('is not sent again while it is the same', async () => {
    origin.answer = file(text, '"v1"');
    expect(await get({ etag: '"v1"', lastModified: 'Sat, 01 Aug 2026 00:00:00 GMT' })).toEqual({
      kind: 'same',
    });
    expect(origin.seen[0]?.headers['if-modified-since']).toBe('Sat, 01 Aug 2026 00:00:00 GMT');
  });

  test('is found where its address redirects to', async () => {
    origin.answer = (request, response) => {
      if (request.url === '/new') return file(text)(request, response);
      response.writeHead(302, { location: '/new' }).end();
    };
    expect(await get()).toMatchObject({ kind: 'new', bytes: text.length });
  });
});

const failing: readonly [what: string, code: string, answer: RequestListener, asked?: Partial<Wanted>][] = [
  ['an error', 'source-status', (_q, r) => void r.writeHead(503).end('away')],
  ['304 to who has nothing', 'source-status', (_q, r) => void r.writeHead(304).end()],
  ['a circle', 'source-redirect', (_q, r) => void r.writeHead(302, { location: '/' }).end()],
  [
    'redirects without end',
    'source-redirect',
    (q, r) => void r.writeHead(302, { location: `${q.url ?? ''}x` }).end(),
  ],
  [
    'a redirect to a file',
    'source-redirect',
    (_q, r) => void r.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  ],
  [
    'a redirect to inside',
    'source-refused-address',
    (_q, r) => void r.writeHead(302, { location: 'http://inside.test/' }).end(),
  ],
  [
    'a redirect to the metadata of a cloud',
    'source-refused-address',
    (_q, r) => void r.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
  ],
  ['more than may be, as it says', 'source-too-large', file(text), { maxSize: 5 }],
  [
    'more than may be, without saying so',
    'source-too-large',
    (_q, r) => {
      r.writeHead(200);
      r.write('x'.repeat(100));
      r.end('y'.repeat(100));
    },
    { maxSize: 150 },
  ],
  ['no answer', 'source-timeout', () => undefined],
  [
    'half a body, then nothing',
    'source-timeout',
    (_q, r) => {
      r.writeHead(200, { 'content-length': 100 });
      r.write('half');
    },
  ],
  [
    'half a body, then the end',
    'source-unreachable',
    (_q, r) => {
      r.writeHead(200, { 'content-length': 100 });
      r.write('half', () => r.destroy());
    },
  ],
];

describe('an origin that gives', () => {
  test.each(failing)('%s fails as such', async (_what, code, answer, asked) => {
    origin.answer = answer;
    await expect(get(asked)).rejects.toMatchObject({ name: 'ListError', code });
    expect(origin.seen.length).toBeLessThan(8);
  });
});

describe('an address', () => {
  test('is dialled only where the rules allow it', async () => {
    await expect(get({}, { ways: waysTo() })).rejects.toMatchObject({ code: 'source-refused-address' });
    expect(origin.seen).toEqual([]);
  });

  test('that nobody listens at is told', async () => {
    await expect(get({ url: 'http://127.10.0.22:9/' })).rejects.toThrow(/127\.10\.0\.22:9.*connect-refused/);
    await expect(get({ url: 'http://nowhere.invalid./' })).rejects.toMatchObject({
      code: 'source-unreachable',
    });
  });
});

describe('behind a parent proxy', () => {
  test('everything goes through it, in its own form; what it signs in with is not the list of the origin', async () => {
    const { port } = new URL(origin.url);
    const ways = new Ways({
      names: new Names(dnsOptions.parse({})),
      rules: new AddressRules({ allow: [], own: [] }),
      dial: { connectTimeout: 2_000, attemptDelay: 100 },
      parent: {
        ...{ host: '127.10.0.21', port: Number(port), authorization: 'Basic cDpx', except: [] },
        ...{ maxHeadBytes: 16_384, maxTargetBytes: 8_192, maxFields: 64, responseTimeout: 1_000 },
      },
      defect: (error) => {
        throw error;
      },
    });
    origin.answer = file(text);
    const got = await get({ url: 'http://lists.region.example:8080/a.txt?b' }, { ways });
    expect(got).toMatchObject({ bytes: text.length });
    const [seen] = origin.seen;
    expect([seen?.url, seen?.headers.host, seen?.headers['proxy-authorization']]).toEqual([
      'http://lists.region.example:8080/a.txt?b',
      'lists.region.example:8080',
      'Basic cDpx',
    ]);
    await expect(get({ url: 'https://lists.region.example/' }, { ways })).rejects.toMatchObject({
      code: 'source-unreachable',
    });
  });
});

describe('over TLS', () => {
  let ca: TestCa;
  let secure: Origin;
  const before = getCACertificates('default');
  beforeAll(async () => {
    ca = await TestCa.create();
    const { certificate, key } = await ca.issue('lists', '/CN=lists.test', ['DNS:lists.test']);
    const [cert, secret] = [certificate, key].map((path) => readFileSync(path, 'utf8'));
    secure = await startOrigin({ cert: cert ?? '', key: secret ?? '' });
  });
  afterAll(async () => {
    setDefaultCACertificates(before);
    await secure.close();
    await ca.remove();
  });
  const named = () => secure.url.replace('127.10.0.21', 'lists.test');

  test('nothing is asked of who cannot be trusted', async () => {
    await expect(get({ url: named() })).rejects.toMatchObject({ code: 'source-tls' });
    expect(secure.seen).toEqual([]);
  });

  test('who is trusted is asked, and only by its name', async () => {
    setDefaultCACertificates([...before, readFileSync(ca.certificate, 'utf8')]);
    const long = 'example.org\n'.repeat(200_000);
    secure.answer = file(long);
    expect(await get({ url: named(), maxSize: 1e7, credentials: 'ann:pässword' })).toMatchObject({
      bytes: long.length,
    });
    expect(secure.seen.at(-1)?.headers.authorization).toBe(
      `Basic ${Buffer.from('ann:pässword').toString('base64')}`,
    );
    await expect(get({ url: secure.url })).rejects.toMatchObject({ code: 'source-tls' });
  });

  test('a password is for its origin alone, and no redirect leaves TLS', async () => {
    setDefaultCACertificates([...before, readFileSync(ca.certificate, 'utf8')]);
    const other = await startOrigin();
    secure.answer = (_request, response) => void response.writeHead(302, { location: other.url }).end();
    await expect(get({ url: named(), credentials: 'ann:secret' })).rejects.toMatchObject({
      code: 'source-redirect',
    });
    origin.answer = file(text);
    await get({ credentials: 'ann:secret' });
    expect(origin.seen[0]?.headers.authorization).toBeUndefined();
    expect(other.seen).toEqual([]);
    await other.close();
    expect(await readdir(folder)).toEqual(['list']);
  });
});
