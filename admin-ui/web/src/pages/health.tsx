/** What the doctor finds, and who a login is. */
import {
  Alert,
  Button,
  Card,
  Group,
  List,
  SimpleGrid,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/client.ts';
import { healthQuery } from '../api/queries.ts';
import { Status, Mark } from '../parts/badges.tsx';
import { Words } from '../parts/words.tsx';
import { Failed, Loading, Page } from '../parts/states.tsx';
import { number, timeOfDay } from '../parts/names.ts';

export function Health() {
  const { data, error, refetch, isFetching } = useQuery(healthQuery);
  return (
    <Page
      title="Health"
      lead={data && `Hallpass ${data.version}, looked at ${timeOfDay(data.at)}`}
      side={
        <Group gap="sm">
          {data && <Status status={data.status} />}
          <Button variant="default" onClick={() => void refetch()} loading={isFetching}>
            Look again
          </Button>
        </Group>
      }
    >
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined ? error === null && <Loading rows={8} /> : <Content health={data} />}
      <WhoIs />
    </Page>
  );
}

const signs = {
  ok: { icon: IconCircleCheck, color: 'var(--mantine-color-teal-text)', says: 'well' },
  warn: { icon: IconAlertTriangle, color: 'var(--mantine-color-yellow-text)', says: 'needs a look' },
  bad: { icon: IconCircleX, color: 'var(--mantine-color-red-text)', says: 'does not work' },
} as const;

function Content({ health: { reasons, findings, threads } }: { readonly health: Schemas['HealthReport'] }) {
  return (
    <>
      {reasons.map((reason) => (
        <Alert key={reason} color="red" variant="light" icon={<IconAlertTriangle aria-hidden />}>
          <Words text={reason} />
        </Alert>
      ))}
      <Card withBorder padding="lg" component="section">
        <Title order={2} size="h4" mb="md">
          What was looked at
        </Title>
        <Stack gap="sm">
          {findings.map((finding, n) => (
            <Finding key={n} finding={finding} />
          ))}
        </Stack>
      </Card>
      <Card withBorder padding="lg" component="section">
        <Title order={2} size="h4" mb="md">
          Proxy threads
        </Title>
        <Table.ScrollContainer
          minWidth={480}
          type="native"
          tabIndex={0}
          role="region"
          aria-label="Proxy threads"
        >
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Thread</Table.Th>
                <Table.Th scope="col">Connections</Table.Th>
                <Table.Th scope="col">Tunnels</Table.Th>
                <Table.Th scope="col">Requests</Table.Th>
                <Table.Th scope="col">Blocks</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {threads.map((thread) => (
                <Table.Tr key={thread.name}>
                  <Table.Td>{thread.name}</Table.Td>
                  <Table.Td>{number(thread.connections)}</Table.Td>
                  <Table.Td>{number(thread.tunnels)}</Table.Td>
                  <Table.Td>{number(thread.requests)}</Table.Td>
                  <Table.Td>{number(thread.blocks)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Card>
    </>
  );
}

function Finding({
  finding: { about, verdict, text, mend },
}: {
  readonly finding: Schemas['HealthReport']['findings'][number];
}) {
  const { icon: Icon, color, says } = signs[verdict];
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <Icon size={20} color={color} role="img" aria-label={says} style={{ flexShrink: 0, marginTop: 2 }} />
      <div>
        <Text size="sm">
          <b>{about}:</b> <Words text={text} />
        </Text>
        {mend !== null && (
          <Text size="sm" c="dimmed">
            To mend it: <Words text={mend} />
          </Text>
        )}
      </div>
    </Group>
  );
}

function WhoIs() {
  const [login, setLogin] = useState('');
  const find = useMutation({
    mutationFn: () => answered(api.GET('/api/people', { params: { query: { login: login.trim() } } })),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    find.mutate();
  };
  return (
    <Card withBorder padding="lg" component="section">
      <Title order={2} size="h4" mb="md">
        Who is this login?
      </Title>
      <form onSubmit={submit}>
        <Group align="flex-end">
          <TextInput
            label="Login"
            required
            value={login}
            onChange={(event) => setLogin(event.target.value)}
          />
          <Button type="submit" variant="default" loading={find.isPending}>
            Ask the directory
          </Button>
        </Group>
      </form>
      <div aria-live="polite">
        {find.error !== null && (
          <Alert color="red" variant="light" mt="md">
            {find.error.message}
          </Alert>
        )}
        {find.data !== undefined && <Person person={find.data} />}
      </div>
    </Card>
  );
}

function Person({
  person: { name, login, key, schools, groups, audiences },
}: {
  readonly person: Schemas['DirectoryPerson'];
}) {
  return (
    <Stack mt="md" gap="sm">
      <div>
        <Text fw={600}>
          {name} ({login})
        </Text>
        <Text size="xs" c="dimmed">
          Key {key}
        </Text>
      </div>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        <div>
          <Text size="sm" fw={600}>
            Schools
          </Text>
          <Text size="sm">{schools.join(', ') || 'none: no principal sees their records'}</Text>
        </div>
        <div>
          <Text size="sm" fw={600}>
            Audiences of the policy
          </Text>
          {audiences.length === 0 && <Text size="sm">only “anyone”</Text>}
          {audiences.map((audience) => (
            <Text size="sm" key={audience.name}>
              {audience.title} <Mark color="gray" text={audience.because} />
            </Text>
          ))}
        </div>
        <div>
          <Text size="sm" fw={600}>
            Groups
          </Text>
          {groups.length === 0 ? (
            <Text size="sm">none: look at `directory.groups`</Text>
          ) : (
            <List size="sm">
              {groups.map((group) => (
                <List.Item key={group.dn}>{group.name}</List.Item>
              ))}
            </List>
          )}
        </div>
      </SimpleGrid>
    </Stack>
  );
}
