#!/usr/bin/env node
// Plain JavaScript on purpose: the Node that a machine happens to have may be too old to read a `.ts` file, so this
// launcher hands over to the Node that package.json pins (the npm package `node`) before any of Hallpass is loaded.
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import process from 'node:process';

const root = new URL('../', import.meta.url);
const pinned = fileURLToPath(new URL('node_modules/node/bin/node', root));
const entry = fileURLToPath(new URL('cli/main.ts', root));

if (!existsSync(pinned)) {
  process.stderr.write(
    `hallpass: its own Node is missing at ${pinned}: run \`npm ci\` in ${fileURLToPath(root)} first\n`,
  );
  process.exit(70);
}

if (realpathSync(process.execPath) === realpathSync(pinned)) {
  await import(pathToFileURL(entry).href);
} else if (typeof process.execve === 'function' && process.platform !== 'win32') {
  process.execve(pinned, [pinned, entry, ...process.argv.slice(2)], process.env);
} else {
  const child = spawn(pinned, [entry, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
