/**
 * The admin pages as principals, the CTO and others meet them in a browser. HALLPASS_TEST_PICTURES=1 writes the pictures of
 * docs/pictures anew.
 */
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { through } from '../integration/district.ts';
import { DistrictBrowser, pictureOf, skip } from './district-browser.ts';

declare const document: {
  readonly documentElement: { readonly scrollWidth: number };
};
declare const window: {
  readonly axe: { run(): Promise<{ violations: readonly Violation[] }> };
};
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

describe.skipIf(skip)('the admin pages', { timeout: 90_000 }, () => {
  let home: DistrictBrowser;
  let id = '';

  beforeAll(async () => {
    home = await DistrictBrowser.start();
    const at = (path: string) => `http://${home.district.at('games')}${path}`;
    // One record each: what a person meets again within the minute joins it.
    await through(home.district, at('/play?level=3'), 'student.g7');
    for (const who of ['student.k1', 'student.g10', 'student.g12b', 'student.g6'])
      await through(home.district, at('/'), who);
    await through(
      home.district,
      `http://${home.district.at('games')}/<img/src=x/onerror=alert(1)>`,
      'student.g8',
    );
    const blocks = await home.district.blocks();
    id = blocks.find(({ user }) => user === 'student.g7')?.id ?? '';
    expect(blocks).toHaveLength(6);
  });
  afterAll(() => home?.stop());

  const main = (page: Page) => page.locator('main').innerText();
  const heading = (page: Page, name: string | RegExp) =>
    page.getByRole('heading', { level: 1, name }).waitFor();
  const nav = async (page: Page) =>
    (await page.getByRole('navigation').innerText()).split('\n').filter(Boolean);

  /** Nothing is wrong with it, in light, in dark, and on a narrow screen without scrolling sideways. */
  async function looksRight(page: Page, picture: string): Promise<void> {
    // Each state has a heading once it stands there.
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    for (const [kind, width, colorScheme] of [
      ['', 1280, 'light'],
      ['-dark', 1280, 'dark'],
      ['-360', 360, 'light'],
    ] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 800 });
      // What moves from light to dark does so in a moment.
      await page.waitForTimeout(300);
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => window.axe.run());
      const faults = violations.flatMap(({ id: rule, nodes }) =>
        nodes.map(({ html, failureSummary }) => `${rule}: ${html.slice(0, 200)} (${failureSummary ?? ''})`),
      );
      expect(faults, `${picture}${kind}`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      if (process.env['HALLPASS_TEST_PICTURES'] === '1') await pictureOf(page, `admin-${picture}${kind}`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 800 });
  }

  describe('signing in', () => {
    test('says in one way what was wrong, and then lets in', async () => {
      await home.admin(null, async (page) => {
        await page.goto('/blocks');
        await looksRight(page, 'sign-in');
        const enter = async (login: string, password: string) => {
          await page.getByLabel('Login').fill(login);
          await page.locator('input[autocomplete=current-password]').fill(password);
          await page.getByRole('button', { name: 'Sign in' }).click();
        };
        await enter('cto', 'wrong');
        await page.getByRole('alert').waitFor();
        const said = await page.getByRole('alert').innerText();
        expect(said).toContain('is not right, or this account has no role here');
        await looksRight(page, 'sign-in-refused');
        await enter('student.g7', 'demo-student.g7');
        await expect.poll(() => page.getByRole('alert').innerText()).toBe(said);
        await enter('cto', 'demo-cto');
        await heading(page, 'Blocks');
      });
    });

    test('ends by signing out, for every page that is open', async () => {
      await home.admin('cto', async (page) => {
        const other = await page.context().newPage();
        await other.goto('/policy');
        await heading(other, 'Policy');
        await page.getByRole('button', { name: /Signed in as/ }).click();
        await looksRight(page, 'menu');
        await page.getByRole('button', { name: 'Sign out' }).click();
        await page.getByRole('button', { name: 'Sign in' }).waitFor();
        await other.getByRole('link', { name: 'Why?' }).click();
        await other.reload();
        await other.getByRole('button', { name: 'Sign in' }).waitFor();
      });
    });

    test('asks for a second factor where a role needs one', async () => {
      await home.admin('cto', async (page) => {
        const session = (await (await page.request.get('/api/session')).json()) as object;
        await page.route('**/api/session', (route) =>
          route.fulfill({ json: { ...session, stage: 'enrol', rights: [] } }),
        );
        await page.route('**/api/session/enrolment', (route) =>
          route.fulfill({
            status: 201,
            json: { secret: 'JBSWY3DPEHPK3PXP', uri: 'otpauth://totp/x?secret=JBSWY3DPEHPK3PXP' },
          }),
        );
        await page.reload();
        await page.getByRole('img', { name: /QR code/ }).waitFor();
        await looksRight(page, 'second-factor');
      });
    });
  });

  describe('the CTO', () => {
    test('sees today, and comes from a figure to the blocks behind it', async () => {
      await home.admin('cto', async (page) => {
        await heading(page, 'Today');
        expect(await nav(page)).toEqual([
          ...['Today', 'Blocks', 'Requests', 'Policy', 'Why?', 'Emergency', 'Health', 'Settings'],
        ]);
        await page.getByText('All is well').waitFor();
        // Two whole minutes of traffic, as they would be there after a while.
        const today = (await (await page.request.get('/api/today')).json()) as object;
        const start = Date.now() - 30 * 60_000;
        const traffic = Array.from({ length: 30 }, (_, n) => ({
          ...{ at: new Date(start + n * 60_000).toISOString() },
          ...{ requests: 400 + 90 * (n % 7) + 10 * n, blocks: 8 + (n % 5) },
        }));
        await page.route('**/api/today', (route) => route.fulfill({ json: { ...today, traffic } }));
        await page.reload();
        await page.getByText('Requests each minute').waitFor();
        await page.getByText('No network of the policy names a school yet.').waitFor();
        await page.locator('.recharts-area').first().waitFor();
        await looksRight(page, 'today');
        await page.getByRole('link', { name: 'middle' }).click();
        await heading(page, 'Blocks');
        expect(new URL(page.url()).search).toBe('?school=middle');
        await expect.poll(() => page.locator('tbody tr').count()).toBe(3);
      });
    });

    test('narrows the blocks by the address bar, pages through them, and goes back', async () => {
      await home.admin('cto', async (page) => {
        await page.goto('/blocks');
        await page.locator('tbody tr').first().waitFor();
        expect(await page.locator('tbody tr').count()).toBe(6);
        await looksRight(page, 'blocks');
        await page.getByLabel('Site').fill('games.demo.test');
        await page.getByLabel('Login').fill('student.g7');
        await page.getByRole('button', { name: 'Show' }).click();
        await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
        expect(page.url()).toContain('person=student.g7');
        await page.reload();
        await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
        await page.goBack();
        await expect.poll(() => page.locator('tbody tr').count()).toBe(6);
        await page.goto('/blocks?host=nothing.test');
        await page.getByText('Nothing fits these filters.').waitFor();
        await looksRight(page, 'blocks-empty');
      });
    });

    test('sees one block with its clause as it was, its rule in words, and how it came about', async () => {
      await home.admin('cto', async (page) => {
        await page.goto(`/blocks/${id}`);
        await heading(page, 'games.demo.test');
        const text = await main(page);
        expect(text).toContain('Clause 4.2 Games');
        expect(text).toContain('Game sites are closed to students');
        expect(text).toMatch(/Rule “games”/);
        expect(text).not.toContain('level=3');
        await page.getByRole('button', { name: /Show the \d+ rules/ }).click();
        await looksRight(page, 'block');
      });
    });

    test.each([
      ['kept', 'The record does not lead to its decision'],
      ['now', 'It would be decided otherwise now'],
    ] as const)(
      'is told what it means where a decision by what is %s comes out otherwise',
      async (basis, title) => {
        await home.admin('cto', async (page) => {
          const url = `/api/blocks/${id}`;
          const detail = (await (await page.request.get(url)).json()) as { readonly retrace: object };
          const retrace = { ...detail.retrace, agrees: false, basis };
          await page.route(`**${url}`, (route) => route.fulfill({ json: { ...detail, retrace } }));
          await page.goto(`/blocks/${id}`);
          await heading(page, 'games.demo.test');
          expect(await page.getByRole('alert').innerText()).toContain(title);
        });
      },
    );

    test('meets hostile text as text', async () => {
      await home.admin('cto', async (page) => {
        let dialogs = 0;
        page.on('dialog', (dialog) => {
          dialogs += 1;
          void dialog.dismiss();
        });
        await page.goto('/blocks?person=student.g8');
        await page.locator('tbody a').first().click();
        await heading(page, 'games.demo.test');
        expect(await main(page)).toMatch(/(<|%3C)img/);
        await page.goto(`/blocks?host=${encodeURIComponent('<img src=x onerror=alert(1)>')}`);
        await page.getByText('Nothing fits').waitFor();
        expect(await page.locator('main img').count()).toBe(0);
        expect(dialogs).toBe(0);
      });
    });

    test('reads the policy beside its clauses, and its versions', async () => {
      await home.admin('cto', async (page) => {
        await page.goto('/policy');
        await page.getByText('By clause').waitFor();
        await page.getByText('Which?').first().click();
        await looksRight(page, 'policy');
        await page.getByText('By precedence').click();
        await page.getByText('The first rule that is about a request decides.').waitFor();
        expect(page.url()).toContain('view=order');
        await looksRight(page, 'policy-order');
        await page.getByRole('link', { name: 'Versions' }).click();
        await page.locator('tbody a').first().click();
        await page.getByText('hallpass: 1').waitFor();
        await looksRight(page, 'versions');
      });
    });

    test('asks why, for a person and for nobody, and is told what is wrong with a question', async () => {
      await home.admin('cto', async (page) => {
        await page.goto('/why');
        const ask = async (url: string, person: string) => {
          await page.getByLabel('Address').fill(url);
          await page.getByLabel('Login').fill(person);
          await page.getByRole('button', { name: 'Ask' }).click();
        };
        await ask('http://games.demo.test/', 'student.g7');
        await page.getByText('is not let through to games.demo.test').waitFor();
        expect(await main(page)).toContain('for clause 4.2 Games');
        await looksRight(page, 'why');
        await ask('games.demo.test', 'teacher.middle');
        await page.getByText('may open games.demo.test').waitFor();
        await ask('games.demo.test', 'nobody.at.all');
        await page
          .getByRole('alert')
          .filter({ hasText: 'The directory has no person nobody.at.all' })
          .waitFor();
      });
    });

    test('sees what the doctor finds, and who a login is', async () => {
      await home.admin('cto', async (page) => {
        await page.goto('/health');
        await page.getByText('What was looked at').waitFor();
        await page.getByLabel('Login').fill('student.g7');
        await page.getByRole('button', { name: 'Ask the directory' }).click();
        await page.getByText('in group students-6-8').waitFor();
        await looksRight(page, 'health');
      });
    });

    test('sees how all is set up, without a secret', async () => {
      await home.admin('cto', async (page) => {
        await page.goto('/settings');
        await page.getByText('admin.roles.principal').waitFor();
        expect(await main(page)).not.toContain('demo-hallpass');
        await looksRight(page, 'settings');
      });
    });

    test('is told in words when something is not there, or does not answer', async () => {
      await home.admin('cto', async (page) => {
        await page.goto('/nothing/here');
        await heading(page, 'There is no such page');
        await looksRight(page, 'not-found');
        await page.goto('/blocks/01900000-0000-7000-8000-000000000000');
        await page.getByText('There is no such block, or it is not for you to see.').waitFor();
        await page.route('**/api/policy', (route) => route.abort());
        await page.goto('/policy');
        await page.getByText('Hallpass does not answer').waitFor();
        await looksRight(page, 'error');
      });
    });
  });

  describe('a request for a review', () => {
    test('goes from the student to their principal and back', async () => {
      await home.as('student.g7', async (page) => {
        await page.goto(`http://hallpass/records/${id}`);
        await page.getByText('Ask for this').click();
        await page.getByLabel('I need it for school').check();
        await page.getByLabel('In a few words').fill('For the <b>chess</b> club');
        await page.getByRole('button', { name: 'Send' }).click();
        await page.getByText('Waiting for somebody to look').waitFor();
      });
      await home.admin('principal.middle', async (page) => {
        await page.getByText('1 request waits for an answer').waitFor();
        await page.getByRole('link', { name: 'Requests', exact: true }).click();
        await page.getByText('“For the <b>chess</b> club”').waitFor();
        await looksRight(page, 'requests');
        await page.getByLabel('It is open now').check();
        await page.getByLabel('In a few words').fill('Go on.');
        await page.getByRole('button', { name: 'Answer' }).click();
        await page.getByText('still closes games.demo.test for this person').waitFor();
        await looksRight(page, 'requests-refused');
        await page.getByLabel('It stays closed').check();
        await page.getByLabel('In a few words').fill('The club has its own hour.');
        await page.getByRole('button', { name: 'Answer' }).click();
        await page.getByText('Nobody waits for an answer.').waitFor();
        await looksRight(page, 'requests-empty');
        await page.getByText('Answered', { exact: true }).click();
        await page.getByText('The club has its own hour.').waitFor();
        await looksRight(page, 'requests-answered');
      });
      await home.as('student.g7', async (page) => {
        await page.goto(`http://hallpass/records/${id}`);
        expect(await main(page)).toContain('The club has its own hour.');
      });
    });
  });

  describe('who sees the block of a student', () => {
    const answers = async (page: Page) => {
      const get = async (path: string) => {
        const reply = await page.request.get(path);
        return { status: reply.status(), text: await reply.text() };
      };
      return {
        one: await get(`/api/blocks/${id}`),
        list: await get('/api/blocks?limit=200'),
        csv: await get('/api/blocks.csv'),
        counts: await get('/api/today'),
        requests: await get('/api/reviews?state=answered'),
      };
    };

    test('the principal of that school does: by page, interface, export and count', async () => {
      await home.admin('principal.middle', async (page) => {
        expect(await nav(page)).toEqual(['Today', 'Blocks', 'Requests', 'Policy', 'Why?']);
        await page.goto('/blocks');
        await page.getByText('Sefa Sample-Seven').waitFor();
        expect(await main(page)).not.toMatch(/Sample-Ten|Kit Sample/);
        const { one, list, csv, counts, requests } = await answers(page);
        expect(one.status).toBe(200);
        for (const { text } of [list, csv, requests]) expect(text).toContain('student.g7');
        expect((JSON.parse(counts.text) as { blocks: { total: number } }).blocks.total).toBe(3);
      });
    });

    test('the principal of another school does not', async () => {
      await home.admin('principal.north', async (page) => {
        await page.goto('/blocks');
        await page.getByText('Tess Sample-Ten').waitFor();
        expect(await main(page)).not.toContain('Sample-Seven');
        await page.goto(`/blocks/${id}`);
        await page.getByText('There is no such block').waitFor();
        const { one, list, csv, counts, requests } = await answers(page);
        expect(one.status).toBe(404);
        for (const { status, text } of [list, csv, requests]) {
          expect(status).toBe(200);
          expect(text).not.toMatch(/student\.g7|Seven|chess/);
        }
        expect((JSON.parse(counts.text) as { blocks: { total: number } }).blocks.total).toBe(1);
      });
    });

    test.each([
      ['auditor', ['Policy', 'Settings']],
      ['teacher.middle', ['Policy', 'Why?']],
      ['superintendent', ['Policy', 'Why?', 'Emergency', 'Settings']],
    ] as const)('%s does not', async (who, places) => {
      await home.admin(who, async (page) => {
        await heading(page, 'Policy');
        expect(await nav(page)).toEqual(places);
        await page.goto(`/blocks/${id}`);
        await page.getByText('This page is not for your role').waitFor();
        if (who === 'auditor') await looksRight(page, 'not-for-your-role');
        for (const { status, text } of Object.values(await answers(page))) {
          expect(status).toBe(403);
          expect(text).not.toMatch(/student|Seven/);
        }
      });
    });

    test('every look is on the audit trail, whole', async () => {
      const { out } = await home.district.run('audit', 'list', '--data', home.district.data, '--json');
      const entries = out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { login: string; action: string });
      const seen = new Set(entries.map(({ login, action }) => `${login} ${action}`));
      for (const act of ['blocks.view', 'blocks.export', 'reviews.view', 'reviews.answer'])
        expect(seen).toContain(`principal.middle (admin pages) ${act}`);
      expect([...seen].some((each) => each.startsWith('auditor') && each.includes('blocks'))).toBe(false);
      expect(await home.district.run('audit', 'verify', '--data', home.district.data)).toMatchObject({
        code: 0,
      });
    });
  });

  describe('when it burns', () => {
    const status = (who: string, name: string) =>
      through(home.district, `http://${home.district.at(name)}/`, who).then((answer) => answer.status);

    test('the CTO drops to the locked rules: open at once, said on every page, ended by hand', async () => {
      expect(await status('student.g9', 'games')).toBe(403);
      await home.admin('cto', async (page) => {
        await page.goto('/emergency');
        await page.getByText('Nothing is closed in this way.').waitFor();
        await looksRight(page, 'emergency');
        await page.getByLabel('Why').first().fill('the new policy closed the library');
        await page.getByRole('button', { name: 'Set the other rules aside' }).click();
        await page.getByText(/Only the locked rules hold until/).waitFor();
        expect(await status('student.g9', 'games')).toBe(200);
        await home.admin('auditor', async (other) => {
          await other.getByText(/Only the locked rules hold until/).waitFor();
        });
        await looksRight(page, 'emergency-on');
        await page.getByRole('button', { name: 'End it now' }).click();
        await expect.poll(() => page.getByText(/Only the locked rules hold until/).count()).toBe(0);
        expect(await status('student.g9', 'games')).toBe(403);
      });
    });

    test('a site is closed everywhere by one, and approved by another', async () => {
      expect(await status('teacher.middle', 'library')).toBe(200);
      await home.admin('cto', async (page) => {
        await page.goto('/emergency');
        await page.getByLabel('Site').fill('library.demo.test');
        await page.getByLabel('Why').last().fill('asked for by the police');
        await page.getByRole('button', { name: 'Close it' }).click();
        await page.getByText('cto, ').waitFor();
        expect(await page.getByRole('button', { name: 'Approve' }).count()).toBe(0);
        expect(await status('teacher.middle', 'library')).toBe(403);
        await page.getByLabel('Site').fill('hotline.demo.test');
        await page.getByLabel('Why').last().fill('by mistake');
        await page.getByRole('button', { name: 'Close it' }).click();
        await page.getByText('which nothing closes').waitFor();
        expect(await status('student.g9', 'hotline')).toBe(200);
      });
      await home.admin('superintendent', async (page) => {
        await page.goto('/emergency');
        await page.getByRole('button', { name: 'Approve' }).click();
        await page.getByText('approved by superintendent').waitFor();
        await looksRight(page, 'emergency-approved');
        expect(await page.getByText('Set the other rules aside').count()).toBe(0);
        await page.getByRole('button', { name: 'Open again' }).click();
        await page.getByText('Nothing is closed in this way.').waitFor();
        expect(await status('teacher.middle', 'library')).toBe(200);
      });
    });

    test('what is closed is said at the top of every page, to everybody', async () => {
      const run = (...words: string[]) =>
        home.district.run('emergency', ...words, '--data', home.district.data);
      await run('close', 'one.demo.test', '--reason', 'asked for by the police');
      await home.admin('auditor', async (page) => {
        await page.getByText('one.demo.test is closed for everybody').waitFor();
        expect(await page.getByText('asked for by the police').count()).toBe(0);
        await run('close', 'two.demo.test', '--reason', 'a bad one');
        await page.reload();
        await page.getByText('2 sites are closed for everybody').waitFor();
        await looksRight(page, 'closed-for-now');
        await page.getByRole('link', { name: 'Which ones' }).click();
        await page.getByText('two.demo.test').waitFor();
        expect(await page.getByText('a bad one').count()).toBe(0);
        for (const name of ['Approve', 'Open again', 'Close it'])
          expect(await page.getByRole('button', { name }).count()).toBe(0);
        await looksRight(page, 'closed-for-now-list');
      });
      for (const host of ['one.demo.test', 'two.demo.test']) await run('end', host);
    });

    test('the command line has the same switches', async () => {
      const run = (...words: string[]) =>
        home.district.run('emergency', ...words, '--data', home.district.data);
      const on = await run('floor-only', '--minutes', '5', '--reason', 'a test');
      expect(on.out).toMatch(/floor-only .*a test/);
      expect(await status('student.g9', 'games')).toBe(200);
      expect((await run('floor-only', '--minutes', '5', '--reason', 'again')).err).toContain('hold already');
      expect((await run('end', 'floor-only')).out).toBe('nothing is put over the policy\n');
      expect(await status('student.g9', 'games')).toBe(403);
      expect((await run('close', 'com', '--reason', 'too much')).err).toContain('would close every site');
    });
  });

  test('the whole is reached by keyboard alone', async () => {
    await home.admin('cto', async (page) => {
      await heading(page, 'Today');
      await page.keyboard.press('Tab');
      await expect.poll(() => page.locator(':focus').innerText()).toBe('Skip to the content');
      await page.keyboard.press('Enter');
      for (let n = 0; n < 6; n += 1) await page.keyboard.press('Shift+Tab');
      expect(await page.locator(':focus').count()).toBe(1);
      await page.goto('/why');
      await page.getByLabel('Address').focus();
      await page.keyboard.type('games.demo.test');
      await page.keyboard.press('Tab');
      await page.keyboard.type('student.g7');
      await page.keyboard.press('Enter');
      await page.getByText('is not let through').waitFor();
    });
  });
});
