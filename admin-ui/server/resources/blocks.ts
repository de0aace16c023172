/** Blocks: pages, one in detail, and as CSV. Who looked stands on the audit trail before anything is sent. */
import { once } from 'node:events';
import { Router } from 'express';
import type { Response } from 'express';
import type { z } from 'zod';
import type { Block } from '../../../store/blocks.ts';
import { csvHeader, csvRow } from '../../../store/csv.ts';
import { StoreError } from '../../../store/errors.ts';
import type { BlocksPage, BlocksPageFilter } from '../../../store/reading/blocks-page.ts';
import type { blockDetail, blocksFilter } from '../../api/blocks.ts';
import { routes } from '../../api/routes.ts';
import { act, peopleIn } from '../acts.ts';
import { operation } from '../operation.ts';
import type { AdminParts } from '../parts.ts';
import { parsedPolicy } from '../policy-text.ts';
import { refuse } from '../problem.ts';
import { ruleOf } from '../rule-of.ts';
import type { Caller, Gate } from '../session/gate.ts';

/** Rows of one export; more is asked for by narrower times. */
const [mostExported, exportedAtOnce] = [100_000, 500];

type Filter = z.output<typeof blocksFilter>;

export function blocksRouter(parts: AdminParts, gate: Gate): Router {
  const router = Router();
  const now = parts.now ?? Date.now;
  const seen = (caller: Caller, action: string, filter: Filter, blocks: readonly Block[]): Promise<void> =>
    parts.recordAct(
      act(caller, now(), action, filter.person ?? null, { ...told(filter), people: peopleIn(blocks) }),
    );

  operation(router, gate, routes.listBlocks, async ({ caller, query }) => {
    const { cursor = null, limit, ...filter } = query;
    const page = await pageOf(parts, caller, filter, cursor, limit);
    await seen(caller, 'blocks.view', filter, page.items);
    return writable(page);
  });
  operation(router, gate, routes.exportBlocks, async ({ caller, query, response }) => {
    await seen(caller, 'blocks.export', query, []);
    await exported(parts, caller, query, response, seen);
  });
  operation(router, gate, routes.getBlock, async ({ caller, params }) => {
    const block = await parts.records.one(caller.viewer.scope, params.id);
    if (block === null) throw refuse(404, 'unknown', 'there is no such block, or it is not for you to see');
    await parts.recordAct(
      act(caller, now(), 'blocks.view', block.userId, { record: block.id, people: peopleIn([block]) }),
    );
    return detailOf(parts, block);
  });
  return router;
}

const told = (filter: Filter): Record<string, string> =>
  Object.fromEntries(
    Object.entries(filter).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );

/** @throws Problem 400 */
async function pageOf(
  { records }: AdminParts,
  { viewer }: Caller,
  { from, to, ...rest }: Filter,
  cursor: string | null,
  limit: number,
): Promise<BlocksPage> {
  const filter: BlocksPageFilter = {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(to === undefined ? {} : { to: Date.parse(to) }),
  };
  try {
    return await records.page(viewer.scope, filter, cursor, limit);
  } catch (error) {
    if (!isBadCursor(error)) throw error;
    throw refuse(400, 'bad-cursor', 'the cursor is no place to go on from: begin with the first page');
  }
}

/** It comes from another thread, which keeps the code and not the class. */
const isBadCursor = (error: unknown): boolean =>
  error instanceof StoreError || (error as { readonly code?: unknown } | null)?.code === 'bad-cursor';

const writable = ({ items, next }: BlocksPage) => ({
  items: items.map((block) => ({ ...block, schools: [...block.schools], grants: [...block.grants] })),
  next,
});

/** Page by page, each when the one before it was taken; who is named in a page is on the audit trail before it is sent. */
async function exported(
  parts: AdminParts,
  caller: Caller,
  filter: Filter,
  response: Response,
  seen: (caller: Caller, action: string, filter: Filter, blocks: readonly Block[]) => Promise<void>,
): Promise<void> {
  const left = new Promise((resolve) => response.once('close', resolve));
  let rows = 0;
  let page = await pageOf(parts, caller, filter, null, exportedAtOnce);
  response.attachment('blocks.csv').type('text/csv; charset=utf-8');
  response.write(csvHeader());
  for (;;) {
    if (page.items.length > 0) await seen(caller, 'blocks.export', filter, page.items);
    rows += page.items.length;
    const taken = response.write(page.items.map(csvRow).join(''));
    if (page.next === null || rows >= mostExported || response.destroyed) break;
    if (!taken) await Promise.race([once(response, 'drain'), left]);
    page = await pageOf(parts, caller, filter, page.next, exportedAtOnce);
  }
  response.end();
}

async function detailOf(parts: AdminParts, block: Block): Promise<z.input<typeof blockDetail>> {
  const [retraced, documents] = await Promise.all([
    parts.policy.retrace(block),
    parts.policy.documents(block.policyVersion),
  ]);
  const policy = documents === null ? null : parsedPolicy(documents);
  const clause = policy?.aup.texts[0].clauses.find(({ id }) => id === block.clause);
  return {
    block: { ...block, schools: [...block.schools], grants: [...block.grants] },
    rule: ruleOf(policy?.policy ?? null, block.rule),
    clause:
      block.clause === null
        ? null
        : {
            id: block.clause,
            number: clause?.number ?? '',
            title: clause?.title ?? '',
            text: block.clauseText ?? '',
          },
    retrace:
      retraced.state === 'gone'
        ? { ...retraced, ...nothing }
        : {
            ...{ ...retraced, reason: null, trace: [...retraced.trace] },
            ...{ used: [...retraced.used], unknown: [...retraced.unknown] },
          },
  };
}

const nothing = { agrees: false, action: null, rule: null, trace: [], basis: null, used: [], unknown: [] };
