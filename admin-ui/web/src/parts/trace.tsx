/** How a decision came about, rule by rule, in the order of precedence. */
import { Collapse, List, Text, Timeline, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCheck, IconMinus, IconQuestionMark } from '@tabler/icons-react';
import type { Schemas } from '../api/client.ts';
import { Words } from './words.tsx';

type Step = Schemas['TraceStep'];

const tierNames: Readonly<Record<string, string>> = {
  crisis: 'Help in a crisis',
  testing: 'Tests and applications',
  locked: 'Locked rule',
  grant: 'What the person was granted',
  ordered: 'Rule',
  default: 'Default',
};

const nameOf = ({ rule, tier }: Step): string =>
  rule === tier ? (tierNames[tier] ?? tier) : `${tierNames[tier] ?? tier} “${rule}”`;

/** Rules that were not about it are folded away: there can be hundreds. */
export function Trace({ steps }: { readonly steps: readonly Step[] }) {
  const telling = steps.filter(({ outcome }) => outcome !== 'not matched');
  const others = steps.filter(({ outcome }) => outcome === 'not matched');
  const [opened, { toggle }] = useDisclosure(false);
  return (
    <>
      <Timeline bulletSize={26} lineWidth={2} active={-1}>
        {telling.map((step, n) => (
          <Timeline.Item key={n} title={nameOf(step)} bullet={bulletOf(step)}>
            <Text size="sm" c="dimmed">
              {says[step.outcome]}
              <Words text={step.reason} />
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
      {others.length > 0 && (
        <div>
          <UnstyledButton onClick={toggle} aria-expanded={opened} fz="sm" td="underline">
            {opened ? 'Hide' : 'Show'} the {others.length} rules that were tried and are not about this
          </UnstyledButton>
          <Collapse expanded={opened}>
            <List size="sm" mt="xs" spacing={4}>
              {others.map((step, n) => (
                <List.Item key={n}>
                  <Text span size="sm" fw={600}>
                    {nameOf(step)}
                  </Text>
                  : <Words text={step.reason} />
                </List.Item>
              ))}
            </List>
          </Collapse>
        </div>
      )}
    </>
  );
}

const says: Readonly<Record<Step['outcome'], string>> = {
  matched: 'Decided: ',
  'not matched': '',
  unknown: 'Not known yet: ',
  unobtainable: 'Cannot be seen: ',
  lifted: 'Set aside: ',
};

function bulletOf({ outcome }: Step) {
  if (outcome === 'matched') return <IconCheck size={15} aria-hidden />;
  return outcome === 'unknown' ? (
    <IconQuestionMark size={15} aria-hidden />
  ) : (
    <IconMinus size={15} aria-hidden />
  );
}
