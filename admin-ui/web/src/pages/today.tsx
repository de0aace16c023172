/** Today at a glance: what needs attention first, then how much goes on. */
import { Alert, Card, Group, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconAlertTriangle, IconEye, IconInbox } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import type { ReactNode } from 'react';
import type { Schemas } from '../api/client.ts';
import { todayQuery } from '../api/queries.ts';
import { Status } from '../parts/badges.tsx';
import { Words } from '../parts/words.tsx';
import { CardLink, TextLink } from '../parts/links.tsx';
import { Empty, Failed, Loading, Page } from '../parts/states.tsx';
import { counted, moment, number, timeOfDay } from '../parts/names.ts';

type TodayData = Schemas['Today'];
const Traffic = lazy(() => import('../parts/traffic.tsx'));

export function Today() {
  const { data, error, refetch } = useQuery(todayQuery);
  return (
    <Page
      title="Today"
      lead={
        data === undefined ? undefined : `${data.policy.title}, in force since ${moment(data.policy.since)}`
      }
      side={data === undefined ? undefined : <Status status={data.status} />}
    >
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined ? error === null && <Loading /> : <Content today={data} />}
    </Page>
  );
}

function Content({ today }: { readonly today: TodayData }) {
  const { traffic, now, blocks } = today;
  const lastHour = traffic.reduce((sum, { requests }) => sum + requests, 0);
  return (
    <>
      <Attention today={today} />
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        <Figure label="Requests in the last hour" value={number(lastHour)} note="the whole district" />
        <Figure
          label="Connections now"
          value={number(now.connections)}
          note={counted(now.tunnels, 'tunnel', 'tunnels')}
        />
        {blocks !== null && (
          <Figure
            label="Blocks today"
            value={number(blocks.total)}
            note={`since ${timeOfDay(blocks.since)}`}
            to="/blocks"
          />
        )}
        {today.reviews !== null && (
          <Figure
            label="Requests that wait"
            value={number(today.reviews.waiting)}
            note={today.reviews.oldest === null ? 'nobody waits' : `since ${moment(today.reviews.oldest)}`}
            to="/requests"
          />
        )}
      </SimpleGrid>
      <Section title="Requests each minute">
        {traffic.length < 2 ? (
          <Empty>The first minutes are being counted.</Empty>
        ) : (
          <Suspense fallback={<Loading rows={4} />}>
            <Traffic minutes={traffic} />
          </Suspense>
        )}
      </Section>
      <Section title="Requests in the last hour, by school">
        <BySchool today={today} />
      </Section>
      {blocks !== null && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <Section title="Blocks by school">
            <Bars
              items={blocks.bySchool.map(({ of, count }) => ({ name: of, count, search: { school: of } }))}
            />
          </Section>
          <Section title="Rules that were met most">
            <Bars
              items={blocks.byRule.map(({ of, title, count }) => ({
                name: title,
                count,
                search: { rule: of },
              }))}
            />
          </Section>
        </SimpleGrid>
      )}
    </>
  );
}

/** Who asks is mostly not known, so that the address says the school; and that only where the policy says whose it is. */
function BySchool({ today: { trafficBySchool, schoolNetworks } }: { readonly today: TodayData }) {
  if (trafficBySchool.length > 0)
    return (
      <Bars items={trafficBySchool.map(({ of, count }) => ({ name: of, count, search: { school: of } }))} />
    );
  return (
    <Empty>
      {schoolNetworks ? (
        'Nobody asked from the networks of a school in the last hour.'
      ) : (
        <Words text="No network of the policy names a school yet. Whoever writes the policy names them under `networks`, in `schools`; from then on requests are counted here." />
      )}
    </Empty>
  );
}

function Attention({ today: { reasons, policy, reviews } }: { readonly today: TodayData }) {
  return (
    <>
      {reasons.map((reason) => (
        <Alert
          key={reason}
          color="red"
          variant="light"
          icon={<IconAlertTriangle aria-hidden />}
          title="Somebody should look at this"
        >
          <Words text={reason} />
        </Alert>
      ))}
      {policy.mode === 'observe' && (
        <Alert color="yellow" variant="light" icon={<IconEye aria-hidden />} title="The policy observes">
          Everything is decided and recorded, and only locked rules stop anything.
        </Alert>
      )}
      {reviews !== null && reviews.waiting > 0 && (
        <Alert
          color="ink"
          variant="light"
          icon={<IconInbox aria-hidden />}
          title={`${counted(reviews.waiting, 'request waits', 'requests wait')} for an answer`}
        >
          <Link to="/requests" style={{ color: 'inherit' }}>
            Read and answer
          </Link>
        </Alert>
      )}
    </>
  );
}

function Figure({
  label,
  value,
  note,
  to,
}: {
  readonly label: string;
  readonly value: string;
  readonly note: string;
  readonly to?: '/blocks' | '/requests';
}) {
  const body = (
    <>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text size="1.75rem" fw={650} lh={1.3}>
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {note}
      </Text>
    </>
  );
  if (to === undefined)
    return (
      <Card withBorder padding="md">
        {body}
      </Card>
    );
  return (
    <CardLink withBorder padding="md" to={to} c="inherit">
      {body}
    </CardLink>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Card withBorder padding="lg" component="section">
      <Title order={2} size="h4" mb="md">
        {title}
      </Title>
      {children}
    </Card>
  );
}

interface Bar {
  readonly name: string;
  readonly count: number;
  readonly search: { readonly school?: string; readonly rule?: string };
}

function Bars({ items }: { readonly items: readonly Bar[] }) {
  const most = Math.max(1, ...items.map(({ count }) => count));
  if (items.length === 0) return <Empty>Nothing was blocked today.</Empty>;
  return (
    <Stack gap="sm">
      {items.map(({ name, count, search }) => (
        <div key={name}>
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <TextLink to="/blocks" search={search} size="sm" c="inherit">
              {name}
            </TextLink>
            <Text size="sm" fw={600}>
              {number(count)}
            </Text>
          </Group>
          <Progress value={(100 * count) / most} aria-hidden size="sm" mt={2} />
        </div>
      ))}
    </Stack>
  );
}
