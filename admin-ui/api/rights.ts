/** What each role may do in the admin pages. Whose records it sees is another question: see server/viewer.ts. */

export const roles = [
  'cto',
  'approver',
  'principal',
  'counsellor',
  'teacher',
  'helpDesk',
  'auditor',
  'staffRecords',
] as const;
export type Role = (typeof roles)[number];

export const rights = [
  /** Traffic, counts of blocks, state of the system. */
  'overview',
  /** Blocks of the people in the viewer's scope. */
  'records',
  /** Answer requests for a review. */
  'reviews',
  /** The policy, the AUP and their versions. */
  'policy',
  /** Ask what would be decided, about nobody in particular. */
  'why',
  /** Ask about a person: what would be decided for them, who the directory says that they are. */
  'people',
  /** What the doctor finds. */
  'health',
  /** How Hallpass is set up. */
  'settings',
  /** Close a site at once, and approve what somebody else has closed. */
  'close',
  /** Drop to the locked rules for a while. */
  'floorOnly',
  /** Open a place for others for a while, authorise research, and end both. */
  'grants',
  /** See who is signed in to the admin pages, and end their sessions. */
  'sessions',
] as const;
export type Right = (typeof rights)[number];

/** An auditor sees policy, versions and settings: no incident, no name. */
export const rightsOf: Readonly<Record<Role, readonly Right[]>> = {
  cto: rights,
  approver: ['policy', 'why', 'close', 'grants', 'settings'],
  principal: ['overview', 'records', 'reviews', 'policy', 'why', 'people'],
  counsellor: ['overview', 'records', 'policy', 'why', 'people'],
  teacher: ['policy', 'why'],
  helpDesk: ['overview', 'policy', 'why', 'people', 'health'],
  auditor: ['policy', 'settings'],
  staffRecords: ['records', 'reviews'],
};
