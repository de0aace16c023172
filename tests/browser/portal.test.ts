/**
 * The portal as students and staff meet it in a browser. HALLPASS_TEST_PICTURES=1 writes the pictures of docs/pictures anew.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../integration/district.ts';
import { accessibilityFaults, DistrictBrowser, pictureOf, skip } from './district-browser.ts';

/** A notice that holds at any time of day, for the grades in which there are notices, and for the youngest. */
const notice = `
  - id: look-first
    title: Look first
    publicTitle: { en: Look before you read on, es: Mira antes de seguir }
    clause: video
    for: [k-5, grades-6-8]
    match: { hosts: [library.demo.test] }
    action: warn
    continue: 45m
`;

declare const document: { readonly documentElement: { readonly scrollWidth: number } };

describe.skipIf(skip)('the portal', () => {
  let home: DistrictBrowser;
  beforeAll(async () => {
    home = await DistrictBrowser.start(notice);
  });
  afterAll(() => home?.stop());

  const at = (name: string, path = '/') => `http://${home.district.at(name)}${path}`;
  const portal = (path = '/') => `http://hallpass${path}`;
  const main = (page: Page) => page.locator('main').innerText();

  /** In a tab of its own, where the browser's own error page stays. */
  async function refusedTunnel(page: Page, url: string): Promise<void> {
    const tab = await page.context().newPage();
    await expect(tab.goto(url)).rejects.toThrow(/ERR_TUNNEL_CONNECTION_FAILED/);
    await tab.close();
  }

  async function statusOf(page: Page, url: string): Promise<number | undefined> {
    const tab = await page.context().newPage();
    const answer = await tab.goto(url);
    await tab.close();
    return answer?.status();
  }

  /** Nothing is wrong with it, in light, in dark, and on a narrow screen without scrolling sideways. */
  async function looksRight(page: Page, picture: string): Promise<void> {
    for (const [kind, width, colorScheme] of [
      ['', 1280, 'light'],
      ['-dark', 1280, 'dark'],
      ['-360', 360, 'light'],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 800 });
      expect(await accessibilityFaults(page, colorScheme), `${picture}${kind}`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      if (process.env['HALLPASS_TEST_PICTURES'] === '1') await pictureOf(page, `${picture}${kind}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 800 });
  }

  test('a student is blocked, asks from the block page, and sees the state of it', async () => {
    await home.as('student.g7', async (page) => {
      await page.goto(at('games', '/play?level=3'));
      await page.getByText('Ask for this site to be looked at').click();
      await page.getByLabel('I need it for school').check();
      await page.getByLabel('In a few words').fill('<b>For</b> the "chess" club');
      await looksRight(page, 'block-review');
      await page.getByRole('button', { name: 'Send' }).click();
      await page.waitForURL(portal('/records/*'));
      expect(await main(page)).toContain('Waiting for somebody to look');
      expect(await main(page)).toContain('<b>For</b> the "chess" club');
      expect(await page.getByText('Ask for this to be looked at').count()).toBe(0);
      await looksRight(page, 'portal-record');
      await page.goto(portal());
      expect(await main(page)).toMatch(/Hello, [^]*Waiting for somebody to look/);
      expect(await main(page)).not.toContain('level=3');
    });
  });

  test('nobody else sees the record or the request', async () => {
    const [record] = (await home.district.blocks()).filter(({ user }) => user === 'student.g7');
    await home.as('student.g7b', async (page) => {
      const answer = await page.goto(portal(`/records/${record?.id ?? ''}`));
      expect(answer?.status()).toBe(404);
      await page.goto(portal());
      expect(await main(page)).toContain('Nothing was saved about you.');
      expect(await main(page)).toContain('You have not asked for anything');
      await looksRight(page, 'portal-empty');
    });
  });

  test('after a refused https tunnel the student finds it on top of the portal', async () => {
    await home.as('student.g10', async (page) => {
      await refusedTunnel(page, 'https://poki.com/');
      await page.goto(portal());
      const latest = page.locator('.latest');
      expect(await latest.innerText()).toContain('poki.com was just closed');
      await looksRight(page, 'portal-home');
    });
  });

  test('a student goes on past a notice, with a reason, and comes to the page', async () => {
    await home.as('student.g7', async (page) => {
      await page.goto(at('library', '/?shelf=2'));
      expect(await main(page)).toContain('45 minutes');
      await looksRight(page, 'block-warn');
      const back = page.waitForResponse((answer) => answer.url() === at('library', '/?shelf=2'));
      await page.getByRole('button', { name: 'I need it for a lesson' }).click();
      expect((await back).status()).toBe(200);
      expect(await statusOf(page, at('library'))).toBe(200);
    });
    await home.as('student.g7b', async (page) => {
      const answer = await page.goto(at('library'));
      expect(answer?.status()).toBe(403);
    });
  });

  test('a notice at an https tunnel is gone past from the portal', async () => {
    await home.as('student.g7b', async (page) => {
      await refusedTunnel(page, 'https://library.demo.test/');
      await page.goto(portal());
      const [button] = await page.locator('.latest').getByRole('button', { name: 'A teacher told me' }).all();
      const sent = page.waitForResponse((answer) => answer.url() === portal('/continue'));
      await button?.click();
      expect((await sent).status()).toBe(200);
      expect(await statusOf(page, at('library'))).toBe(200);
    });
  });

  test('the youngest meet a closed page, and nothing to fill in', async () => {
    await home.as('student.k1', async (page) => {
      const answer = await page.goto(at('library'));
      expect(answer?.status()).toBe(403);
      expect(await main(page)).toContain('This page is closed at school');
      expect(await page.locator('form').count()).toBe(0);
    });
  });

  test('the policy is there for everybody, in two languages', async () => {
    await home.as(
      null,
      async (page) => {
        await page.goto(portal('/aup'));
        expect(await page.locator('.aup section').count()).toBeGreaterThan(5);
        await looksRight(page, 'portal-aup');
      },
      { locale: 'es-MX' },
    );
    await home.as('student.g7', async (page) => {
      const answer = await page.goto(portal('/aup/a-nothing'));
      expect(answer?.status()).toBe(404);
    });
  });

  test('what was in force before is kept, and says that it is not in force any more', async () => {
    await publishAmended();
    await home.as('student.g10', async (page) => {
      await page.goto(portal('/aup'));
      expect(await main(page)).toContain('Nobody plays in class.');
      await looksRight(page, 'portal-aup-amended');
      await page.getByRole('link', { name: /^In force from/ }).click();
      expect(await main(page)).toContain('This is an earlier version.');
      expect(await main(page)).not.toContain('Nobody plays in class.');
      await looksRight(page, 'portal-aup-before');
    });
  });

  /** The clause about games gets one more sentence. */
  async function publishAmended(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'hallpass-amended-'));
    const starter = (name: string) => join(root, 'rules/starter', name);
    const aup = join(folder, 'aup.md');
    const text = readFileSync(starter('aup.md'), 'utf8');
    writeFileSync(aup, text.replace(/^(### 4\.2 .*\n\n)/m, '$1Nobody plays in class. '));
    const { data } = home.district;
    const shown = await home.district.run('policy', 'show', '--data', data);
    const file = join(folder, 'policy.yaml');
    writeFileSync(file, shown.out);
    const files = [file, '--aup', aup, starter('aup.es.md')];
    const { code, err } = await home.district.run('policy', 'publish', ...files, '--data', data);
    rmSync(folder, { recursive: true });
    expect(code, err).toBe(0);
  }

  test('what is asked for wrongly is answered in words', async () => {
    await home.as('student.g7', async (page) => {
      const answer = await page.goto(portal('/nothing'));
      expect(answer?.status()).toBe(404);
      await looksRight(page, 'portal-not-found');
    });
  });

  test('Spanish is whole', async () => {
    await home.as(
      'student.g7',
      async (page) => {
        await page.goto(portal());
        expect(await main(page)).toContain('Lo que se guardó sobre ti');
        await looksRight(page, 'portal-es');
      },
      { locale: 'es-US' },
    );
  });
});
