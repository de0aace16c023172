/** Text in which names stand in backticks, as the server writes it. */
import { Code } from '@mantine/core';

export function Words({ text }: { readonly text: string }) {
  return (
    <>
      {text.split('`').map((part, n) =>
        n % 2 === 0 ? (
          part
        ) : (
          <Code key={n} fz="inherit">
            {part}
          </Code>
        ),
      )}
    </>
  );
}
