import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { exitCodeOf } from '../threads/exit-codes.ts';

// A start loads five threads' worth of TypeScript; a busy machine takes its time for that.
vi.setConfig({ testTimeout: 120_000 });

interface Line {
  readonly msg: string;
  readonly thread: string;
  readonly proxy?: string;
  readonly portal?: string;
  readonly admin?: string;
  readonly name?: string;
  readonly folders?: readonly string[];
  readonly sections?: readonly string[];
  readonly problems?: readonly string[];
}

let folder: string;
let file: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-main-'));
  file = join(folder, 'hallpass.yaml');
  mkdirSync(join(folder, 'lists'));
  configure();
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  rmSync(folder, { recursive: true });
});

function configure({ proxy = '127.0.0.1:0', data = 'state', more = '' } = {}): void {
  writeFileSync(
    file,
    `data: ${data}
proxy: {listen: "${proxy}", threads: 2, drain: 60s}
portal: {listen: "127.0.0.1:0"}
admin: {listen: "127.0.0.1:0"}
policy: {lists: {folders: [lists]}}
${more}
`,
  );
}

/** One Hallpass in a process of its own. */
class Server {
  readonly lines: Line[] = [];
  readonly words: string[] = [];
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;

  constructor() {
    const program = fileURLToPath(new URL('./fixtures/house/serve.ts', import.meta.url));
    const child = spawn(process.execPath, [program, file], { stdio: ['ignore', 'ignore', 'pipe'] });
    children.push(child);
    this.child = child;
    let rest = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('{')) this.lines.push(JSON.parse(line) as Line);
        else this.words.push(line);
      }
    });
    this.exit = once(child, 'close').then(([code]) => code as number | null);
  }

  async until(found: (line: Line) => boolean): Promise<Line> {
    const settled = () => this.lines.some(found) || this.child.exitCode !== null;
    await expect.poll(settled, { timeout: 60_000, interval: 10 }).toBe(true);
    expect(this.lines.some(found), `it ended: ${this.words.join('; ')}`).toBe(true);
    return this.lines.find(found) as Line;
  }

  async started(): Promise<{ proxy: number; portal: number; admin: number }> {
    const { proxy, portal, admin } = await this.until((line) => line.msg === 'started');
    return { proxy: portOf(proxy), portal: portOf(portal), admin: portOf(admin) };
  }
}

const portOf = (listen: string | undefined): number => Number(listen?.split(':').at(-1));

async function ask(port: number, words: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(words);
  return text(socket);
}

describe('a start', () => {
  it('makes a private data folder, opens every port and stops cleanly on SIGTERM', async () => {
    const server = new Server();
    const { proxy, portal, admin } = await server.started();
    expect(statSync(join(folder, 'state')).mode & 0o777).toBe(0o700);
    expect(existsSync(join(folder, 'state', 'journal.db'))).toBe(true);
    expect(await ask(admin, '')).toBe('admin');
    expect(JSON.parse(await ask(proxy, 'who'))).toEqual({
      name: expect.stringMatching(/^proxy-[12]$/) as string,
      own: [
        { address: '127.0.0.1', port: proxy },
        { address: '127.0.0.1', port: portal },
        { address: '127.0.0.1', port: admin },
      ],
    });
    server.child.kill('SIGTERM');
    expect(await server.exit).toBe(0);
    expect(server.words).toEqual([]);
    expect(existsSync(join(folder, 'state', 'lock.pid'))).toBe(false);
  });

  it('ends with 78 and every fault in words when the configuration is wrong', async () => {
    configure({ more: 'store: {spool: 1}\npages: {lagnuages: [en]}' });
    const server = new Server();
    expect(await server.exit).toBe(78);
    expect(server.words).toEqual([
      `hallpass: ${file}:6:16: \`store.spool\` is too small: the least is 100`,
      `hallpass: ${file}:7:9: unknown key \`lagnuages\`: did you mean \`languages\`?`,
    ]);
  });

  it('ends with 75 where another Hallpass has the data, and leaves that one alone', async () => {
    const first = new Server();
    await first.started();
    const second = new Server();
    expect(await second.exit).toBe(75);
    expect(second.words).toEqual([
      expect.stringContaining(`is in use by another Hallpass (process ${first.child.pid})`),
    ]);
    first.child.kill('SIGINT');
    expect(await first.exit).toBe(0);
  });

  it('ends with 75 where another Hallpass has the port, though both would share it', async () => {
    const first = new Server();
    const { proxy } = await first.started();
    configure({ proxy: `127.0.0.1:${proxy}`, data: 'other' });
    const second = new Server();
    expect(await second.exit).toBe(75);
    expect(second.words).toEqual([
      `hallpass: \`127.0.0.1:${proxy}\` of \`proxy.listen\` is taken by another program: stop it, or set \`proxy.listen\` to another port`,
    ]);
  });

  it('ends with the words and the code of a thread that cannot start, and frees what it took', async () => {
    writeFileSync(join(folder, 'lists', 'refuse'), '');
    const server = new Server();
    expect(await server.exit).toBe(78);
    expect(server.words).toEqual(['hallpass: the policy has 2 problems']);
    rmSync(join(folder, 'lists', 'refuse'));
    await new Server().started();
  });
});

describe('while it runs', () => {
  it('a proxy thread that crashes comes back, and the port is served all the time', async () => {
    const server = new Server();
    const { proxy } = await server.started();
    await ask(proxy, 'crash').catch(() => '');
    const { name } = await server.until((line) => line.msg.startsWith('thread ended unasked'));
    expect(name).toMatch(/^proxy-[12]$/);
    expect(JSON.parse(await ask(proxy, 'who'))).toHaveProperty('name');
    await server.until((line) => line.msg === 'thread is back' && line.name === name);
  });

  it('SIGHUP hands control the policy section as it is now, and names what needs a restart', async () => {
    const server = new Server();
    await server.started();
    mkdirSync(join(folder, 'more'));
    writeFileSync(file, 'data: state\npolicy: {lists: {folders: [lists, more]}}\nstore: {retention: 30d}\n');
    server.child.kill('SIGHUP');
    const { folders } = await server.until((line) => line.msg === 'lists');
    expect(folders).toEqual([join(folder, 'lists'), join(folder, 'more')]);
    const { sections } = await server.until(
      (line) => line.msg === 'changes of these sections need a restart',
    );
    expect(sections).toEqual(['proxy', 'store', 'portal', 'admin']);
  });

  it('SIGHUP with a file that is wrong changes nothing', async () => {
    const server = new Server();
    const { proxy } = await server.started();
    writeFileSync(file, 'proxi: {}\n');
    server.child.kill('SIGHUP');
    const { problems } = await server.until((line) => line.msg.startsWith('the configuration is wrong'));
    expect(problems).toEqual([`${file}:1:1: unknown key \`proxi\`: did you mean \`proxy\`?`]);
    expect(JSON.parse(await ask(proxy, 'who'))).toHaveProperty('name');
    expect(server.lines.some((line) => line.msg === 'lists')).toBe(false);
  });

  describe('a stop', () => {
    /** A client whose request is under way when the server begins to drain. */
    async function draining(server: Server, signals = 1): Promise<Socket> {
      const { proxy } = await server.started();
      const client = connect(proxy, '127.0.0.1');
      client.on('error', () => undefined);
      client.write('wait');
      await once(client, 'data');
      for (let n = 0; n < signals; n += 1) server.child.kill(n === 0 ? 'SIGTERM' : 'SIGINT');
      const refused = () =>
        ask(proxy, 'who').then(
          () => false,
          () => true,
        );
      await expect.poll(refused, { timeout: 20_000, interval: 10 }).toBe(true);
      return client;
    }

    it('waits for what is under way, also when Ctrl-C arrives twice', async () => {
      const server = new Server();
      const client = await draining(server, 2);
      client.write('who');
      expect(JSON.parse(await text(client))).toHaveProperty('name');
      expect(await server.exit).toBe(0);
    });

    it('does not wait any longer when it is asked again', async () => {
      const server = new Server();
      const client = await draining(server);
      // What comes right after the first is taken for the same Ctrl-C, so it is said until it is understood.
      const insisting = setInterval(() => server.child.kill('SIGINT'), 100);
      expect(await server.exit).toBe(70);
      clearInterval(insisting);
      client.destroy();
    });
  });
});

describe('exit codes', () => {
  it.each([
    [{ code: 'config' }, 78],
    [{ code: 'bad-policy' }, 78],
    [{ code: 'store-in-use' }, 75],
    [{ code: 'address-in-use' }, 75],
    [{ code: 'store-full' }, 75],
    [{ code: 'store-locked' }, 75],
    [{ code: 'store-io' }, 75],
    [{ code: 'store-damaged' }, 78],
    [{ code: 'thread-failed' }, 70],
    [{}, 70],
  ])('of an error %j is %d', (fields, code) => {
    expect(exitCodeOf(Object.assign(new Error('x'), fields))).toBe(code);
  });
});

describe('a port that something else has', () => {
  it('is named with its option', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    configure({ proxy: `127.0.0.1:${(other.address() as AddressInfo).port}` });
    const server = new Server();
    expect(await server.exit).toBe(75);
    expect(server.words[0]).toContain('of `proxy.listen` is taken by another program');
    other.close();
  });
});
