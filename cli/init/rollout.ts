/** What to enter where, so that devices use the proxy. */
import type { District } from './district.ts';
import { ports } from './district.ts';

export function rolloutText({ address, domain }: District): string {
  const pac = `http://${address}:${ports.portal}/proxy.pac`;
  const proxy = `${address}:${ports.proxy}`;
  // Not `<local>`: it would keep `http://hallpass/` from the proxy.
  const bypass = ['10.*', '192.168.*', ...(domain === '' ? [] : [`*.${domain}`])].join(';');
  return `Devices
  PAC file         ${pac}
  proxy, by hand   ${proxy}, for http and https

  Windows (group policy)
    User Configuration > Preferences > Windows Settings > Registry, a value under
    HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Internet Settings
      AutoConfigURL (REG_SZ)   ${pac}
    or, without PAC: ProxyEnable (REG_DWORD) 1, ProxyServer (REG_SZ) ${proxy}, ProxyOverride (REG_SZ) ${bypass}

  Chrome and Edge (policy ProxySettings)
    {"ProxyMode": "pac_script", "ProxyPacUrl": "${pac}", "ProxyPacMandatory": true}

  ChromeOS (Google Admin console)
    Devices > Chrome > Settings > Users & browsers > Network > Proxy mode:
      Always use the proxy auto-config specified below
      ${pac}

  Firewall, or none of it binds: let out to the internet only this machine, ports 80 and 443.
`;
}
