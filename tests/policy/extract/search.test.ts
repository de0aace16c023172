import { describe, expect, it } from 'vitest';
import { searchWordsOf } from '../../../policy/extract/search.ts';
import { requestFacts } from '../../../policy/facts.ts';
import { extractors } from './fixture.ts';

const searchAt = (method: string, rawHost: string, rawPath: string, rawQuery = '') => {
  const target = { scheme: 'http', port: 80, method, rawHost, rawPath, rawQuery } as const;
  const made = requestFacts(target, null, extractors);
  return made.ok && typeof made.facts.url !== 'string' ? made.facts.url.search : undefined;
};

describe('a search that is posted', () => {
  it('is known before its words are, which the form has', () => {
    const search = searchAt('POST', 'www.startpage.com', '/sp/search');
    expect(search).toEqual({ engine: 'startpage', words: [] });
    expect(searchWordsOf(extractors, search?.engine ?? '', 'cat=web&query=free+casino')).toEqual([
      'free',
      'casino',
    ]);
  });

  it('may have its words in the address as well', () => {
    const search = searchAt('POST', 'html.duckduckgo.com', '/html/', 'q=casino');
    expect(search).toEqual({ engine: 'duckduckgo', words: ['casino'] });
  });

  it('is none where nothing is searched', () => {
    expect(searchAt('POST', 'www.startpage.com', '/settings')).toBe(null);
    expect(searchAt('GET', 'www.startpage.com', '/sp/search')).toBe(null);
  });
});

it('is found once, when it is first asked for', () => {
  const target = { scheme: 'http', port: 80, method: 'GET', rawHost: 'www.google.com' } as const;
  const made = requestFacts({ ...target, rawPath: '/search', rawQuery: 'q=casino' }, null, extractors);
  if (!made.ok || typeof made.facts.url === 'string') throw new Error('no facts');
  expect(made.facts.url.search).toBe(made.facts.url.search);
});
