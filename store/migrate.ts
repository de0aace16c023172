import { StoreError } from './errors.ts';
import { transaction } from './sqlite.ts';
import type { Database } from './sqlite.ts';

/**
 * Brings a database to the newest version: step n (from 1) leads from version n-1 to n. Each step and its number
 * are one transaction, so that a process killed midway has done it or not.
 */
export function migrate(database: Database, name: string, steps: readonly string[]): void {
  refuseNewer(database, name, steps);
  for (let version = versionOf(database); version < steps.length; version = versionOf(database)) {
    transaction(database, () => {
      // Read again under the lock: another process may have taken the step meanwhile.
      if (versionOf(database) !== version) return;
      database.exec(steps[version] ?? '');
      database.exec(`PRAGMA user_version = ${String(version + 1)}`);
    });
  }
}

/** @throws StoreError `store-newer` */
export function refuseNewer(database: Database, name: string, steps: readonly string[]): void {
  if (versionOf(database) > steps.length) {
    throw new StoreError(
      'store-newer',
      `\`${name}\` has version ${String(versionOf(database))}, and this Hallpass knows up to ${String(steps.length)}: ` +
        'start the newer Hallpass that wrote it, or restore the backup made before the update',
    );
  }
}

/** For who only reads, and so cannot bring it up to date. @throws StoreError `store-older` or `store-newer` */
export function requireVersion(database: Database, name: string, steps: readonly string[]): void {
  refuseNewer(database, name, steps);
  if (versionOf(database) === steps.length) return;
  throw new StoreError(
    'store-older',
    `\`${name}\` has version ${String(versionOf(database))}, and this Hallpass reads version ${String(steps.length)}: ` +
      'start `hallpass serve` on it once, which brings it up to date',
  );
}

export function versionOf(database: Database): number {
  return Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
}
