/**
 * Block and error pages in a real browser. HALLPASS_CHROMIUM names it (default /usr/bin/chromium); without one the tests
 * are skipped, unless HALLPASS_TEST_REQUIRE_ALL=1. HALLPASS_TEST_PICTURES=1 writes docs/pictures/ anew.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page as Answer } from '../../pages/layout.ts';
import { options } from '../../pages/options.ts';
import { createPages } from '../../proxy/pages/pages.ts';
import { arabic, blockInput, clauses, pages, recordId } from '../proxy/pages/sample.ts';

const executablePath = process.env['HALLPASS_CHROMIUM'] ?? '/usr/bin/chromium';
const required = process.env['HALLPASS_TEST_REQUIRE_ALL'] === '1';
const skip = !required && !existsSync(executablePath);
if (skip) process.stderr.write(`skipped: there is no browser at ${executablePath}; set HALLPASS_CHROMIUM\n`);

const voices = ['young', 'student', 'staff'] as const;
const languages = ['en', 'es'] as const;
const widths = [360, 1280] as const;
const schemes = ['light', 'dark'] as const;

/** What the server gives, by path. */
const answers = new Map<string, Answer>();
const asked: string[] = [];
let server: Server;
let browser: Browser;
let origin: string;
let folder: string;

function prepareAnswers(): void {
  for (const voice of voices) {
    for (const language of languages) {
      answers.set(`/${voice}-${language}`, pages.blockPage(blockInput({ voice, language })));
    }
    const host = `${'a'.repeat(60)}.${'b'.repeat(60)}.demo.test`;
    const text = `${'Lorem ipsum '.repeat(200)}\n\n${'x'.repeat(300)}`;
    const clause = { ...clauses.en, text, child: text };
    answers.set(
      `/${voice}-long`,
      pages.blockPage(blockInput({ voice, host, clause, ruleId: 'r'.repeat(64) })),
    );
    answers.set(
      `/${voice}-bare`,
      pages.blockPage(blockInput({ voice, id: null, clause: null, audienceTitle: null })),
    );
  }
  for (const language of languages) {
    const error = { form: 'html', language, id: recordId, host: 'libary.demo.test' } as const;
    answers.set(`/error-${language}`, pages.errorPage({ ...error, code: 'name-not-found' }));
    answers.set(
      `/error-detail-${language}`,
      pages.errorPage({ ...error, code: 'bad-request', detail: 'y'.repeat(200) }),
    );
  }
  writeFileSync(join(folder, 'ar.yaml'), arabic);
  const rightToLeft = createPages(options.parse({ languages: ['ar'], folder }), {
    retentionDays: 90,
    portal: 'http://hallpass',
  });
  answers.set('/student-ar', rightToLeft.blockPage(blockInput({ language: 'ar' })));
  const acts = { token: 'sealed', continue: 600_000 };
  answers.set('/student-forms', pages.blockPage(blockInput({ action: 'warn', acts })));
  answers.set('/student-framed', pages.blockPage(blockInput({ action: 'warn', acts, framed: true })));
  answers.set('/evil', {
    status: 200,
    headers: [['Content-Type', 'text/html']],
    body: Buffer.from(
      '<!doctype html><title>Evil</title><link rel="icon" href="data:,"><iframe name="forms" src="/student-forms" ' +
        'width="1000" height="900"></iframe><iframe name="framed" src="/student-framed" width="1000" height="1200"></iframe>',
    ),
  });
  const framing =
    '<!doctype html><title>Frame</title><link rel="icon" href="data:,"><iframe src="/student-en"></iframe>';
  answers.set('/framing', {
    status: 200,
    headers: [['Content-Type', 'text/html']],
    body: Buffer.from(framing),
  });
}

describe.skipIf(skip)('in a browser', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hallpass-pages-'));
    prepareAnswers();
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      const answer = answers.get(request.url ?? '');
      for (const [name, value] of answer?.headers ?? []) response.setHeader(name, value);
      response.statusCode = answer?.status ?? 404;
      response.end(answer?.body);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  });

  afterAll(async () => {
    await browser?.close();
    await new Promise((closed) => server.close(closed));
    rmSync(folder, { recursive: true });
  });

  /** Opens the page, checks that nothing else was asked for and that nothing was complained about, and hands it over. */
  async function visit(
    path: string,
    view: { readonly width?: number; readonly colorScheme?: 'light' | 'dark'; readonly settle?: boolean },
    use: (page: Page) => Promise<void>,
  ): Promise<void> {
    const { width = 1280, colorScheme = 'light', settle = false } = view;
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    try {
      const page = await context.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => requests.push(request.url()));
      asked.length = 0;
      await page.goto(origin + path, { waitUntil: settle ? 'networkidle' : 'load' });
      await use(page);
      // The browser's own note that the status is that of an error.
      expect(
        complaints.filter((text) => !text.startsWith('Failed to load resource: the server responded')),
      ).toEqual([]);
      const fetched = requests.filter((url) => !url.startsWith('data:'));
      expect(fetched.every((url) => url.startsWith(`${origin}/`))).toBe(true);
      if (path !== '/framing') expect([fetched, asked]).toEqual([[origin + path], [path]]);
    } finally {
      await context.close();
    }
  }

  const every = [
    ...voices.flatMap((voice) => [...languages, 'long', 'bare'].map((what) => `/${voice}-${what}`)),
    ...languages.flatMap((language) => [`/error-${language}`, `/error-detail-${language}`]),
    '/student-ar',
    '/student-forms',
    '/student-framed',
  ];

  it.each(every)('%s fits, is styled and can be read, narrow and wide, by day and by night', async (path) => {
    await visit(path, {}, async (page) => {
      for (const width of widths) {
        for (const colorScheme of schemes) {
          await page.setViewportSize({ width, height: 800 });
          await page.emulateMedia({ colorScheme });
          const seen = await page.evaluate(measure);
          expect(seen.scrollWidth).toBeLessThanOrEqual(width);
          expect(seen.padded).toBe(true);
          expect(seen.texts).toBeGreaterThan(6);
          expect(seen.faint).toEqual([]);
        }
      }
    });
  });

  it('a page names its language and direction, one main heading, and its parts', async () => {
    await visit('/student-es', { settle: true }, async (page) => {
      expect(await page.getAttribute('html', 'lang')).toBe('es');
      expect(await page.getAttribute('html', 'dir')).toBe('ltr');
      expect(await page.title()).toBe('Este sitio está cerrado en la escuela');
      for (const part of ['h1', 'main', 'header', 'blockquote[lang=es]', 'aside']) {
        expect(await page.locator(part).count(), part).toBe(1);
      }
    });
  });

  it('a right-to-left language begins at the right', async () => {
    await visit('/student-ar', { width: 1280 }, async (page) => {
      const heading = await page.locator('h1').evaluate((element) => getComputedStyle(element).direction);
      expect(heading).toBe('rtl');
      const [stack, ticket] = [
        await page.locator('.stack').boundingBox(),
        await page.locator('.ticket').boundingBox(),
      ];
      expect(stack?.x).toBeGreaterThan(ticket?.x ?? Infinity);
    });
  });

  it('the code of the youngest is in the first view of a small screen, on one line', async () => {
    await visit('/young-en', { width: 360 }, async (page) => {
      const box = await page.locator('.code').boundingBox();
      expect((box?.y ?? Infinity) + (box?.height ?? 0)).toBeLessThan(800);
      expect(box?.height).toBeLessThan(70);
      expect(await page.locator('.code').innerText()).toBe('9F3C-21AB');
    });
  });

  it('a blocked frame shows its page, and the site around it cannot read it', async () => {
    await visit('/framing', { width: 1280 }, async (page) => {
      const frame = page.frames()[1];
      expect(await frame?.locator('h1').innerText()).toBe('This site is closed at school');
      expect(await page.evaluate(() => document.querySelector('iframe')?.contentDocument)).toBeNull();
    });
  });

  it('a page with forms shows in no frame, and the links of a framed page lead out of it', async () => {
    const context = await browser.newContext({ viewport: { width: 1100, height: 2200 } });
    try {
      const page = await context.newPage();
      await page.goto(`${origin}/evil`);
      const frame = (name: string) => page.frame({ name });
      expect(await frame('forms')?.locator('form').count()).toBe(0);
      expect(await frame('forms')?.content()).not.toContain('sealed');
      expect(await frame('framed')?.locator('form, button').count()).toBe(0);
      // Nothing answers at the portal's name here; what counts is who goes there.
      const left = page.waitForRequest(`http://hallpass/records/${recordId}`);
      await frame('framed')?.locator('.act a').first().click();
      expect((await left).frame()).toBe(page.mainFrame());
    } finally {
      await context.close();
    }
  });

  it('on paper the picture is gone and the words are black', async () => {
    await visit('/young-en', { width: 1280, colorScheme: 'dark' }, async (page) => {
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      expect(await page.locator('.art').isVisible()).toBe(false);
      expect(await page.locator('h1').evaluate((element) => getComputedStyle(element).color)).toBe(
        'rgb(0, 0, 0)',
      );
    });
  });

  it.runIf(process.env['HALLPASS_TEST_PICTURES'] === '1').each([
    ['block-young-en', '/young-en', 1280, 'light'],
    ['block-student-en', '/student-en', 1280, 'light'],
    ['block-staff-en', '/staff-en', 1280, 'light'],
    ['block-student-es-360', '/student-es', 360, 'light'],
    ['block-student-en-dark', '/student-en', 1280, 'dark'],
    ['block-framed', '/student-framed', 1280, 'light'],
    ['error-en', '/error-en', 1280, 'light'],
  ] as const)('picture %s', async (name, path, width, colorScheme) => {
    const file = fileURLToPath(new URL(`../../docs/pictures/${name}.png`, import.meta.url));
    await visit(path, { width, colorScheme }, async (page) => {
      await page.screenshot({ path: file, fullPage: true });
    });
  });
});

/** As much of the browser as the functions here use that run in it. */
interface Seen {
  readonly tagName: string;
  readonly parentElement: Seen | null;
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>;
  readonly contentDocument?: unknown;
}
declare const document: {
  readonly body: { querySelectorAll(selector: string): Iterable<Seen> };
  readonly documentElement: { readonly scrollWidth: number };
  querySelector(selector: string): Seen | null;
};
declare function getComputedStyle(
  element: unknown,
): Readonly<
  Record<'backgroundColor' | 'color' | 'direction' | 'fontSize' | 'fontWeight' | 'paddingLeft', string>
>;

interface Measured {
  readonly scrollWidth: number;
  readonly padded: boolean;
  /** Elements with text of their own. */
  readonly texts: number;
  /** Those below the contrast of WCAG 2.2 AA (1.4.3), with their ratio. */
  readonly faint: readonly string[];
}

/** Runs in the page. */
function measure(): Measured {
  const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color: string): number => {
    const linear = channels(color)
      .slice(0, 3)
      .map((channel) => channel / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * (linear[0] ?? 0) + 0.7152 * (linear[1] ?? 0) + 0.0722 * (linear[2] ?? 0);
  };
  const ground = (element: Seen | null): string => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const faint: string[] = [];
  let texts = 0;
  for (const element of document.body.querySelectorAll('*')) {
    const own = [...element.childNodes].some(
      (node) => node.nodeType === 3 && node.textContent?.trim() !== '',
    );
    if (!own) continue;
    texts++;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const [low = 0, high = 0] = [luminance(color), luminance(ground(element))].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = parseFloat(fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5))
      faint.push(`${element.tagName} ${color} on ${ground(element)}: ${ratio.toFixed(2)}`);
  }
  const main = document.querySelector('main');
  return {
    scrollWidth: document.documentElement.scrollWidth,
    padded: main !== null && parseFloat(getComputedStyle(main).paddingLeft) > 10,
    texts,
    faint,
  };
}
