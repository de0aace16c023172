/** The first page: who you are here, what was just closed, what was saved about you, what you asked for. */
import type { Person } from '../policy/subject.ts';
import { moment } from '../pages/dates.ts';
import { isolated } from '../pages/html.ts';
import type { Review } from '../store/repository/acts.ts';
import { html, raw } from './markup.ts';
import type { Markup } from './markup.ts';
import { fillText, page, row } from './page.ts';
import type { PortalResponse, Voice } from './page.ts';
import { clauseCard, reviewState } from './record-page.ts';
import type { ShownRecord } from './records.ts';

export interface HomeInput {
  readonly person: Person;
  readonly signedInBy: 'proxy' | 'portal';
  /** Of the audience whose rules apply; null for everybody's. */
  readonly audience: string | null;
  readonly isStaff: boolean;
  readonly timeZone: string;
  /** The tunnel that was refused a moment ago, and the forms that fit it; null where there is none. */
  readonly latest: { readonly record: ShownRecord; readonly forms: readonly Markup[] } | null;
  readonly records: readonly ShownRecord[];
  /** Where the next page of records begins. */
  readonly next: string | null;
  readonly reviews: readonly Review[];
}

export function homePage(voice: Voice, input: HomeInput): PortalResponse {
  const { texts } = voice;
  const { person, latest } = input;
  return page(voice, {
    heading: fillText(texts.me.greeting, { name: person.name }),
    wayBack: false,
    content: html`${latest === null ? null : latestCard(voice, latest, input.timeZone)}
      <div class="pair">
        <div class="stack">${recordsCard(voice, input)}${reviewsCard(voice, input)}</div>
        <div class="stack">
          ${meTicket(voice, input)}
          <p><a href="/aup">${texts.aup.link}</a></p>
        </div>
      </div>`,
  });
}

function latestCard(
  voice: Voice,
  { record, forms }: NonNullable<HomeInput['latest']>,
  timeZone: string,
): Markup {
  const { texts } = voice;
  const { block, title } = record;
  const time = moment(Date.parse(block.at), texts.language, timeZone);
  return html`<section class="card latest">
    <h2>${fillText(texts.latest.heading, { host: block.host })}</h2>
    <p>${fillText(texts.latest.text, { time })}</p>
    ${title === null ? null : html`<p><strong>${title}</strong></p>`}
    <div class="stack">${clauseCard(voice, record)}${forms}</div>
  </section>`;
}

function meTicket({ texts }: Voice, { person, signedInBy, audience }: HomeInput): Markup {
  const { me } = texts;
  const schools = person.schools.length === 0 ? me.noSchool : person.schools.join(', ');
  return html`<section class="ticket" aria-labelledby="me">
    <div class="stub"><h2 id="me">${me.heading}</h2></div>
    <dl>
      ${[
        row(me.name, person.name),
        row(me.login, person.login),
        row(me.schools, schools),
        row(me.audience, audience ?? me.everybody),
        row(me.signIn, signedInBy === 'proxy' ? me.byProxy : me.byPortal),
      ]}
    </dl>
  </section>`;
}

function recordsCard(voice: Voice, input: HomeInput): Markup {
  const { texts, district } = voice;
  const { records } = texts;
  const who = input.isStaff ? records.whoCanSeeStaff : (district.whoCanSee ?? records.whoCanSee);
  const list =
    input.records.length === 0
      ? html`<p class="note">${records.none}</p>`
      : html`<ul class="records">
          ${input.records.map((each) => recordItem(voice, each, input.timeZone))}
        </ul>`;
  const older =
    input.next === null ? null : html`<p><a href="/?after=${input.next}">${records.older}</a></p>`;
  const intro = fillText(records.intro, { days: district.retention });
  return html`<section class="card">
    <h2>${records.heading}</h2>
    <p class="note">${intro} ${who}</p>
    ${list}${older}
  </section>`;
}

function recordItem({ texts }: Voice, { block, title }: ShownRecord, timeZone: string): Markup {
  const { records } = texts;
  const times = block.count > 1 ? ` · ${fillText(records.times, { count: String(block.count) })}` : '';
  const state = stateOf(block, records);
  return html`<li>
    <a class="what" href="/records/${block.id}">${raw(isolated(block.host))}</a>
    <span class="badge">${state}</span>
    <p class="note">
      ${title === null ? '' : `${title} · `}${moment(Date.parse(block.at), texts.language, timeZone)}${times}
    </p>
  </li>`;
}

function stateOf({ action, enforced }: ShownRecord['block'], says: Voice['texts']['records']): string {
  if (!enforced) return says.wouldBe;
  return action === 'warn' ? says.warned : action === 'allow' ? says.opened : says.blocked;
}

function reviewsCard(voice: Voice, { reviews, timeZone }: HomeInput): Markup {
  const { texts } = voice;
  const items = reviews.map((review) => {
    const sent = fillText(texts.review.sent, { date: moment(review.at, texts.language, timeZone) });
    return html`<li>
      <a class="what" href="/records/${review.record}">${raw(isolated(review.host))}</a>
      <span class="badge">${reviewState(voice, review)}</span>
      <p class="note">${sent}</p>
    </li>`;
  });
  return html`<section class="card">
    <h2>${texts.review.mine}</h2>
    ${
      items.length === 0
        ? html`<p class="note">${texts.review.none}</p>`
        : html`<ul class="records">
            ${items}
          </ul>`
    }
  </section>`;
}
