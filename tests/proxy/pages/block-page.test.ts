import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { shortCode } from '../../../proxy/pages/block-page.ts';
import type { BlockPageInput } from '../../../proxy/pages/block-page.ts';
import { options } from '../../../pages/options.ts';
import { createPages } from '../../../proxy/pages/pages.ts';
import { blame, blockInput, clauses, pages, recordId } from './sample.ts';

const render = (changes: Partial<BlockPageInput> = {}): string =>
  pages.blockPage(blockInput(changes)).body.toString();
const header = (changes: Partial<BlockPageInput>, name: string): string | undefined =>
  pages.blockPage(blockInput(changes)).headers.find(([known]) => known === name)?.[1];
/** What a person reads, tags and style taken away. */
const words = (html: string): string =>
  html
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/gu, ' ');

const voices = ['young', 'student', 'staff'] as const;
const languages = ['en', 'es'] as const;
const actions = ['block', 'warn'] as const;
const everyPage = voices.flatMap((voice) =>
  languages.flatMap((language) => actions.map((action) => ({ voice, language, action }))),
);

describe.each(everyPage)('$voice, $language, $action', (changes) => {
  it('is a 403 in its language', () => {
    const page = pages.blockPage(blockInput(changes));
    expect(page.status).toBe(403);
    expect(page.headers).toContainEqual(['Content-Language', changes.language]);
    expect(page.body.toString()).toMatch(
      new RegExp(`^<!doctype html><html lang="${changes.language}" dir="ltr">`),
    );
  });

  it('blames nobody, in any form', () => {
    for (const form of ['html', 'json', 'text'] as const) {
      for (const id of [recordId, null]) expect(render({ ...changes, form, id })).not.toMatch(blame);
    }
  });

  it('offers the same line for someone to talk to', () => {
    expect(words(render(changes))).toContain(changes.language === 'en' ? 'Call or text 988' : 'Llama al 988');
  });

  it('leaves no hole unfilled', () => {
    for (const clause of [clauses[changes.language], null]) {
      const html = render({ ...changes, clause, noClause: clause === null ? 'It is the floor.' : null });
      expect(words(html)).not.toMatch(/[{}]|undefined|null/);
    }
  });
});

describe('the youngest', () => {
  it('are told that they are not in trouble, and get a code and the rule in their words', () => {
    const text = words(render({ voice: 'young' }));
    expect(text).toContain('You are not in trouble');
    expect(text).toContain('9F3C-21AB');
    expect(text).toContain(clauses.en.child);
    expect(text).not.toContain(clauses.en.text);
  });

  it('get the clause as adopted where it is not in their words', () => {
    expect(render({ voice: 'young', clause: { ...clauses.en, child: null } })).toContain(clauses.en.text);
  });

  it('the code is the tail of the record that staff look up', () => {
    expect(shortCode(recordId)).toBe('9F3C-21AB');
    expect(render({ voice: 'young' })).toContain(`data-record="${recordId}"`);
  });
});

describe('older students', () => {
  const text = words(render({ voice: 'student' }));

  it('see host, audience and time', () => {
    expect(text).toContain('games.demo.test');
    expect(text).toContain('Students in grades 9 to 12');
    expect(text).toContain('November 23, 2026 at 10:31 AM');
  });

  it('see the clause by number and text, and when it was adopted', () => {
    expect(text).toContain('Acceptable Use Policy 4.2');
    expect(text).toContain(clauses.en.text);
    expect(text).toContain('Adopted June 15, 2026');
  });

  it('see what was saved, who can see it and for how long', () => {
    expect(text).toContain('Your name and schools');
    expect(text).toContain(
      'Your principal, your school counselors and the district technology office can see it.',
    );
    expect(text).toContain('deleted after 90 days');
    expect(words(render({ signedIn: false }))).toContain('No name: nobody was signed in');
  });
});

it('staff see the rule and the policy version too', () => {
  const text = words(render({ voice: 'staff' }));
  for (const shown of ['games-in-class', 'p-4f1d09a2c85b7e36', recordId]) expect(text).toContain(shown);
});

describe('without a record', () => {
  it.each(voices)('%s: no reference is shown, and the page says so', (voice) => {
    const html = render({ voice, id: null });
    expect(html).not.toContain('class="code"');
    expect(words(html)).toContain('could not be written just now');
  });

  it('JSON has a null id and plain text none', () => {
    expect(JSON.parse(render({ form: 'json', id: null }))).toMatchObject({ id: null });
    expect(render({ form: 'text', id: null })).not.toContain('Reference');
  });
});

describe('a rule without a clause', () => {
  it('shows its reason, or nothing where that is not for the public', () => {
    expect(words(render({ clause: null, noClause: 'State law asks for it.' }))).toContain(
      'State law asks for it.',
    );
    expect(render({ clause: null })).not.toContain('<blockquote');
  });
});

describe('what is not for a person', () => {
  it('JSON has exactly the agreed keys', () => {
    expect(JSON.parse(render({ form: 'json' }))).toEqual({
      id: recordId,
      action: 'block',
      rule: 'games-in-class',
      clause: 'games',
      clauseText: clauses.en.text,
      policyVersion: 'p-4f1d09a2c85b7e36',
      message:
        'games.demo.test is closed at school: Games during the school day. Acceptable Use Policy, clause 4.2 (Games).',
    });
    expect(JSON.parse(render({ form: 'json', clause: null }))).toMatchObject({
      clause: null,
      clauseText: null,
    });
  });

  it('plain text has the id', () => {
    expect(render({ form: 'text' })).toContain(`Reference: ${recordId}\n`);
    expect(header({ form: 'text' }, 'Content-Type')).toBe('text/plain; charset=utf-8');
  });

  it('plain text names a way on: the portal, and past a notice the page with its buttons', () => {
    const home = 'What was saved about you, your requests and the whole policy: http://hallpass/\n';
    expect(render({ form: 'text' })).toContain(home);
    expect(render({ form: 'text', voice: 'staff', id: null })).toContain(home);
    const warn = { form: 'text', action: 'warn', acts: { token: 't', continue: 60_000 } } as const;
    const goOn = `You can go on, with a reason, from here: http://hallpass/records/${recordId}\n`;
    expect(render(warn)).toContain(`${goOn}${home}`);
    expect(render({ ...warn, acts: null })).not.toContain('go on');
    expect(render({ ...warn, language: 'es' })).toContain(
      `desde aquí: http://hallpass/records/${recordId}\n`,
    );
  });

  it('plain text sends the youngest to a grown-up', () => {
    const text = render({ form: 'text', voice: 'young' });
    expect(text).toContain('If you need this page for school, ask your teacher.');
    expect(text).not.toContain('http://hallpass');
  });

  it('a sub-resource gets the status and no body', () => {
    expect(render({ form: 'empty' })).toBe('');
    expect(header({ form: 'empty' }, 'Content-Type')).toBeUndefined();
    expect(header({ form: 'empty' }, 'Cache-Control')).toBe('no-store');
  });
});

describe('hostile text', () => {
  const evil = `"'><script>alert(1)</script><img src=x onerror=alert(1)>{help}&lt;\u202e\u001b[2J`;
  const hostile: Partial<BlockPageInput> = {
    host: evil,
    audienceTitle: evil,
    publicTitle: evil,
    ruleId: evil,
    policyVersion: evil,
    id: evil,
    clause: { id: evil, number: evil, title: evil, text: evil, child: evil, adopted: evil, language: evil },
  };

  it.each(voices)('stays text on the page of %s', (voice) => {
    for (const clause of [hostile.clause ?? null, null]) {
      const html = render({ ...hostile, voice, clause, noClause: evil });
      // eslint-disable-next-line no-control-regex -- the escape that a terminal would obey
      expect(html).not.toMatch(/<script|<img|\u202e|\u001b/);
      expect(html.match(/988/g)).toHaveLength(1);
      expect(html).toContain('&lt;script&gt;');
    }
  });

  it('stays text on a terminal', () => {
    // eslint-disable-next-line no-control-regex -- the escape that a terminal would obey
    expect(render({ ...hostile, form: 'text' })).not.toMatch(/[\u001b\u202e]/);
  });

  it('a district may use braces and brackets in its words', () => {
    const own = createPages(options.parse({ district: '{host} <Unified>', help: 'Room {1} & {id}' }), {
      retentionDays: 1,
      portal: 'http://hallpass',
    });
    const html = own.blockPage(blockInput()).body.toString();
    expect(html).toContain('<bdi>&#123;host} &lt;Unified&gt;</bdi>');
    expect(html).toContain('Room &#123;1} &amp; &#123;id}');
  });
});

describe('the headers of a page', () => {
  const acts = { token: 'sealed', continue: 600_000 };
  const policy = header({ acts }, 'Content-Security-Policy') ?? '';

  it('admit the one style by its digest, and no script', () => {
    const style = /<style>(.*?)<\/style>/s.exec(render())?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    expect(policy).toContain(`style-src 'sha256-${digest}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|script|\*/);
    expect(policy.match(/https?:\S*/g)).toEqual(['http://hallpass;']);
    expect(policy).toContain("form-action http://hallpass; frame-ancestors 'none'; sandbox allow-forms");
    expect(render()).not.toMatch(/<script| style="| on[a-z]+=|(?:src|href)="(?!data:)/i);
  });

  it('let it be framed where it has no form, since a blocked frame must say why', () => {
    for (const changes of [{}, { acts, framed: true }, { voice: 'young' }] as const) {
      const own = header(changes, 'Content-Security-Policy') ?? '';
      expect(own).not.toContain('frame-ancestors');
      expect(own).toContain("form-action 'none'; sandbox allow-top-navigation-by-user-activation");
      expect(header(changes, 'X-Frame-Options')).toBeUndefined();
    }
  });

  it.each(['block', 'warn'] as const)('never let a form be framed (%s)', (action) => {
    expect(render({ acts, action })).toContain('<form');
    expect(header({ acts, action }, 'X-Frame-Options')).toBe('DENY');
    const framed = render({ acts, action, framed: true });
    expect(framed).not.toMatch(/<form|<button|sealed/);
    const link = `<a href="http://hallpass/records/${recordId}" target="_top" rel="noopener">`;
    expect(framed.split(link)).toHaveLength(3);
  });

  it('keep it out of caches, sniffers and referrers', () => {
    expect(header({}, 'Cache-Control')).toBe('no-store');
    expect(header({}, 'X-Content-Type-Options')).toBe('nosniff');
    expect(header({}, 'Referrer-Policy')).toBe('no-referrer');
    expect(header({}, 'Vary')).toBe('Sec-Fetch-Dest, Accept, Accept-Language');
  });
});

it('nothing of one answer is in the next', () => {
  render({ host: 'first.demo.test', audienceTitle: 'First', noClause: 'first reason', clause: null });
  expect(render({ audienceTitle: null })).not.toMatch(/first/i);
});

it('the district speaks in its own words where it has some', () => {
  const own = {
    help: 'Ring the counsellor.',
    whoCanSee: 'The dean sees it.',
    review: { en: 'Ask the dean.', es: 'Pregunta.' },
  };
  const spoken = createPages(options.parse(own), { retentionDays: 1, portal: 'http://hallpass' });
  const text = words(spoken.blockPage(blockInput()).body.toString());
  for (const part of ['Ring the counsellor.', 'The dean sees it.', 'Ask the dean.', 'after 1 day.'])
    expect(text).toContain(part);
  const staff = words(spoken.blockPage(blockInput({ voice: 'staff' })).body.toString());
  expect(staff).not.toContain('The dean sees it.');
  expect(staff).toContain('whom the district has named for records of staff');
  expect(words(spoken.blockPage(blockInput({ language: 'es' })).body.toString())).toContain('Pregunta.');
});
