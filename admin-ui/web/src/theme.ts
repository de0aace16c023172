import { createTheme } from '@mantine/core';
import type { MantineColorsTuple } from '@mantine/core';

/** Dark enough for white text (AA) from its seventh shade on. */
const ink: MantineColorsTuple = [
  '#edf5fb',
  '#d8e7f3',
  '#aecde5',
  '#81b2d7',
  '#5c9bca',
  '#448cc3',
  '#3584c0',
  '#1f6ba4',
  '#1a5f95',
  '#0d5285',
];

export const theme = createTheme({
  colors: { ink },
  primaryColor: 'ink',
  primaryShade: { light: 8, dark: 7 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  defaultRadius: 'md',
  autoContrast: true,
  headings: { fontWeight: '650' },
});
