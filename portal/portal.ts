/**
 * The portal: what students and staff see directly. One function from a request to an answer; it knows no socket. The
 * proxy threads hand over what comes to the reserved name, and portal/listener.ts what comes to its own address.
 *
 *   GET  /              me, what was just closed, my records, my requests      somebody who has signed in
 *   GET  /records/:id   one record of mine                                     its own person
 *   POST /reviews       a request to look at it                                the person of the form
 *   POST /continue      going on past a notice                                 the person of the form
 *   GET  /aup[/:id]     the policy in force, or one that was                    everybody
 *   GET  /proxy.pac     what devices need to find the proxy; also /wpad.dat     everybody
 */
import type { Image } from '../policy/compile/image.ts';
import type { Person } from '../policy/subject.ts';
import type { Block } from '../store/blocks.ts';
import { districtWords } from '../pages/district.ts';
import { negotiate } from '../pages/negotiate.ts';
import { isPac } from '../pages/public-paths.ts';
import { textsFor } from '../pages/texts.ts';
import { aupPage } from './aup-page.ts';
import { Forms, goOnForm, reviewForm, tokenFor } from './forms.ts';
import { homePage } from './home-page.ts';
import type { Markup } from './markup.ts';
import { notice } from './page.ts';
import type { PortalResponse, Voice } from './page.ts';
import { pacFile } from './pac.ts';
import type { PortalParts, PortalRequest } from './parts.ts';
import { recordPage } from './record-page.ts';
import { ruleOf, shown } from './records.ts';
import type { Reader, ShownRecord } from './records.ts';
import { loadPortalTexts } from './texts.ts';

const recordsAtOnce = 20;
/** How long a refused tunnel counts as what has just been closed, in milliseconds. */
const justNow = 15 * 60_000;
const id = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const day = 86_400_000;

const forms: ReadonlySet<string> = new Set(['/reviews', '/continue']);

/** Whether a request is a form, whose body counts. */
export const takesForm = (method: string, path: string): boolean => method === 'POST' && forms.has(path);

export class Portal {
  readonly #parts: PortalParts;
  readonly #voices: ReadonlyMap<string, Voice>;
  readonly #offered: readonly string[];
  readonly #forms: Forms;
  readonly #now: () => number;

  /** @throws PageTextsError where a language that is offered has no texts */
  constructor(parts: PortalParts) {
    const texts = loadPortalTexts();
    this.#parts = parts;
    this.#offered = parts.pages.languages;
    this.#voices = new Map(
      this.#offered.map((language) => {
        const spoken = textsFor(texts, language);
        return [
          language,
          { texts: spoken, district: districtWords(parts.pages, spoken, Math.floor(parts.retention / day)) },
        ];
      }),
    );
    this.#forms = new Forms(parts);
    this.#now = parts.now ?? Date.now;
  }

  /** Never rejects: what fails inside is told to `onError`, and the reader is told that something did. */
  async answer(request: PortalRequest): Promise<PortalResponse> {
    const voice = this.voiceFor(request.acceptLanguage);
    try {
      return await this.#route(voice, request);
    } catch (error) {
      this.#parts.onError(error);
      return notice(voice, 503, voice.texts.problems.failed);
    }
  }

  voiceFor(acceptLanguage: string | null): Voice {
    const { language } = negotiate({ acceptLanguage: acceptLanguage ?? undefined }, this.#offered);
    const voice = this.#voices.get(language);
    if (voice === undefined) throw new Error(`no texts in \`${language}\``);
    return voice;
  }

  #route(voice: Voice, request: PortalRequest): PortalResponse | Promise<PortalResponse> {
    const { method, person } = request;
    const [, first = '', second] = request.path.split('/');
    const { problems, me } = voice.texts;
    const reads = method === 'GET' || method === 'HEAD';
    const path = `/${first}`;
    if (path === '/aup')
      return reads ? this.#aup(voice, second ?? null) : notice(voice, 405, problems.method);
    if (isPac(path)) {
      const pac = reads ? pacFile(this.#parts.portal) : null;
      return pac ?? notice(voice, reads ? 404 : 405, reads ? problems.notFound : problems.method);
    }
    const known = ['/', '/records', '/reviews', '/continue'].includes(path);
    if (!known) return notice(voice, 404, problems.notFound);
    const posts = forms.has(path);
    if (posts ? method !== 'POST' : !reads) return notice(voice, 405, problems.method);
    if (person === null) return notice(voice, posts ? 403 : 200, me.nobody);
    if (path === '/reviews') return this.#forms.review(voice, request, person);
    if (path === '/continue') return this.#forms.goOn(voice, request, person);
    return path === '/' ? this.#home(voice, request, person) : this.#record(voice, request, person, second);
  }

  async #aup(voice: Voice, wanted: string | null): Promise<PortalResponse> {
    const { image, aup } = this.#parts;
    const versions = await aup.versions();
    const { program, id: edition, timeZone } = image();
    const current = edition.aupVersion;
    const found = wanted === null || wanted === current ? program.aup : await aup.version(wanted);
    if (found === null) return notice(voice, 404, voice.texts.aup.notFound);
    return aupPage(voice, { aup: found, id: wanted ?? current, versions, timeZone });
  }

  async #home(voice: Voice, request: PortalRequest, person: Person): Promise<PortalResponse> {
    const { records, acts, image: imageNow } = this.#parts;
    const image = imageNow();
    const reader = this.#readerOf(voice, request, person);
    const { languages } = reader;
    const after = new URLSearchParams(request.query).get('after');
    const from = after !== null && id.test(after) ? after : null;
    const [own, tunnel, reviews] = await Promise.all([
      records.own(person.key, from, recordsAtOnce),
      from === null ? records.newestTunnel(person.key, this.#now() - justNow) : null,
      acts.reviewsOf(person.key),
    ]);
    const subject = { ip: request.ip, identity: person };
    const latest = tunnel === null ? null : await this.#shown(image, tunnel, reader);
    const asked = new Set(reviews.map(({ record }) => record));
    return homePage(voice, {
      ...{ person, signedInBy: request.signedInBy, timeZone: image.timeZone, reviews },
      audience: image.audienceTitleOf(subject, languages, this.#now()),
      isStaff: image.voiceOf(subject, this.#now()) === 'staff',
      latest:
        latest === null
          ? null
          : { record: latest, forms: this.#formsFor(voice, request, person, latest, asked) },
      records: await Promise.all(own.items.map((block) => this.#shown(image, block, reader))),
      next: own.next,
    });
  }

  async #record(
    voice: Voice,
    request: PortalRequest,
    person: Person,
    wanted: string | undefined,
  ): Promise<PortalResponse> {
    const { records, acts, retention, image: imageNow } = this.#parts;
    const block = wanted !== undefined && id.test(wanted) ? await records.one(person.key, wanted) : null;
    if (block === null) return notice(voice, 404, voice.texts.records.notFound);
    const image = imageNow();
    const record = await this.#shown(image, block, this.#readerOf(voice, request, person));
    const reviews = await acts.reviewsOf(person.key);
    const review = reviews.find((each) => each.record === block.id) ?? null;
    const asked = new Set(review === null ? [] : [block.id]);
    const forms = this.#formsFor(voice, request, person, record, asked);
    return recordPage(voice, { record, review, forms, timeZone: image.timeZone, retention });
  }

  /** By the rule of now; where there is none any more, by that of the record's own policy. */
  async #shown(image: Image, block: Block, reader: Reader): Promise<ShownRecord> {
    const rule =
      ruleOf(image, block.rule) ?? (await this.#parts.earlierRule(block.policyVersion, block.rule));
    return shown(image, block, rule, reader);
  }

  #readerOf(voice: Voice, request: PortalRequest, person: Person): Reader {
    return { languages: [voice.texts.language], young: this.#forms.isYoung(request, person) };
  }

  /** Going on is for whoever is not one of the youngest; a request is made once. */
  #formsFor(
    voice: Voice,
    request: PortalRequest,
    person: Person,
    record: ShownRecord,
    asked: ReadonlySet<string>,
  ): Markup[] {
    const young = this.#forms.isYoung(request, person);
    const token = () => tokenFor(this.#parts.formKey, person, record, this.#now());
    const forms: Markup[] = [];
    if (record.continue !== null && !young) forms.push(goOnForm(voice, token(), record.continue));
    if (record.block.action !== 'allow' && !asked.has(record.block.id))
      forms.push(reviewForm(voice, token(), record));
    return forms;
  }
}
