import { describe, expect, test, vi } from 'vitest';
import { hallpass } from './hallpass.ts';

// Each run starts a process or two, which takes seconds where other tests keep the processors busy.
vi.setConfig({ testTimeout: 120_000 });

describe('hallpass', () => {
  test.each([
    [['--help'], 'Commands:'],
    [['serve', '--help'], '--config <file>'],
    [['check', '--help'], 'Exit codes: 0 allowed, 10 blocked, 11 warned of'],
    [['blocks', '--help'], '--since <time>'],
    [['policy', '--help'], 'publish'],
    [['policy', 'validate', '--help'], '--aup <files...>'],
    [['policy', 'publish', '--help'], '--note <text>'],
    [['policy', 'list', '--help'], '--json'],
  ])('%j shows help with examples', async (args, part) => {
    const { code, stdout, stderr } = await hallpass(args);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(part);
    if (args.length > 1 && args[1] === '--help' && args[0] !== 'policy')
      expect(stdout).toContain('$ hallpass ');
  });

  test.each([
    [['nothing'], "unknown command 'nothing'"],
    [['serve'], "required option '--config <file>' not specified"],
    [['check'], 'name a URL, or a file of requests by `--file`'],
    [['check', 'ftp://a.test/'], '`ftp://a.test/` is no http or https URL'],
    [['check', 'http://a.test/', '--at', 'noon'], '`--at noon` is no time'],
    [['check', 'http://a.test/', '--from', 'lab'], '`--from lab` is no IP address'],
    [['blocks', '--since', 'yesterday'], '`--since yesterday` is no time'],
    [['blocks', '--colour'], "unknown option '--colour'"],
    [['policy', 'publish'], "missing required argument 'file'"],
  ])('%j is not understood: exit 2', async (args, reason) => {
    const { code, stdout, stderr } = await hallpass(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`hallpass: ${reason}`);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test('a configuration that cannot be read fails with every problem on a line of its own', async () => {
    const { code, stderr } = await hallpass(['serve', '--config', '/nowhere/hallpass.yaml']);
    expect(code).toBe(78);
    expect(stderr).toMatch(
      /^hallpass: \/nowhere\/hallpass\.yaml: the configuration cannot be read \(ENOENT\)/,
    );
  });

  test('says its version', async () => {
    expect((await hallpass(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await hallpass(['version'])).stdout).toMatch(/^hallpass \d+\.\d+\.\d+ \(node v24\./);
  });
});
