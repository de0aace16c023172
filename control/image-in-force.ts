/** The image that the proxy threads decide by, for whoever decides in the control thread. */
import { openImage } from '../policy/compile/image.ts';
import type { Image } from '../policy/compile/image.ts';
import type { Emergency } from '../policy/emergency.ts';
import type { Editions } from './editions.ts';
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
