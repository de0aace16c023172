/** The first policy of a district: the starter with its groups, in observe mode. Its comments stay where they are. */
import { isNode, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { District } from './district.ts';
import { audienceIds } from './audiences.ts';
import { flow } from './flow.ts';

/** @param starter text of rules/starter/policy.yaml; @param schema path or address of the JSON Schema */
export function policyText(starter: string, district: District, schema: string): string {
  const document = parseDocument(starter);
  const edits: Edit[] = [
    edit(document, ['title'], flow(`${district.name}: first policy`)),
    edit(document, ['timeZone'], `${flow(district.timeZone)}\n${observing}`),
  ];
  for (const id of audienceIds) {
    const { groups, schools } = district.audiences[id];
    const more = schools.length === 0 ? '' : `\n    schools: ${flow(schools)}`;
    edits.push(edit(document, ['audiences', id, 'groups'], flow(groups) + more));
  }
  const text = edits
    .sort((one, other) => other.from - one.from)
    .reduce((whole, { from, to, value }) => whole.slice(0, from) + value + whole.slice(to), starter);
  return text.replace(/^# yaml-language-server: .*$/m, `# yaml-language-server: $schema=${schema}`);
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly value: string;
}

/** What stands at a path of the starter makes way; every other byte of it stays. */
function edit(document: Document.Parsed, path: readonly string[], value: string): Edit {
  const node = document.getIn(path, true);
  if (!isNode(node) || node.range === null || node.range === undefined)
    throw new Error(`the starter policy has no \`${path.join('.')}\``);
  return { from: node.range[0], to: node.range[1], value };
}

const observing = `# Everything is decided and recorded as it would be, and only the locked rules stop anybody. When the records look right,
# remove this line and publish.
mode: observe`;
