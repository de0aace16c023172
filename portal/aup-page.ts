/** The Acceptable Use Policy, for everybody: numbered clauses, what is in force and what was, ready to be printed. */
import type { Aup, AupText, Clause } from '../policy/model/aup.ts';
import { day, moment } from '../pages/dates.ts';
import { paragraphs } from '../pages/html.ts';
import { html, raw } from './markup.ts';
import type { Markup } from './markup.ts';
import { fillText, page } from './page.ts';
import type { PortalResponse, Voice } from './page.ts';
import type { AupVersion } from './parts.ts';

export interface AupPageInput {
  readonly aup: Aup;
  /** Which of `versions` it is. */
  readonly id: string;
  /** The last first. */
  readonly versions: readonly AupVersion[];
  readonly timeZone: string;
}

export function aupPage(voice: Voice, { aup, id, versions, timeZone }: AupPageInput): PortalResponse {
  const { texts } = voice;
  const { language } = texts;
  const text = textFor(aup, language);
  const version = versions.find((each) => each.id === id);
  const until = version?.until ?? null;
  const content = html`<div class="aup" lang="${text.language}">
      ${
        until === null
          ? html`<p class="lead" lang="${language}">${texts.aup.intro}</p>`
          : html`<p class="lead" lang="${language}">
              <strong>${texts.aup.superseded}</strong>
              <a class="no-print" href="/aup">${texts.aup.toCurrent}</a>
            </p>`
      }
      <p class="note" lang="${language}">
        ${fillText(texts.aup.adopted, { date: day(aup.texts[0].adopted, language) })}${
          version === undefined ? null : html`. ${inForce(voice, version, timeZone)}`
        }. <span class="no-print">${texts.aup.print}</span>
      </p>
      <nav class="card no-print" aria-labelledby="contents" lang="${language}">
        <h2 id="contents">${texts.aup.contents}</h2>
        <ul class="contents" lang="${text.language}">
          ${text.clauses.map(
            (clause) => html`<li><a href="#${clause.id}">${clause.number} ${clause.title}</a></li>`,
          )}
        </ul>
      </nav>
      ${text.clauses.map((clause) => section(clause, voice))}
    </div>
    ${history(voice, id, versions, timeZone)}`;
  return page(voice, { heading: text.title, content });
}

function inForce(
  { texts: { aup, language } }: Voice,
  { since, until }: AupVersion,
  timeZone: string,
): string {
  const from = moment(since, language, timeZone);
  return until === null
    ? fillText(aup.inForce, { date: from })
    : fillText(aup.wasInForce, { from, until: moment(until, language, timeZone) });
}

/** In the reader's language where there is one, else as adopted. */
function textFor({ texts }: Aup, language: string): AupText {
  const plain = language.split('-')[0];
  return texts.find((each) => each.language.split('-')[0] === plain) ?? texts[0];
}

function section({ id, number, title, text, child }: Clause, { texts }: Voice): Markup {
  return html`<section id="${id}">
    <h2><span class="number">${number}</span> ${title}</h2>
    ${raw(paragraphs(text))}${
      child === null
        ? null
        : html`<aside>
            <strong lang="${texts.language}">${texts.aup.child}</strong>${raw(paragraphs(child))}
          </aside>`
    }
  </section>`;
}

function history(
  voice: Voice,
  shownId: string,
  versions: readonly AupVersion[],
  timeZone: string,
): Markup | null {
  if (versions.length < 2) return null;
  const { texts } = voice;
  const items = versions.map((version) => {
    const { id, until } = version;
    const words = inForce(voice, version, timeZone);
    const name = until === null ? html`${words} (${texts.aup.current})` : html`${words}`;
    const path = until === null ? '/aup' : `/aup/${id}`;
    return id === shownId
      ? html`<li aria-current="page">${name}</li>`
      : html`<li><a href="${path}">${name}</a></li>`;
  });
  return html`<section class="card no-print">
    <h2>${texts.aup.history}</h2>
    <ul>
      ${items}
    </ul>
  </section>`;
}
