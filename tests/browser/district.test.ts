/**
 * A running district as a browser meets it: block pages, pages that are open, parts of pages, WebSockets and tunnels.
 * HALLPASS_CHROMIUM names the browser (default /usr/bin/chromium); without one, or without slapd, the tests are skipped,
 * unless HALLPASS_TEST_REQUIRE_ALL=1. HALLPASS_TEST_PICTURES=1 writes docs/pictures/tour-block.png anew.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page, Request, Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { slapdMissing } from '../directory/slapd.ts';
import type { Block } from '../integration/district.ts';
import { District, root } from '../integration/district.ts';

const executablePath = process.env['HALLPASS_CHROMIUM'] ?? '/usr/bin/chromium';
const required = process.env['HALLPASS_TEST_REQUIRE_ALL'] === '1';
const browserMissing = !required && !existsSync(executablePath);
if (browserMissing) {
  process.stderr.write(`skipped: there is no browser at ${executablePath}; set HALLPASS_CHROMIUM\n`);
}

/** Where the test's own open page and its WebSocket server live: no other test uses this address. */
const ownHost = '127.10.77.1';
const tunnelPort = 8443;

describe.skipIf(browserMissing || slapdMissing !== null)('a browser in a district', () => {
  let district: District;
  let browser: Browser;
  let folder: string;
  let site: Server;
  let sockets: WebSocketServer;
  /** What the test's own open page holds. */
  let openPage = '';

  /** Publishes the starter policy with one more rule: nobody, staff included, may go to copies.demo.test. */
  async function publishRuleForAll(): Promise<void> {
    const starter = readFileSync(join(root, 'rules/starter/policy.yaml'), 'utf8');
    const rule = `
  - id: copies
    title: Copied films
    publicTitle: { en: Copied films, es: Películas copiadas }
    clause: file-sharing
    for: [staff, k-5, grades-6-8, grades-9-12]
    match: { hosts: [copies.demo.test] }
    action: block
`;
    const file = join(folder, 'policy.yaml');
    writeFileSync(file, starter.replace('\nrules:\n', `\nrules:\n${rule}`));
    const { code, err } = await district.run('policy', 'publish', file, '--data', district.data);
    expect(code, err).toBe(0);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hallpass-browser-'));
    district = await District.start({
      more: 'pages: { district: { en: Demo Unified School District, es: Distrito Escolar Unificado de Demostración } }',
    });
    await publishRuleForAll();
    site = createServer((request, response) => {
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(request.url === '/' ? openPage : '');
    });
    await new Promise<void>((resolve) => site.listen(0, ownHost, resolve));
    sockets = new WebSocketServer({ host: ownHost, port: tunnelPort });
    sockets.on('connection', (socket) =>
      socket.on('message', (data, binary) => socket.send(data, { binary })),
    );
    browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        `--proxy-server=127.0.0.1:${district.proxyPort}`,
        '--proxy-bypass-list=<-loopback>',
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    sockets?.close();
    await new Promise((closed) => (site === undefined ? closed(null) : site.close(closed)));
    await district?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Visit {
    readonly page: Page;
    /** The answer to the navigation. */
    readonly response: Response | null;
    readonly requests: readonly Request[];
    /** What the browser or the page wrote to the console, without the note that a status is that of an error. */
    readonly complaints: readonly string[];
  }

  /** Opens `url` in a profile of its own, signed in as `login` with its demo password, or with `login:password`. */
  async function visit(
    url: string,
    login: string | null,
    use: (visit: Visit) => Promise<void>,
    view: BrowserContextOptions = {},
  ): Promise<void> {
    const [username = '', password = `demo-${username}`] = login?.split(':') ?? [];
    const server = `http://127.0.0.1:${district.proxyPort}`;
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en-US',
      ...view,
      proxy: login === null ? { server } : { server, username, password },
    });
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: Request[] = [];
      page.on('console', (message) => {
        if (!message.text().startsWith('Failed to load resource: the server responded')) {
          complaints.push(message.text());
        }
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => requests.push(request));
      const response = await page.goto(url, { waitUntil: 'load' });
      await use({ page, response, requests, complaints });
    } finally {
      await context.close();
    }
  }

  const games = (path: string): string => `http://${district.at('games')}${path}`;
  const recordsOf = async (url: string): Promise<Block[]> =>
    (await district.blocks()).filter((block) => block.url === url);

  describe('the block page', () => {
    it.each([
      ['student.k1', 'en-US', 'games', 'This page is closed at school'],
      ['student.k1', 'es-ES', 'games', 'Esta página está cerrada en la escuela'],
      ['student.g7', 'en-US', 'games', 'This site is closed at school'],
      ['student.g7', 'es-ES', 'games', 'Este sitio está cerrado en la escuela'],
      ['student.g10', 'en-US', 'games', 'This site is closed at school'],
      ['teacher.middle', 'en-US', 'copies', 'Closed by district policy'],
      ['teacher.middle', 'es-ES', 'copies', 'Cerrado por la política del distrito'],
    ])(
      '%s, %s: %s is closed, with the clause and the id of the one record',
      async (who, locale, host, h1) => {
        const url = `http://${district.at(host)}/${who}/${locale}`;
        const young = who === 'student.k1';
        await visit(
          url,
          who,
          async ({ page, response, requests, complaints }) => {
            expect(response?.status()).toBe(403);
            expect(await page.locator('h1').innerText()).toBe(h1);
            expect(await page.getAttribute('html', 'lang')).toBe(locale.slice(0, 2));
            const [record, ...others] = await recordsOf(url);
            expect(others).toEqual([]);
            expect(record).toMatchObject({ user: who, count: 1, method: 'GET', action: 'block' });
            const id = await page.locator('main').getAttribute('data-record');
            expect(id).toBe(record?.id);
            expect(await page.locator('.code').innerText()).toBe(young ? shortCode(id ?? '') : id);
            const clause = await page.locator('blockquote').innerText();
            expect(flat(clause)).toBe(
              clauseOf(locale.slice(0, 2), host === 'games' ? 'games' : 'file-sharing', young),
            );
            // What is kept is the clause as it was adopted, whatever language and words the page shows.
            expect(flat(record?.clauseText ?? '')).toBe(clauseOf('en', record?.clause ?? '', false));
            expect(complaints).toEqual([]);
            expect(
              requests.map((request) => request.url()).filter((each) => !each.startsWith('data:')),
            ).toEqual([url]);
          },
          { locale },
        );
      },
    );

    it.each(['student.k1', 'student.g10', 'teacher.middle'])('%s: fits a screen of 360 px', async (who) => {
      const host = who === 'teacher.middle' ? 'copies' : 'games';
      await visit(
        `http://${district.at(host)}/narrow`,
        who,
        async ({ page }) => {
          expect(await page.locator('main').isVisible()).toBe(true);
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
        },
        { viewport: { width: 360, height: 800 } },
      );
    });

    it.runIf(process.env['HALLPASS_TEST_PICTURES'] === '1')('picture tour-block', async () => {
      await visit(games('/'), 'student.g7', async ({ page }) => {
        await page.screenshot({ path: join(root, 'docs/pictures/tour-block.png'), fullPage: true });
      });
    });
  });

  describe('a page that is open', () => {
    it('comes from its origin, with no question who asks', async () => {
      await visit(`http://${district.at('library')}/`, null, async ({ page, response, complaints }) => {
        expect(response?.status()).toBe(200);
        expect(await page.title()).toBe('Demo Library');
        expect(complaints).toEqual([]);
      });
    });

    it('staff see what is closed for students', async () => {
      await visit(games('/'), 'teacher.middle', async ({ page, response, complaints }) => {
        expect(response?.status()).toBe(200);
        expect(await page.locator('h1').innerText()).toBe('Demo Games');
        expect(complaints).toEqual([]);
      });
    });
  });

  it('parts of an open page that are closed come back empty, and count under one record', async () => {
    const images = ['a.png', 'b.png', 'c.png'].map((name) => `http://${district.at('copies')}/${name}`);
    openPage =
      '<!doctype html><title>Open</title><link rel="icon" href="data:,">' +
      images.map((src) => `<img src="${src}" alt="">`).join('') +
      `<script src="http://${district.at('copies')}/d.js"></script>`;
    const { port } = site.address() as AddressInfo;
    // Browsers do not ask people to sign in for an image of another site, so they meet it signed in already.
    await visit(games('/before'), 'student.g8', async ({ page, requests }) => {
      const response = await page.goto(`http://${ownHost}:${port}/`, { waitUntil: 'load' });
      expect(response?.status()).toBe(200);
      expect(await page.title()).toBe('Open');
      for (const url of images) {
        const answer = await requests.find((request) => request.url() === url)?.response();
        expect([answer?.status(), answer?.headers()['content-length']]).toEqual([403, '0']);
      }
    });
    const records = await district.blocks('--user', 'student.g8');
    expect(records.map(({ host, count }) => [host, count])).toEqual([
      ['games.demo.test', 1],
      ['copies.demo.test', 4],
    ]);
  });

  it('an HTTPS tunnel that is closed is the browser’s own error, and one record of CONNECT', async () => {
    const url = `https://games.demo.test:${tunnelPort}`;
    await expect(visit(url, 'student.g9', async () => undefined)).rejects.toThrow(
      'net::ERR_TUNNEL_CONNECTION_FAILED',
    );
    const records = await district.blocks('--user', 'student.g9');
    expect(records).toMatchObject([{ method: 'CONNECT', host: 'games.demo.test', rule: 'games', url }]);
  });

  it('wrong credentials end on the page that asks to sign in, and nothing is recorded', async () => {
    const url = games('/wrong');
    await visit(url, 'student.g6:wrong', async ({ page, response }) => {
      expect(response?.status()).toBe(407);
      expect(await page.locator('h1').innerText()).toBe('Please sign in');
    });
    expect(await recordsOf(url)).toEqual([]);
  });

  describe('a WebSocket', () => {
    it('works from a page, by CONNECT', async () => {
      openPage = '<!doctype html><title>Open</title><link rel="icon" href="data:,">';
      const { port } = site.address() as AddressInfo;
      const upgrades = upgradesOf(sockets);
      await visit(`http://${ownHost}:${port}/`, null, async ({ page }) => {
        const echoed = await page.evaluate(echoInPage, `ws://${ownHost}:${tunnelPort}/from-page`);
        expect(echoed).toBe('hello');
      });
      expect(upgrades).toEqual(['/from-page']);
    });

    it('works by an Upgrade in absolute form', async () => {
      // `ws` has no notion of a proxy, but lets its request be finished by hand: the target becomes an absolute one.
      const socket = new WebSocket(`ws://127.0.0.1:${district.proxyPort}/`, {
        headers: { Host: `${ownHost}:${tunnelPort}` },
        finishRequest: (request) => {
          request.path = `http://${ownHost}:${tunnelPort}/absolute`;
          request.end();
        },
      });
      const upgrades = upgradesOf(sockets);
      const echoed = await new Promise((resolve, reject) => {
        socket.on('error', reject);
        socket.on('open', () => socket.send('hello'));
        socket.on('message', (data: Buffer) => resolve(data.toString()));
      });
      socket.close();
      expect(echoed).toBe('hello');
      expect(upgrades).toEqual(['/absolute']);
    });

    it('works byte by byte, with what follows the head in the same packet', async () => {
      const socket = connect(district.proxyPort, '127.0.0.1');
      const head =
        `GET http://${ownHost}:${tunnelPort}/raw HTTP/1.1\r\nHost: ${ownHost}:${tunnelPort}\r\n` +
        'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
      // "hi" as a text frame of a client, its mask all zero (RFC 6455 §5.2).
      const frame = [0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69];
      socket.write(Buffer.concat([Buffer.from(head), Buffer.from(frame)]));
      let heard = '';
      socket.on('data', (bytes) => (heard += bytes.toString('latin1')));
      await expect.poll(() => heard, { timeout: 10_000 }).toContain('\r\n\r\n\x81\x02hi');
      expect(heard).toMatch(/^HTTP\/1\.1 101 /);
      // The digest of the key above, from RFC 6455 §1.3: this handshake was the origin's own.
      expect(heard.toLowerCase()).toContain('sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=');
      socket.destroy();
    });

    it('is refused where the host is closed', async () => {
      const status = await new Promise((resolve, reject) => {
        const credentials = Buffer.from('student.g7:demo-student.g7').toString('base64');
        httpRequest({
          host: '127.0.0.1',
          port: district.proxyPort,
          path: games('/socket'),
          headers: {
            Host: district.at('games'),
            Connection: 'Upgrade',
            Upgrade: 'websocket',
            'Proxy-Authorization': `Basic ${credentials}`,
          },
          agent: false,
        })
          .on('response', (response) => resolve(response.resume().statusCode))
          .on('upgrade', (_, socket) => {
            socket.destroy();
            reject(new Error('upgraded'));
          })
          .on('error', reject)
          .end();
      });
      expect(status).toBe(403);
    });
  });
});

/** Paths of the handshakes that reach the server from now on. */
function upgradesOf(server: WebSocketServer): string[] {
  const paths: string[] = [];
  server.on('headers', (_, request) => paths.push(request.url ?? ''));
  return paths;
}

/** The last eight digits of an id, as the youngest are shown them. */
function shortCode(id: string): string {
  const tail = id.slice(-8).toUpperCase();
  return `${tail.slice(0, 4)}-${tail.slice(4)}`;
}

const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The text of a clause straight from the Markdown of the starter AUP, on one line. */
function clauseOf(language: string, id: string, child: boolean): string {
  const file = language === 'en' ? 'aup.md' : `aup.${language}.md`;
  const sections = readFileSync(join(root, 'rules/starter', file), 'utf8').split(/^### /m);
  const lines = (sections.find((section) => section.split('\n', 1)[0]?.endsWith(`{#${id}}`)) ?? '').split(
    '\n',
  );
  // Comments are no text of the clause.
  const text = lines.slice(1).filter((line) => !line.startsWith('<!--'));
  const own = text.filter((line) => line.startsWith('>') === child);
  return flat(own.map((line) => line.replace(/^> (For younger students: )?/, '')).join(' '));
}

/** As much of the browser as the functions here use that run in it. */
declare const document: { readonly documentElement: { readonly scrollWidth: number } };

/** Runs in the page. */
function echoInPage(url: string): Promise<string> {
  const socket = new globalThis.WebSocket(url);
  return new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error('the socket failed'));
    socket.onopen = () => socket.send('hello');
    socket.onmessage = ({ data }) => resolve(String(data));
  });
}
