/**
 * How a thread steps back where processors are few: by its nice value, which on Linux each thread has of its own. Elsewhere
 * it is that of the whole process, and nothing is done.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/** The weight of a tenth: whoever waits goes first, and the thread still gets on where the others never rest. */
const back = 10;

/** Lets every thread that has not stepped back go first. @returns whether this one has stepped back */
export function stepBack(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    if (isFiltered() && !survives()) return false;
    setPriority(Math.min(getPriority() + back, constants.priority.PRIORITY_LOW));
    return true;
  } catch {
    return false;
  }
}

/** Whether a filter of system calls (seccomp) is over this process, as a service manager or a container puts it. */
function isFiltered(): boolean {
  return !/^Seccomp:\s+0$/m.test(readFileSync('/proc/self/status', 'utf8'));
}

/**
 * A filter may end the process that asks, and a unit as it was shipped before this call does; so a process of its own,
 * which inherits the filter, asks first.
 */
function survives(): boolean {
  const ask = "const os = require('node:os'); os.setPriority(os.getPriority())";
  return spawnSync(process.execPath, ['--eval', ask], { stdio: 'ignore', timeout: 5_000 }).status === 0;
}
