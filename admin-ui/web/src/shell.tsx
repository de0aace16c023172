/** The frame of every page: where one can go, who one is, and light or dark. */
import {
  ActionIcon,
  AppShell,
  Burger,
  Button,
  Group,
  NavLink,
  Popover,
  Stack,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import {
  IconActivity,
  IconClipboardList,
  IconHelpCircle,
  IconInbox,
  IconLayoutDashboard,
  IconLogout,
  IconMoon,
  IconScale,
  IconSettings,
  IconSun,
  IconUrgent,
  IconUserCircle,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { answered, api } from './api/client.ts';
import type { Schemas } from './api/client.ts';
import { sessionQuery } from './api/queries.ts';
import { Banner } from './parts/banner.tsx';
import { roleNames } from './parts/names.ts';

type Session = Schemas['Session'];
type Right = Session['rights'][number];

interface Place {
  readonly to: string;
  readonly label: string;
  readonly right: Right;
  readonly icon: typeof IconInbox;
}

export const places: readonly Place[] = [
  { to: '/today', label: 'Today', right: 'overview', icon: IconLayoutDashboard },
  { to: '/blocks', label: 'Blocks', right: 'records', icon: IconClipboardList },
  { to: '/requests', label: 'Requests', right: 'reviews', icon: IconInbox },
  { to: '/policy', label: 'Policy', right: 'policy', icon: IconScale },
  { to: '/why', label: 'Why?', right: 'why', icon: IconHelpCircle },
  { to: '/emergency', label: 'Emergency', right: 'close', icon: IconUrgent },
  { to: '/health', label: 'Health', right: 'health', icon: IconActivity },
  { to: '/settings', label: 'Settings', right: 'settings', icon: IconSettings },
];

export function Shell({ session, children }: { readonly session: Session; readonly children: ReactNode }) {
  const [opened, { toggle, close }] = useDisclosure(false);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'xl' }}
    >
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <AppShell.Header className="no-print">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap" miw={0}>
            <Burger
              opened={opened}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={opened ? 'Close the menu' : 'Open the menu'}
            />
            <Text fw={700} size="lg">
              Hallpass
            </Text>
            <Text c="dimmed" size="sm" truncate visibleFrom="xs">
              {session.district}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ColorScheme />
            <UserMenu session={session} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label="Pages" className="no-print">
        <Stack gap={4}>
          {places
            .filter(({ right }) => session.rights.includes(right))
            .map(({ to, label, icon: Icon }) => (
              <NavLink
                key={to}
                component={Link}
                to={to}
                label={label}
                active={path === to || path.startsWith(`${to}/`)}
                aria-current={path === to ? 'page' : undefined}
                leftSection={<Icon size={20} stroke={1.6} aria-hidden />}
                onClick={close}
                styles={{ root: { borderRadius: 'var(--mantine-radius-md)' } }}
              />
            ))}
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <div className="app-main">
          <Banner />
          {children}
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

function ColorScheme() {
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      aria-label={dark ? 'Use light colours' : 'Use dark colours'}
      onClick={() => setColorScheme(dark ? 'light' : 'dark')}
    >
      {dark ? <IconSun size={20} stroke={1.6} /> : <IconMoon size={20} stroke={1.6} />}
    </ActionIcon>
  );
}

function UserMenu({ session }: { readonly session: Session }) {
  const queries = useQueryClient();
  const signOut = async (): Promise<void> => {
    await answered(api.DELETE('/api/session')).catch(() => undefined);
    // Nothing of what this person saw stays for the next one.
    queries.setQueryData(sessionQuery.queryKey, null);
    queries.removeQueries({ predicate: ({ queryKey: [name] }) => name !== sessionQuery.queryKey[0] });
  };
  return (
    <Popover position="bottom-end" width={260} withinPortal={false} trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Signed in as ${session.name}`}>
          <IconUserCircle size={22} stroke={1.6} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label="Who is signed in">
        <Stack gap={4}>
          <Text size="sm" fw={600}>
            {session.name}
          </Text>
          <Text size="xs">{session.roles.map((role) => roleNames[role]).join(', ')}</Text>
          <Text size="xs">{session.schools === 'all' ? 'All schools' : session.schools.join(', ')}</Text>
          <Button
            variant="default"
            size="xs"
            mt="xs"
            leftSection={<IconLogout size={16} aria-hidden />}
            onClick={() => void signOut()}
          >
            Sign out
          </Button>
          <Text size="xs" c="dimmed" mt="xs">
            Hallpass {session.version}
          </Text>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
