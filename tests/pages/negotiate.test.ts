import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { negotiate } from '../../pages/negotiate.ts';
import type { Form, NegotiationHeaders } from '../../pages/negotiate.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 100);
const form = (headers: NegotiationHeaders): Form => negotiate(headers, ['en', 'es']).form;
const language = (acceptLanguage: string, offered: readonly string[] = ['en', 'es']): string =>
  negotiate({ acceptLanguage }, offered).language;

const chromeNavigation =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8';

describe('by Sec-Fetch-Dest', () => {
  it.each(['document', 'iframe', 'frame', 'fencedframe'])('%s is shown as a page', (secFetchDest) => {
    expect(negotiate({ secFetchDest, accept: '*/*' }, ['en'])).toMatchObject({ form: 'html', kind: 'page' });
  });

  it.each([
    ...['image', 'style', 'script', 'font', 'audio', 'video', 'track', 'manifest', 'worker', 'sharedworker'],
    ...['serviceworker', 'audioworklet', 'paintworklet', 'object', 'embed', 'report', 'xslt', 'json'],
  ])('%s is left empty, even where Accept names HTML', (secFetchDest) => {
    expect(negotiate({ secFetchDest, accept: 'text/html' }, ['en'])).toMatchObject({
      form: 'empty',
      kind: 'repeat',
    });
  });

  it('fetch() says by Accept what it wants', () => {
    expect(form({ secFetchDest: 'empty', accept: 'application/json' })).toBe('json');
    expect(form({ secFetchDest: 'empty', accept: 'application/json, text/plain, */*' })).toBe('json');
    expect(form({ secFetchDest: 'empty', accept: '*/*' })).toBe('text');
    expect(form({ secFetchDest: 'empty', accept: 'text/html' })).toBe('html');
  });

  it('a destination nobody knows counts as none', () => {
    expect(form({ secFetchDest: 'teapot', accept: 'text/html' })).toBe('html');
    expect(form({ secFetchDest: '', accept: 'image/png' })).toBe('empty');
  });
});

describe('by Accept', () => {
  it.each<[accept: string, form: Form]>([
    [chromeNavigation, 'html'],
    ['TEXT/HTML', 'html'],
    ['application/xhtml+xml', 'html'],
    ['image/png, text/html;q=0.1', 'html'],
    ['application/json', 'json'],
    ['application/vnd.api+json', 'json'],
    ['text/html;q=0.5, application/json', 'json'],
    ['application/json, text/html', 'html'],
    ['application/json;q=0, */*', 'text'],
    ['text/html;q=0', 'text'],
    ['image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', 'empty'],
    ['text/css,*/*;q=0.1', 'empty'],
    ['application/manifest+json', 'empty'],
    ['text/javascript, */*', 'empty'],
    ['video/mp4', 'empty'],
    ['font/woff2;q=1.0,*/*;q=0.1', 'empty'],
    ['text/plain', 'text'],
    ['text/plain, image/png;q=0.5', 'text'],
    ['*/*', 'text'],
    ['', 'text'],
    ['application/x-git-upload-pack-result', 'text'],
    ['text/html;q=nonsense', 'text'],
    [';;;,,,q=,=', 'text'],
  ])('`%s` gets %s', (accept, wanted) => {
    expect(form({ accept })).toBe(wanted);
  });

  it('no Accept at all gets plain text', () => {
    expect(negotiate({}, ['en'])).toEqual({
      ...{ form: 'text', kind: 'repeat', language: 'en', framed: false },
    });
  });

  it('HTML and JSON are pages of their own, the rest are repeats', () => {
    const kind = (accept: string) => negotiate({ accept }, ['en']).kind;
    expect(['text/html', 'application/json', '*/*', 'image/png'].map(kind)).toEqual([
      'page',
      'page',
      'repeat',
      'repeat',
    ]);
  });
});

describe('by Accept-Language', () => {
  it.each([
    ['', 'en'],
    ['es', 'es'],
    ['ES', 'es'],
    ['es-MX,es;q=0.9,en;q=0.8', 'es'],
    ['en-US,en;q=0.9,es;q=0.8', 'en'],
    ['en;q=0.3, es;q=0.7', 'es'],
    ['fr, es;q=0.1', 'es'],
    ['fr', 'en'],
    ['*', 'en'],
    ['es, *;q=0.1', 'es'],
    ['en;q=0, *', 'es'],
    ['en;q=0.2, *;q=0.5', 'es'],
    ['es, en', 'es'],
    ['en, es', 'en'],
    ['es;q=2', 'en'],
    ['estonian', 'en'],
  ])('`%s` is answered in %s', (header, wanted) => {
    expect(language(header)).toBe(wanted);
  });

  it('a range is served by a more specific language, and the other way round', () => {
    expect(language('pt', ['en', 'pt-BR'])).toBe('pt-BR');
    expect(language('zh-Hant-TW', ['en', 'zh-Hant'])).toBe('zh-Hant');
  });

  it('what everything rules out is answered in the default language', () => {
    expect(language('*;q=0')).toBe('en');
  });
});

describe('whatever a client sends', () => {
  it('is answered in one of the forms and in a language that is offered', () => {
    const noise = fc.option(
      fc.oneof(
        fc.string({ maxLength: 2_000 }),
        fc
          .array(fc.constantFrom(',', ';', 'q=', '0.5', '*', '/', 'text/html', 'es', ' ', '\t', 'é'))
          .map((a) => a.join('')),
      ),
      { nil: undefined },
    );
    fc.assert(
      fc.property(noise, noise, noise, (accept, secFetchDest, acceptLanguage) => {
        const found = negotiate({ accept, secFetchDest, acceptLanguage }, ['en', 'es']);
        expect(['html', 'json', 'text', 'empty']).toContain(found.form);
        expect(['en', 'es']).toContain(found.language);
      }),
      { numRuns: runs },
    );
  });

  it.each([',', ';', 'q=0.1,', ';q=', 'a/b;', '*', 'es,'])('16 KiB of `%s` is only read', (piece) => {
    const header = piece.repeat(16_384 / piece.length);
    expect(() => negotiate({ accept: header, acceptLanguage: header }, ['en', 'es'])).not.toThrow();
  });
});

describe('a page is framed', () => {
  const framed = (headers: NegotiationHeaders): boolean => negotiate(headers, ['en']).framed;
  const host = 'games.test';

  it.each([
    ['iframe', true],
    ['frame', true],
    ['fencedframe', true],
    ['document', false],
    ['empty', false],
  ])('for `Sec-Fetch-Dest: %s`, whatever the Referer says: %s', (secFetchDest, wanted) => {
    expect(framed({ secFetchDest, host })).toBe(wanted);
    expect(framed({ secFetchDest, host, referer: 'http://evil.test/' })).toBe(wanted);
  });

  it.each([
    [undefined, false],
    ['not an address', false],
    ['http://games.test/page', false],
    ['http://games.test:80/page', false],
    ['http://games.test:8080/page', true],
    ['https://games.test/page', true],
    ['http://evil.test/', true],
    ['http://games.test.evil.test/', true],
  ])('over plain http, with the Referer %j: %s', (referer, wanted) => {
    expect(framed({ referer, host })).toBe(wanted);
    expect(framed({ referer, host: 'Games.test:80' })).toBe(wanted);
  });
});
