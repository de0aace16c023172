/** The forms of the portal: how they look, and what comes of them. */
import { v7 as uuidv7 } from 'uuid';
import { openForm, sealForm } from '../policy/form-token.ts';
import type { FormToken } from '../policy/form-token.ts';
import type { Person } from '../policy/subject.ts';
import { span } from '../pages/dates.ts';
import { html } from './markup.ts';
import type { Markup } from './markup.ts';
import { fillText, notice, page, seeOther } from './page.ts';
import type { PortalResponse, Voice } from './page.ts';
import type { PortalParts, PortalRequest } from './parts.ts';
import type { ShownRecord } from './records.ts';

/** How long a form can be left open, in milliseconds. */
const lifetime = 2 * 3_600_000;
const reasons = ['lesson', 'teacher', 'fine'] as const;
const longestText = 500;

/** @param now epoch milliseconds */
export function tokenFor(key: Uint8Array, person: Person, record: ShownRecord, now: number): string {
  const { id, rule, host, url } = record.block;
  return sealForm(key, {
    ...{ subject: person.key, record: id, rule, host, continue: record.continue },
    // A tunnel is recorded without a path.
    url: url.includes('/', 'https://'.length) ? url : `${url}/`,
    ...{ expires: now + lifetime, nonce: uuidv7() },
  });
}

export function goOnForm({ texts }: Voice, token: string, lasts: number): Markup {
  const { heading, note, reasons: says } = texts.goOn;
  const buttons = reasons.map(
    (reason) => html`<button name="reason" value="${reason}">${says[reason]}</button>`,
  );
  return html`<section class="card act">
    <h2>${heading}</h2>
    <p>${fillText(note, { time: span(lasts, texts.language) })}</p>
    <form method="post" action="/continue">
      <input type="hidden" name="token" value="${token}" />
      <div class="choices">${buttons}</div>
    </form>
  </section>`;
}

export function reviewForm({ texts }: Voice, token: string, { block }: ShownRecord): Markup {
  const { heading, mistake, needed, text, readers, readersStaff, send } = texts.review;
  const kind = (value: string, says: string): Markup =>
    html`<label class="choice"><input type="radio" name="kind" value="${value}" required /> ${says}</label>`;
  return html`<details class="card act">
    <summary>${heading}</summary>
    <form method="post" action="/reviews">
      <input type="hidden" name="token" value="${token}" />
      <div class="kinds">${kind('mistake', mistake)}${kind('needed', needed)}</div>
      <label class="words"
        >${text}<textarea name="text" rows="3" maxlength="${longestText}"></textarea>
      </label>
      <p class="note">${block.about === 'staff' ? readersStaff : readers}</p>
      <button>${send}</button>
    </form>
  </details>`;
}

/** Takes a form. Whose it is, what it is about and until when is in its token, so that no other site can make one up. */
export class Forms {
  readonly #parts: PortalParts;
  readonly #now: () => number;

  constructor(parts: PortalParts) {
    this.#parts = parts;
    this.#now = parts.now ?? Date.now;
  }

  async review(voice: Voice, request: PortalRequest, person: Person): Promise<PortalResponse> {
    const { fields, token } = this.#read(request, person);
    const { problems } = voice.texts;
    const kind = fields.get('kind');
    if (token === 'expired') return notice(voice, 400, problems.expired);
    if (token === null || (kind !== 'mistake' && kind !== 'needed'))
      return notice(voice, 400, problems.refused);
    const text = (fields.get('text') ?? '').trim().slice(0, longestText);
    const { record, rule, host } = token;
    const review = {
      id: uuidv7(),
      record,
      subject: person.key,
      at: this.#now(),
      kind,
      text,
      host,
      rule,
    } as const;
    const added = await this.#parts.acts.addReview(review, token);
    if (added === 'spent') return notice(voice, 409, problems.spent);
    return seeOther(`/records/${record}`);
  }

  async goOn(voice: Voice, request: PortalRequest, person: Person): Promise<PortalResponse> {
    const { fields, token } = this.#read(request, person);
    const { problems } = voice.texts;
    const reason = reasons.find((each) => each === fields.get('reason'));
    if (token === 'expired') return notice(voice, 400, problems.expired);
    if (token === null || token.continue === null || reason === undefined || this.isYoung(request, person))
      return notice(voice, 400, problems.refused);
    const at = this.#now();
    const { record, rule, host, continue: lasts, url } = token;
    const grant = {
      ...({ id: uuidv7(), kind: 'continue', subject: person.key, rule, host } as const),
      expires: at + lasts,
    };
    const added = await this.#parts.acts.addGrant({ ...grant, record, reason, at }, token);
    if (added === 'spent') return notice(voice, 409, problems.spent);
    await this.#parts.grant(grant);
    return went(voice, host, lasts, url);
  }

  /** No child is asked to judge, whatever page they come by. */
  isYoung({ ip }: PortalRequest, identity: Person): boolean {
    return this.#parts.image().voiceOf({ ip, identity }, this.#now()) === 'young';
  }

  #read({ body, contentType }: PortalRequest, person: Person) {
    const isForm = /^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType ?? '');
    const fields = new URLSearchParams(isForm ? Buffer.from(body).toString() : '');
    const opened = openForm(this.#parts.formKey, fields.get('token') ?? '', this.#now());
    let token: FormToken | 'expired' | null = null;
    if (opened.ok && opened.token.subject === person.key) token = opened.token;
    else if (!opened.ok && opened.reason === 'expired') token = 'expired';
    return { fields, token };
  }
}

/** By a page and not by a redirect: browsers hold a redirect after a form against the page that the form was on. */
function went(voice: Voice, host: string, lasts: number, url: string): PortalResponse {
  const { done, doneText, link } = voice.texts.goOn;
  return page(voice, {
    heading: fillText(done, { host }),
    content: html`<p class="lead">${fillText(doneText, { time: span(lasts, voice.texts.language) })}</p>
      <p><a href="${url}">${fillText(link, { host })}</a></p>`,
    goTo: url,
  });
}
