/** Whoever is not signed in meets the sign-in, and whoever is meets the pages that their roles open. */
import { Center, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Outlet } from '@tanstack/react-router';
import { sessionQuery } from './api/queries.ts';
import { SignIn } from './pages/sign-in.tsx';
import { Failed } from './parts/states.tsx';
import { Shell } from './shell.tsx';

export function Door() {
  const { data: session, error, isPending, refetch } = useQuery(sessionQuery);
  if (isPending)
    return (
      <Center h="100dvh" component="main" aria-busy="true">
        <Loader aria-label="Loading" />
      </Center>
    );
  if (error !== null)
    return (
      <Center h="100dvh" component="main" p="md">
        <Failed error={error} again={() => void refetch()} />
      </Center>
    );
  if (session === null || session.stage !== 'complete') return <SignIn session={session} />;
  return (
    <Shell session={session}>
      <Outlet />
    </Shell>
  );
}
