import { mkdtemp, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HostsFile, parseHosts } from '../../../proxy/upstream/hosts-file.ts';

describe('the lines of a hosts file', () => {
  const addressesOf = (text: string, name: string) => parseHosts(text).get(name)?.addresses;

  it('name an address and the names that stand for it', () => {
    const text = '127.10.0.1\tlibrary.test  Books.Test.  # the library\r\n';
    expect(addressesOf(text, 'library.test')).toEqual(['127.10.0.1']);
    expect(addressesOf(text, 'books.test')).toEqual(['127.10.0.1']);
    expect(addressesOf(text, '#')).toBeUndefined();
    expect(addressesOf(text, 'the')).toBeUndefined();
  });

  it('add up, IPv6 and IPv4 in turn', () => {
    const text = '127.10.0.1 a.test\n127.10.0.2 a.test\n127.10.0.1 a.test\nfd00::1 a.test';
    expect(addressesOf(text, 'a.test')).toEqual(['fd00::1', '127.10.0.1', '127.10.0.2']);
  });

  it('without sense are skipped', () => {
    expect([...parseHosts('# 127.0.0.1 a\n\nnonsense b\n127.1 c\n127.0.0.1\n__proto__ d').keys()]).toEqual(
      [],
    );
    expect(addressesOf('127.10.0.1 constructor', 'toString')).toBeUndefined();
  });
});

describe('the hosts file', () => {
  let folder: string;
  let path: string;
  let now = 0;
  const clock = () => now;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hallpass-hosts-'));
    path = join(folder, 'hosts');
    now = 1_000_000;
  });
  afterEach(async () => rm(folder, { recursive: true }));

  const seen = (file: HostsFile, name: string) => file.lookup(name)?.addresses[0];

  it('is read at the start, and again when it has changed', async () => {
    await writeFile(path, '127.10.0.1 a.test');
    const file = new HostsFile(path, clock);
    expect(seen(file, 'a.test')).toBe('127.10.0.1');

    await writeFile(`${path}.new`, '127.10.0.22 a.test');
    await rename(`${path}.new`, path);
    expect(seen(file, 'a.test')).toBe('127.10.0.1');
    now += 3_000;
    await vi.waitFor(() => expect(seen(file, 'a.test')).toBe('127.10.0.22'));
  });

  it('is looked at no more often than every three seconds', async () => {
    await writeFile(path, '127.10.0.1 a.test');
    const file = new HostsFile(path, clock);
    await writeFile(path, '127.10.0.22 a.test');
    now += 2_999;
    expect(seen(file, 'a.test')).toBe('127.10.0.1');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen(file, 'a.test')).toBe('127.10.0.1');
  });

  it('may be missing, come and go', async () => {
    const file = new HostsFile(path, clock);
    expect(seen(file, 'a.test')).toBeUndefined();
    await writeFile(path, '127.10.0.1 a.test');
    now += 3_000;
    await vi.waitFor(() => expect(seen(file, 'a.test')).toBe('127.10.0.1'));
    await unlink(path);
    now += 3_000;
    await vi.waitFor(() => expect(seen(file, 'a.test')).toBeUndefined());
  });
});
