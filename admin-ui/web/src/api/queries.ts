/** What the pages ask, each under one key, so that what is known is known everywhere. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answered, api, ApiError, rememberCsrf } from './client.ts';
import type { Schemas } from './client.ts';
import type { paths } from './schema.d.ts';

export type BlocksQuery = NonNullable<paths['/api/blocks']['get']['parameters']['query']>;
export type ReviewsQuery = NonNullable<paths['/api/reviews']['get']['parameters']['query']>;

/** Null where nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Schemas['Session'] | null> => {
    try {
      const session = await answered(api.GET('/api/session'));
      rememberCsrf(session.csrf);
      return session;
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

const often = 15_000;

export const todayQuery = queryOptions({
  queryKey: ['today'],
  queryFn: () => answered(api.GET('/api/today')),
  refetchInterval: often,
});

export const blocksQuery = (query: BlocksQuery) =>
  queryOptions({
    queryKey: ['blocks', query],
    queryFn: () => answered(api.GET('/api/blocks', { params: { query } })),
    placeholderData: keepPreviousData,
    staleTime: often,
  });

export const blockQuery = (id: string) =>
  queryOptions({
    queryKey: ['block', id],
    queryFn: () => answered(api.GET('/api/blocks/{id}', { params: { path: { id } } })),
    staleTime: Infinity,
  });

export const reviewsQuery = (query: ReviewsQuery) =>
  queryOptions({
    queryKey: ['reviews', query],
    queryFn: () => answered(api.GET('/api/reviews', { params: { query } })),
    placeholderData: keepPreviousData,
  });

export const policyQuery = queryOptions({
  queryKey: ['policy'],
  queryFn: () => answered(api.GET('/api/policy')),
  staleTime: often,
});

export const versionsQuery = (cursor: string | undefined) =>
  queryOptions({
    queryKey: ['versions', cursor],
    queryFn: () =>
      answered(
        api.GET('/api/policy/versions', { params: { query: cursor === undefined ? {} : { cursor } } }),
      ),
    placeholderData: keepPreviousData,
  });

export const versionQuery = (id: string) =>
  queryOptions({
    queryKey: ['version', id],
    queryFn: () => answered(api.GET('/api/policy/versions/{id}', { params: { path: { id } } })),
    staleTime: Infinity,
  });

export const emergencyQuery = queryOptions({
  queryKey: ['emergency'],
  queryFn: () => answered(api.GET('/api/emergency')),
  refetchInterval: often,
});

export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: () => answered(api.GET('/api/health')),
  staleTime: often,
});

export const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: () => answered(api.GET('/api/settings')),
});

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: () => answered(api.GET('/api/sessions')),
});

/** With its ETag, which an answer needs. */
export async function reviewWithTag(
  id: string,
): Promise<{ readonly review: Schemas['Review']; readonly etag: string }> {
  const call = api.GET('/api/reviews/{id}', { params: { path: { id } } });
  const review = await answered(call);
  return { review, etag: (await call).response.headers.get('etag') ?? '' };
}
