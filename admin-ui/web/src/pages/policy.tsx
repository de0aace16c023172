/** The written AUP beside the rules that enforce it, and what of either stands alone. */
import { Alert, Card, Group, SegmentedControl, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { ReactNode } from 'react';
import type { Schemas } from '../api/client.ts';
import { policyQuery } from '../api/queries.ts';
import { Effect, Mark } from '../parts/badges.tsx';
import { ButtonLink } from '../parts/links.tsx';
import { counted, moment } from '../parts/names.ts';
import { Failed, Loading, Page } from '../parts/states.tsx';

type Clause = Schemas['ClauseBesideRules'];
type Rule = Schemas['RuleInWords'];
type InForce = Schemas['PolicyInForce'];
const route = getRouteApi('/policy');

export function Policy() {
  const { data, error, refetch } = useQuery(policyQuery);
  return (
    <Page
      title="Policy"
      lead={data && `${data.title}, version ${data.policyVersion}, in force since ${moment(data.since)}`}
      side={
        <ButtonLink to="/policy/versions" variant="default">
          Versions
        </ButtonLink>
      }
    >
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined ? error === null && <Loading rows={10} /> : <Content policy={data} />}
    </Page>
  );
}

function Content({ policy }: { readonly policy: InForce }) {
  const { view } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <>
      {policy.mode === 'observe' && (
        <Alert color="yellow" variant="light" title="The policy observes">
          Everything is decided and recorded, and only locked rules stop anything.
        </Alert>
      )}
      <Coverage policy={policy} />
      <SegmentedControl
        aria-label="How the rules are shown"
        value={view ?? 'clauses'}
        onChange={(value) => void navigate({ search: value === 'order' ? { view: 'order' } : {} })}
        data={[
          { value: 'clauses', label: 'By clause' },
          { value: 'order', label: 'By precedence' },
        ]}
        w="fit-content"
      />
      {view === 'order' ? <InOrder policy={policy} /> : <BesideClauses policy={policy} />}
    </>
  );
}

const uncited = (rules: readonly Rule[]): readonly Rule[] => rules.filter(({ clause }) => clause === null);

function Coverage({ policy: { aup, rules } }: { readonly policy: InForce }) {
  const alone = aup.clauses.filter((clause) => clause.rules.length === 0);
  const without = uncited(rules);
  const enforced = counted(aup.clauses.length - alone.length, 'clause is', 'clauses are');
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} style={{ alignItems: 'start' }}>
      <Covered title={`${enforced} enforced by rules, ${String(alone.length)} kept by people`}>
        {alone.map(({ id, number, title }) => (
          <Text key={id} size="sm">
            {number} {title}
          </Text>
        ))}
      </Covered>
      <Covered title={`${counted(without.length, 'rule cites', 'rules cite')} no clause`}>
        {without.map(({ id, title, noClause }) => (
          <Text key={id} size="sm">
            <b>{title}:</b> {noClause}
          </Text>
        ))}
      </Covered>
    </SimpleGrid>
  );
}

function Covered({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Card withBorder padding="md">
      <Title order={2} size="h5" mb={4}>
        {title}
      </Title>
      <details>
        <summary>Which?</summary>
        <Stack gap={2} mt={4}>
          {children}
        </Stack>
      </details>
    </Card>
  );
}

function BesideClauses({ policy: { aup, rules } }: { readonly policy: InForce }) {
  return (
    <section aria-labelledby="aup-title">
      <Title order={2} size="h3" id="aup-title">
        {aup.title}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        Adopted {aup.adopted}
      </Text>
      <SimpleGrid cols={{ base: 1, md: 2 }} verticalSpacing="md">
        {aup.clauses.map((clause) => (
          <Fragment key={clause.id}>
            <ClauseCard clause={clause} />
            <Stack gap="sm">
              {clause.rules.length === 0 && (
                <Text size="sm" c="dimmed" py="md">
                  No rule enforces this clause: people keep it.
                </Text>
              )}
              {rules
                .filter((rule) => rule.clause === clause.id)
                .map((rule) => (
                  <RuleCard key={rule.id} rule={rule} />
                ))}
            </Stack>
          </Fragment>
        ))}
        <Text c="dimmed" py="md">
          No clause of the policy: the rules say why.
        </Text>
        <Stack gap="sm">
          {uncited(rules).map((rule) => (
            <RuleCard key={rule.id} rule={rule} />
          ))}
        </Stack>
      </SimpleGrid>
    </section>
  );
}

function InOrder({ policy: { aup, rules } }: { readonly policy: InForce }) {
  const titleOf = (id: string | null): string => {
    const clause = aup.clauses.find((each) => each.id === id);
    return clause === undefined ? '' : `Clause ${clause.number} ${clause.title}`;
  };
  return (
    <section aria-label="Rules in the order of precedence">
      <Text mb="md">The first rule that is about a request decides.</Text>
      <Stack gap="sm">
        {rules.map((rule) => (
          <RuleCard key={rule.id} rule={rule} clause={titleOf(rule.clause)} />
        ))}
      </Stack>
    </section>
  );
}

function ClauseCard({ clause: { id, number, title, text, child } }: { readonly clause: Clause }) {
  return (
    <Card withBorder padding="md" component="article" id={id} h="fit-content">
      <Title order={3} size="h5">
        {number} {title}
      </Title>
      <Text size="sm" mt="xs" className="clause-text">
        {text}
      </Text>
      {child !== null && (
        <Text size="sm" mt="xs" c="dimmed">
          For younger students: {child}
        </Text>
      )}
    </Card>
  );
}

const tiers: Readonly<Record<Rule['tier'], string | null>> = {
  crisis: 'above everything',
  testing: 'above everything',
  illegal: 'against the law: nobody can open it',
  locked: 'locked',
  ordered: null,
  default: 'where no rule says anything',
};

function RuleCard({ rule, clause = '' }: { readonly rule: Rule; readonly clause?: string }) {
  const { title, tier, action, sentence, noClause } = rule;
  const note = tiers[tier];
  return (
    <Card withBorder padding="md" component="article" bg="var(--mantine-color-default-hover)">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Title order={3} size="h5">
          {title}
        </Title>
        <Effect action={action} />
      </Group>
      <Text size="sm" mt={4}>
        {sentence}
      </Text>
      {(note !== null || noClause !== null || clause !== '') && (
        <Group gap="xs" mt="xs">
          {note !== null && <Mark outline color="gray" text={note} />}
          <Text size="xs" c="dimmed">
            {noClause ?? clause}
          </Text>
        </Group>
      )}
    </Card>
  );
}
