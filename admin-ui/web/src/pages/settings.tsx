/** How Hallpass is set up, and who is signed in to these pages. */
import { Button, Card, Code, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client.ts';
import { sessionQuery, sessionsQuery, settingsQuery } from '../api/queries.ts';
import { Mark } from '../parts/badges.tsx';
import { Failed, Loading, Page, Refused } from '../parts/states.tsx';
import { moment } from '../parts/names.ts';

export function Settings() {
  const { data: session } = useQuery(sessionQuery);
  const { data, error, refetch } = useQuery(settingsQuery);
  return (
    <Page
      title="Settings"
      lead="Set in the configuration file or the environment, and read when Hallpass starts. Secrets are not shown."
    >
      {session?.rights.includes('sessions') === true && <Sessions />}
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Loading rows={12} />}
      {data !== undefined && (
        <Card withBorder padding="lg" component="section">
          <Title order={2} size="h4" mb="md">
            Options
          </Title>
          <Table.ScrollContainer minWidth={480} type="native" tabIndex={0} role="region" aria-label="Options">
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Option</Table.Th>
                  <Table.Th scope="col">Value</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {data.items.map(({ name, value }) => (
                  <Table.Tr key={name}>
                    <Table.Td>
                      <Code>{name}</Code>
                    </Table.Td>
                    <Table.Td>{value}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Card>
      )}
    </Page>
  );
}

function Sessions() {
  const queries = useQueryClient();
  const { data, error } = useQuery(sessionsQuery);
  const end = useMutation({
    mutationFn: (id: string) => answered(api.DELETE('/api/sessions/{id}', { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  return (
    <Card withBorder padding="lg" component="section">
      <Title order={2} size="h4" mb="md">
        Signed in to these pages
      </Title>
      {error !== null && <Failed error={error} />}
      <Refused error={end.error} />
      {data === undefined && error === null && <Loading rows={2} />}
      <Stack gap="sm">
        {data?.items.map(({ id, login, ip, agent, began, seen, own }) => (
          <Card key={id} withBorder padding="sm">
            <Text fw={600}>
              {login} {own && <Mark color="teal" text="this one" />}
            </Text>
            <Text size="sm" c="dimmed">
              From {ip}, since {moment(began)}, last seen {moment(seen)}. {agent}
            </Text>
            {!own && (
              <Button
                size="xs"
                variant="default"
                mt="xs"
                w="fit-content"
                onClick={() => end.mutate(id)}
                loading={end.isPending && end.variables === id}
              >
                End this session
              </Button>
            )}
          </Card>
        ))}
      </Stack>
    </Card>
  );
}
