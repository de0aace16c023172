import { expect, test } from 'vitest';
import { settingsShown } from '../../control/settings.ts';
import { loadConfig } from '../../config.ts';

test('every option by its name, and no secret', () => {
  const env = { HALLPASS_DIRECTORY_BIND_PASSWORD: 'hidden', HALLPASS_DIRECTORY_BIND_DN: 'cn=x' };
  const shown = settingsShown({ ...loadConfig({ env }), formKey: 'hidden' } as ReturnType<typeof loadConfig>);
  const values = new Map(shown.map(({ name, value }) => [name, value]));
  expect(values.get('directory.bindPassword')).toBe('set, and not shown');
  expect(values.get('directory.bindDn')).toBe('cn=x');
  expect(values.get('proxy.listen')).toBe('127.0.0.1:3128');
  expect(values.get('admin.metrics.clients')).toBe('127.0.0.0/8, ::1/128');
  expect(JSON.stringify(shown)).not.toContain('hidden');
});
