/** What a restore leaves in the data folder when it is killed: a copy, or files half way between their places. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { StoreError } from './errors.ts';

/** In the data folder: the copy of a backup, until it is put in place. */
export const restoringFolder = 'restoring';
/** In that folder, from the first renaming to the last: where things are put. */
export const movingFile = 'moving.json';

/** A store that is there in part would be taken for a new one. @throws StoreError `restore-unfinished` */
export function refuseUnfinished(data: string): void {
  if (!existsSync(join(data, restoringFolder, movingFile))) return;
  throw new StoreError(
    'restore-unfinished',
    `a restore into \`${data}\` broke off while files changed their places: run \`hallpass restore\` again, which first puts back what stood there`,
  );
}

/** For who holds the lock of the folder: a copy that nothing was moved for is removed. @throws StoreError `restore-unfinished` */
export function clearUnfinished(data: string): void {
  refuseUnfinished(data);
  rmSync(join(data, restoringFolder), { recursive: true, force: true });
}
