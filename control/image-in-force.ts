/** The image that the proxy threads decide by, for whoever decides in the control thread. */
import { openImage } from '../policy/compile/image.ts';
import type { Image } from '../policy/compile/image.ts';
import type { Emergency } from '../policy/emergency.ts';
import type { EmergencyPast } from '../store/repository/emergencies.ts';
import type { Editions } from './editions.ts';
import { emergencyWhen } from './emergencies.ts';
import { ControlError } from './errors.ts';

/** Opened once for each edition and emergency. @returns a function that throws ControlError `no-policy` before the first */
export function imageInForce(editions: Pick<Editions, 'current'>, emergency: () => Emergency): () => Image {
  let opened: { readonly buffer: SharedArrayBuffer; readonly image: Image } | null = null;
  return () => {
    const current = editions.current();
    if (current === null) throw new ControlError('no-policy', 'no policy is in force yet');
    const image = opened?.buffer === current.image ? opened.image : openImage(current.image);
    opened = { buffer: current.image, image: image.under(emergency()) };
    return opened.image;
  };
}

/**
 * An edition at the times that are asked about, each under what was put over the policy then: who asks about tomorrow is
 * not told of today's emergency. @param all as the store has them
 */
export function imagesAt(image: Image, all: readonly EmergencyPast[]): (at: number) => Image {
  const images = new Map([[keyOf(image.emergency), image]]);
  let last: { readonly at: number; readonly image: Image } | null = null;
  return (at) => {
    if (last?.at === at) return last.image;
    const emergency = emergencyWhen(all, at);
    const key = keyOf(emergency);
    let found = images.get(key);
    if (found === undefined) images.set(key, (found = image.under(emergency)));
    last = { at, image: found };
    return found;
  };
}

const keyOf = ({ floorOnly, closed }: Emergency): string =>
  [floorOnly?.id ?? '', ...closed.map(({ id }) => id)].join(' ');
