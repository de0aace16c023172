import { z } from 'zod';
import { durationBetween } from '../policy/model/duration.ts';

const quarterHour = 15 * 60_000;

const serverUrl = z
  .string()
  .regex(
    /^ldaps?:\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?\/?$/,
    'a server such as `ldaps://ldap1.district.example` or `ldap://127.0.0.1:1389`',
  )
  .refine(
    (url) => URL.canParse(url.replace(/^ldaps?:/, 'http:')),
    'its port is above 65535, or its address is none',
  );

const attribute = z.string().regex(/^[A-Za-z][A-Za-z0-9-]*$/, 'the name of an attribute, such as `uid`');

const people = z
  .strictObject({
    base: z.string().min(1).optional().describe('Where people are searched; `base` when absent'),
    filter: z
      .string()
      .min(3)
      .optional()
      .describe('LDAP filter that every person matches; the preset has one'),
    login: z
      .array(attribute)
      .min(1)
      .max(8)
      .optional()
      .describe('Attributes that hold a login; the first one is the name in records'),
    name: attribute.optional().describe('Attribute with the name to show; the preset has one'),
    key: attribute.optional().describe('Attribute with the immutable key: entryUUID or objectGUID'),
  })
  .prefault({});

const groups = z
  .strictObject({
    base: z.string().min(1).optional().describe('Where groups are searched; `base` when absent'),
    filter: z.string().min(3).optional().describe('LDAP filter that every group matches; the preset has one'),
    find: z
      .enum(['member', 'memberOf', 'chain'])
      .optional()
      .describe('By searching members, by `memberOf` of the person, or by the rule of Active Directory'),
    members: z
      .array(z.enum(['member', 'uniqueMember', 'memberUid']))
      .min(1)
      .optional()
      .describe('Attributes that name members; each should have an equality index in the server'),
    nested: z.boolean().default(true).describe('Count the groups that contain a group of the person'),
    depth: z.int().min(1).max(32).default(10).describe('How many levels of nesting are climbed'),
  })
  .prefault({});

const schools = z
  .strictObject({
    attribute: attribute.optional().describe('Attribute of a person that holds school ids'),
    dn: z
      .record(z.string().min(3), z.string().min(1))
      .default({})
      .describe('Part of a DN (`ou=north-high`) to the school whose people are below it'),
  })
  .prefault({});

const attributes = z
  .strictObject({
    birthDate: attribute
      .optional()
      .describe(
        'Attribute of a person that holds the date of birth, for audiences by age; no preset has one',
      ),
    birthDateForm: z
      .enum(['iso', 'month/day/year'])
      .default('iso')
      .describe('How it is written: `2012-05-04`, `20120504` or generalized time; or also as `5/4/2012`'),
  })
  .prefault({});

const failedSignIns = z
  .strictObject({
    window: durationBetween(10_000, 86_400_000)
      .prefault('15m')
      .describe('How long failed sign-ins are counted'),
    passwordsPerAccount: z
      .int()
      .min(1)
      .max(1_000)
      .default(5)
      .describe(
        'Distinct wrong passwords of one account from one address, after which that address is refused for it without asking the directory; beyond as many in all, it is slowed down',
      ),
    lockoutThreshold: z
      .int()
      .min(1)
      .max(1_000)
      .optional()
      .describe(
        'Wrong passwords after which the directory locks an account: one fewer are tried. Read from the domain in Active Directory; elsewhere to be set where accounts are locked',
      ),
    accountsPerAddress: z
      .int()
      .min(1)
      .max(100_000)
      .default(100)
      .describe(
        'Distinct failing accounts of one address, after which the passwords tried there are slowed down',
      ),
    rememberWrong: durationBetween(1_000, 3_600_000)
      .prefault('5m')
      .describe('How long one wrong password is refused again without asking the directory'),
  })
  .prefault({});

/** Section `directory`: who is it. */
export const options = z.strictObject({
  servers: z
    .array(serverUrl)
    .max(16)
    .default([])
    .describe('LDAP servers in order of preference; none: no directory, nobody can sign in'),
  preset: z
    .enum(['openldap', 'active-directory', 'google'])
    .default('openldap')
    .describe('Kind of directory: which attributes and filters are used unless given below'),
  startTls: z.boolean().default(false).describe('Start TLS on `ldap:` servers; without TLS nothing is sent'),
  cleartext: z
    .boolean()
    .default(false)
    .describe('Allow `ldap:` without TLS to servers off this machine: passwords cross the network readable'),
  ca: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of the CA that the servers are checked against; else the system CAs'),
  serverName: z
    .string()
    .min(1)
    .optional()
    .describe('Name in the certificate when it is not the host of the URL'),
  clientCertificate: z.string().min(1).optional().describe('PEM file of the certificate that Hallpass shows'),
  clientKey: z.string().min(1).optional().describe('PEM file of its private key'),
  bindDn: z
    .string()
    .min(1)
    .optional()
    .describe('Account that searches; absent with a client certificate (SASL EXTERNAL) and with `anonymous`'),
  bindPasswordFile: z.string().min(1).optional().describe('File with the password of `bindDn`'),
  bindPassword: z.string().min(1).optional().describe('Password of `bindDn`; better by environment or file'),
  anonymous: z
    .boolean()
    .default(false)
    .describe(
      'Search without signing in, where the server lets anybody read people and groups; instead of `bindDn`',
    ),
  base: z.string().default('').describe('DN below which people and groups are searched'),
  domain: z.string().min(1).optional().describe('The one domain accepted in `DOMAIN\\user`; any when absent'),
  people,
  groups,
  schools,
  attributes,
  timeout: durationBetween(100, 60_000)
    .prefault('3s')
    .describe('Longest wait for a connection, and again for each answer'),
  idle: durationBetween(1_000, 3_600_000).prefault('1m').describe('When an unused connection is closed'),
  poolSize: z.int().min(1).max(64).default(4).describe('Most search connections to one server'),
  bindConnections: z.int().min(1).max(256).default(16).describe('Most sign-ins verified at the same time'),
  remember: durationBetween(1_000, quarterHour)
    .prefault('10m')
    .describe('How long a verified sign-in is good without asking again'),
  groupsTtl: durationBetween(1_000, 86_400_000)
    .prefault('5m')
    .describe('How old groups, schools and the state of an account may become before they are read again'),
  grace: durationBetween(0, 7 * 86_400_000)
    .prefault('8h')
    .describe('How long people who have signed in stay known while no server answers'),
  failedSignIns,
});

export type DirectoryOptions = z.output<typeof options>;
