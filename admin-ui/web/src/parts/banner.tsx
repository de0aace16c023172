/** On every page while only the locked rules hold, or a site is closed for now: what everybody sees, explained. */
import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconUrgent } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { Schemas } from '../api/client.ts';
import { emergencyQuery } from '../api/queries.ts';
import { TextLink } from './links.tsx';
import { moment, number, timeOfDay } from './names.ts';

type Closed = Schemas['Emergency']['closed'];

export function Banner() {
  const { data } = useQuery(emergencyQuery);
  if (data === undefined) return null;
  const { floorOnly, closed } = data;
  return (
    <>
      {floorOnly !== null && (
        <Switched title={`Only the locked rules hold until ${timeOfDay(floorOnly.until)}`}>
          {floorOnly.by === null
            ? 'The other rules are set aside.'
            : `${floorOnly.by} has set the other rules aside: ${floorOnly.reason ?? ''}`}
        </Switched>
      )}
      <ClosedSites closed={closed} />
    </>
  );
}

/** One with its reason, several by their number. */
function ClosedSites({ closed }: { readonly closed: Closed }) {
  const [first, second] = closed;
  if (first === undefined) return null;
  if (second !== undefined)
    return (
      <Switched title={`${number(closed.length)} sites are closed for everybody`}>
        <TextLink to="/emergency" c="inherit" size="sm" underline="always">
          Which ones
        </TextLink>
      </Switched>
    );
  const { host, by, reason, until } = first;
  return (
    <Switched title={`${host} is closed for everybody`}>
      {by === null ? 'It was closed' : `${by} has closed it`}
      {until === null ? '' : ` until ${moment(until)}, unless somebody else approves`}
      {reason === null ? '.' : `: ${reason}`}
    </Switched>
  );
}

function Switched({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Alert color="red" variant="light" mb="lg" role="status" icon={<IconUrgent aria-hidden />} title={title}>
      {children}
    </Alert>
  );
}
