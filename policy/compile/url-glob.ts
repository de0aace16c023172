/**
 * One URL glob: host and path globbed apart. `*` stays within a label or segment, `**` is any number of them, none too;
 * everything else is itself.
 *
 * micromatch compiles a glob of single stars when its first candidate comes (thousands at once would stall a thread). A
 * regular expression with several stars takes time that grows with a power of the path's length, and the path is the
 * client's: long ones, and globs with `**`, are matched by two pointers, in time proportional to path × glob.
 */
import micromatch from 'micromatch';
import type { UrlFacts } from '../request.ts';

/** Longer paths do not meet the regular expression. */
const LONG = 256;

// `fastpaths` and `flags` are picomatch's own, which the types of micromatch do not name so.
const options: object = {
  dot: true,
  nobrace: true,
  noextglob: true,
  nonegate: true,
  nobracket: true,
  fastpaths: false,
  flags: 's',
};

const literally = (glob: string): string => glob.replace(/[^A-Za-z0-9_/*.\u0080-\uffff-]/g, '\\$&');

/** One of the two halves. */
export class Glob {
  readonly #glob: string;
  readonly #segments: readonly string[];
  readonly #plain: boolean;
  /** micromatch reads `**` differently by what stands beside it (to it, `*` and then `**` are not one segment). */
  readonly #deep: boolean;
  #expression: RegExp | null = null;

  /** @param glob segments parted by `/`, without the first slash */
  constructor(glob: string) {
    this.#glob = glob;
    this.#segments = glob === '' ? [] : glob.split('/');
    this.#plain = !glob.includes('*');
    this.#deep = glob.includes('**');
  }

  /** @param text without dot segments and empty ones */
  test(text: string): boolean {
    if (this.#plain) return text === this.#glob;
    if (this.#deep || text.length > LONG || text === '') return this.testRaw(text);
    this.#expression ??= micromatch.makeRe(literally(this.#glob), options);
    return this.#expression.test(text);
  }

  /** The same for any text. */
  testRaw(text: string): boolean {
    return matchSegments(this.#segments, text === '' ? [] : text.split('/'));
  }
}

/** Two pointers, going back to the last `**` only: an earlier one could not do better. */
function matchSegments(glob: readonly string[], text: readonly string[]): boolean {
  let [g, t, lastGlob, lastText] = [0, 0, -1, 0];
  while (t < text.length) {
    if (glob[g] === '**') [lastGlob, lastText, g] = [g, t, g + 1];
    else if (g < glob.length && matchSegment(glob[g] ?? '', text[t] ?? '')) [g, t] = [g + 1, t + 1];
    else if (lastGlob < 0) return false;
    else [lastText, g, t] = [lastText + 1, lastGlob + 1, lastText + 1];
  }
  while (glob[g] === '**') g++;
  return g === glob.length;
}

/** The same within one segment, for `*`. A star that is the whole segment stands for something. */
function matchSegment(glob: string, text: string): boolean {
  return glob === '*' ? text !== '' : matchStars(glob, text);
}

/** Whether a text is a glob's in which `*` stands for anything, nothing too; in time proportional to glob × text. */
export function matchStars(glob: string, text: string): boolean {
  let [g, t, lastGlob, lastText] = [0, 0, -1, 0];
  while (t < text.length) {
    if (glob[g] === '*') [lastGlob, lastText, g] = [g, t, g + 1];
    else if (g < glob.length && glob[g] === text[t]) [g, t] = [g + 1, t + 1];
    else if (lastGlob < 0) return false;
    else [lastText, g, t] = [lastText + 1, lastGlob + 1, lastText + 1];
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}

export class UrlGlob {
  readonly text: string;
  readonly #host: Glob;
  readonly #path: Glob;

  /** @param path begins with `/` */
  constructor({ host, path }: { readonly host: string; readonly path: string }) {
    this.text = host + path;
    this.#host = new Glob(host.replaceAll('.', '/'));
    this.#path = new Glob(path.slice(1));
  }

  matchesHost(host: string): boolean {
    return this.#host.test(host.replaceAll('.', '/'));
  }

  /**
   * Whether the path is meant, in upper or lower case. What closes a place closes it by either form of its path; what
   * opens one must be meant by the canonical form, or a detour (`/open/../closed`) would open anything.
   */
  matchesPath({ path, rawPath }: UrlFacts, opens: boolean): boolean {
    if (this.#path.test(path.slice(1).toLowerCase())) return true;
    return !opens && rawPath !== path && this.#path.testRaw(rawPath.slice(1).toLowerCase());
  }
}
