import { expect, test } from 'vitest';
import { imagesAt } from '../../control/image-in-force.ts';
import { compileEdition } from '../../policy/compile/edition.ts';
import { openImage } from '../../policy/compile/image.ts';
import { noEmergency } from '../../policy/emergency.ts';
import type { EmergencyPast } from '../../store/repository/emergencies.ts';
import { aup, policyBlocking } from './house.ts';

const compiled = compileEdition({ policy: policyBlocking('games.test'), aup: [aup] }, []);
if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
const image = openImage(compiled.image);

const floorOnly: EmergencyPast = {
  ...{
    id: 'f',
    kind: 'floor-only',
    host: null,
    at: 100,
    until: 200,
    actor: null,
    login: 'cto',
    reason: 'a test',
  },
  ...{ approvedAt: null, approver: null, endedAt: null },
};

test('each time is asked under what held then, and the image of now is the one that serves', () => {
  const now = image.under({ floorOnly: { id: 'f', began: 100, until: 200 }, closed: [] });
  const at = imagesAt(now, [floorOnly]);
  expect(at(150)).toBe(now);
  expect(at(99).emergency).toBe(noEmergency);
  expect(at(200).emergency).toBe(noEmergency);
  expect(at(200)).toBe(at(99));
});

test('one that was ended before its time holds until then', () => {
  const at = imagesAt(image, [{ ...floorOnly, endedAt: 150 }]);
  expect([at(149).emergency.floorOnly?.id, at(150)]).toEqual(['f', image]);
});

test('nothing is made where nothing was ever put over the policy', () => {
  expect(imagesAt(image, [])(1)).toBe(image);
});
