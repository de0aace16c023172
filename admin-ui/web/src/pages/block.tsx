/** One block: what, who, under which clause as it read on that day, and how the decision came about. */
import { Alert, Blockquote, Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Schemas } from '../api/client.ts';
import { blockQuery } from '../api/queries.ts';
import { Action } from '../parts/badges.tsx';
import { TextLink } from '../parts/links.tsx';
import { Failed, Loading, Page } from '../parts/states.tsx';
import { Trace } from '../parts/trace.tsx';
import { counted, moment } from '../parts/names.ts';

const route = getRouteApi('/blocks/$id');

export function Block() {
  const { id } = route.useParams();
  const { data, error, refetch } = useQuery(blockQuery(id));
  return (
    <Page
      title={data?.block.host ?? 'Block'}
      lead={<TextLink to="/blocks">All blocks</TextLink>}
      side={data && <Action action={data.block.action} enforced={data.block.enforced} />}
    >
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined ? error === null && <Loading /> : <Content detail={data} />}
    </Page>
  );
}

function Content({ detail: { block, rule, clause, retrace } }: { readonly detail: Schemas['BlockDetail'] }) {
  return (
    <>
      <Card withBorder padding="lg">
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} component="dl" m={0}>
          <Fact term="When">
            {moment(block.at)}
            {block.count > 1 && `, ${counted(block.count, 'time', 'times')} within the minute`}
          </Fact>
          <Fact term="Who">
            {block.name === null ? 'Nobody was signed in' : `${block.name} (${block.user ?? ''})`}
          </Fact>
          <Fact term="School">{block.schools.join(', ') || 'none'}</Fact>
          <Fact term="Address">
            <span className="host">{block.url}</span>
          </Fact>
          <Fact term="Asked by">
            {block.method === 'CONNECT' ? 'an encrypted connection (CONNECT)' : block.method}, from {block.ip}
          </Fact>
          <Fact term="Reference">
            <span className="host">{block.id}</span>
          </Fact>
        </SimpleGrid>
      </Card>
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <Card withBorder padding="lg" component="section">
          <Title order={2} size="h4">
            {clause === null ? 'No clause' : `Clause ${clause.number} ${clause.title}`}
          </Title>
          {clause === null ? (
            <Text mt="sm">The rule cites no clause of the policy.</Text>
          ) : (
            <>
              <Text size="xs" c="dimmed">
                As it read on that day
              </Text>
              <Blockquote mt="sm" p="md" className="clause-text">
                {clause.text}
              </Blockquote>
            </>
          )}
        </Card>
        <Card withBorder padding="lg" component="section">
          <Title order={2} size="h4">
            Rule “{rule.title}”
          </Title>
          <Stack gap="xs" mt="sm">
            <Text>{rule.sentence}</Text>
            <Text size="sm" c="dimmed">
              {rule.publicTitle === null ? '' : `People read: “${rule.publicTitle}”. `}Policy{' '}
              {block.policyVersion}, edition {block.edition}.
            </Text>
            <Group gap="md">
              <TextLink to="/blocks" search={{ rule: block.rule }} size="sm">
                Blocks by this rule
              </TextLink>
              <TextLink to="/blocks" search={{ host: block.host }} size="sm">
                Blocks of this site
              </TextLink>
            </Group>
          </Stack>
        </Card>
      </SimpleGrid>
      <Card withBorder padding="lg" component="section">
        <Title order={2} size="h4" mb="xs">
          How it came about
        </Title>
        <Retrace retrace={retrace} />
      </Card>
    </>
  );
}

function Retrace({ retrace }: { readonly retrace: Schemas['Retrace'] }) {
  if (retrace.state === 'gone')
    return (
      <Text c="dimmed">The decision cannot be made again: {retrace.reason ?? 'what it takes is gone'}.</Text>
    );
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {retrace.basis === 'kept'
          ? 'Decided again under the policy and the lists of that time, by what the record keeps.'
          : 'Decided again under the policy and the lists of that time, with the groups that the person has now.'}
      </Text>
      {!retrace.agrees && <Disagreement basis={retrace.basis} />}
      {retrace.used.length > 0 && (
        <Text size="sm">
          Kept in the place of what nobody keeps:{' '}
          {retrace.used
            .map(({ rule, condition, held }) => `${rule}: ${condition} ${heldText(held)}`)
            .join('; ')}
          .
        </Text>
      )}
      {retrace.unknown.length > 0 && (
        <Text size="sm" c="dimmed">
          Not known any more: {retrace.unknown.join('; ')}.
        </Text>
      )}
      <Trace steps={retrace.trace} />
    </Stack>
  );
}

/** By what the record keeps it should come out the same; by what holds today it need not. */
function Disagreement({ basis }: { readonly basis: Schemas['Retrace']['basis'] }) {
  const [title, why] =
    basis === 'kept'
      ? [
          'The record does not lead to its decision',
          'Decided by what the record keeps, it comes out otherwise than it says. Tell your technology office.',
        ]
      : [
          'It would be decided otherwise now',
          'Their groups, or what they were allowed for a while, have changed since.',
        ];
  return (
    <Alert color="yellow" variant="light" title={title}>
      {why}
    </Alert>
  );
}

const heldText = (held: boolean | null): string =>
  held === null ? 'could not be told' : held ? 'held' : 'did not hold';

function Fact({ term, children }: { readonly term: string; readonly children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {term}
      </Text>
      <Text component="dd" m={0}>
        {children}
      </Text>
    </div>
  );
}
