import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Slapd, base, service, slapdMissing } from './slapd.ts';

const password = `canary-${randomBytes(12).toString('hex')}`;

describe.skipIf(slapdMissing !== null)('the memory of the process', () => {
  let slapd: Slapd;
  beforeAll(async () => {
    const more = `dn: uid=canary,ou=students,${base}
objectClass: inetOrgPerson
uid: canary
cn: Canary
sn: Canary
userPassword: ${password}
`;
    slapd = await Slapd.start({ more });
  });
  afterAll(() => slapd.remove());

  test('holds no clear password once a sign-in is answered, while it still remembers the person', async () => {
    const program = new URL('heap-canary.ts', import.meta.url).pathname;
    const child = spawn(
      process.execPath,
      [program, slapd.url, base, service.dn, service.password, 'canary'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    child.stdin.end([...password].reverse().join(''));
    let output = '';
    for await (const chunk of child.stdout.setEncoding('utf8')) output += String(chunk);
    const { kinds, passwords, controls } = JSON.parse(output) as {
      kinds: string[];
      passwords: number;
      controls: number;
    };
    expect(kinds).toEqual(['verified', 'rejected', 'verified']);
    // The search itself works: what the program keeps on purpose is found.
    expect(controls).toBeGreaterThan(0);
    expect(passwords).toBe(0);
  });
});
