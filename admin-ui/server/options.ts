import { z } from 'zod';
import { readCidr } from '../../policy/cidr.ts';
import { durationBetween } from '../../policy/model/duration.ts';
import { listener } from '../../threads/listener.ts';
import { roles } from '../api/rights.ts';
import type { Role } from '../api/rights.ts';
import type { DeepReadonly } from '../../policy/deep-readonly.ts';

const cidr = z.string().refine((text) => readCidr(text).ok, 'a network such as `10.0.0.0/8`, or an address');
const [minute, hour] = [60_000, 3_600_000];

const whoHas: Readonly<Record<Role, string>> = {
  cto: 'everything: policy, records of students at all schools, health, settings, sessions',
  approver: 'the policy and settings',
  principal: 'blocks of students at their own schools, and requests for a review',
  counsellor: 'blocks of students at their own schools',
  teacher: 'the policy, and what would be decided',
  helpDesk: 'health, who is who, and what would be decided for them; no blocks',
  auditor: 'policy, versions and settings; no incident, no name',
  staffRecords: 'blocks of staff, and requests of staff for a review',
};

const roleGroups = Object.fromEntries(
  roles.map((role) => [
    role,
    z
      .array(z.string().min(1))
      .default([])
      .describe(`Directory groups (name, DN or key) whose members see ${whoHas[role]}`),
  ]),
) as Record<Role, z.ZodDefault<z.ZodArray<z.ZodString>>>;

/** Section `admin`. */
export const options = z.strictObject({
  listen: listener.default('127.0.0.1:8080').describe('Address and port of the admin pages'),
  tls: z
    .strictObject({
      certificate: z
        .string()
        .min(1)
        .optional()
        .describe('PEM file: the certificate and those that lead to its CA'),
      key: z.string().min(1).optional().describe('PEM file of its private key'),
    })
    .prefault({})
    .describe('HTTPS, which the admin pages need unless they listen on loopback'),
  roles: z.strictObject(roleGroups).prefault({}).describe('Who may use the admin pages'),
  sessions: z
    .strictObject({
      idle: durationBetween(5 * minute, 8 * hour)
        .prefault('30m')
        .describe('After how long with nobody there a session is over'),
      absolute: durationBetween(hour, 24 * hour)
        .prefault('10h')
        .describe('When a session is over at the latest'),
    })
    .prefault({}),
  secondFactor: z
    .strictObject({
      roles: z
        .array(z.enum(roles))
        .default([])
        .describe('Roles that need a code of an authenticator app (TOTP) besides the password'),
    })
    .prefault({}),
  metrics: z
    .strictObject({
      clients: z
        .array(cidr)
        .default(['127.0.0.0/8', '::1/128'])
        .describe('Networks (CIDR) that may read `/metrics`; everyone else is refused'),
    })
    .prefault({}),
});

export type AdminOptions = DeepReadonly<z.output<typeof options>>;
