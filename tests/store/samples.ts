/** Records for tests and benchmarks; every name is evidently invented. */
import { v7 } from 'uuid';
import type { BlockRecord, ClauseAsAdopted } from '../../store/record.ts';

export const clause: ClauseAsAdopted = Object.freeze({
  id: 'games',
  number: '3.2',
  title: 'Games at school',
  text: 'Games wait until after school.',
  adopted: '2026-06-01',
});

export function person(n: number) {
  const suffix = String(n).padStart(12, '0');
  return {
    key: `00000000-0000-4000-8000-${suffix}`,
    login: `student${String(n)}`,
    name: `Student ${String(n)}`,
  };
}

export function record(changes: Partial<BlockRecord> = {}): BlockRecord {
  const at = changes.at ?? Date.UTC(2026, 8, 1, 9);
  return {
    id: v7({ msecs: at }),
    at,
    person: person(1),
    schools: ['north-high'],
    ip: '10.0.0.1',
    method: 'GET',
    url: 'http://games.demo.test/',
    host: 'games.demo.test',
    rule: 'no-games',
    clause,
    policyVersion: 'p-0000000000000001',
    edition: 'e-0000000000000001',
    action: 'block',
    about: 'student',
    enforced: true,
    grants: [],
    kind: 'page',
    ...changes,
  };
}
