import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdblockReader } from '../../../policy/lists/adblock.ts';
import { bytes, latin1, lines, outcome } from './helpers.ts';

const read = (content: string | Uint8Array | readonly Uint8Array[]) =>
  outcome((sink, report) => new AdblockReader({ file: 'easy.txt', category: 'ads' }, sink, report), content);

describe('a list of rules', () => {
  it('is hosts where a rule says no more, and rules as they are written', () => {
    const { lines: found, report } = read(
      `\ufeff[Adblock Plus 2.0]\r\n! Title: a list\r\n\r\n||Ads.Test^\r\n@@||ok.test^\r\n||ads.test^$third-party  \r\n/banner/ad.js\r\n` +
        `@@||ads.test/ok$script\r\n||192.0.2.7^\r\n||zip^\r\n||b\u00fccher.test^\r\n||ads.test.^\r\n`,
    );
    expect(found).toEqual([
      'ads.test',
      '! ok.test',
      'abp ||ads.test^$third-party',
      'abp /banner/ad.js',
      '! abp @@||ads.test/ok$script',
      '192.0.2.7',
      '.zip',
      'xn--bcher-kva.test',
      'ads.test',
    ]);
    expect(report).toMatchObject({ accepted: 9, rejectedCount: 0, skipped: {} });
  });

  it.each([
    ['##.banner'],
    ['ads.test##.banner'],
    ['ads.test#@#.banner'],
    ['ads.test#?#div:has(a)'],
    ['ads.test#$#body { x: y }'],
    ['ads.test#$?#body { x: y }'],
    ['ads.test#@$#body { x: y }'],
    ['ads.test#%#window.x = 1'],
    ['ads.test##+js(nowebrtc)'],
    ['ads.test$$script[data-x]'],
    ['ads.test$@$script[data-x]'],
    ['[$path=/x]ads.test##.banner'],
  ])('%s is for pages, and counted', (rule) => {
    expect(read(lines(rule)).report).toMatchObject({
      accepted: 0,
      skipped: { 'cosmetic rule': 1 },
      rejectedCount: 0,
    });
  });

  it('leaves out what a proxy cannot follow, and says what it was', () => {
    const { report, rejected } = read(
      lines(
        '||a.test^$dnsrewrite=1.2.3.4',
        '||a.test^$client=x',
        '||a.test^$popup',
        '||a.test^$sparkle',
        'ad',
        '# a comment',
      ),
    );
    expect(report.skipped).toEqual({ $dnsrewrite: 1, $client: 1, $popup: 1 });
    expect(rejected).toEqual([
      '4: the option `sparkle` is not known',
      '5: so short a pattern is in nearly every address',
    ]);
  });

  it('takes a rule back by its twin, before and after it', () => {
    const { lines: found, report } = read(
      lines(
        '||a.test^',
        '||b.test^$badfilter',
        '||b.test^',
        '||a.test^$badfilter',
        '/x.js$script,domain=d.test|c.test',
      ) +
        lines(
          '/x.js$domain=c.test|d.test,script,badfilter',
          '||c.test^',
          '||none.test^$badfilter',
          '@@||c.test^',
        ),
    );
    expect(found).toEqual(['c.test', '! c.test']);
    expect(report.skipped).toEqual({ 'rule that $badfilter takes back': 3 });
    expect(report.notes).toEqual(['`$badfilter` takes back a rule that is not in this list']);
  });

  it('does not take conditions for met, nor other lists for read', () => {
    const { lines: found, report } = read(
      lines(
        '!#if env_firefox',
        '||a.test^',
        '!#if x',
        '||b.test^',
        '!#endif',
        '||c.test^',
        '!#endif',
        '||d.test^',
      ) + lines('!#include more.txt', '!#endif', '||e.test^'),
    );
    expect(found).toEqual(['d.test', 'e.test']);
    expect(report.skipped).toEqual({ 'conditional rule': 3, include: 1 });
    expect(report.notes).toEqual(['`more.txt` is another list, and was not read']);
  });

  it('knows where each rule stands', () => {
    expect(
      read(lines('! x', '||a.test^', '', '/banner.gif')).entries.map(({ file, line }) => [file, line]),
    ).toEqual([
      ['easy.txt', 2],
      ['easy.txt', 4],
    ]);
  });

  it('makes no rule of bytes that are guessed', () => {
    expect(read(latin1('||b\xfccher.test^\n||a.test^\n! caf\xe9\n'))).toMatchObject({
      lines: ['a.test'],
      rejected: ['1: not UTF-8, and nobody can know which characters are meant'],
    });
  });
});

it('whatever a list holds, is read', () => {
  const piece = fc.constantFrom(
    '||',
    '@@',
    '\n',
    '$',
    '^',
    '##',
    '!#if\n',
    'badfilter',
    'a.test',
    '/',
    '[$',
    '\0',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uint8Array(), piece.map(bytes))), (chunks) => {
      expect(read(chunks).entries).toHaveLength(read(chunks).report.accepted);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 100) },
  );
});
