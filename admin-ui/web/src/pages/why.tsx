/** What would be decided about an address, for a person and a time, and why. */
import { Button, Card, Group, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { answered, api } from '../api/client.ts';
import type { Schemas } from '../api/client.ts';
import { sessionQuery } from '../api/queries.ts';
import { Action } from '../parts/badges.tsx';
import { Page, Refused } from '../parts/states.tsx';
import { Trace } from '../parts/trace.tsx';

const route = getRouteApi('/why');

/** People type `poki.com`; the proxy meets it as https. */
const withScheme = (address: string): string =>
  /^https?:\/\//i.test(address) ? address : `https://${address}`;

export function Why() {
  const search = route.useSearch();
  const { data: session } = useQuery(sessionQuery);
  const [url, setUrl] = useState(search.url ?? '');
  const [person, setPerson] = useState(search.person ?? '');
  const [at, setAt] = useState(search.at ?? '');
  const mayName = session?.rights.includes('people') === true;
  const ask = useMutation({
    mutationFn: () => {
      const login = person.trim();
      const question = {
        url: withScheme(url.trim()),
        ...(mayName && login !== '' ? { person: login } : {}),
        ...(at === '' ? {} : { at: new Date(at).toISOString() }),
      };
      return answered(api.POST('/api/why', { body: question }));
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    ask.mutate();
  };
  return (
    <Page title="Why?" lead="What the policy in force decides, and which rule and clause it stands on.">
      <Card withBorder component="form" onSubmit={submit}>
        <SimpleGrid cols={{ base: 1, sm: mayName ? 3 : 2 }}>
          <TextInput
            label="Address"
            placeholder="poki.com"
            required
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
          {mayName && (
            <TextInput
              label="Login"
              description="Empty: nobody is signed in"
              inputWrapperOrder={['label', 'input', 'description']}
              value={person}
              onChange={(event) => setPerson(event.target.value)}
            />
          )}
          <TextInput
            label="When"
            type="datetime-local"
            description="Empty: now"
            inputWrapperOrder={['label', 'input', 'description']}
            value={at}
            onChange={(event) => setAt(event.target.value)}
          />
        </SimpleGrid>
        <Group mt="md">
          <Button type="submit" loading={ask.isPending}>
            Ask
          </Button>
        </Group>
      </Card>
      <Refused error={ask.error} />
      <div aria-live="polite">{ask.data !== undefined && <Answer answer={ask.data} />}</div>
    </Page>
  );
}

function Answer({
  answer: { action, enforced, says, rule, clause, person, trace },
}: {
  readonly answer: Schemas['WhyAnswer'];
}) {
  return (
    <Card withBorder padding="lg">
      <Stack>
        <Group justify="space-between" align="flex-start">
          <Title order={2} size="h3" maw="40rem">
            {says}
          </Title>
          <Action action={action} enforced={enforced} />
        </Group>
        <Text>
          {clause === null
            ? `By rule “${rule}”, which cites no clause.`
            : `By rule “${rule}”, for clause ${clause.number} ${clause.title}.`}
          {person !== null && person.audience !== null && ` ${person.name} counts as ${person.audience}.`}
        </Text>
        <Trace steps={trace} />
      </Stack>
    </Card>
  );
}
