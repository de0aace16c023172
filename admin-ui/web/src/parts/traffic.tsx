/** The chart of Today, loaded only where it is shown. The table below it says the same to whoever sees no picture. */
import '@mantine/charts/styles.css';
import { AreaChart } from '@mantine/charts';
import { VisuallyHidden } from '@mantine/core';
import type { Schemas } from '../api/client.ts';
import { timeOfDay } from './names.ts';

export default function Traffic({ minutes }: { readonly minutes: Schemas['Today']['traffic'] }) {
  // The last minute is not over yet: it would look like a fall.
  const whole = minutes
    .slice(0, -1)
    .map(({ at, requests, blocks }) => ({ at: timeOfDay(at), Requests: requests, Blocks: blocks }));
  return (
    <>
      <div aria-hidden="true">
        <AreaChart
          h={220}
          data={whole}
          dataKey="at"
          series={[
            { name: 'Requests', color: 'ink.6' },
            { name: 'Blocks', color: 'red.6' },
          ]}
          curveType="monotone"
          withDots={false}
          withLegend
          areaChartProps={{ accessibilityLayer: false }}
        />
      </div>
      <VisuallyHidden>
        <table>
          <caption>Requests and blocks each minute</caption>
          <thead>
            <tr>
              <th scope="col">Minute</th>
              <th scope="col">Requests</th>
              <th scope="col">Blocks</th>
            </tr>
          </thead>
          <tbody>
            {whole.map(({ at, Requests, Blocks }, n) => (
              <tr key={n}>
                <td>{at}</td>
                <td>{Requests}</td>
                <td>{Blocks}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </>
  );
}
