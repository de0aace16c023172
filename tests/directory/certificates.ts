/** A throw-away CA and certificates for tests, made by openssl. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export class TestCa {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<TestCa> {
    const ca = new TestCa(await mkdtemp(join(tmpdir(), 'hallpass-ca-')));
    await run('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', '/CN=Hallpass test CA', '-keyout', join(ca.folder, 'ca.key'), '-out', ca.certificate],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ]);
    return ca;
  }

  get certificate(): string {
    return join(this.folder, 'ca.pem');
  }

  /** @param names such as `DNS:ldap.demo.test` or `IP:127.0.0.1` */
  async issue(name: string, subject: string, names: readonly string[]): Promise<Certificate> {
    const key = join(this.folder, `${name}.key`);
    const certificate = join(this.folder, `${name}.pem`);
    const alternative = names.length === 0 ? [] : ['-addext', `subjectAltName=${names.join(',')}`];
    await run('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
      ],
      ...['-subj', subject, '-keyout', key, '-out', certificate],
      ...['-CA', this.certificate, '-CAkey', join(this.folder, 'ca.key')],
      ...['-addext', 'basicConstraints=critical,CA:FALSE', ...alternative],
    ]);
    return { certificate, key };
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}
