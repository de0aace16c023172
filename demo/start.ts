/** `npm start`: the whole system on an embedded demo district, with everything on loopback. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWeb, isStale } from '../admin-ui/build.ts';
import { rememberConfig } from '../cli/place.ts';
import { loadConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { startHallpass } from '../main.ts';
import { startDemoDirectory } from './directory.ts';
import { startDemoSite } from './site.ts';

const folder = fileURLToPath(new URL('../rules/demo', import.meta.url));
const student = 'student.g7';
const staff = 'teacher.middle';
const hosts = { directory: 1389, site: 8088 } as const;

try {
  await run();
} catch (error) {
  console.error(`hallpass: ${explain(error)}`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  await buildPages();
  console.log('Starting the demo district …');
  const file = `${folder}/hallpass.yaml`;
  const config = loadConfig({ file });
  const directory = await startDemoDirectory({
    ldifPath: `${folder}/district.ldif`,
    host: '127.0.0.1',
    port: hosts.directory,
  });
  const site = await startDemoSite({ folder: `${folder}/site`, host: '127.0.0.1', port: hosts.site });
  const closeDemo = async (): Promise<void> => {
    await Promise.all([directory.close(), site.close()]);
  };
  const running = await startHallpass(config).catch(async (error: unknown) => {
    await closeDemo();
    throw error;
  });
  rememberConfig(running.config, file);
  console.log(welcome(running.config));
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    console.log('\nStopping …');
    await running.stop();
    await closeDemo();
    console.log('Stopped.');
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop());
}

/** The admin pages are built once, and again when their sources change. */
async function buildPages(): Promise<void> {
  if (!isStale()) return;
  console.log('Building the admin pages …');
  const start = performance.now();
  await buildWeb((line) => {
    if (/modules transformed|rendering|built in/.test(line)) console.log(`  ${line.trim()}`);
  });
  console.log(`The admin pages are built (${((performance.now() - start) / 1_000).toFixed(1)} s).`);
}

function welcome(config: Config): string {
  const proxy = config.proxy.listen;
  const curl = (who: string, password: string): string =>
    `curl -x http://${who}:${password}@${proxy} http://games.demo.test:${hosts.site}/`;
  // What another terminal cannot know by itself.
  const elsewhere = config.data === resolve('data') ? '' : ` --data ${config.data}`;
  return `
Hallpass runs a demo district. Nothing leaves this machine.

  proxy            ${proxy}
  admin            http://${config.admin.listen}/  sign in as cto, principal.middle, auditor, …
  portal           http://hallpass/  through the proxy, and http://${config.portal.listen}/
  directory        ldap://127.0.0.1:${hosts.directory}  (embedded)
  demo web site    library.demo.test, games.demo.test, hotline.demo.test, through the proxy on port ${hosts.site}
  data             ${config.data}

Demo users; the password is \`demo-\` and the login:

  student.k1  student.g3     kindergarten to grade 5
  student.g7                 grades 6 to 8
  student.g10                grades 9 to 12
  teacher.middle             staff
  cto  principal.middle  principal.north  counsellor.middle
  helpdesk  auditor  superintendent  hr
                             staff with a role in the admin pages

Try it in another terminal:

  # a student is blocked: 403, with the clause of the AUP and the id of the record
  ${curl(student, `demo-${student}`)}

  # staff may: 200
  ${curl(staff, `demo-${staff}`)}

  # what the student finds at the portal: who they are here, what was saved, the policy
  curl -x http://${student}:demo-${student}@${proxy} http://hallpass/

  # a wrong password: 407
  curl -i -x http://${student}:wrong@${proxy} http://games.demo.test:${hosts.site}/

  # what was recorded, and whether all is well
  npx hallpass blocks${elsewhere}
  npx hallpass doctor${elsewhere}

Ctrl-C stops it.
`;
}

function explain(error: unknown): string {
  const { code, port, message } = error as { code?: string; port?: number; message: string };
  if (code !== 'EADDRINUSE' || port === undefined) return message;
  return `port ${port} of 127.0.0.1 is in use, which the demo needs: stop what listens there, or the demo that runs already`;
}
