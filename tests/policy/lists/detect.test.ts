import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { detectFormat } from '../../../policy/lists/detect.ts';
import { bytes, lines } from './helpers.ts';

it.each([
  ['games.list', lines('# games', '@category games', 'a.test'), 'snapshot'],
  ['blacklists/adult/domains', lines('a.test'), 'squidguard'],
  ['adult/domains.0', '', 'squidguard'],
  ['adult/urls', 'a.test/x', 'squidguard'],
  ['global_usage', '', 'squidguard'],
  ['lists/bannedsitelist', lines('# x', 'a.test'), 'e2guardian'],
  ['sites', lines('#listcategory: "x"', 'a.test'), 'e2guardian'],
  ['sites', lines('a.test', '.Include<more>'), 'e2guardian'],
  ['a/category.conf', 'action: block', 'redwood'],
  ['a.urllist', lines('score 5', 'a.test'), 'redwood'],
  ['a.list', lines('default 100', 'a.test'), 'redwood'],
  ['a.list', lines('a.test 100', '<b c> 20', 'b.test -3 9'), 'redwood'],
  ['easylist.txt', lines('[Adblock Plus 2.0]', '! x'), 'adblock'],
  ['list.txt', lines('! x', '||a.test^', '||b.test^$third-party', 'b.test##.x'), 'adblock'],
  ['unbreak.txt', lines('! CNAME cloaking', '||a.test^'), 'adblock'],
  ['hosts', lines('# x', '127.0.0.1 localhost', '0.0.0.0 a.test'), 'hosts'],
  ['list.txt', lines('::1 localhost', '0.0.0.0 a.test', '0.0.0.0 b.test'), 'hosts'],
  ['db.rpz', lines('$TTL 1h', 'a.test CNAME .'), 'rpz'],
  ['zone.txt', lines('@ IN SOA a. b. 1 2 3 4 5', 'a.test CNAME .'), 'rpz'],
  ['zone.txt', lines('a.test CNAME .', '*.a.test 300 IN CNAME .'), 'rpz'],
  ['export.csv', lines('url', 'a.test'), 'csv'],
  ['export.txt', lines('url,action', 'a.test,block', 'b.test,allow'), 'csv'],
  ['export.txt', lines('url;action', 'a.test;block'), 'csv'],
  ['list.txt', lines('# x', 'a.test', 'b\u00fccher.test # y', '.c.test'), 'domains'],
  ['\ufefflist.txt', '\ufeffa.test\r\nb.test\r\n', 'domains'],
  ['list.txt', lines('a.test', 'a.test/x', 'b.test/y?z', 'https://c.test/'), 'urls'],
])('%s, %j: %s', (name, text, format) => {
  expect(detectFormat(name, bytes(text))).toEqual({ ok: true, format });
});

it('UTF-16 is text', () => {
  expect(detectFormat('a.txt', Buffer.from('\ufeffa.test\nb.test\n', 'utf16le'))).toEqual({
    ok: true,
    format: 'domains',
  });
});

it.each([
  ['a.txt', bytes(''), 'it is empty', 'empty'],
  ['a.txt', bytes('# only\n! comments\n'), 'nothing but comments stands in it', 'text'],
  ['a.txt', bytes('<!DOCTYPE html><html>'), 'it is a web page, perhaps an error of the server', 'page'],
  ['a.txt', bytes('{"error": 404}'), 'it is JSON', 'page'],
  [
    'README',
    bytes('This is a list of lists.\nRead it with care.\n'),
    'it looks like no list that is known',
    'text',
  ],
  ['domains', gzipSync('a.test\n'), 'it is compressed by gzip', 'packed'],
  ['a.zip', Buffer.from('PK\x03\x04rest', 'latin1'), 'it is a ZIP archive', 'packed'],
  ['a.tar', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar')]), 'it is a tar archive', 'packed'],
  ['a.txt', Buffer.from('\x7fELF', 'latin1'), 'it is a program or a document', 'binary'],
  ['a.txt', Buffer.alloc(1_000), 'it is not text', 'binary'],
])('%s: %#: %s', (name, head, why, nature) => {
  expect(detectFormat(name, head)).toEqual({ ok: false, why, nature });
});

it('whatever it is, something is said of it', () => {
  fc.assert(
    fc.property(fc.string(), fc.uint8Array(), (name, head) => {
      detectFormat(name, head);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});
