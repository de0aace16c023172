/** The PAC file, run as a browser runs it. */
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { options } from '../../portal/options.ts';
import { pacFile, pacText } from '../../portal/pac.ts';

const text = pacText({
  host: 'hallpass',
  proxy: 'filter.district.example:3128',
  direct: ['District.Example', 'cdn.other.example'],
});
const find = runInNewContext(`${text}; FindProxyForURL`) as (url: string, host: string) => string;

test.each([
  ['www.example.org', 'filter'],
  ['hallpass', 'filter'],
  ['HALLPASS', 'filter'],
  ['intranet', 'DIRECT'],
  ['district.example', 'DIRECT'],
  ['a.b.District.example', 'DIRECT'],
  ['notdistrict.example', 'filter'],
  ['district.example.evil.example', 'filter'],
  ['other.example', 'filter'],
  ['cdn.other.example', 'DIRECT'],
  ['10.1.2.3', 'DIRECT'],
  ['10.evil.example', 'filter'],
  ['10.1.2.3.evil.example', 'filter'],
  ['192.168.0.1', 'DIRECT'],
  ['192.169.0.1', 'filter'],
  ['172.16.0.1', 'DIRECT'],
  ['172.31.255.1', 'DIRECT'],
  ['172.32.0.1', 'filter'],
  ['127.0.0.1', 'DIRECT'],
  ['8.8.8.8', 'filter'],
  ['::1', 'DIRECT'],
  ['fd00::1', 'DIRECT'],
  ['[fe80::1]', 'DIRECT'],
  ['2001:db8::1', 'filter'],
  ['fd.example', 'filter'],
])('%s: %s', (host, way) => {
  const answer = find(`http://${host}/`, host);
  expect(answer).toBe(way === 'filter' ? 'PROXY filter.district.example:3128' : way);
});

test('there is none before the address for devices is set', () => {
  expect(pacFile(options.parse({}))).toBeNull();
  expect(() => options.parse({ pac: { proxy: 'http://filter:3128' } })).toThrow(/as devices reach them/);
  expect(() => options.parse({ pac: { proxy: 'filter:3128', direct: ["';x"] } })).toThrow(/a host such as/);
});
