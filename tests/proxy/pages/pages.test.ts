import { describe, expect, it } from 'vitest';
import { options } from '../../../pages/options.ts';
import { createPages } from '../../../proxy/pages/pages.ts';
import { blockInput, recordId } from './sample.ts';

describe('the pages of a district', () => {
  it('offer English and Spanish unless told otherwise, and negotiate among what is offered', () => {
    const both = createPages(options.parse({}), { retentionDays: 90, portal: 'http://hallpass' });
    expect(both.offered).toEqual(['en', 'es']);
    expect(both.negotiate({ acceptLanguage: 'es-MX' }).language).toBe('es');
    const spanish = createPages(options.parse({ languages: ['es'] }), {
      retentionDays: 90,
      portal: 'http://hallpass',
    });
    expect(spanish.negotiate({ acceptLanguage: 'en' }).language).toBe('es');
  });

  it('answer in the default language where another is asked for', () => {
    const spanish = createPages(options.parse({ languages: ['es'] }), {
      retentionDays: 90,
      portal: 'http://hallpass',
    });
    const error = { form: 'html', language: 'xx', code: 'timeout', id: recordId, host: null } as const;
    expect(spanish.errorPage(error).body.toString()).toContain('<html lang="es"');
    expect(spanish.blockPage(blockInput({ language: 'xx' })).body.toString()).toContain('<html lang="es"');
  });

  it('refuse an option that is not known and a list of languages that is empty', () => {
    expect(options.safeParse({ colour: 'blue' }).success).toBe(false);
    expect(options.safeParse({ languages: [] }).success).toBe(false);
  });
});
