/** When a source is looked at again. */
import type { ListSourceState } from '../../store/repository/list-sources.ts';
import type { ListSchedule } from './options.ts';

const fiveMinutes = 300_000;
const day = 86_400_000;

type Looked = Pick<ListSourceState, 'checkedAt' | 'failure'>;

/**
 * Epoch milliseconds; null where it is only looked at when somebody asks. After a failure soon, then ever later, and never
 * later than the next regular time.
 */
export function dueAt(schedule: ListSchedule, { checkedAt, failure }: Looked): number | null {
  if (schedule.kind === 'never') return null;
  if (checkedAt === null) return 0;
  const regular =
    schedule.kind === 'every' ? checkedAt + schedule.every : nextTime(schedule.minutes, checkedAt);
  if (failure === null) return regular;
  return Math.min(regular, checkedAt + fiveMinutes * 2 ** Math.min(failure.count - 1, 8));
}

/** How long it may be before a source that gave nothing counts as stale: as if it had failed thrice. */
export function staleAfter(schedule: ListSchedule): number {
  if (schedule.kind === 'never') return Infinity;
  return 3 * (schedule.kind === 'every' ? Math.max(schedule.every, day / 3) : day);
}

/** The next time at which the clock of this machine shows it. A day with a change of clocks is one, too. */
function nextTime(minutes: number, after: number): number {
  const next = new Date(after);
  next.setHours(Math.floor(minutes / 60), minutes % 60, 0, 0);
  if (next.getTime() <= after) next.setDate(next.getDate() + 1);
  return next.getTime();
}
