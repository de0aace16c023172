/** On every page while only the locked rules hold. */
import { Alert } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconUrgent } from '@tabler/icons-react';
import { emergencyQuery } from '../api/queries.ts';
import { timeOfDay } from './names.ts';

export function Banner() {
  const { data } = useQuery(emergencyQuery);
  if (data === undefined || data.floorOnly === null) return null;
  const { until, by, reason } = data.floorOnly;
  return (
    <Alert
      color="red"
      variant="light"
      mb="lg"
      role="status"
      icon={<IconUrgent aria-hidden />}
      title={`Only the locked rules hold until ${timeOfDay(until)}`}
    >
      {by} has set the other rules aside: {reason}
    </Alert>
  );
}
