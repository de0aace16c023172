/** What a page shows before, beside and instead of its content. */
import { Alert, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconMoodEmpty } from '@tabler/icons-react';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { TextLink } from './links.tsx';
import { Words } from './words.tsx';

export function Page({
  title,
  lead,
  side,
  children,
}: {
  readonly title: string;
  readonly lead?: ReactNode;
  readonly side?: ReactNode;
  readonly children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · Hallpass`;
  }, [title]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={1} size="h2">
            {title}
          </Title>
          {lead !== undefined && (
            <Text c="dimmed" mt={4}>
              {lead}
            </Text>
          )}
        </div>
        {side}
      </Group>
      {children}
    </Stack>
  );
}

export function Loading({ rows = 6 }: { readonly rows?: number }) {
  return (
    <Stack aria-busy="true" aria-label="Loading" role="status">
      {Array.from({ length: rows }, (_, n) => (
        <Skeleton key={n} height={36} />
      ))}
    </Stack>
  );
}

export function Failed({ error, again }: { readonly error: Error; readonly again?: () => void }) {
  const forbidden = error instanceof ApiError && error.status === 403;
  return (
    <Alert
      color={forbidden ? 'gray' : 'red'}
      icon={<IconAlertTriangle aria-hidden />}
      title={forbidden ? 'This page is not for your role' : 'This could not be loaded'}
      role="alert"
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">
          <Words text={error.message} />
        </Text>
        {again !== undefined && !forbidden && (
          <Button size="xs" variant="default" onClick={again}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** What the server says of a change that it did not make. */
export function Refused({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  return (
    <Alert color="red" variant="light" role="alert">
      <Words text={error.message} />
    </Alert>
  );
}

export function Empty({ children }: { readonly children: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py="xl">
      <IconMoodEmpty size={36} stroke={1.4} aria-hidden opacity={0.6} />
      <Text c="dimmed" ta="center">
        {children}
      </Text>
    </Stack>
  );
}

export function NotFound() {
  return (
    <Page title="There is no such page">
      <Text>
        Look at the address, or go to{' '}
        <TextLink to="/" underline="always">
          the start
        </TextLink>
        .
      </Text>
    </Page>
  );
}
