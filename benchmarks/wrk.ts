/** wrk, driving a proxy with absolute-form requests. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from './processes.ts';

export interface Load {
  /** Port of the proxy on 127.0.0.1. */
  readonly port: number;
  /** Absolute-form target; origin-form drives the origin directly. */
  readonly target: string;
  /** One request for each value of `Proxy-Authorization`, in turn; none sends none. */
  readonly authorizations: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  readonly core: number;
  readonly folder: string;
}

export interface Measured {
  readonly requestsPerSecond: number;
  readonly requests: number;
  /** Answers other than 2xx and 3xx. */
  readonly refused: number;
  readonly socketErrors: number;
}

export async function wrk(load: Load): Promise<Measured> {
  const script = join(load.folder, 'wrk.lua');
  writeFileSync(script, lua(load));
  const output = await run([
    ...['taskset', '-c', String(load.core), 'wrk', '-t1', `-c${load.connections}`],
    ...[`-d${load.seconds}s`, '-s', script, `http://127.0.0.1:${load.port}/`],
  ]);
  const number = (pattern: RegExp): number => Number(pattern.exec(output)?.[1] ?? 0);
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output);
  return {
    requestsPerSecond: number(/Requests\/sec:\s+([\d.]+)/),
    requests: number(/(\d+) requests in/),
    refused: number(/Non-2xx or 3xx responses: (\d+)/),
    socketErrors: (errors ?? []).slice(1).reduce((sum, each) => sum + Number(each), 0),
  };
}

/** Requests are written once and only handed out while wrk runs, so that the script costs the same for every proxy. */
function lua({ target, authorizations }: Load): string {
  const host = /^http:\/\/([^/]+)/.exec(target)?.[1] ?? 'localhost';
  const values = authorizations.length === 0 ? ['nil'] : authorizations.map((value) => `"${value}"`);
  return `local values = { ${values.join(', ')} }
local requests, next = {}, 0
init = function(args)
  for i = 1, ${values.length} do
    local headers = { ["Host"] = "${host}" }
    if values[i] then headers["Proxy-Authorization"] = values[i] end
    requests[i] = wrk.format("GET", "${target}", headers)
  end
end
request = function()
  next = next % ${values.length} + 1
  return requests[next]
end
`;
}

function run([program = '', ...rest]: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'], env: environment });
    let output = '';
    child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${program} ended with ${code}`)),
    );
  });
}
