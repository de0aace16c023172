/**
 * Entry of the control thread: the only writer of hallpass.db, the owner of the directory, and where editions come from.
 * Proxy threads start after it is ready, so that there is an edition in force before any of them listens.
 */
import { join } from 'node:path';
import type { RequestListener } from 'node:http';
import { listen } from '../admin-ui/server/listen.ts';
import { listenPortal } from '../portal/listener.ts';
import type { Portal } from '../portal/portal.ts';
import { Directory } from '../directory/sign-in.ts';
import { openImage } from '../policy/compile/image.ts';
import type { Image } from '../policy/compile/image.ts';
import type { ControlForProxy, ProxyControl } from '../proxy/protocol.ts';
import { clockBelieved } from '../store/blocks.ts';
import type { RecordForControl } from '../store/record.entry.ts';
import { Repository } from '../store/repository/repository.ts';
import { dropSample, SampleStore } from '../store/sample/sample.ts';
import { joinHouse } from '../threads/house.ts';
import { connect } from '../threads/rpc.ts';
import type { Connection } from '../threads/rpc.ts';
import type { ControlConfig } from './config.ts';
import { createAdmin } from './admin.ts';
import { compilerWith } from './compiler.ts';
import type { Compile } from './compiler.ts';
import { imagesOf } from '../store/images.ts';
import { publishedDocuments, readDocuments } from './documents.ts';
import { Editions } from './editions.ts';
import { healthOf } from './health.ts';
import type { HealthSources } from './health.ts';
import { createLists, listsOfEdition } from './lists/compose.ts';
import type { Lists } from './lists/compose.ts';
import { runTask } from './lists/tasks.ts';
import { troublesOf } from './lists/views.ts';
import { Emergencies } from './emergencies.ts';
import { Grants } from './grants.ts';
import { imageInForce, imagesAt } from './image-in-force.ts';
import { createPortal, visitorSignIn } from './portal.ts';
import { Proxies } from './proxies.ts';
import { QueryClient } from './query.ts';
import { purgeActs, purgeAudit } from './retention.ts';
import { Samples } from './samples.ts';
import { Retracer } from './retrace.ts';
import { Traces } from './traces.ts';
import { Traffic } from './traffic.ts';
import { withTables } from './tables.ts';
import { createRoutes } from './routes.ts';
import type { RoutesParts, Status } from './routes.ts';
import { listenOnSocket } from './socket.ts';
import { hallpassVersion } from './version.ts';

const house = joinHouse<ControlConfig>();
const { config, log } = house;
const version = hallpassVersion();

try {
  await start();
  house.ready();
} catch (error) {
  house.fail(error);
}

async function start(): Promise<void> {
  const repository = Repository.open(join(config.data, 'hallpass.db'));
  const proxies = new Proxies({ log });
  let accountsGone = (keys: readonly string[]): void => void proxies.accountsGone(keys);
  const directory = openDirectory((keys) => accountsGone(keys));
  const lists: Lists = await openLists(repository, () => editions);
  const compile = compilerWith({ folder: imagesOf(config.data), log });
  const editions = editionsOf(repository, lists, proxies, compile);
  const query = joinQuery();
  const emergencies = emergenciesOf(repository, proxies, (host) => image().isExempt(host));
  const image = imageInForce(editions, () => emergencies.current());
  const grants = grantsOf(repository, proxies, directory, image);
  const portal = createPortal({ config, image, repository, proxies, query, onError });
  const traces = tracesOf(proxies);
  await emergencies.start();
  await grants.start();
  await proxies.grant(await repository.acts.liveGrants(Date.now()));
  const samples = openSamples();
  serveProxies(proxies, directory, portal, traces, samples);
  await editions.start(async () => ({
    ...(await readDocuments(config.policy.initial)),
    note: 'initial policy',
  }));

  const health = healthSources(editions, proxies, directory, emergencies, lists);
  const retracer = new Retracer({
    ...{ current: image, repository, compile: (task) => compile({ ...task, draft: true }) },
    listsOf: (digests) => listsOfEdition(digests, repository, lists.snapshots),
    person: (key) => directory.current(key),
  });
  const routes = createRoutes({
    ...{ editions, image, emergencies, grants, traces, query, retracer, onError, lists },
    imagesAt: async () => imagesAt(image(), await repository.emergencies.all()),
    runTask,
    ...storeQuestions(repository),
    findPerson: (login) => directory.find(login),
    status: () => statusOf(editions, proxies, directory, health),
  });
  const traffic = new Traffic();
  const admin = createAdmin({
    ...{ config, editions, repository, directory, proxies, query, health, traffic, image },
    ...{ emergencies, grants, retracer, version, onError },
  });
  accountsGone = (keys) => {
    void proxies.accountsGone(keys);
    admin.accountsGone(keys).catch(onError);
  };
  const close = await openDoors(routes, admin.handler, portal, directory);
  const endPurges = beginPurges(repository);
  lists.sources.begin();
  const endTraffic = traffic.watch(() => proxies.status(), onError);

  house.onReload((next) => reloadLists(next, lists, editions));
  house.onStop(async () => {
    await close();
    lists.sources.stop();
    editions.stop();
    for (const end of [endPurges, endTraffic, () => emergencies.stop(), () => directory.close()]) end();
    await samples.end();
    await repository.close();
  });
}

function beginPurges(repository: Repository): () => void {
  const believed = (): number | null => clockBelieved(join(config.data, 'journal.db'));
  const ends = [
    purgeActs(repository, config, onError),
    purgeAudit(repository, config.store, believed, onError),
  ];
  return () => {
    for (const end of ends) end();
  };
}

async function reloadLists(next: ControlConfig, lists: Lists, editions: Editions): Promise<void> {
  lists.folders.use(next.policy.lists.folders);
  await lists.sources.use(next.policy.lists.sources);
  // Lists that cannot be read are told, and those in force stay.
  await editions.reloadLists().catch(onError);
}

function onError(error: unknown): void {
  log.error({ err: error }, 'a question could not be answered');
}

async function openLists(repository: Repository, editions: () => Editions): Promise<Lists> {
  const lists = createLists({
    ...{ config, repository, version, log, onError, editions },
    frozen: () => editions().freeze() !== null,
  });
  await lists.snapshots.sweep();
  await lists.sources.open(config.policy.lists.sources);
  return lists;
}

function tracesOf(proxies: Proxies): Traces {
  return new Traces({
    watch: (watch) => proxies.watch(watch),
    unwatch: (id) => proxies.unwatch(id),
  });
}

function editionsOf(repository: Repository, lists: Lists, proxies: Proxies, compile: Compile): Editions {
  // Milliseconds of a clock that never goes back: beyond every epoch of a control thread that crashed.
  const firstEpoch = Number(process.hrtime.bigint() / 1_000_000n);
  const store = {
    latest: () => repository.latest(),
    publish: (...args: Parameters<Repository['publish']>) => repository.publish(...args),
    listSnapshot: (digest: string) => lists.text(digest),
  };
  return new Editions({
    ...{ store, lists: withTables(lists.inForce), proxies, compile, log, firstEpoch },
    frozenUntil: frozenUntil(),
    listsOf: (digests) => listsOfEdition(digests, repository, lists.snapshots),
  });
}

/** Opens each image once. */
function frozenUntil(): (image: SharedArrayBuffer, at: number) => number | null {
  const opened = new WeakMap<SharedArrayBuffer, Image>();
  return (buffer, at) => {
    const image = opened.get(buffer) ?? openImage(buffer);
    opened.set(buffer, image);
    return image.frozenUntil(at);
  };
}

function emergenciesOf(
  repository: Repository,
  proxies: Proxies,
  isExempt: (host: string) => boolean,
): Emergencies {
  return new Emergencies({
    ...{ table: repository.emergencies, closeNow: config.policy.closeNow, isExempt, onError },
    deliver: (emergency) => proxies.emergency(emergency),
    behind: () => proxies.withoutEmergency(),
  });
}

function grantsOf(
  repository: Repository,
  proxies: Proxies,
  directory: Directory,
  image: () => Image,
): Grants {
  return new Grants({
    ...{ table: repository.givenGrants, image },
    deliver: (grants) => proxies.share(grants),
    findPerson: (login) => directory.find(login),
    groupsNamed: (text) => directory.groupsNamed(text),
  });
}

function storeQuestions(
  repository: Repository,
): Pick<RoutesParts, 'publications' | 'documents' | 'recordAct' | 'dropSecondFactor' | 'grantsAt'> {
  return {
    grantsAt: (person, at) => repository.grantsAt(person, at),
    publications: () => repository.listPublications(),
    documents: (version) => publishedDocuments(repository, version),
    recordAct: (act) => repository.recordAct(act),
    dropSecondFactor: (login) => repository.sessions.dropSecondFactor(login),
  };
}

function openDirectory(onAccountGone: (keys: readonly string[]) => void): Directory {
  return new Directory(structuredClone(config.directory) as ConstructorParameters<typeof Directory>[0], {
    log,
    onAccountGone,
  });
}

/** Without it previews have nothing to go by, and everything else goes on. */
function openSamples(): { readonly sampled: Samples['sampled']; readonly end: () => Promise<void> } {
  const path = join(config.data, 'sample.db');
  const none = { sampled: () => undefined, end: async () => undefined };
  try {
    if (!config.store.sample) {
      dropSample(path);
      return none;
    }
    const store = new SampleStore(path);
    const samples = new Samples({ store, onError });
    const stop = samples.start();
    return {
      sampled: (hour, cells) => samples.sampled(hour, cells),
      end: async () => {
        stop();
        await samples.close(true);
        store.close();
      },
    };
  } catch (error) {
    log.warn({ err: error }, 'decisions are not sampled: previews know nothing of now');
    return none;
  }
}

function serveProxies(
  proxies: Proxies,
  directory: Directory,
  portal: Portal,
  traces: Traces,
  samples: Pick<Samples, 'sampled'>,
): void {
  const served: ControlForProxy = {
    signIn: (credentials) => directory.signIn(credentials),
    portal: (request) => portal.answer(request),
    watched: async (id, lines) => traces.watched(id, lines),
    sampled: async (hour, cells) => samples.sampled(hour, cells),
  };
  house.onLink('proxy', (port, peer) => {
    const connection = connect<ProxyControl>(port, served, { onClose: () => link.remove() });
    const link = proxies.add(peer, connection.remote);
  });
}

function joinQuery(): QueryClient {
  const query = new QueryClient();
  house.onLink('query', (port) => query.join(port));
  return query;
}

function healthSources(
  editions: Editions,
  proxies: Proxies,
  directory: Directory,
  emergencies: Emergencies,
  { sources }: Lists,
): HealthSources {
  let record: Connection<RecordForControl> | null = null;
  house.onLink('record', (port) => {
    record = connect<RecordForControl>(port, {});
  });
  return {
    edition: () => editions.current()?.id.edition ?? null,
    proxies: () => ({
      wanted: config.proxy.threads ?? 1,
      live: proxies.size,
      behind: proxies.behind(),
    }),
    store: () => record?.remote.health() ?? Promise.reject(new Error('no record thread')),
    journal: join(config.data, 'journal.db'),
    directory: () => directory.status(),
    lists: () => editions.listTroubles(),
    freeze: () => editions.freeze(),
    listSources: () => sources.all().flatMap((known) => troublesOf(known, sources.damaged(), Date.now())),
    emergencies: () => emergencies.list(),
  };
}

async function statusOf(
  editions: Editions,
  proxies: Proxies,
  directory: Directory,
  health: HealthSources,
): Promise<Status> {
  const current = editions.current();
  const { configured, available } = directory.status();
  const { failures, warnings } = await healthOf(health);
  return {
    version,
    edition: current?.id.edition ?? null,
    policyVersion: current?.id.policyVersion ?? null,
    since: current?.since ?? null,
    status: failures.length > 0 ? 'unready' : warnings.length > 0 ? 'degraded' : 'ready',
    reasons: [...failures, ...warnings],
    directory: configured ? (available ? 'available' : 'unavailable') : 'none',
    proxies: await proxies.status(),
  };
}

/** Opens the command line's socket, the admin listener and the portal's; the answer closes them. */
async function openDoors(
  routes: RequestListener,
  admin: RequestListener,
  portal: Portal,
  directory: Directory,
): Promise<() => Promise<void>> {
  const socket = await listenOnSocket(config.data, routes);
  const { certificate, key } = config.admin.tls;
  const tls = certificate === undefined || key === undefined ? null : { certificate, key };
  const listener = await listen(admin, config.admin.listen, tls);
  const visitors = await listenPortal(
    {
      ...{ portal, realm: config.identity.basic.realm },
      signIn: (field, ip) => visitorSignIn(directory, field, ip),
      onError: (error) => log.error({ err: error }, 'the portal could not answer'),
    },
    config.portal.listen,
  );
  return async () => {
    await Promise.all([socket.close(), listener.close(), visitors.close()]);
  };
}
