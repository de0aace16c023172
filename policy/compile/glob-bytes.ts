/**
 * URL globs over bytes, without an object a glob: what `Glob.testRaw` of url-glob.ts says of the same text. Two pointers,
 * going back to the last wildcard only, for segments and again within one.
 */

const STAR = 42;

/** Whether `glob[globAt, globEnd)` is `text[textAt, textEnd)`; both are segments parted by `mark`, none where empty. */
export function matchesGlob(
  glob: Uint8Array,
  globAt: number,
  globEnd: number,
  text: Uint8Array,
  textAt: number,
  textEnd: number,
  mark: number,
): boolean {
  // A position past its end is that of no segment at all.
  let g = globAt === globEnd ? globEnd + 1 : globAt;
  let t = textAt === textEnd ? textEnd + 1 : textAt;
  let [lastGlob, lastText] = [-1, 0];
  while (t <= textEnd) {
    const gEnd = g > globEnd ? g : segmentEnd(glob, g, globEnd, mark);
    const tEnd = segmentEnd(text, t, textEnd, mark);
    if (g <= globEnd && isDeep(glob, g, gEnd)) {
      lastText = t;
      g = gEnd + 1;
      lastGlob = g;
    } else if (g <= globEnd && matchesSegment(glob, g, gEnd, text, t, tEnd)) {
      g = gEnd + 1;
      t = tEnd + 1;
    } else if (lastGlob < 0) return false;
    else {
      lastText = segmentEnd(text, lastText, textEnd, mark) + 1;
      g = lastGlob;
      t = lastText;
    }
  }
  while (g <= globEnd && isDeep(glob, g, segmentEnd(glob, g, globEnd, mark)))
    g = segmentEnd(glob, g, globEnd, mark) + 1;
  return g > globEnd;
}

function segmentEnd(bytes: Uint8Array, at: number, end: number, mark: number): number {
  let i = at;
  while (i < end && bytes[i] !== mark) i++;
  return i;
}

const isDeep = (glob: Uint8Array, at: number, end: number): boolean =>
  end - at === 2 && glob[at] === STAR && glob[at + 1] === STAR;

/** A star that is the whole segment stands for something. */
function matchesSegment(
  glob: Uint8Array,
  globAt: number,
  globEnd: number,
  text: Uint8Array,
  textAt: number,
  textEnd: number,
): boolean {
  if (globEnd - globAt === 1 && glob[globAt] === STAR) return textEnd > textAt;
  let [g, t, lastGlob, lastText] = [globAt, textAt, -1, 0];
  while (t < textEnd) {
    if (g < globEnd && glob[g] === STAR) {
      lastText = t;
      lastGlob = ++g;
    } else if (g < globEnd && glob[g] === text[t]) {
      g++;
      t++;
    } else if (lastGlob < 0) return false;
    else {
      t = ++lastText;
      g = lastGlob;
    }
  }
  while (g < globEnd && glob[g] === STAR) g++;
  return g === globEnd;
}
