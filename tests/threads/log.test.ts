import { describe, expect, it } from 'vitest';
import { createLog } from '../../threads/log.ts';
import type { Log } from '../../threads/log.ts';

function logged(write: (log: Log) => void): Record<string, unknown>[] {
  const lines: Record<string, unknown>[] = [];
  const destination = {
    write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  };
  write(createLog({ thread: 'proxy-1', level: 'info', destination }));
  return lines;
}

describe('the log', () => {
  it('writes JSON lines with the thread, the level by name and an ISO time', () => {
    const [line] = logged((log) => log.info({ port: 3128 }, 'listening'));
    expect(line).toMatchObject({ thread: 'proxy-1', level: 'info', port: 3128, msg: 'listening' });
    expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('stays below its level', () => {
    expect(logged((log) => log.debug('a detail'))).toEqual([]);
  });

  it.each([
    ['password', { password: 'canary' }],
    ['bindPassword', { directory: { bindPassword: 'canary' } }],
    ['Proxy-Authorization', { headers: [{ 'Proxy-Authorization': 'Basic canary' }] }],
    ['Cookie', { headers: { Cookie: ['canary'] } }],
    ['a query in a URL', { seen: 'http://a.test/search?q=canary' }],
    ['a query in a path', { path: '/search?q=canary' }],
    ['a password in a URL', { peer: 'http://ann:canary@a.test/' }],
    ['a property of an error', { err: Object.assign(new Error('refused'), { request: 'canary' }) }],
    ['a URL in an error', { err: new Error('cannot reach https://a.test/x?token=canary now') }],
  ])('never holds %s', (_what, fields) => {
    const [line] = logged((log) => log.error(fields, 'failed'));
    expect(JSON.stringify(line)).not.toContain('canary');
    expect(line).toMatchObject({ msg: 'failed' });
  });

  it('cleans messages and bare errors as well', () => {
    const lines = logged((log) => {
      log.info('fetched http://a.test/x?q=canary with care');
      log.error(new Error('no http://a.test/?q=canary'), 'failed');
    });
    expect(JSON.stringify(lines)).not.toContain('canary');
    expect(lines[0]).toMatchObject({ msg: 'fetched http://a.test/x with care' });
    expect(lines[1]).toMatchObject({ msg: 'failed', err: { type: 'Error', message: 'no http://a.test/' } });
  });

  it('keeps what is harmless', () => {
    const [line] = logged((log) =>
      log.warn({ url: 'http://a.test/x', n: 3, list: ['a', null], none: undefined }, 'seen'),
    );
    expect(line).toMatchObject({ url: 'http://a.test/x', n: 3, list: ['a', null] });
  });
});
