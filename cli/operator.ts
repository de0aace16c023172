/** Which user of this machine runs the command. */
import { userInfo } from 'node:os';
import process from 'node:process';

/** The user's name, or number where the machine knows no name (some containers). */
export function operator(): string {
  try {
    return encodeURI(userInfo().username);
  } catch {
    return `uid-${String(process.getuid?.() ?? 'unknown')}`;
  }
}
