/** Who used the processors, as Linux counts it: in ticks of ten milliseconds. */
import { readFileSync } from 'node:fs';

const tick = 10;

export interface ProcessorTime {
  /** Milliseconds of the process that was named. */
  readonly theirs: number;
  /** Of that and of this process. */
  readonly ours: number;
  /** Of everybody on the machine. */
  readonly all: number;
}

export function processorTime(pid: number): ProcessorTime {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')')).split(' ');
  const theirs = (Number(fields[12]) + Number(fields[13])) * tick;
  const own = process.cpuUsage();
  return { theirs, ours: theirs + (own.user + own.system) / 1_000, all: busy() };
}

/** All but idle time and waiting for the disk. */
function busy(): number {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * tick;
}
