/** What was published, the last first, and the documents of one version. */
import { Card, Code, Group, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Schemas } from '../api/client.ts';
import { versionQuery, versionsQuery } from '../api/queries.ts';
import { ButtonLink, TextLink } from '../parts/links.tsx';
import { Mark } from '../parts/badges.tsx';
import { Failed, Loading, Page } from '../parts/states.tsx';
import { moment } from '../parts/names.ts';

const route = getRouteApi('/policy/versions');

export function Versions() {
  const { cursor, version } = route.useSearch();
  const { data, error, refetch } = useQuery(versionsQuery(cursor));
  return (
    <Page title="Versions" lead={<TextLink to="/policy">The policy in force</TextLink>}>
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined ? error === null && <Loading /> : <Rows versions={data.items} />}
      {data !== undefined && data.next !== null && (
        <Group justify="flex-end">
          <ButtonLink to="/policy/versions" search={{ cursor: data.next }} variant="default">
            Older
          </ButtonLink>
        </Group>
      )}
      {version !== undefined && <Documents id={version} />}
    </Page>
  );
}

function Rows({ versions }: { readonly versions: readonly Schemas['PolicyVersion'][] }) {
  return (
    <Card withBorder padding={0}>
      <Table.ScrollContainer minWidth={640} type="native" tabIndex={0} role="region" aria-label="Versions">
        <Table verticalSpacing="xs" className="rows">
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">When</Table.Th>
              <Table.Th scope="col">Version</Table.Th>
              <Table.Th scope="col">What changed</Table.Th>
              <Table.Th scope="col">Who</Table.Th>
              <Table.Th scope="col">Note</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {versions.map((version) => (
              <Table.Tr key={`${version.edition} ${version.at}`}>
                <Table.Td>{moment(version.at)}</Table.Td>
                <Table.Td>
                  <Link
                    className="row-link host"
                    to="/policy/versions"
                    search={{ version: version.policyVersion }}
                  >
                    {version.policyVersion}
                  </Link>{' '}
                  {version.current && <Mark color="teal" text="in force" />}
                </Table.Td>
                <Table.Td>{version.cause === 'policy' ? 'Policy' : 'Lists'}</Table.Td>
                <Table.Td>{version.by ?? 'Hallpass'}</Table.Td>
                <Table.Td>{version.note}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

function Documents({ id }: { readonly id: string }) {
  const { data, error } = useQuery(versionQuery(id));
  if (error !== null) return <Failed error={error} />;
  if (data === undefined) return <Loading />;
  return (
    <Stack>
      <Title order={2} size="h3">
        {id}, as it was published
      </Title>
      <Title order={3} size="h5">
        Policy
      </Title>
      <Code block className="document" tabIndex={0} role="region" aria-label="Policy document">
        {data.policy}
      </Code>
      {data.aup.map((text, n) => (
        <Stack key={n} gap="xs">
          <Title order={3} size="h5">
            {n === 0 ? 'Acceptable use policy' : `Translation ${String(n)}`}
          </Title>
          <Code
            block
            className="document"
            tabIndex={0}
            role="region"
            aria-label={n === 0 ? 'Acceptable use policy' : `Translation ${String(n)}`}
          >
            {text}
          </Code>
        </Stack>
      ))}
      <Text size="sm" c="dimmed">
        Nothing of a published version ever changes.
      </Text>
    </Stack>
  );
}
