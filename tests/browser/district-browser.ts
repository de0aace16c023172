/** A running district with a browser on it: for tests of what people meet. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { slapdMissing } from '../directory/slapd.ts';
import { District, root } from '../integration/district.ts';

const executablePath = process.env['HALLPASS_CHROMIUM'] ?? '/usr/bin/chromium';
const required = process.env['HALLPASS_TEST_REQUIRE_ALL'] === '1';
const browserMissing = !required && !existsSync(executablePath);
if (browserMissing) {
  process.stderr.write(`skipped: there is no browser at ${executablePath}; set HALLPASS_CHROMIUM\n`);
}
export const skip = browserMissing || slapdMissing !== null;

export const districtName =
  'pages: { district: { en: Demo Unified School District, es: Distrito Escolar Unificado de Demostración } }\n';

export class DistrictBrowser {
  readonly district: District;
  readonly #browser: Browser;
  #direct: Browser | null = null;

  private constructor(district: District, browser: Browser) {
    this.district = district;
    this.#browser = browser;
  }

  /** @param rules YAML of rules that stand before those of the starter policy */
  static async start(rules = '', more = ''): Promise<DistrictBrowser> {
    const district = await District.start({ more: districtName + more });
    if (rules !== '') await publishWith(district, rules);
    const browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        `--proxy-server=127.0.0.1:${district.proxyPort}`,
        '--proxy-bypass-list=<-loopback>',
      ],
    });
    return new DistrictBrowser(district, browser);
  }

  /** A profile of its own, signed in at the proxy as `login` with the demo password. */
  async as<T>(
    login: string | null,
    use: (page: Page) => Promise<T>,
    view: BrowserContextOptions = {},
  ): Promise<T> {
    const server = `http://127.0.0.1:${this.district.proxyPort}`;
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 800 },
      locale: 'en-US',
      ...view,
      proxy: login === null ? { server } : { server, username: login, password: `demo-${login}` },
    });
    try {
      return await use(await context.newPage());
    } finally {
      await context.close();
    }
  }

  /** On the admin pages, without a proxy between; signed in as `login` with the demo password. */
  async admin<T>(
    login: string | null,
    use: (page: Page) => Promise<T>,
    view: BrowserContextOptions = {},
  ): Promise<T> {
    this.#direct ??= await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    const context = await this.#direct.newContext({
      ...{ viewport: { width: 1280, height: 800 }, locale: 'en-US', timezoneId: 'America/New_York' },
      baseURL: `http://127.0.0.1:${this.district.adminPort}`,
      ...view,
    });
    try {
      const page = await context.newPage();
      if (login !== null) {
        await page.goto('/');
        await page.getByLabel('Login').fill(login);
        await page.locator('input[autocomplete=current-password]').fill(`demo-${login}`);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('navigation').waitFor({ state: 'attached' });
      }
      return await use(page);
    } finally {
      await context.close();
    }
  }

  async stop(): Promise<void> {
    await this.#direct?.close();
    await this.#browser.close();
    await this.district.stop();
  }
}

async function publishWith(district: District, rules: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-rules-'));
  const starter = readFileSync(join(root, 'rules/starter/policy.yaml'), 'utf8');
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, starter.replace('\nrules:\n', `\nrules:\n${rules}`));
  const { code, err } = await district.run('policy', 'publish', file, '--data', district.data);
  rmSync(folder, { recursive: true });
  if (code !== 0) throw new Error(err);
}

/** Writes docs/pictures: the whole page, or the beginning of one that is very long. */
export async function pictureOf(page: Page, name: string): Promise<void> {
  await page.evaluate('window.scrollTo(0, 0)');
  const { width = 0 } = page.viewportSize() ?? {};
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
  const clip = { x: 0, y: 0, width, height: Math.min(height, 2_000) };
  await page.screenshot({ path: join(root, `docs/pictures/${name}.png`), fullPage: true, clip });
}

declare const window: { readonly axe: { run(): Promise<{ violations: readonly Violation[] }> } };
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/**
 * What axe-core finds wrong on the page as it stands (WCAG 2.x A and AA, best practices). It looks at a copy, since no
 * script of anybody's runs in our pages.
 */
export async function accessibilityFaults(
  page: Page,
  colorScheme: 'light' | 'dark',
): Promise<readonly string[]> {
  const copy = await page.context().newPage();
  await copy.emulateMedia({ colorScheme });
  const size = page.viewportSize();
  if (size !== null) await copy.setViewportSize(size);
  await copy.setContent(await page.content());
  await copy.evaluate(axe.source);
  const { violations } = await copy.evaluate(() => window.axe.run());
  await copy.close();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} (${failureSummary ?? ''})`),
  );
}
