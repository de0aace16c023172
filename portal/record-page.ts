/** One record of one's own: what, when, by which clause, and what can be done about it. */
import { day, moment } from '../pages/dates.ts';
import { paragraphs } from '../pages/html.ts';
import type { Review } from '../store/repository/acts.ts';
import { html, raw } from './markup.ts';
import type { Markup } from './markup.ts';
import { fillText, page, row } from './page.ts';
import type { PortalResponse, Voice } from './page.ts';
import type { ShownRecord } from './records.ts';

export interface RecordPageInput {
  readonly record: ShownRecord;
  readonly review: Review | null;
  /** The forms that fit. */
  readonly forms: readonly Markup[];
  readonly timeZone: string;
  /** Milliseconds that a record is kept. */
  readonly retention: number;
}

export function recordPage(voice: Voice, input: RecordPageInput): PortalResponse {
  const { block } = input.record;
  return page(voice, {
    heading: input.record.title ?? block.host,
    content: html`<div class="pair">
      <div class="stack">
        ${clauseCard(voice, input.record)}${
          input.review === null ? null : reviewCard(voice, input.review, input.timeZone)
        }${input.forms}
      </div>
      ${facts(voice, input)}
    </div>`,
  });
}

export function clauseCard({ texts }: Voice, { title: rule, clause }: ShownRecord): Markup {
  if (clause === null) {
    const why = rule === null ? texts.records.earlierRule : texts.records.noClause;
    return html`<section class="card"><p>${why}</p></section>`;
  }
  const { number, title, text, adopted } = clause;
  const date =
    adopted === null ? '' : fillText(texts.records.adopted, { date: day(adopted, texts.language) });
  return html`<section class="card clause">
    <h2>${fillText(texts.records.clause, { number, name: title })}</h2>
    <blockquote dir="auto">${raw(paragraphs(text))}</blockquote>
    ${date === '' ? null : html`<p class="note">${date}</p>`}
  </section>`;
}

function facts({ texts }: Voice, { record: { block }, timeZone, retention }: RecordPageInput): Markup {
  const { language } = texts;
  const gone = new Date(Date.parse(block.at) + retention).toISOString().slice(0, 10);
  return html`<div class="ticket">
    <dl>
      ${[
        row(texts.records.site, block.url),
        row(texts.records.time, moment(Date.parse(block.at), language, timeZone)),
      ]}
    </dl>
    <div class="stub">
      <h2>${texts.records.reference}</h2>
      <p class="code"><bdi dir="ltr">${block.id}</bdi></p>
      <p class="note">${fillText(texts.records.deleted, { date: day(gone, language) })}</p>
    </div>
  </div>`;
}

/** What became of a request. */
export function reviewState({ texts }: Voice, { answer }: Review): string {
  return answer === null ? texts.review.open : texts.review[answer.outcome];
}

function reviewCard(voice: Voice, review: Review, timeZone: string): Markup {
  const { texts } = voice;
  const { answer } = review;
  const sent = fillText(texts.review.sent, { date: moment(review.at, texts.language, timeZone) });
  return html`<section class="card" id="request">
    <h2>${texts.review.mine}</h2>
    <p><span class="badge">${reviewState(voice, review)}</span></p>
    <p class="note">${sent}. ${texts.review[review.kind]}.</p>
    ${review.text === '' ? null : html`<blockquote dir="auto">${raw(paragraphs(review.text))}</blockquote>`}${
      answer === null || answer.note === ''
        ? null
        : html`<p>${texts.review.answer}:</p>
            <blockquote dir="auto">${raw(paragraphs(answer.note))}</blockquote>`
    }
  </section>`;
}
