/** Builds the admin pages once before the tests where they are missing or older than their sources. */
import { buildWeb, isStale } from '../admin-ui/build.ts';

export default async function setup(): Promise<void> {
  if (isStale()) await buildWeb(() => undefined);
}
