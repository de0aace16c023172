/** What a proxy thread keeps of its decisions, and hands over. */
import { beforeEach, describe, expect, it } from 'vitest';
import { compileEdition } from '../../policy/compile/edition.ts';
import { openImage } from '../../policy/compile/image.ts';
import { decide } from '../../policy/decide.ts';
import { requestFacts, tunnelFacts } from '../../policy/facts.ts';
import type { RequestFacts } from '../../policy/request.ts';
import type { Identity, Person } from '../../policy/subject.ts';
import type { SampledCell } from '../../proxy/protocol.ts';
import { Sample } from '../../proxy/sample.ts';
import { Fields } from '../../proxy/wire/fields.ts';

const compiled = compileEdition(
  {
    policy: `hallpass: 1
title: T
timeZone: UTC
audiences: { kids: { title: K, groups: [kids] }, lab: { title: L, networks: [lab] } }
networks: { lab: { title: L, cidrs: [10.9.0.0/16] }, kiosk: { title: K, cidrs: [10.8.0.0/16], signIn: never, audiences: [kids] } }
crisis: { hosts: [help.test] }
rules:
  - { id: no, title: R, publicTitle: R, noClause: n, match: { hosts: [no.test] }, action: block }
  - { id: trial, title: R, publicTitle: R, noClause: n, match: { hosts: [trial.test] }, action: block, observe: true }
default: { action: allow, publicTitle: D, noClause: n }
`,
    aup: ['---\ntitle: A\nadopted: 2026-08-03\nlanguage: en\n---\n\n## 1 G {#g}\n\nG.\n'],
  },
  [],
);
if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
const image = openImage(compiled.image);
const hour = 3_600_000;
const start = Date.UTC(2026, 9, 12, 10);

const person = (key: string): Person => ({
  key,
  login: `login-${key}`,
  name: `Name ${key}`,
  groups: [{ key: 'g', name: 'kids', dn: 'cn=kids' }],
  schools: [],
});
const ann = person('ann-key');

let sent: { readonly hour: number; readonly cells: readonly SampledCell[] }[];
let sample: Sample;
const remembered = new Map([['hash of Basic ann', ann]]);
const newSample = (on = true, secret = Buffer.alloc(32, 7)) =>
  new Sample({
    ...{ on, secret },
    signIns: { hash: (field) => `hash of ${field}`, get: (hashed) => remembered.get(hashed) },
    send: (hour, cells) => sent.push({ hour, cells }),
  });
beforeEach(() => {
  sent = [];
  sample = newSample();
});

function page(url: string, method = 'GET'): RequestFacts {
  const { hostname, pathname, search, port } = new URL(url);
  const read = requestFacts({
    scheme: 'http',
    rawHost: hostname,
    port: Number(port || 80),
    method,
    rawPath: pathname,
    rawQuery: search.slice(1),
  });
  if (!read.ok) throw new Error(read.code);
  return read.facts;
}
function tunnel(host: string): RequestFacts {
  const read = tunnelFacts(host, 443, 'unobtainable');
  if (!read.ok) throw new Error(read.code);
  return read.facts;
}

interface Seen {
  readonly identity?: Identity;
  readonly ip?: string;
  readonly at?: number;
  readonly field?: string;
}

function see(
  facts: RequestFacts,
  { identity = 'unidentified', ip = '10.1.1.1', at = start, field }: Seen = {},
  into = sample,
): void {
  const fields = new Fields();
  if (field !== undefined) fields.add('Proxy-Authorization', field);
  const subject = { ip, identity };
  const decision = decide(image, facts, subject, [], at);
  into.see({ image, facts, subject, at, downstream: { head: { fields } } }, decision);
}

/** As the clock of the data plane does. */
function flushed(into = sample, at = start + 60_000): readonly SampledCell[] {
  for (let tick = 0; tick < 50; tick++) into.flush(at);
  return sent.flatMap(({ cells }) => cells);
}

describe('a cell', () => {
  it('holds what was decided for whom, and no query, no name, no address', () => {
    see(page('http://A.test/x?q=secret'), { identity: ann });
    see(page('http://a.test/x?q=other'), { identity: person('bob-key') });
    see(tunnel('no.test'), { identity: ann });
    const cells = flushed();
    expect(cells).toEqual([
      {
        audiences: 'kids',
        known: true,
        scheme: 'http',
        host: 'a.test',
        port: 80,
        method: 'GET',
        path: '/x',
        action: 'allow',
        count: 2,
        people: [expect.any(Number), expect.any(Number)],
      },
      {
        audiences: 'kids',
        known: true,
        scheme: 'https',
        host: 'no.test',
        port: 443,
        method: 'CONNECT',
        path: '',
        action: 'block',
        count: 1,
        people: [expect.any(Number)],
      },
    ]);
    expect(JSON.stringify(sent)).not.toMatch(/secret|ann|bob|Name|10\.1/);
  });

  it('tells apart audience sets, and whether anybody had asked', () => {
    see(tunnel('a.test'), { ip: '10.9.1.1', identity: 'unknown' });
    see(tunnel('a.test'), { ip: '10.8.1.1', identity: 'unknown' });
    see(tunnel('a.test'), { ip: '10.9.1.1', identity: ann });
    see(tunnel('a.test'), { ip: '10.9.1.1', identity: 'unknown', field: 'Basic ann' });
    expect(flushed().map(({ audiences, known, count }) => [audiences, known, count])).toEqual([
      ['lab', false, 1],
      ['kids', true, 1],
      ['kids lab', true, 2],
    ]);
  });

  it('counts a person once on whatever device, and a device once where nobody is known', () => {
    for (const ip of ['10.1.1.1', '10.1.1.2']) see(tunnel('a.test'), { identity: person('ann-key'), ip });
    for (const ip of ['10.1.1.1', '10.1.1.1', '10.1.1.2']) see(tunnel('b.test'), { ip });
    expect(flushed().map(({ count, people }) => [count, people.length])).toEqual([
      [2, 1],
      [3, 2],
    ]);
  });

  it('takes what is only observed for open', () => {
    see(tunnel('trial.test'));
    expect(flushed()).toMatchObject([{ action: 'allow' }]);
  });
});

describe('never sampled', () => {
  it('is a visit to crisis help', () => {
    see(tunnel('www.help.test'), { identity: ann });
    see(page('http://help.test/chat'));
    expect(flushed()).toEqual([]);
  });

  it('is a path as long as only one person has', () => {
    see(page(`http://a.test/${'x'.repeat(300)}`));
    expect(flushed()).toEqual([]);
  });
});

describe('people', () => {
  it('are the same numbers in every thread, and others after a restart', () => {
    for (const thread of [newSample(), newSample(), newSample(true, Buffer.alloc(32, 8))]) {
      see(tunnel('a.test'), { identity: person('ann-key') }, thread);
      flushed(thread);
    }
    const [one, other, restarted] = sent.flatMap(({ cells }) => cells[0]?.people ?? []);
    expect(other).toBe(one);
    expect(restarted).not.toBe(one);
  });

  it('are other numbers in the next hour', () => {
    see(tunnel('a.test'), { identity: ann });
    see(tunnel('a.test'), { identity: ann, at: start + hour });
    flushed(sample, start + hour + 60_000);
    expect(sent.map(({ hour }) => hour)).toEqual([start, start + hour]);
    const [before, after] = sent.flatMap(({ cells }) => cells[0]?.people ?? []);
    expect(before).not.toBe(after);
  });
});

describe('what is handed over', () => {
  it('leaves in pieces, once a minute, and is forgotten', () => {
    for (let i = 0; i < 1_200; i++) see(tunnel(`h${String(i)}.test`));
    sample.flush(start);
    expect(sent.map(({ cells }) => cells.length)).toEqual([500]);
    expect(flushed(sample, start + 1)).toHaveLength(1_200);
    see(tunnel('late.test'));
    expect(flushed(sample, start + 59_000)).toHaveLength(1_200);
    expect(flushed(sample, start + 60_000)).toHaveLength(1_201);
  });

  it('is bounded: the cell that was met longest ago makes room', () => {
    see(tunnel('often.test'));
    for (let i = 0; i < 20_000; i++) {
      see(tunnel(`h${String(i)}.test`));
      if (i % 1_000 === 0) see(tunnel('often.test'));
    }
    const cells = flushed();
    expect(cells).toHaveLength(20_000);
    expect(cells.map(({ host }) => host)).toContain('often.test');
    expect(cells.map(({ host }) => host)).not.toContain('h0.test');
  });

  it('is nothing where the sample is off', () => {
    const off = newSample(false);
    expect(off.on).toBe(false);
    off.flush(start);
    expect(sent).toEqual([]);
  });
});
