import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config.ts';
import { ownEndpoints } from '../../config/own-endpoints.ts';

const configured = (servers: readonly string[]) =>
  loadConfig({
    env: {
      HALLPASS_PROXY_LISTEN: '127.0.0.1:3128',
      HALLPASS_ADMIN_LISTEN: '[::1]:8080',
      HALLPASS_DIRECTORY_SERVERS: JSON.stringify(servers),
      HALLPASS_DIRECTORY_BIND_DN: 'cn=reader',
      HALLPASS_DIRECTORY_BIND_PASSWORD: 'pw',
    },
  });

describe('what belongs to Hallpass', () => {
  it('is each listener and each directory server, with the ports that the schemes imply', async () => {
    const { endpoints, unresolved } = await ownEndpoints(
      configured(['ldap://127.0.0.1:1389', 'ldaps://10.1.2.3', 'ldap://[::1]']),
    );
    expect(endpoints).toEqual([
      { address: '127.0.0.1', port: 3128 },
      { address: '127.0.0.1', port: 8081 },
      { address: '::1', port: 8080 },
      { address: '127.0.0.1', port: 1389 },
      { address: '10.1.2.3', port: 636 },
      { address: '::1', port: 389 },
    ]);
    expect(unresolved).toEqual([]);
  });

  it('includes every address that a name has, and names those that have none', async () => {
    const { endpoints, unresolved } = await ownEndpoints(
      configured(['ldap://localhost:1389', 'ldaps://ldap.invalid']),
      2_000,
    );
    const loopback = endpoints.filter(({ port }) => port === 1389).map(({ address }) => address);
    expect(['127.0.0.1', '::1']).toEqual(expect.arrayContaining(loopback));
    expect(loopback).not.toEqual([]);
    expect(unresolved).toEqual(['ldap.invalid']);
  });
});
