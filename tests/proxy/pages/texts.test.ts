import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PageTextsError } from '../../../pages/errors.ts';
import { options } from '../../../pages/options.ts';
import { createPages } from '../../../proxy/pages/pages.ts';
import { loadTexts } from '../../../proxy/pages/texts.ts';
import { arabic, blame, blockInput, english } from './sample.ts';

const shipped = fileURLToPath(new URL('../../../rules/pages', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-texts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function problemsOf(name: string, text: string): readonly string[] {
  writeFileSync(join(folder, name), text);
  try {
    loadTexts(folder);
  } catch (error) {
    if (error instanceof PageTextsError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

describe('the shipped texts', () => {
  it('are English and Spanish', () => {
    expect([...loadTexts(shipped).keys()]).toEqual(['en', 'es']);
  });

  it.each(['en', 'es'])('%s blames nobody', (language) => {
    expect(readFileSync(join(shipped, `${language}.yaml`), 'utf8')).not.toMatch(blame);
  });

  it('offer someone to talk to', () => {
    for (const texts of loadTexts(shipped).values()) expect(texts.help).toContain('988');
  });
});

describe('a text that cannot be used stops the start with its place', () => {
  it('a key that is not known', () => {
    const text = english.replace('labels:', 'labels:\n  colour: blue');
    const [problem] = problemsOf('en.yaml', text);
    expect(problem).toMatch(new RegExp(`en\\.yaml:${lineOf(text, 'colour')}:3: .*\`colour\``));
  });

  it('a key that is missing', () => {
    expect(problemsOf('en.yaml', english.replace(/^errorNote:.*\n/m, ''))[0]).toMatch(/errorNote/);
  });

  it('a word in braces that stands for nothing there', () => {
    const text = english.replace("lead: 'The reason: {title}.'", "lead: 'The reason: {titel}.'");
    const [problem] = problemsOf('en.yaml', text);
    expect(problem).toContain(`en.yaml:${lineOf(text, '{titel}')}:`);
    expect(problem).toContain('`{titel}` is not known here ({title})');
  });

  it('a language that is not that of the file name', () => {
    expect(problemsOf('fr.yaml', english)[0]).toMatch(/fr\.yaml:\d+:\d+: `en` is not the language/);
  });

  it('all problems of all files at once', () => {
    writeFileSync(join(folder, 'en.yaml'), 'language: [');
    expect(problemsOf('es.yaml', 'language: es\n').length).toBeGreaterThan(2);
  });

  it('a language that is offered without texts', () => {
    const create = () =>
      createPages(options.parse({ languages: ['en', 'qq'] }), {
        retentionDays: 1,
        portal: 'http://hallpass',
      });
    expect(create).toThrow(
      '`pages.languages` names `qq`, for which there are no page texts (there are: `en`, `es`)',
    );
  });
});

it('another language, right to left too, is a file and nothing else', () => {
  writeFileSync(join(folder, 'ar.yaml'), arabic);
  const pages = createPages(options.parse({ languages: ['ar'], folder }), {
    retentionDays: 90,
    portal: 'http://hallpass',
  });
  const { headers, body } = pages.blockPage(blockInput({ language: 'ar', voice: 'student' }));
  const html = body.toString();
  expect(html).toContain('<html lang="ar" dir="rtl">');
  expect(html).toContain('<h1>هذا الموقع مغلق في المدرسة</h1>');
  expect(html).toContain('هل تريد التحدث إلى شخص ما؟');
  expect(html).toContain('<bdi>games.demo.test</bdi>');
  expect(html).toContain('نوفمبر');
  expect(headers).toContainEqual(['Content-Language', 'ar']);
});
