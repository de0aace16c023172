/** One line of a trace, for a terminal. */
import type { WatchedLine } from '../proxy/protocol.ts';

const says: Readonly<Record<WatchedLine['action'], string>> = {
  allow: 'open  ',
  block: 'CLOSED',
  warn: 'NOTICE',
  'sign-in': 'asked ',
};

/** @param line JSON of a {@link WatchedLine} */
export function formatWatchedLine(line: string): string {
  const { at, login, ip, action, enforced, method, address, rule, clause, left } = JSON.parse(
    line,
  ) as WatchedLine;
  const why = rule === null ? 'to sign in' : `${rule}${clause === null ? '' : ` (clause ${clause})`}`;
  const observed = enforced ? '' : ', observed only';
  const more = left === 0 ? '' : `… and ${String(left)} more\n`;
  const time = new Date(at).toISOString().slice(11, 19);
  // What a client wrote is data: no control of the terminal passes.
  const shown = address.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '?');
  return `${time}  ${says[action]}  ${(login ?? ip).padEnd(16)}  ${method} ${shown}  ${why}${observed}\n${more}`;
}
