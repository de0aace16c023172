/** The ways to the origins of lists: those of the proxy's own requests, with the same guard. */
import { ownEndpoints } from '../../config/own-endpoints.ts';
import { AddressRules } from '../../proxy/upstream/address-rules.ts';
import { Names } from '../../proxy/upstream/names.ts';
import { parentOf } from '../../proxy/upstream/parent-settings.ts';
import { Ways } from '../../proxy/upstream/ways.ts';
import type { ControlConfig } from '../config.ts';

/** Made for one look at a source: what belongs to Hallpass itself is looked up each time, since a name may move. */
export async function waysOf(config: ControlConfig, defect: (error: unknown) => void): Promise<Ways> {
  const { dns, upstream, proxy } = config;
  const { endpoints } = await ownEndpoints(config);
  const parent = parentOf(structuredClone(upstream.parent) as Parameters<typeof parentOf>[0]);
  return new Ways({
    names: new Names(structuredClone(dns) as ConstructorParameters<typeof Names>[0]),
    rules: new AddressRules({ allow: upstream.allow, own: endpoints }),
    dial: upstream,
    parent: parent === null ? null : { ...proxy, ...upstream, ...parent },
    defect,
  });
}
