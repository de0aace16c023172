/** The first `hallpass.yaml` of a district, with the reason beside each line. */
import type { District } from './district.ts';
import { ports } from './district.ts';
import { flow } from './flow.ts';

/** @param schema path or address of the JSON Schema, for editors */
export function configText(district: District, schema: string): string {
  const { name, address, directory, roles, domain, data } = district;
  return `# yaml-language-server: $schema=${schema}
# The configuration of ${name}, written by \`hallpass init\`. Every option, with its default: docs/options.md.
# After a change: \`hallpass doctor --config hallpass.yaml\`, then restart.

data: ${flow(data)} # everything that is kept

pages:
  district: ${flow({ en: name })} # stands on every page; add \`es: …\`

proxy:
  listen: 0.0.0.0:${ports.proxy}
  # clients: [10.0.0.0/8] # who may use it at all; private addresses unless given

identity:
  basic:
    # Devices send passwords to the proxy as they are (Basic sign-in). Say true only for a network that is yours.
    cleartext: true

portal:
  listen: 0.0.0.0:${ports.portal} # students and staff; also http://hallpass/ through the proxy
  pac: # served at http://${address}:${ports.portal}/proxy.pac
    proxy: ${flow(`${address}:${ports.proxy}`)}
    direct: ${flow(domain === '' ? [] : [domain])} # hosts that devices reach without the proxy

admin:
  # Only from this machine, until there is a certificate: then add tls and listen on 0.0.0.0.
  listen: 127.0.0.1:${ports.admin}
  # tls: { certificate: /etc/hallpass/admin.pem, key: /etc/hallpass/admin.key }
  roles: # groups of the directory; docs/admin.md says what each may do
    cto: ${flow(roles.cto)}
    principal: ${flow(roles.principal)}
    # approver, counsellor, teacher, helpDesk, auditor, staffRecords

directory:
${directoryLines(directory)}
policy:
  initial: # published by the first start; later versions are published, not edited here
    policy: policy.yaml
    aup: [aup.md, aup.es.md]
`;
}

function directoryLines(directory: District['directory']): string {
  const { server, preset, startTls, cleartext, ca, base, people, groups, schools } = directory;
  const lines = [
    `servers: ${flow([server])} # add the others: they are used in this order`,
    `preset: ${preset}`,
    ...(startTls ? ['startTls: true'] : []),
    ...(cleartext
      ? ['cleartext: true # passwords cross the network readable: use ldaps as soon as you can']
      : []),
    ...(ca === undefined ? [] : [`ca: ${flow(ca)}`]),
    ...accountLines(directory),
    `base: ${flow(base)}`,
    ...(Object.keys(people).length === 0 ? [] : [`people: ${flow(people)}`]),
    ...(Object.keys(groups).length === 0 ? [] : [`groups: ${flow(groups)}`]),
    ...(Object.keys(schools).length === 0
      ? [
          '# schools: { attribute: physicalDeliveryOfficeName } # nothing was found: principals see no records without it',
        ]
      : [`schools: ${flow(schools)}`]),
  ];
  return `${lines.map((line) => `  ${line}`).join('\n')}\n`;
}

function accountLines(directory: District['directory']): string[] {
  const { bindDn, bindPasswordFile, anonymous, clientCertificate, clientKey } = directory;
  return [
    ...(clientCertificate === undefined ? [] : [`clientCertificate: ${flow(clientCertificate)}`]),
    ...(clientKey === undefined ? [] : [`clientKey: ${flow(clientKey)}`]),
    ...(anonymous ? ['anonymous: true'] : []),
    ...(bindDn === undefined ? [] : [`bindDn: ${flow(bindDn)}`]),
    ...(bindPasswordFile === undefined ? [] : [`bindPasswordFile: ${flow(bindPasswordFile)}`]),
  ];
}
