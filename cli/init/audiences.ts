/** Which groups and schools of a directory seem to be meant by the audiences of the starter policy, by their names. */

export const audienceIds = ['staff', 'k-5', 'grades-6-8', 'grades-9-12'] as const;
export type AudienceId = (typeof audienceIds)[number];

export interface AudienceProposal {
  readonly groups: readonly string[];
  /** Ids of schools, where no group tells. */
  readonly schools: readonly string[];
}

export type Audiences = Readonly<Record<AudienceId, AudienceProposal>>;

const adults =
  /staff|teacher|faculty|employee|personnel|principal|administrat|counsel|librar|docente|maestr/i;
const levels: Readonly<Record<Exclude<AudienceId, 'staff'>, RegExp>> = {
  'k-5': /elementary|primary|primaria|kinder|(^|[^a-z0-9])(k[-_ ]?5|es|ps)($|[^a-z0-9])/i,
  'grades-6-8': /middle|intermediate|junior[-_ ]?high|(^|[^a-z0-9])(6[-_ ]?8|ms|jhs)($|[^a-z0-9])/i,
  'grades-9-12': /(?<!junior[-_ ]?)high|senior|secondary|(^|[^a-z0-9])(9[-_ ]?12|hs)($|[^a-z0-9])/i,
};

/** @param now epoch milliseconds: a class that graduates in a certain year is in another grade each summer */
export function proposeAudiences(
  groups: readonly string[],
  schools: readonly string[],
  now: number,
): Audiences {
  const taken = groups.filter((name) => adults.test(name));
  const pupils = groups.filter((name) => !adults.test(name));
  const of = (id: Exclude<AudienceId, 'staff'>): AudienceProposal => {
    const found = pupils.filter((name) => levelOf(name, now) === id);
    return {
      groups: found,
      schools: found.length > 0 ? [] : schools.filter((name) => levelOf(name, now) === id),
    };
  };
  return {
    staff: { groups: taken, schools: [] },
    'k-5': of('k-5'),
    'grades-6-8': of('grades-6-8'),
    'grades-9-12': of('grades-9-12'),
  };
}

function levelOf(name: string, now: number): AudienceId | null {
  const grade = gradeOf(name, now);
  if (grade !== null) return grade <= 5 ? 'k-5' : grade <= 8 ? 'grades-6-8' : 'grades-9-12';
  const [found] = Object.entries(levels).find(([, pattern]) => pattern.test(name)) ?? [];
  return (found ?? null) as AudienceId | null;
}

/** 0 for kindergarten; null where the name tells no grade. */
export function gradeOf(name: string, now: number): number | null {
  const year = /(?:^|[^0-9])(20\d\d)(?:$|[^0-9])/.exec(name)?.[1];
  if (year !== undefined) {
    const today = new Date(now);
    // A school year is named by the calendar year in which it ends; by July the next one counts.
    const ends = today.getUTCFullYear() + (today.getUTCMonth() >= 6 ? 1 : 0);
    const grade = 12 - (Number(year) - ends);
    return grade >= 0 && grade <= 12 ? grade : null;
  }
  const [, word] = /(?:grade|gr|grado|year|yr)[-_ ]?0?(k|\d{1,2})(?![0-9])/i.exec(name) ?? [];
  if (word === undefined) return null;
  const grade = word.toLowerCase() === 'k' ? 0 : Number(word);
  return grade <= 12 ? grade : null;
}

/** Groups that a role of the admin pages seems to be for. */
export const proposeRole = (pattern: RegExp, groups: readonly string[]): readonly string[] =>
  groups.filter((name) => pattern.test(name));

export const roles = {
  cto: /technolog|(^|[^a-z])(it|ict|edtech|sysadmins?)($|[^a-z])/i,
  principal: /principal|head[-_ ]?(teacher|master)|directores?/i,
} as const;
