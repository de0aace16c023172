import { describe, expect, it } from 'vitest';
import { ask } from '../../control/check.ts';
import type { Question } from '../../control/check.ts';
import { compileEdition } from '../../policy/compile/edition.ts';
import { openImage } from '../../policy/compile/image.ts';
import { aup, policyBlocking } from './house.ts';

const compiled = compileEdition(
  { policy: policyBlocking('games.test', 'xn--bcher-kva.test'), aup: [aup] },
  [],
);
if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
const parts = {
  image: openImage(compiled.image),
  policyVersion: compiled.id.policyVersion,
  findPerson: () => Promise.resolve(null),
  grants: () => Promise.resolve([]),
};
const check = (url: string, more: Partial<Question> = {}) => ask(parts, { url, from: '127.0.0.1', ...more });

describe('a URL that is asked about', () => {
  it.each([
    ['http://games.test', 'block'],
    ['http://GAMES.test./a?b#c', 'block'],
    ['http://games.test:8080/', 'block'],
    ['https://games.test/path', 'block'],
    ['https://games.test:8443', 'block'],
    ['https://games.test:', 'block'],
    ['https://[::1]/', 'allow'],
    ['http://bücher.test/ä', 'block'],
    ['https://bücher.test#part', 'block'],
    ['http://other.test/games.test', 'allow'],
  ])('%s is decided: %s', async (url, action) => {
    expect((await check(url)).action).toBe(action);
  });

  it.each([
    ['http://ann@games.test/', 'the URI holds user information'],
    ['https://ann:pw@games.test/', 'the URI holds user information'],
    ['https://ann@bücher.test/', 'the URI holds user information'],
    ['http:games.test', 'CONNECT takes `host:port` and no other method does'],
    ['http://games.test:0/', 'the port is not a number from 1 to 65535'],
    ['http://games.test\\@other.test/', 'the URI holds user information'],
    ['http://games.test/a b', 'the request target holds a character that no URI may hold'],
    ['http://games.test/\r\nHost:a', 'the request target holds a character that no URI may hold'],
    ['http://1.2.3.999/', 'the host is neither a name nor an address'],
    ['http://games..test/', 'the host is neither a name nor an address'],
    ['http://%67ames.test/', 'the host is neither a name nor an address'],
    [`http://games.test/${'a'.repeat(16_384)}`, 'the request target is longer than `proxy.maxTargetBytes`'],
  ])('%s is refused as the proxy refuses it', async (url, why) => {
    await expect(check(url)).rejects.toMatchObject({
      code: 'bad-question',
      message: `the proxy would refuse \`${url.slice(0, 200)}\`: ${why}`,
    });
  });
});
