/** The switches for when it burns: drop to the locked rules, or close a site everywhere. */
import { Alert, Button, Card, Group, Select, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/client.ts';
import { emergencyQuery, sessionQuery } from '../api/queries.ts';
import { Mark } from '../parts/badges.tsx';
import { moment, timeOfDay } from '../parts/names.ts';
import { Empty, Failed, Loading, Page, Refused } from '../parts/states.tsx';

type InForce = Schemas['Emergency'];

export function Emergency() {
  const { data: session } = useQuery(sessionQuery);
  const { data, error, refetch } = useQuery(emergencyQuery);
  return (
    <Page
      title="Emergency"
      lead="Each switch holds everywhere within seconds, is on the audit trail, and ends by itself."
    >
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && <Late threads={data.notYetIn} />}
      {data !== undefined && session?.rights.includes('floorOnly') === true && <FloorOnly emergency={data} />}
      {data !== undefined && (
        <ClosedNow emergency={data} mayChange={session?.rights.includes('close') === true} />
      )}
    </Page>
  );
}

function Late({ threads }: { readonly threads: readonly string[] }) {
  if (threads.length === 0) return null;
  return (
    <Alert color="yellow" variant="light" role="status" title={`Not yet in ${threads.join(', ')}`}>
      The last change holds there as soon as it answers again. Until then its requests are decided as before.
    </Alert>
  );
}

/** A change answers with what is in force after it. */
function useChange<T>(change: (input: T) => Promise<InForce>, done: () => void = () => undefined) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (emergency) => {
      queries.setQueryData(emergencyQuery.queryKey, emergency);
      done();
    },
    // Somebody else may have been there first: show what is now.
    onError: () => queries.invalidateQueries(emergencyQuery),
  });
}

/** What is changed, as it was seen. */
type Seen = Pick<InForce['closed'][number], 'id' | 'etag'>;
const paramsOf = ({ id, etag }: Seen) => ({ path: { id }, header: { 'if-match': etag } });

const useEnd = () =>
  useChange((seen: Seen) => answered(api.DELETE('/api/emergency/{id}', { params: paramsOf(seen) })));

const lengths = ['15', '30', '60', '120'].map((minutes) => ({ value: minutes, label: `${minutes} minutes` }));

interface WhyProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** The reason of a switch, which stands on the audit trail. */
function Why({ value, onChange }: WhyProps) {
  return (
    <TextInput
      label="Why"
      required
      minLength={3}
      maxLength={500}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      style={{ flex: '1 1 14rem' }}
    />
  );
}

function FloorOnly({ emergency: { floorOnly } }: { readonly emergency: InForce }) {
  const [minutes, setMinutes] = useState('30');
  const [reason, setReason] = useState('');
  const start = useChange(
    () => answered(api.POST('/api/emergency/floor-only', { body: { minutes: Number(minutes), reason } })),
    () => setReason(''),
  );
  const end = useEnd();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    start.mutate(undefined);
  };
  return (
    <Card withBorder padding="lg" component="section">
      <Title order={2} size="h4">
        Only the locked rules
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        When a new policy closes what a school needs this minute: every other rule is set aside, for
        everybody, until the time is over or somebody ends it.
      </Text>
      <Refused error={start.error ?? end.error} />
      {floorOnly === null ? (
        <form onSubmit={submit}>
          <Group align="flex-end">
            <Select
              label="For"
              data={lengths}
              value={minutes}
              onChange={(value) => setMinutes(value ?? '30')}
              allowDeselect={false}
              comboboxProps={{ withinPortal: false }}
              w={150}
            />
            <Why value={reason} onChange={setReason} />
            <Button type="submit" color="red.9" loading={start.isPending}>
              Set the other rules aside
            </Button>
          </Group>
        </form>
      ) : (
        <Group justify="space-between">
          <Text>
            In force until {timeOfDay(floorOnly.until)}
            {floorOnly.by === null ? '' : `, set by ${floorOnly.by}: ${floorOnly.reason ?? ''}`}
          </Text>
          <Button variant="default" loading={end.isPending} onClick={() => end.mutate(floorOnly)}>
            End it now
          </Button>
        </Group>
      )}
    </Card>
  );
}

/** Whoever may not close one reads which are closed, where the line at the top leads. */
function ClosedNow({
  emergency: { closed },
  mayChange,
}: {
  readonly emergency: InForce;
  readonly mayChange: boolean;
}) {
  return (
    <Card withBorder padding="lg" component="section">
      <Title order={2} size="h4">
        {mayChange ? 'Close a site now' : 'Sites that are closed for now'}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        For everybody, staff too, with all below it. It opens again by itself unless somebody else approves.
      </Text>
      {mayChange && <Close />}
      <Stack gap="sm" mt="lg">
        {closed.length === 0 && <Empty>Nothing is closed in this way.</Empty>}
        {closed.map((each) => (
          <Closed key={each.id} closed={each} mayChange={mayChange} />
        ))}
      </Stack>
    </Card>
  );
}

function Close() {
  const [host, setHost] = useState('');
  const [reason, setReason] = useState('');
  const close = useChange(
    () => answered(api.POST('/api/emergency/closed-hosts', { body: { host, reason } })),
    () => {
      setHost('');
      setReason('');
    },
  );
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    close.mutate(undefined);
  };
  return (
    <>
      <Refused error={close.error} />
      <form onSubmit={submit}>
        <Group align="flex-end">
          <TextInput
            label="Site"
            placeholder="bad.example"
            required
            value={host}
            onChange={(event) => setHost(event.target.value)}
            style={{ flex: '1 1 12rem' }}
          />
          <Why value={reason} onChange={setReason} />
          <Button type="submit" color="red.9" loading={close.isPending}>
            Close it
          </Button>
        </Group>
      </form>
    </>
  );
}

function Closed({
  closed,
  mayChange,
}: {
  readonly closed: InForce['closed'][number];
  readonly mayChange: boolean;
}) {
  const { host, at, by, reason, until, approvedBy, own } = closed;
  const end = useEnd();
  const approve = useChange((seen: Seen) =>
    answered(api.POST('/api/emergency/{id}/approval', { params: paramsOf(seen) })),
  );
  return (
    <Card withBorder padding="sm">
      <Group justify="space-between" align="flex-start">
        <div>
          <Text fw={600}>
            <span className="host">{host}</span>{' '}
            {until === null ? (
              <Mark color="teal" text={approvedBy === null ? 'approved' : `approved by ${approvedBy}`} />
            ) : (
              <Mark color="yellow" text={`opens ${moment(until)}`} />
            )}
          </Text>
          <Text size="sm" c="dimmed">
            {by === null ? moment(at) : `${by}, ${moment(at)}: ${reason ?? ''}`}
          </Text>
        </div>
        {mayChange && (
          <Group gap="xs">
            {until !== null && !own && (
              <Button size="xs" loading={approve.isPending} onClick={() => approve.mutate(closed)}>
                Approve
              </Button>
            )}
            <Button size="xs" variant="default" loading={end.isPending} onClick={() => end.mutate(closed)}>
              Open again
            </Button>
          </Group>
        )}
      </Group>
      <Refused error={approve.error ?? end.error} />
    </Card>
  );
}
