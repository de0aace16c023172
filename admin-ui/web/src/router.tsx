/** Which page is where. What a page is narrowed to stands in the address bar, so that it can be sent and kept. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Door } from './door.tsx';
import { filterNames, texts } from './parts/search.ts';
import type { BlocksSearch } from './parts/search.ts';
import { NotFound } from './parts/states.tsx';

const root = createRootRoute({ component: Door, notFoundComponent: NotFound });

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/start.tsx'), 'Start'),
});
const today = createRoute({
  getParentRoute: () => root,
  path: '/today',
  component: lazyRouteComponent(() => import('./pages/today.tsx'), 'Today'),
});
const blocks = createRoute({
  getParentRoute: () => root,
  path: '/blocks',
  validateSearch: (search: Record<string, unknown>): BlocksSearch =>
    texts(search, filterNames) as BlocksSearch,
  component: lazyRouteComponent(() => import('./pages/blocks.tsx'), 'Blocks'),
});
const block = createRoute({
  getParentRoute: () => root,
  path: '/blocks/$id',
  component: lazyRouteComponent(() => import('./pages/block.tsx'), 'Block'),
});
const reviews = createRoute({
  getParentRoute: () => root,
  path: '/requests',
  validateSearch: (
    search: Record<string, unknown>,
  ): { readonly state?: 'answered'; readonly cursor?: string } => ({
    ...(search['state'] === 'answered' ? { state: 'answered' } : {}),
    ...texts(search, ['cursor']),
  }),
  component: lazyRouteComponent(() => import('./pages/reviews.tsx'), 'Reviews'),
});
const policy = createRoute({
  getParentRoute: () => root,
  path: '/policy',
  validateSearch: (search: Record<string, unknown>): { readonly view?: 'order' } =>
    search['view'] === 'order' ? { view: 'order' } : {},
  component: lazyRouteComponent(() => import('./pages/policy.tsx'), 'Policy'),
});
const versions = createRoute({
  getParentRoute: () => root,
  path: '/policy/versions',
  validateSearch: (search: Record<string, unknown>) => texts(search, ['cursor', 'version']),
  component: lazyRouteComponent(() => import('./pages/versions.tsx'), 'Versions'),
});
const why = createRoute({
  getParentRoute: () => root,
  path: '/why',
  validateSearch: (search: Record<string, unknown>) => texts(search, ['url', 'person', 'at']),
  component: lazyRouteComponent(() => import('./pages/why.tsx'), 'Why'),
});
const emergency = createRoute({
  getParentRoute: () => root,
  path: '/emergency',
  component: lazyRouteComponent(() => import('./pages/emergency.tsx'), 'Emergency'),
});
const health = createRoute({
  getParentRoute: () => root,
  path: '/health',
  component: lazyRouteComponent(() => import('./pages/health.tsx'), 'Health'),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('./pages/settings.tsx'), 'Settings'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    start,
    today,
    blocks,
    block,
    reviews,
    policy,
    versions,
    why,
    emergency,
    health,
    settings,
  ]),
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
