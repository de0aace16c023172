import type { ControlConfig } from '../../control/config.ts';
/** A district on disk, and a control thread that runs it without the rest of Hallpass. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import type { Config } from '../../config.ts';
import { loadConfig } from '../../config.ts';
import type { ControlForProxy, ProxyControl, ProxyStatus, Publication } from '../../proxy/protocol.ts';
import type { SharedGrant } from '../../policy/decision.ts';
import { openImage } from '../../policy/compile/image.ts';
import { connect } from '../../threads/rpc.ts';
import type { Connection } from '../../threads/rpc.ts';
import { Thread } from '../../threads/thread.ts';

export const aup = `---
title: Acceptable use
adopted: 2026-06-01
language: en
---

# Acceptable use

## 1 Games {#games}

Games wait until after school.
`;

/** A policy that blocks the hosts given. */
export const policyBlocking = (...hosts: readonly string[]): string => `hallpass: 1
title: A small district
timeZone: America/Denver
audiences: {}
categories:
  games: { title: Games }
rules:
${hosts
  .map(
    (host, index) => `  - id: no-${String(index + 1)}
    title: Not ${host}
    publicTitle: Games
    clause: games
    match: { hosts: [${host}] }
    action: block
`,
  )
  .join('')}default:
  action: allow
  publicTitle: Everything else
  noClause: what no rule names is allowed
`;

export interface District {
  readonly folder: string;
  readonly file: string;
  readonly data: string;
  readonly config: Config;
  /** Writes a file of the district and answers with its path. */
  write(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

export async function district(initial = policyBlocking('games.test')): Promise<District> {
  const folder = await mkdtemp(join(tmpdir(), 'hp-d-'));
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  await mkdir(join(folder, 'lists'));
  await mkdir(join(folder, 'data'), { mode: 0o700 });
  await write('policy.yaml', initial);
  await write('aup.md', aup);
  const file = await write(
    'hallpass.yaml',
    `data: data
log: { level: silent }
proxy: { listen: '127.0.0.1:0', threads: 2 }
portal: { listen: '127.0.0.1:0' }
admin: { listen: '127.0.0.1:0' }
policy:
  initial: { policy: policy.yaml, aup: [aup.md] }
  lists: { folders: [lists] }
`,
  );
  const config = loadConfig({ file, env: {} });
  const remove = () => rm(folder, { recursive: true, force: true });
  return { folder, file, data: config.data, config, write, remove };
}

/** A proxy thread as far as control can tell. */
export class FakeProxy implements ProxyControl {
  readonly editions: string[] = [];
  readonly epochs: number[] = [];
  readonly gone: string[] = [];
  readonly shared: (readonly SharedGrant[])[] = [];
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  async publish({ image, epoch }: Publication): Promise<void> {
    this.epochs.push(epoch);
    this.editions.push(openImage(image).id.edition);
  }
  async grant(): Promise<void> {}
  async emergency(): Promise<void> {}
  async share(grants: readonly SharedGrant[]): Promise<void> {
    this.shared.push(grants);
  }
  async watch(): Promise<void> {}
  async unwatch(): Promise<void> {}
  async accountsGone(keys: readonly string[]): Promise<void> {
    this.gone.push(...keys);
  }
  async status(): Promise<ProxyStatus> {
    return { name: this.name, epoch: 1, connections: 0, tunnels: 0, requests: 0, blocks: 0, schools: {} };
  }
}

export class ControlHouse {
  readonly control: Thread;
  readonly query: Thread;

  constructor(config: Config) {
    const data: ControlConfig = { ...config, formKey: Buffer.alloc(32, 7) };
    const plan = (name: string, file: string) => ({
      ...{ name, data, links: [], stopWithin: 5_000 },
      entry: new URL(`../../control/${file}`, import.meta.url),
    });
    this.query = new Thread(plan('query', 'query.entry.ts'), 'silent');
    this.control = new Thread(plan('control', 'control.entry.ts'), 'silent');
    const { port1, port2 } = new MessageChannel();
    this.query.tell({ kind: 'link', peer: 'control', port: port1 }, [port1]);
    this.control.tell({ kind: 'link', peer: 'query', port: port2 }, [port2]);
  }

  /** Connects a proxy to control, as the supervisor does. */
  join(proxy: FakeProxy): Connection<ControlForProxy> {
    return connect<ControlForProxy>(this.link(proxy.name), proxy);
  }

  /** A port of which control holds the other end. */
  link(peer: string) {
    const { port1, port2 } = new MessageChannel();
    this.control.tell({ kind: 'link', peer, port: port2 }, [port2]);
    return port1;
  }

  async stop(): Promise<void> {
    await this.control.stop(5_000);
    await this.query.stop(5_000);
  }
}
