/** Patterns over whole addresses, asked one after another. */
import type { RequestFacts } from '../request.ts';
import type { ProgramPattern } from './program.ts';
import { UrlGlob } from './url-glob.ts';

type Of<K extends ProgramPattern['kind']> = Extract<ProgramPattern, { kind: K }>;

export class UrlPatterns {
  readonly #globs: readonly { readonly glob: UrlGlob; readonly target: number }[];
  readonly #regexes: readonly { readonly expression: RegExp; readonly target: number }[];
  readonly #paths: readonly Of<'path'>[];

  constructor(patterns: readonly ProgramPattern[]) {
    const of = <K extends ProgramPattern['kind']>(kind: K) =>
      patterns.filter((pattern): pattern is Of<K> => pattern.kind === kind);
    this.#globs = of('glob').map(({ target, host, path }) => ({ target, glob: new UrlGlob({ host, path }) }));
    this.#regexes = of('regex').map(({ target, source }) => ({
      target,
      expression: new RegExp(source, 'u'),
    }));
    this.#paths = of('path');
  }

  possible(host: string, found: (target: number) => void): void {
    for (const { glob, target } of this.#globs) if (glob.matchesHost(host)) found(target);
    for (const { target } of this.#regexes) found(target);
    for (const path of this.#paths) if (isHost(path, host)) found(path.target);
  }

  find({ host, url }: RequestFacts, mark: (target: number, rawOnly: boolean) => void): void {
    if (typeof url === 'string') return;
    for (const { glob, target } of this.#globs) {
      if (!glob.matchesHost(host)) continue;
      if (glob.matchesPath(url, true)) mark(target, false);
      else if (glob.matchesPath(url, false)) mark(target, true);
    }
    const address = (path: string) => `${path}${url.query === '' ? '' : `?${url.query}`}`.toLowerCase();
    const [canonical, raw] = [address(url.path), address(url.rawPath)];
    for (const { expression, target } of this.#regexes) {
      if (expression.test(host + canonical)) mark(target, false);
      else if (raw !== canonical && expression.test(host + raw)) mark(target, true);
    }
    for (const path of this.#paths) {
      if (!isHost(path, host)) continue;
      if (begins(path.path, canonical)) mark(path.target, false);
      else if (begins(path.path, raw)) mark(path.target, true);
    }
  }
}

const isHost = (path: { readonly host: string; readonly exact: boolean }, host: string): boolean =>
  host === path.host || (!path.exact && host.endsWith(`.${path.host}`));

const begins = (prefix: string, address: string): boolean =>
  address.startsWith(prefix) && '/?&='.includes(address.charAt(prefix.length));
