/** The first page that the person may see. */
import { useSuspenseQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { sessionQuery } from '../api/queries.ts';
import { Empty, Page } from '../parts/states.tsx';
import { places } from '../shell.tsx';

export function Start() {
  const { data: session } = useSuspenseQuery(sessionQuery);
  const first = places.find(({ right }) => session?.rights.includes(right) === true);
  if (first !== undefined) return <Navigate to={first.to} replace />;
  return (
    <Page title="Nothing here yet">
      <Empty>Your role opens no page. Whoever runs Hallpass can change that.</Empty>
    </Page>
  );
}
