/** A journal as a district of 30,000 has it after ninety days. Everybody in it is invented. */
import { Journal } from '../store/journal/journal.ts';
import { record } from '../tests/store/samples.ts';

const [day, people, schools] = [86_400_000, 30_000, 40];

export interface Year {
  /** Time of the newest record; epoch milliseconds. */
  readonly now: number;
  /** Id of the n-th of forty schools, from 0. */
  readonly schoolOf: (n: number) => string;
}

/** People, schools, hosts and rules as a district has them: few hosts make most of the blocks. */
export function fillJournal(path: string, records: number, { now, schoolOf }: Year): void {
  const names = JSON.stringify(Array.from({ length: schools }, (_, n) => schoolOf(n)));
  const journal = Journal.open(path, { lockTimeout: 0 }, 0);
  const { database } = journal;
  journal.append([record({ at: now - 90 * day })]);
  database.exec(`
    WITH RECURSIVE n (i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < ${String(people)})
    INSERT INTO subjects SELECT i, format('00000000-0000-4000-8000-%012d', i), 'student' || i, 'Student ' || i FROM n;
    WITH RECURSIVE n (i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < ${String(records)})
    INSERT INTO records (id, at, subject, ip, method, url, host, rule, clause, edition, action, kind, about)
    SELECT format('00000000-0000-7000-8000-%012d', i), ${String(now - 90 * day)} + CAST(i * ${String((90 * day) / records)} AS INTEGER),
      1 + abs(random()) % ${String(people)}, '10.0.0.1', 'GET', 'http://h.test/' || i,
      'h' || CAST(exp(abs(random() % 1000000) / 1e6 * ln(20000)) AS INTEGER) || '.test',
      'rule-' || CAST(exp(abs(random() % 1000000) / 1e6 * ln(40)) AS INTEGER), 1, 1,
      CASE WHEN i % 9 = 0 THEN 'warn' ELSE 'block' END, 'page', CASE WHEN i % 30 = 0 THEN 'staff' ELSE 'student' END FROM n;
    INSERT INTO record_schools SELECT json_extract('${names}', '$[' || (subject % ${String(schools)}) || ']'), at, seq, 0
      FROM records WHERE seq > 1;
    ANALYZE`);
  journal.close();
}
