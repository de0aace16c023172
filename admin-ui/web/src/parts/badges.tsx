import { Badge } from '@mantine/core';
import { actionColors, actionNames, effectNames } from './names.ts';

/** What a rule does. */
export function Effect({ action }: { readonly action: string }) {
  return <Mark color={actionColors[action] ?? 'gray'} text={effectNames[action] ?? action} />;
}

/** What was decided. Where it was only recorded, the badge is an outline. */
export function Action({
  action,
  enforced = true,
}: {
  readonly action: string;
  readonly enforced?: boolean;
}) {
  const name = actionNames[action] ?? action;
  const text = enforced ? name : `${name}, observed`;
  return <Mark color={actionColors[action] ?? 'gray'} text={text} outline={!enforced} />;
}

/** A short word on a coloured ground, in letters that can be read on it. */
export function Mark({
  color,
  text,
  outline = false,
}: {
  readonly color: string;
  readonly text: string;
  readonly outline?: boolean;
}) {
  return (
    <Badge
      color={color}
      variant={outline ? 'outline' : 'light'}
      radius="sm"
      tt="none"
      styles={{ root: { flexShrink: 0 }, label: { color: 'var(--mantine-color-text)' } }}
    >
      {text}
    </Badge>
  );
}

const statuses = {
  ready: { color: 'teal', says: 'All is well' },
  degraded: { color: 'yellow', says: 'Works, needs a look' },
  unready: { color: 'red', says: 'Needs attention now' },
} as const;

export function Status({ status }: { readonly status: keyof typeof statuses }) {
  const { color, says } = statuses[status];
  return (
    <Badge
      color={color}
      variant="light"
      size="lg"
      tt="none"
      styles={{ label: { color: 'var(--mantine-color-text)' } }}
    >
      {says}
    </Badge>
  );
}
