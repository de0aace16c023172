import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDemoSite } from '../../demo/site.ts';
import type { HttpListener } from '../../threads/http-listener.ts';

const labels = ['library', 'games', 'hotline'];
const pageOf = (label: string) => `<!doctype html><title>${label}</title>`;

describe('the demo web site', () => {
  let site: HttpListener;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hallpass-site-'));
    for (const label of labels) await writeFile(join(folder, `${label}.html`), pageOf(label));
    site = await startDemoSite({ folder, host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await site.close();
    await rm(folder, { recursive: true });
  });

  const get = (host: string, path = '/', method = 'GET') =>
    new Promise<{ status: number | undefined; type: string | undefined; body: string }>((resolve, reject) => {
      request({ host: '127.0.0.1', port: site.port, path, method, headers: { Host: host } }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () =>
          resolve({ status: response.statusCode, type: response.headers['content-type'], body }),
        );
      })
        .on('error', reject)
        .end();
    });

  test.each(labels)('%s.demo.test has its page', async (label) => {
    expect(await get(`${label}.demo.test:8088`)).toEqual({
      status: 200,
      type: 'text/html; charset=utf-8',
      body: pageOf(label),
    });
  });

  test('another host, another path, or a way out of the folder: 404', async () => {
    for (const [host, path] of [
      ['other.demo.test', '/'],
      ['library.demo.test', '/x'],
      ['../../../README', '/'],
      ['library.demo.test', '/../district.ldif'],
    ] as const) {
      expect(await get(host, path)).toMatchObject({ status: 404 });
    }
  });

  test('HEAD has no body, POST is refused', async () => {
    expect(await get('library.demo.test', '/', 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect(await get('library.demo.test', '/', 'POST')).toMatchObject({ status: 405 });
  });
});
