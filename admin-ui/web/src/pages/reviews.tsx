/** Requests of people to look at a block again, the oldest that waits first. */
import {
  Alert,
  Button,
  Card,
  Group,
  Radio,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/client.ts';
import { reviewsQuery, reviewWithTag } from '../api/queries.ts';
import { Mark } from '../parts/badges.tsx';
import { TextLink } from '../parts/links.tsx';
import { Empty, Failed, Loading, Page, Refused } from '../parts/states.tsx';
import { moment } from '../parts/names.ts';

type Review = Schemas['Review'];
const route = getRouteApi('/requests');

const kinds = { mistake: 'It is a mistake', needed: 'It is needed for school' } as const;
const outcomes = { opened: 'Opened', kept: 'It stays closed' } as const;

export function Reviews() {
  const { state: asked, cursor } = route.useSearch();
  const state = asked ?? ('open' as const);
  const navigate = route.useNavigate();
  const query = { state, ...(cursor === undefined ? {} : { cursor }) };
  const { data, error, refetch } = useQuery(reviewsQuery(query));
  return (
    <Page
      title="Requests"
      lead="People who met a block ask that somebody looks at it again."
      side={
        <SegmentedControl
          aria-label="Which requests"
          value={state}
          onChange={(value) => void navigate({ search: value === 'answered' ? { state: 'answered' } : {} })}
          data={[
            { value: 'open', label: 'Waiting' },
            { value: 'answered', label: 'Answered' },
          ]}
        />
      }
    >
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data?.items.length === 0 && (
        <Empty>{state === 'open' ? 'Nobody waits for an answer.' : 'Nothing was answered yet.'}</Empty>
      )}
      {data?.items.map((review) => (
        <Request key={review.id} review={review} />
      ))}
      {data !== undefined && data.next !== null && (
        <Group justify="flex-end">
          <Button
            variant="default"
            onClick={() =>
              void navigate({
                search: {
                  ...(state === 'answered' ? { state } : {}),
                  ...(data.next === null ? {} : { cursor: data.next }),
                },
              })
            }
          >
            More
          </Button>
        </Group>
      )}
    </Page>
  );
}

function Request({ review }: { readonly review: Review }) {
  const { record, kind, text, at, answer } = review;
  return (
    <Card withBorder padding="lg" component="article">
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2} size="h4" className="host" fz="lg">
              {record.host}
            </Title>
            <Text size="sm" c="dimmed">
              {record.name ?? 'Somebody'}, {record.schools.join(', ')} · {moment(at)}
            </Text>
          </div>
          <Mark color={kind === 'needed' ? 'ink' : 'gray'} text={kinds[kind]} />
        </Group>
        {text === '' ? <Text c="dimmed">Without words.</Text> : <Text className="clause-text">“{text}”</Text>}
        <Group gap="md">
          <TextLink to="/blocks/$id" params={{ id: record.id }} size="sm">
            The block, its rule and clause
          </TextLink>
        </Group>
        {answer === null ? <Answer review={review} /> : <Given answer={answer} />}
      </Stack>
    </Card>
  );
}

function Given({ answer }: { readonly answer: NonNullable<Review['answer']> }) {
  return (
    <Alert
      variant="light"
      color={answer.outcome === 'opened' ? 'teal' : 'gray'}
      title={outcomes[answer.outcome]}
    >
      {answer.note}
      <Text size="xs" c="dimmed" mt={4}>
        {answer.by}, {moment(answer.at)}
      </Text>
    </Alert>
  );
}

function Answer({ review }: { readonly review: Review }) {
  const queries = useQueryClient();
  const [outcome, setOutcome] = useState<'opened' | 'kept'>('kept');
  const [note, setNote] = useState('');
  const send = useMutation({
    mutationFn: async () => {
      const { etag } = await reviewWithTag(review.id);
      const params = { path: { id: review.id }, header: { 'if-match': etag } };
      return answered(api.POST('/api/reviews/{id}/answer', { params, body: { outcome, note } }));
    },
    onSuccess: () =>
      queries.invalidateQueries({
        predicate: ({ queryKey: [name] }) => name === 'reviews' || name === 'today',
      }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    send.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Refused error={send.error} />
        <Radio.Group
          label="Answer"
          value={outcome}
          onChange={(value) => setOutcome(value === 'opened' ? 'opened' : 'kept')}
        >
          <Group mt="xs">
            <Radio value="kept" label="It stays closed" />
            <Radio value="opened" label="It is open now" />
          </Group>
        </Radio.Group>
        <Textarea
          label="In a few words"
          description="The person reads this beside their request."
          required
          maxLength={500}
          autosize
          minRows={2}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <Group>
          <Button type="submit" loading={send.isPending} disabled={note.trim() === ''}>
            Answer
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
