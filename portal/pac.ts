/**
 * The PAC file (proxy auto-config: a JavaScript function `FindProxyForURL`, as browsers and systems fetch it). It asks no
 * DNS: a device off the network would wait for each name. There is no way around the proxy where it does not answer, or a
 * filter could be switched off by disturbing it.
 */
import type { PortalResponse } from './page.ts';
import type { PortalOptions } from './options.ts';

export interface PacParts {
  /** The reserved name of the portal, which only the proxy knows. */
  readonly host: string;
  /** `host:port` of the proxy as devices reach it. */
  readonly proxy: string;
  /** Hosts (with their sub-domains) that devices reach by themselves. */
  readonly direct: readonly string[];
}

export function pacText({ host, proxy, direct }: PacParts): string {
  return `// Sends everything to the filter, but for what is on the local network.
function FindProxyForURL(url, host) {
  var filter = ${JSON.stringify(`PROXY ${proxy}`)};
  var direct = ${JSON.stringify(direct.map((each) => each.toLowerCase()))};
  host = host.toLowerCase();
  if (host === ${JSON.stringify(host)}) return filter;
  if (host.indexOf('.') < 0 && host.indexOf(':') < 0) return 'DIRECT';
  if (/^(127|10)\\.\\d+\\.\\d+\\.\\d+$/.test(host)) return 'DIRECT';
  if (/^192\\.168\\.\\d+\\.\\d+$/.test(host) || /^169\\.254\\.\\d+\\.\\d+$/.test(host)) return 'DIRECT';
  if (/^172\\.(1[6-9]|2\\d|3[01])\\.\\d+\\.\\d+$/.test(host)) return 'DIRECT';
  if (host === '::1' || /^\\[?(f[cd]|fe8)[0-9a-f]*:/.test(host)) return 'DIRECT';
  for (var i = 0; i < direct.length; i++) {
    var at = host.length - direct[i].length;
    if (host === direct[i] || (at > 0 && host.indexOf('.' + direct[i], at - 1) === at - 1)) return 'DIRECT';
  }
  return filter;
}
`;
}

/** Null where no address of the proxy is set for devices. */
export function pacFile({ host, pac }: PortalOptions): PortalResponse | null {
  if (pac.proxy === undefined) return null;
  return {
    status: 200,
    headers: [
      ['Content-Type', 'application/x-ns-proxy-autoconfig'],
      ['Cache-Control', 'max-age=3600'],
    ],
    body: Buffer.from(pacText({ host, proxy: pac.proxy, direct: pac.direct })),
  };
}
