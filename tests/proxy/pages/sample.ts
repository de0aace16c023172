/** An evidently invented block, as the exchange would hand it to the pages. */
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { BlockPageInput, PageClause } from '../../../proxy/pages/block-page.ts';
import type { Voice } from '../../../proxy/pages/voice.ts';
import { options } from '../../../pages/options.ts';
import { createPages } from '../../../proxy/pages/pages.ts';

const district = { en: 'Cedar Hollow School District', es: 'Distrito Escolar de Cedar Hollow' };

export const pages = createPages(options.parse({ district }), {
  retentionDays: 90,
  portal: 'http://hallpass',
});

export const clauses: Record<'en' | 'es', PageClause> = {
  en: {
    id: 'games',
    number: '4.2',
    title: 'Games',
    text:
      'Games are for free time. During lessons, school devices and the school network are for schoolwork; a ' +
      'teacher may open a game for a lesson.',
    child: 'At school, screens are for learning. Games are for after school.',
    adopted: '2026-06-15',
  },
  es: {
    id: 'games',
    number: '4.2',
    title: 'Juegos',
    text:
      'Los juegos son para el tiempo libre. Durante las clases, los equipos y la red de la escuela son para el ' +
      'trabajo escolar; un maestro puede abrir un juego para una clase.',
    child: 'En la escuela, las pantallas son para aprender. Los juegos son para después de la escuela.',
    adopted: '2026-06-15',
  },
};

const audiences: Record<Voice, { en: string; es: string }> = {
  young: { en: 'Kindergarten to grade 5', es: 'De kínder a 5.º grado' },
  student: { en: 'Students in grades 9 to 12', es: 'Estudiantes de 9.º a 12.º grado' },
  staff: { en: 'Staff', es: 'Personal' },
};

export const recordId = '019aac3e-7d2a-7b3c-9c1e-5f0d9f3c21ab';

/** 23 November 2026, 10:31 in Chicago. */
export const at = Date.UTC(2026, 10, 23, 16, 31);

export function blockInput(changes: Partial<BlockPageInput> = {}): BlockPageInput {
  const language = changes.language ?? 'en';
  const voice = changes.voice ?? 'student';
  return {
    form: 'html',
    language,
    voice,
    action: 'block',
    id: recordId,
    host: 'games.demo.test',
    at,
    timeZone: 'America/Chicago',
    audienceTitle: audiences[voice],
    publicTitle: { en: 'Games during the school day', es: 'Juegos durante el horario escolar' },
    ruleId: 'games-in-class',
    clause: clauses[language === 'es' ? 'es' : 'en'],
    noClause: null,
    policyVersion: 'p-4f1d09a2c85b7e36',
    signedIn: true,
    acts: null,
    framed: false,
    ...changes,
  };
}

/** Words of blame, in the languages that are shipped. */
export const blame = /violat|denied|forbid|attempt|violaci|denega|prohib|intent[oa]/i;

export const english = readFileSync(new URL('../../../rules/pages/en.yaml', import.meta.url), 'utf8');

/** A file of page texts for a right-to-left language; what a student reads is Arabic. */
export const arabic = arabicTexts();

function arabicTexts(): string {
  const texts = parse(english) as { voices: { student: Record<string, unknown> } };
  Object.assign(texts.voices.student, {
    block: { heading: 'هذا الموقع مغلق في المدرسة', lead: 'السبب: {title}.' },
    clause: 'سياسة الاستخدام المقبول {number}',
    reference: 'المرجع',
    saved: 'ما الذي تم حفظه',
    kept: 'يُحذف بعد {days}.',
    next: 'إذا كنت بحاجة إلى هذا الموقع',
  });
  const help = 'هل تريد التحدث إلى شخص ما؟ اتصل بالرقم 988 في أي وقت.';
  return stringify({ ...texts, language: 'ar', direction: 'rtl', help });
}
