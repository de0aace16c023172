/** Whom a client address stands for, where something is counted by address. */
import ipaddr from 'ipaddr.js';

/** An IPv6 network of /64 is one holder: whoever has an address there has all of them. */
export function holderOf(ip: string): string {
  const [bare = ip] = ip.split('%', 1);
  if (!ipaddr.IPv6.isValid(bare)) return ip;
  const address = ipaddr.IPv6.parse(bare);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  return `${address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}
