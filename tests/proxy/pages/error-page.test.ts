import { describe, expect, it } from 'vitest';
import { errorPageCodeOf, errorPageCodes, errorStatus } from '../../../proxy/pages/errors.ts';
import type { ErrorPageInput } from '../../../proxy/pages/error-page.ts';
import { refusals } from '../../../proxy/wire/refusals.ts';
import { pages, recordId } from './sample.ts';

const page = (changes: Partial<ErrorPageInput> = {}) =>
  pages.errorPage({
    form: 'html',
    language: 'en',
    code: 'name-not-found',
    id: recordId,
    host: 'libary.demo.test',
    ...changes,
  });
const render = (changes: Partial<ErrorPageInput> = {}): string => page(changes).body.toString();

describe.each(errorPageCodes)('%s', (code) => {
  it.each(['en', 'es'])('is short and whole in %s, HTML and plain', (language) => {
    for (const host of ['libary.demo.test', null]) {
      const html = render({ code, language, host });
      expect(html).toContain(`<html lang="${language}" dir="ltr">`);
      expect(html.replace(/<style>.*?<\/style>/s, '')).not.toMatch(
        /[{}]|undefined|violat|denied|forbid|attempt/i,
      );
      expect(html).toContain(recordId);
      expect(html).toContain('988');
      const text = render({ code, language, host, form: 'text' });
      expect(text).toMatch(new RegExp(`^[A-ZÑ¿a-z].*\\n(?:Reference|Referencia): ${recordId}\\n.*988.*\\n$`));
      expect(text.length).toBeLessThan(600);
    }
  });

  it('has its status', () => {
    expect(page({ code }).status).toBe(errorStatus[code]);
  });
});

it.each<[ErrorPageInput['code'], number]>([
  ['name-not-found', 502],
  ['connection-refused', 502],
  ['timeout', 504],
  ['bad-request', 400],
  ['sign-in-needed', 407],
  ['address-refused', 403],
  ['sign-in-unavailable', 503],
  ['loop', 508],
])('%s is %i', (code, status) => {
  expect(errorStatus[code]).toBe(status);
});

it('every refusal of the wire has a page of its status', () => {
  for (const { status } of Object.values(refusals)) expect(errorStatus[errorPageCodeOf(status)]).toBe(status);
  expect(errorPageCodeOf(418)).toBe('bad-request');
  expect(errorPageCodeOf(599)).toBe('internal-error');
});

it('a crisis host leaves neither a reference nor its name', () => {
  for (const form of ['html', 'text'] as const) {
    const body = render({ form, id: null, host: null });
    expect(body).not.toMatch(/Reference|libary|class="code"/);
    expect(body).toContain('this site');
  }
});

it('a sentence that begins with the place of the host begins with a capital', () => {
  expect(render({ code: 'timeout', host: null, form: 'text' })).toContain(
    '. This site did not answer in time.',
  );
  expect(render({ code: 'timeout', form: 'text' })).toContain('. libary.demo.test did not answer in time.');
});

it('a sub-resource gets no body, and a program that wants JSON a line of text', () => {
  expect(render({ form: 'empty' })).toBe('');
  expect(page({ form: 'json' }).headers).toContainEqual(['Content-Type', 'text/plain; charset=utf-8']);
});

it('Retry-After is in whole seconds, and only where it is known', () => {
  expect(page({ code: 'overloaded', retryAfter: 1.2 }).headers).toContainEqual(['Retry-After', '2']);
  expect(page({ code: 'overloaded' }).headers.map(([name]) => name)).not.toContain('Retry-After');
});

it('host and detail stay text', () => {
  const evil = '<script>alert(1)</script>\u001b[2J';
  const html = render({ host: evil, detail: evil, id: evil });
  expect(html).not.toMatch(/<script/);
  expect(html).toContain('&lt;script&gt;');
  // eslint-disable-next-line no-control-regex -- the escape that a terminal would obey
  expect(render({ host: evil, detail: evil, form: 'text' })).not.toMatch(/\u001b/);
});
