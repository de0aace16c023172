/** Blocks, the newest first. The filters stand in the address bar. */
import { Button, Card, Group, Select, SimpleGrid, Stack, Table, Text, TextInput } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { IconDownload, IconFilter, IconFilterOff } from '@tabler/icons-react';
import { useState } from 'react';
import type { FormEvent } from 'react';
import type { Schemas } from '../api/client.ts';
import { blocksQuery } from '../api/queries.ts';
import { Action } from '../parts/badges.tsx';
import { Empty, Failed, Loading, Page } from '../parts/states.tsx';
import { moment } from '../parts/names.ts';
import type { BlocksSearch } from '../parts/search.ts';

type Row = Schemas['Block'];
const route = getRouteApi('/blocks');

export function Blocks() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, isPlaceholderData, refetch } = useQuery(blocksQuery(search));
  const { cursor, ...filter } = search;
  const narrowed = Object.keys(filter).length > 0;
  const exported = `/api/blocks.csv?${new URLSearchParams(filter).toString()}`;
  return (
    <Page
      title="Blocks"
      lead="What was blocked, noticed or recorded. Who looks is on the audit trail."
      side={
        <Button
          component="a"
          href={exported}
          download
          variant="default"
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          CSV
        </Button>
      }
    >
      <Filters
        key={JSON.stringify(filter)}
        filter={filter}
        narrowed={narrowed}
        apply={(next) => void navigate({ search: next })}
      />
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {data === undefined && error === null && <Loading rows={10} />}
      {data !== undefined && (
        <div aria-busy={isPlaceholderData} style={{ opacity: isPlaceholderData ? 0.6 : 1 }}>
          {data.items.length === 0 ? (
            <Empty>{narrowed ? 'Nothing fits these filters.' : 'Nothing was blocked.'}</Empty>
          ) : (
            <Rows rows={data.items} />
          )}
          <Group justify="space-between" mt="md">
            <Button
              variant="default"
              disabled={cursor === undefined}
              onClick={() => void navigate({ search: filter })}
            >
              Newest
            </Button>
            <Button
              variant="default"
              disabled={data.next === null}
              onClick={() =>
                void navigate({ search: data.next === null ? search : { ...filter, cursor: data.next } })
              }
            >
              Older
            </Button>
          </Group>
        </div>
      )}
    </Page>
  );
}

/** Order and pages are the server's. */
const features = tableFeatures({});
const columns = createColumnHelper<typeof features, Row>();
const shown = columns.columns([
  columns.accessor('at', {
    header: 'When',
    cell: ({ row }) => (
      <Link className="row-link" to="/blocks/$id" params={{ id: row.original.id }}>
        {moment(row.original.at)}
      </Link>
    ),
  }),
  columns.accessor('action', {
    header: 'What',
    cell: ({ row }) => <Action action={row.original.action} enforced={row.original.enforced} />,
  }),
  columns.accessor('host', {
    header: 'Site',
    cell: ({ getValue }) => <span className="host">{getValue()}</span>,
  }),
  columns.accessor('name', {
    header: 'Who',
    cell: ({ row }) =>
      row.original.name ?? (
        <Text span c="dimmed" size="sm">
          nobody signed in
        </Text>
      ),
  }),
  columns.accessor('schools', { header: 'School', cell: ({ getValue }) => getValue().join(', ') }),
  columns.accessor('rule', { header: 'Rule' }),
  columns.accessor('count', { header: 'Times' }),
]);

const useNarrow = (): boolean =>
  useMediaQuery('(max-width: 36em)', false, { getInitialValueInEffect: false });

/** A table, or where it would be cut, one card a block. */
function Rows({ rows }: { readonly rows: Row[] }) {
  const narrow = useNarrow();
  return narrow ? <Cards rows={rows} /> : <RowsTable rows={rows} />;
}

function Cards({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <Stack gap="xs" className="rows">
      {rows.map(({ id, at, action, enforced, host, name, schools, rule }) => (
        <Card key={id} withBorder padding="sm">
          <Group justify="space-between" wrap="nowrap" align="flex-start">
            <Link className="row-link" to="/blocks/$id" params={{ id }}>
              {moment(at)}
            </Link>
            <Action action={action} enforced={enforced} />
          </Group>
          <Text className="host">{host}</Text>
          <Text size="sm" c="dimmed">
            {name ?? 'nobody signed in'}, {schools.join(', ')} · {rule}
          </Text>
        </Card>
      ))}
    </Stack>
  );
}

function RowsTable({ rows }: { readonly rows: Row[] }) {
  const table = useTable({ features, data: rows, columns: shown, getRowId: ({ id }) => id });
  return (
    <Card withBorder padding={0}>
      <Table.ScrollContainer minWidth={720} type="native" tabIndex={0} role="region" aria-label="Blocks">
        <Table striped highlightOnHover verticalSpacing="xs" className="rows">
          <Table.Thead>
            {table.getHeaderGroups().map((group) => (
              <Table.Tr key={group.id}>
                {group.headers.map((header) => (
                  <Table.Th key={header.id} scope="col">
                    <table.FlexRender header={header} />
                  </Table.Th>
                ))}
              </Table.Tr>
            ))}
          </Table.Thead>
          <Table.Tbody>
            {table.getRowModel().rows.map((row) => (
              <Table.Tr key={row.id}>
                {row.getAllCells().map((cell) => (
                  <Table.Td key={cell.id}>
                    <table.FlexRender cell={cell} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Card>
  );
}

type Filter = Omit<BlocksSearch, 'cursor'>;

/** `2026-09-01T08:30` of the browser's own time zone, as a field of the kind `datetime-local` has it. */
function localTime(iso: string | undefined): string {
  if (iso === undefined || Number.isNaN(Date.parse(iso))) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Filters({
  filter,
  narrowed,
  apply,
}: {
  readonly filter: Filter;
  readonly narrowed: boolean;
  readonly apply: (next: Filter) => void;
}) {
  const [draft, setDraft] = useState<Record<string, string | undefined>>({
    ...filter,
    from: localTime(filter.from),
    to: localTime(filter.to),
  });
  const set = (name: keyof Filter) => (value: string | null) => setDraft({ ...draft, [name]: value ?? '' });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const given = Object.entries(draft).flatMap(([name, value]) => {
      const text = value?.trim() ?? '';
      if (text === '') return [];
      return [[name, name === 'from' || name === 'to' ? new Date(text).toISOString() : text]];
    });
    apply(Object.fromEntries(given) as Filter);
  };
  const field = (name: keyof Filter, label: string, type = 'text') => (
    <TextInput
      label={label}
      type={type}
      value={draft[name] ?? ''}
      onChange={(event) => set(name)(event.target.value)}
    />
  );
  const narrow = useNarrow();
  const [opened, { toggle }] = useDisclosure(narrowed);
  if (narrow && !opened)
    return (
      <Button
        variant="default"
        w="fit-content"
        leftSection={<IconFilter size={16} aria-hidden />}
        onClick={toggle}
      >
        Filters
      </Button>
    );
  return (
    <Card withBorder component="form" onSubmit={submit} aria-label="Filters" role="search">
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
        {field('from', 'From', 'datetime-local')}
        {field('to', 'Until', 'datetime-local')}
        {field('school', 'School')}
        {field('person', 'Login')}
        {field('host', 'Site')}
        {field('rule', 'Rule')}
        <Select
          label="What"
          placeholder="anything"
          clearable
          data={[
            { value: 'block', label: 'Blocked' },
            { value: 'warn', label: 'Notice' },
            { value: 'allow', label: 'Opened' },
          ]}
          value={draft['action'] ?? null}
          onChange={set('action')}
          comboboxProps={{ withinPortal: false }}
          clearButtonProps={{ 'aria-label': 'Anything' }}
        />
        <Select
          label="Whose"
          placeholder="anybody's"
          clearable
          data={[
            { value: 'student', label: 'Students' },
            { value: 'staff', label: 'Staff' },
          ]}
          value={draft['about'] ?? null}
          onChange={set('about')}
          comboboxProps={{ withinPortal: false }}
          clearButtonProps={{ 'aria-label': "Anybody's" }}
        />
      </SimpleGrid>
      <Group mt="md" gap="xs">
        <Button type="submit">Show</Button>
        {narrowed && (
          <Button
            variant="subtle"
            leftSection={<IconFilterOff size={16} aria-hidden />}
            onClick={() => apply({})}
          >
            Without filters
          </Button>
        )}
      </Group>
    </Card>
  );
}
