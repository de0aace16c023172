/**
 * Lists of rules as Adblock Plus, AdGuard and uBlock Origin write them. `||host^` becomes a host like any other; the
 * rules that say more stay as they are written (`abp`), and are compiled from there.
 */
import { abpTwin, parseAbpRule, plainAbpHost } from './abp-rule.ts';
import { LineReader } from './reader.ts';
import { quoted } from './report.ts';
import { readHostName } from './site.ts';

export { abpTwin, parseAbpRule, plainAbpHost } from './abp-rule.ts';
export type { AbpPart, AbpPattern, AbpRead, AbpRule, AbpType } from './abp-rule.ts';

/** What hides parts of pages, or runs in them. */
const cosmetic = /#@?(?:[$%?]{0,2}#|\$\?#)|^[^/|"'=]*\$@?\$[a-z*[(]|^\[\$/i;

export class AdblockReader extends LineReader {
  /** Line and text of each rule: a later one may take it back. */
  readonly #numbers: number[] = [];
  readonly #rules: string[] = [];
  readonly #takenBack = new Map<string, number>();
  /** How many `!#if` are open; nobody here is the browser or the extension that they ask for. */
  #conditions = 0;

  protected override read(raw: string): void {
    const line = raw.trim();
    if (line.startsWith('!')) this.#comment(line);
    else if (this.#conditions > 0) this.report.skip('conditional rule');
    else if (line === '' || /^\[(?!\$)/.test(line)) return;
    else if (cosmetic.test(line)) this.report.skip('cosmetic rule');
    else if (!line.startsWith('#')) this.#rule(line);
  }

  #comment(line: string): void {
    if (/^!#if\b/.test(line)) this.#conditions++;
    else if (/^!#endif\b/.test(line)) this.#conditions = Math.max(0, this.#conditions - 1);
    else if (/^!#include\b/.test(line)) {
      this.report.skip('include');
      this.report.note(`${quoted(line.slice(10).trim())} is another list, and was not read`);
    }
  }

  #rule(line: string): void {
    if (this.guessed && /[^\0-\x7f]/.test(line)) {
      this.reject('not UTF-8, and nobody can know which characters are meant');
      return;
    }
    if (plainAbpHost(line) === null) {
      const read = parseAbpRule(line);
      if (!read.ok) {
        if (read.unsupported === null) this.reject(read.why);
        else this.report.skip(`$${read.unsupported}`);
        return;
      }
      if (read.rule.badfilter) {
        this.#takenBack.set(abpTwin(line), this.number);
        return;
      }
    }
    this.#numbers.push(this.number);
    this.#rules.push(line);
  }

  protected override finish(): void {
    const unused = new Set(this.#takenBack.keys());
    for (const [i, rule] of this.#rules.entries()) {
      this.stand(this.#numbers[i] ?? 0, rule, false);
      const twin = this.#takenBack.size === 0 ? '' : abpTwin(rule);
      if (!this.#takenBack.has(twin)) this.#accept(rule);
      else {
        this.report.skip('rule that $badfilter takes back');
        unused.delete(twin);
      }
    }
    if (unused.size > 0)
      this.report.note('`$badfilter` takes back a rule that is not in this list', unused.size);
  }

  #accept(rule: string): void {
    this.place.except = rule.startsWith('@@');
    const text = plainAbpHost(rule);
    if (text === null) {
      this.other({ kind: 'abp', rule });
      return;
    }
    // `||zip^` is all of a top-level domain.
    const found = readHostName(text.includes('.') ? text : `.${text}`);
    if (found.ok) this.host(found.host, found.reach);
    else this.reject(found.why);
  }
}
