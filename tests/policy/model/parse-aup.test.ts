import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../policy/errors.ts';
import { parseAup, parseAups } from '../../../policy/model/parse-aup.ts';

const front = '---\ntitle: AUP\nadopted: 2026-08-03\nlanguage: en\n---\n';
const clause = '\n### 1 Safety {#safety}\n\nBe safe.\n';
const complaints = (text: string): string[] => {
  const read = parseAup(text, 'aup.md');
  return read.ok ? [] : read.problems.map(formatProblem);
};

describe('the AUP', () => {
  it('is its clauses, in plain text', () => {
    const body = [
      '# The policy',
      'Before any clause.',
      '## 4 *Games* and **play** {#games}',
      'One\nparagraph with a [link](http://x.test/).',
      '- first\n- second',
      '> A quotation.',
      '> For younger students: Play\n> after school.',
      '### 4.2a Even `later` {#games.later}',
      'Text.',
    ].join('\n\n');
    const read = parseAup(`\ufeff${front}${body}`.replaceAll('\n', '\r\n'), 'aup.md');
    expect(read).toMatchObject({
      ok: true,
      text: {
        ...{ title: 'AUP', adopted: '2026-08-03', language: 'en' },
        clauses: [
          {
            ...{ id: 'games', number: '4', title: 'Games and play', child: 'Play after school.' },
            text: 'One paragraph with a link.\n\n- first\n- second\n\nA quotation.',
          },
          { id: 'games.later', number: '4.2a', title: 'Even later', child: null, text: 'Text.' },
        ],
      },
    });
  });

  it('knows which topics a clause serves, by a comment', () => {
    const comment = '<!-- topics: monitoring, education -->\n\n<!-- for us -->';
    const read = parseAup(
      `${front}### 1 One {#one}\n\n${comment}\n\nText.\n\n### 2 Two {#two}\n\nText.`,
      'aup.md',
    );
    expect(read).toMatchObject({
      ok: true,
      text: { clauses: [{ topics: ['monitoring', 'education'], text: 'Text.' }, { id: 'two' }] },
    });
    if (read.ok)
      expect([...read.lines]).toEqual([
        ['one', 6],
        ['two', 14],
      ]);
    const wrong = parseAup(`${front}### 1 One {#one}\n\n<!-- topics: monitorin -->`, 'aup.md');
    expect(wrong).toMatchObject({
      problems: [{ code: 'aup-topic', line: 8, hint: 'did you mean `monitoring`?' }],
    });
  });

  it.each([
    ['no front matter', clause, 'aup.md:1:1: the front matter is missing'],
    [
      'a front matter that lacks something',
      `---\ntitle: AUP\nlanguage: en\n---\n${clause}`,
      'aup.md:2:1: `adopted` is missing',
    ],
    ['an unknown key', `${front.replace('title', 'titel')}${clause}`, 'aup.md:2:1: '],
    ['no clause', `${front}\n# Title\n`, 'aup.md:6:1: no clause was found'],
    [
      'a heading without id',
      `${front}${clause}\n### 4.2 Games\n`,
      'aup.md:11:1: `4.2 Games` is no heading of a clause',
    ],
    [
      'a heading without number',
      `${front}\n### Games {#games}\n`,
      'aup.md:7:1: `Games {#games}` is no heading of a clause',
    ],
    [
      'the same id again',
      `${front}${clause}${clause.replace('1', '2')}`,
      'aup.md:11:1: two clauses have the id `safety`',
    ],
    [
      'the same number again',
      `${front}${clause}${clause.replaceAll('afety', 'ecurity')}`,
      'aup.md:11:1: two clauses have the number `1`',
    ],
  ])('with %s is refused there', (_, text, start) => {
    expect(complaints(text).some((problem) => problem.startsWith(start))).toBe(true);
  });

  it('is translated clause by clause', () => {
    const adopted = { text: `${front}${clause}\n### 2 More {#more}\n`, file: 'aup.md' };
    const translated = (text: string) => {
      const read = parseAups([
        adopted,
        { text: text.replace('language: en', 'language: es'), file: 'aup.es.md' },
      ]);
      return read.ok ? [] : read.problems.map(formatProblem);
    };
    expect(translated(adopted.text)).toEqual([]);
    expect(translated(`${front}${clause}`)).toEqual([
      'aup.es.md:1:1: clause `more` of the adopted text is missing: translate it',
    ]);
    expect(translated(`${adopted.text}\n### 3 New {#new}\n`)).toEqual([
      'aup.es.md:1:1: clause `new` is not in the adopted text: remove it',
    ]);
    expect(translated(adopted.text.replace('### 2', '### 3'))).toEqual([
      'aup.es.md:1:1: clause `more` has another number than in the adopted text: use the same number',
    ]);
    const twice = parseAups([adopted, { ...adopted, file: 'again.md' }]);
    expect(twice.ok ? [] : twice.problems.map(formatProblem)).toEqual([
      'again.md:1:1: the language `en` stands there twice: keep one text for each language',
    ]);
    expect(parseAups([])).toMatchObject({ ok: false });
  });
});
