/** Forms of paths in the tables: `/search`, `/wiki/*`, `/c/s/{url}`, `/s/photos/{words}`. */

export interface PathFound {
  /** Where in the path it begins. */
  readonly at: number;
  /** What `{url}` or `{words}` stands for; empty where the form has neither. */
  readonly held: string;
  /** What `{scheme}` stands for. */
  readonly scheme: 'http' | 'https' | null;
}

export class PathForm {
  readonly segments: readonly string[];
  /** Begins with any number of segments. */
  readonly anywhere: boolean;

  /**
   * Segments as written, in lower case; `*` for any one, `{id}` for a long hexadecimal one; `**` for any number at the
   * beginning or the end; `{words}` for one that holds words, `{url}` for all that is left, `{absolute}` for the same where
   * it begins as an address with its scheme, `{scheme}` for `http` or `https`.
   */
  constructor(form: string) {
    const segments = form === '/' ? [] : form.slice(1).split('/');
    this.anywhere = segments[0] === '**' && segments.length > 1;
    this.segments = this.anywhere ? segments.slice(1) : segments;
  }

  get holdsUrl(): boolean {
    return this.segments.includes('{url}') || this.holdsAbsolute;
  }

  /** Whether it finds an address below any folder: then each that a path may hold is one more match. */
  get holdsAbsolute(): boolean {
    return this.segments.includes('{absolute}');
  }

  /** @param path absolute; canonical, or as it came: several slashes are as one @param from of the slash to begin with */
  match(path: string, from = 0): PathFound | null {
    for (let at = from; at >= 0; at = path.indexOf('/', at + 1)) {
      const found = this.#matchAt(path, at);
      if (found !== null || !this.anywhere) return found;
    }
    return null;
  }

  #matchAt(path: string, start: number): PathFound | null {
    let at = start;
    let held = '';
    let scheme: 'http' | 'https' | null = null;
    for (const segment of this.segments) {
      if (segment === '**') return { at: start, held, scheme };
      while (path.charCodeAt(at) === 47) at++;
      if (segment === '{url}') return at < path.length ? { at: start, held: path.slice(at), scheme } : null;
      if (segment === '{absolute}')
        return beginsAddress(path, at) ? { at: start, held: path.slice(at), scheme } : null;
      if (at >= path.length) return null;
      const slash = path.indexOf('/', at);
      const end = slash < 0 ? path.length : slash;
      const here = path.slice(at, end);
      if (segment === '{words}') held = here;
      else if (segment === '{id}') {
        if (!/^[0-9a-f]{16,64}$/i.test(here)) return null;
      } else if (segment === '{scheme}') {
        const lower = here.toLowerCase();
        if (lower !== 'http' && lower !== 'https') return null;
        scheme = lower;
      } else if (segment !== '*' && segment !== here.toLowerCase()) return null;
      at = end;
    }
    while (path.charCodeAt(at) === 47) at++;
    return at < path.length ? null : { at: start, held, scheme };
  }
}

const withScheme = /https?:[/\\]/iy;

function beginsAddress(path: string, at: number): boolean {
  withScheme.lastIndex = at;
  return withScheme.test(path);
}
