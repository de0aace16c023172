import { describe, expect, it } from 'vitest';
import { archiveSource } from '../../../control/lists/archive.ts';
import { importLists } from '../../../control/lists/import.ts';
import type { Imported, ImportOptions } from '../../../control/lists/import.ts';
import { SourceError, sourceLimits } from '../../../control/lists/source.ts';
import { readSnapshot } from '../../../policy/lists/snapshot.ts';
import { inPieces, tarGz } from './archives.ts';
import type { Packed } from './archives.ts';

const lines = (...all: readonly string[]): string => all.map((line) => `${line}\n`).join('');

const ofBytes = (bytes: Uint8Array, options?: ImportOptions, name = 'lists.tar.gz') =>
  importLists(
    archiveSource(name, () => inPieces(bytes)),
    options,
  );
const ofTree = async (entries: Packed, options?: ImportOptions) => ofBytes(await tarGz(entries), options);
const ofText = (name: string, text: string, options?: ImportOptions) =>
  ofBytes(Buffer.from(text), options, name);

/** By category. */
const texts = ({ snapshots }: Imported) =>
  Object.fromEntries(snapshots.map(({ category, text }) => [category, Buffer.concat(text).toString()]));
const refusals = ({ refused }: Imported) => refused.map(({ name, why }) => `${name}: ${why}`);

describe('the tree of squidGuard', () => {
  const tree: Packed = [
    [{ name: 'blacklists/', type: 'directory' }],
    [
      { name: 'blacklists/global_usage' },
      lines(
        'NAME: adult',
        'DEFAULT_TYPE: black',
        'NAME EN: Adult',
        'NAME: bank',
        'DEFAULT_TYPE: white',
        'DESC EN: Banks',
      ),
    ],
    [{ name: 'blacklists/adult/domains' }, lines('a.test', 'b.a.test', '192.0.2.7', 'c.test', 'a.test')],
    [{ name: 'blacklists/adult/urls' }, lines('d.test/x', 'c.test/y')],
    [{ name: 'blacklists/adult/expressions' }, lines('(^|/)sex')],
    [{ name: 'blacklists/adult/very_restrictive_expression' }, lines('sex')],
    [{ name: 'blacklists/adult/usage' }, lines('black', 'porn')],
    [{ name: 'blacklists/publicite/domains' }, lines('ads.test')],
    [{ name: 'blacklists/ads', type: 'symlink', linkname: 'publicite' }],
    [{ name: 'blacklists/evil', type: 'symlink', linkname: '../../etc' }],
    [{ name: 'blacklists/bank/domains' }, lines('bank.test')],
    [{ name: 'blacklists/bank/usage' }, lines('white')],
    [{ name: 'blacklists/empty/domains' }, ''],
    [{ name: 'blacklists/associations_religieuses/domains' }, lines('r.test')],
    [{ name: 'blacklists/README' }, 'This is a list of lists. Read it with care.\n'],
  ];

  it('is one snapshot for each folder, and says where each entry stood', async () => {
    const found = await ofTree(tree, { source: 'the university' });
    expect(texts(found)).toEqual({
      adult: lines(
        ...['@category adult', '@title Adult', '@source the university', '@file blacklists/adult/domains'],
        ...['a.test', '@line 3', '192.0.2.7', 'c.test', '@file blacklists/adult/urls', 'd.test/x'],
        ...['@file blacklists/adult/expressions', 'regex (^|/)sex'],
      ),
      'associations-religieuses': lines(
        ...['@category associations-religieuses', '@source the university'],
        ...['@file blacklists/associations_religieuses/domains', 'r.test'],
      ),
      bank: lines(
        '@category bank',
        '@title Banks',
        '@source the university',
        '@file blacklists/bank/domains',
        'bank.test',
      ),
      publicite: lines(
        '@category publicite',
        '@source the university',
        '@file blacklists/publicite/domains',
        'ads.test',
      ),
    });
    const about = found.snapshots.map(({ category, purpose, aliases, entries }) => [
      category,
      purpose,
      aliases,
      entries,
    ]);
    expect(about).toEqual([
      ['adult', 'black', ['porn'], 5],
      ['associations-religieuses', null, [], 1],
      ['bank', 'white', [], 1],
      ['publicite', null, ['ads'], 1],
    ]);
    expect(refusals(found)).toEqual([
      'blacklists/evil: a link that leaves the source',
      'blacklists/README: it looks like no list that is known',
    ]);
  });

  it('reports every file', async () => {
    const { files } = await ofTree(tree);
    const of = (name: string) => files.find((file) => file.name === `blacklists/adult/${name}`)?.report;
    expect(of('domains')).toMatchObject({ accepted: 3, duplicate: 1, subsumed: 1, rejectedCount: 0 });
    expect(of('urls')).toMatchObject({ accepted: 1, subsumed: 1 });
    expect(of('very_restrictive_expression')).toMatchObject({
      accepted: 0,
      skipped: { 'very restrictive expression': 1 },
    });
  });

  it('may be very restrictive, if that is asked for', async () => {
    expect(texts(await ofTree(tree, { veryRestrictive: true }))['adult']).toContain('regex sex\n');
  });

  it('is named by what tells its folders apart', async () => {
    const nested: Packed = [
      [{ name: 'BL/hobby/games/domains' }, 'a.test\n'],
      [{ name: 'BL/hobby/pets/domains' }, 'b.test\n'],
      [{ name: 'BL/porn/domains.0' }, 'c.test\n'],
      [{ name: 'BL/porn/domains.1' }, 'd.test\n'],
    ];
    expect(Object.keys(texts(await ofTree(nested)))).toEqual(['hobby.games', 'hobby.pets', 'porn']);
    expect(Object.keys(texts(await ofTree(nested, { category: 'shalla' })))).toEqual([
      'shalla.hobby.games',
      'shalla.hobby.pets',
      'shalla.porn',
    ]);
    expect(Object.keys(texts(await ofTree([[{ name: 'x/y/domains' }, 'a.test\n']])))).toEqual(['y']);
    expect(Object.keys(texts(await ofTree([[{ name: 'domains' }, 'a.test\n']])))).toEqual(['lists']);
  });

  it('has no two categories by one name', async () => {
    const found = await ofTree([
      [{ name: 'a_b/domains' }, 'a.test\n'],
      [{ name: 'a-b/domains' }, 'b.test\n'],
    ]);
    expect(Object.keys(texts(found))).toEqual(['a-b', 'a-b-2']);
    expect(found.notes).toEqual(['`/a-b` is called `a-b-2`, since `a-b` is another']);
  });
});

describe('the lists of e2guardian', () => {
  it('draw each other in, and are kept apart by what they are for', async () => {
    const found = await ofTree([
      [
        { name: 'lists/bannedsitelist' },
        lines('#listcategory: "Local"', 'a.test', '.Include</etc/e2guardian/lists/more/ads>'),
      ],
      [{ name: 'lists/more/ads' }, lines('#listcategory: "Adverts & more"', 'ads.test')],
      [{ name: 'lists/exceptionsitelist' }, lines('good.test')],
      [{ name: 'lists/greyurllist' }, lines('grey.test/x')],
      [{ name: 'lists/exceptionextensionlist' }, lines('.txt')],
      [{ name: 'lists/weightedphraselist' }, lines('<a><50>')],
      [{ name: 'lists/nomitmsitelist' }, lines('bank.test')],
    ]);
    expect(texts(found)).toEqual({
      'adverts-more': lines(
        '@category adverts-more',
        '@title Adverts & more',
        '@file lists/more/ads',
        '@line 2',
        'ads.test',
      ),
      exception: lines('@category exception', '@file lists/exceptionsitelist', 'good.test'),
      'exception-files': lines('@category exception-files', '@file lists/exceptionextensionlist', 'ext txt'),
      grey: lines('@category grey', '@file lists/greyurllist', 'grey.test/x'),
      local: lines('@category local', '@title Local', '@file lists/bannedsitelist', '@line 2', 'a.test'),
    });
    expect(found.files.find(({ name }) => name === 'lists/weightedphraselist')?.report.skipped).toEqual({
      'phrase with a weight': 1,
    });
    expect(refusals(found)).toEqual(['lists/nomitmsitelist: no list of places, and no list draws it in']);
  });
});

it('the categories of Redwood are folders', async () => {
  const found = await ofTree([
    [{ name: 'categories/games/category.conf' }, 'description: Games\naction: block\n'],
    [{ name: 'categories/games/a.list' }, lines('a.test 100', 'b.test -10', '<phrase> 5')],
    [{ name: 'categories/news/b.urllist' }, lines('score 10', 'news.test')],
  ]);
  expect(texts(found)).toEqual({
    games: lines('@category games', '@title Games', '@file categories/games/a.list', 'a.test', '! b.test'),
    news: lines('@category news', '@file categories/news/b.urllist', '@line 2', 'news.test'),
  });
  expect(found.snapshots.map(({ purpose }) => purpose)).toEqual(['black', null]);
});

it.each([
  [
    'easylist.txt',
    lines('[Adblock Plus]', '||ads.test^', '@@||ok.test^'),
    'easylist',
    ['ads.test', '! ok.test'],
  ],
  ['hosts', lines('127.0.0.1 localhost', '0.0.0.0 ads.test'), 'hosts', ['=ads.test']],
  ['My List.txt', lines('a.test', 'b.test'), 'my-list', ['a.test', 'b.test']],
  ['db.rpz', lines('$TTL 1h', 'bad.test CNAME .', '*.bad.test CNAME .'), 'db', ['bad.test']],
  ['export.csv', lines('url,action', 'a.test,block', 'b.test,allow'), 'export', ['a.test']],
  ['own.list', lines('@category games', '@title Games', 'a.test'), 'games', ['a.test']],
])('%s is read as what it looks like', async (name, text, category, entries) => {
  const found = texts(await ofText(name, text));
  expect(Object.keys(found)).toEqual([category]);
  expect((found[category] ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('@'))).toEqual(
    entries,
  );
});

it('the format, the category and what is allowed may be asked for', async () => {
  const text = lines('url,action,category', 'a.test,block,Video Games', 'b.test,allow,');
  expect(texts(await ofText('export.csv', text, { category: 'closed', allowCategory: 'open' }))).toEqual({
    open: lines('@category open', '@file export.csv', '@line 3', 'b.test'),
    'video-games': lines('@category video-games', '@file export.csv', '@line 2', 'a.test'),
  });
  expect(texts(await ofText('x', 'a.test 100\n', { format: 'hosts' }))).toEqual({});
  expect(texts(await ofText('# x', '# nothing\na.test\n', { format: 'domains', category: 'mine' }))).toEqual({
    mine: lines('@category mine', '@file # x', '@line 2', 'a.test'),
  });
});

it.each([
  ['x', Buffer.from('<!doctype html>'), 'it is a web page, perhaps an error of the server'],
  ['x', Buffer.alloc(1_000), 'it is not text'],
  ['x', Buffer.alloc(0), 'it is empty'],
  ['x.zip', Buffer.from('PK\x03\x04', 'latin1'), 'it is a ZIP archive'],
])('%s %# is refused, whatever format is asked for', async (name, bytes, why) => {
  for (const options of [{}, { format: 'domains' as const }])
    expect(refusals(await ofBytes(bytes, options, name))).toEqual([`${name}: ${why}`]);
});

it('what is damaged or too large is no import at all', async () => {
  const bytes = await tarGz([[{ name: 'a/domains' }, 'a.test\n'.repeat(10_000)]]);
  await expect(ofBytes(bytes.subarray(0, bytes.length - 20))).rejects.toThrow(SourceError);
  await expect(ofBytes(bytes, { limits: { ...sourceLimits, bytes: 1_000 } })).rejects.toThrow(SourceError);
});

it('a snapshot is what a reader of snapshots reads', async () => {
  const { snapshots } = await ofTree([
    [{ name: 'bl/adult/domains' }, lines('a.test', 'B\u00fccher.test', 'xxx', '.xxx')],
    [{ name: 'bl/adult/urls' }, lines('c.test/a%20b?x', 'd.test/#x', '[2001:db8::1]/x')],
    [{ name: 'bl/games/domains' }, lines('b.test')],
  ]);
  for (const { text, entries } of snapshots) {
    const { report } = readSnapshot(text, { host() {}, other() {} });
    expect(report.report()).toMatchObject({ accepted: entries, rejectedCount: 0 });
  }
});
