import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CANARY, limit, mode, seats, secret } from '../../../../admin/src/admin.fixture.ts';
import { lab, tenantry, useCliLab } from '../../cli.fixture.ts';
import { dir, files, tenant, useDeployFolder } from './deploy-folder.fixture.ts';

useCliLab();
useDeployFolder();

const BOM = '\uFEFF';
const storedValue = async (config: typeof mode | typeof limit | typeof seats | typeof secret) =>
  (await lab.store.tenant(tenant).get(config as typeof mode))?.value as unknown;

// Editors on Windows put the mark of a byte order before a text, and PowerShell before what it pipes.
it('the mark of a byte order is no part of a file of a folder, of a secret’s file and of a plan', async () => {
  await lab.store.scopes.setGroup('eu');
  await files({
    [`tenants/${tenant}/@groups.yaml`]: `${BOM}- eu\r\n`,
    [`tenants/${tenant}/mode.json`]: `${BOM}"on"\r\n`,
    [`tenants/${tenant}/seats.toml`]: `${BOM}seats = 5\r\n`,
    [`tenants/${tenant}/app%2Flimit.yaml`]: `${BOM}7\r\n`,
    [`tenants/${tenant}/token.yaml`]: `${BOM}key: { $secret: { file: ${join(dir, '../key')} } }\r\n`,
  });
  await writeFile(join(dir, '../key'), `${BOM}${CANARY}\r\n`);
  const plan = join(dir, '../plan.json');
  expect(await tenantry(['plan', dir, '--save', plan])).toMatchObject({ code: 2, err: '' });
  await writeFile(plan, BOM + (await readFile(plan, 'utf8')).replaceAll('\n', '\r\n'));
  expect(await tenantry(['apply', plan])).toMatchObject({ code: 0, err: '' });
  expect([await storedValue(mode), await storedValue(seats), await storedValue(limit)]).toEqual([
    'on',
    { seats: 5 },
    7,
  ]);
  expect(await storedValue(secret)).toMatchObject({ key: CANARY });
  expect(await lab.store.scopes.get(tenant)).toEqual(['eu']);
});

it.each([
  ['dotenv', 'APP_LIMIT=7\r\nMODE=on\r\n'],
  ['flagsmith', JSON.stringify(['APP_LIMIT', 'MODE'].map((name, i) => ({ name, enabled: true, value: [7, 'on'][i] })))],
  ['growthbook', '{"features":{"APP_LIMIT":{"defaultValue":7},"MODE":{"defaultValue":"on"}}}'],
  ['apollo', 'APP_LIMIT=7\r\nMODE=on\r\n'],
])('nor of what is imported from %s, and of its map', async (system, text) => {
  const [file, map] = [join(dir, 'app+default+application.properties'), join(dir, 'map.yaml')];
  await files({
    'app+default+application.properties': BOM + text,
    'map.yaml': `${BOM}configs:\r\n  APP_LIMIT: app/limit\r\n  MODE: mode\r\n`,
  });
  const words = ['import', file, '--from', system, '--scope', tenant, '--map', map];
  expect(await tenantry(words)).toMatchObject({ code: 0, err: '' });
  expect([await storedValue(mode), await storedValue(limit)]).toEqual(['on', 7]);
});

it('nor of a value in a file or on stdin', async () => {
  await files({ 'limit.json': `${BOM}7\r\n` });
  expect(await tenantry(['set', tenant, 'app/limit', `@${join(dir, 'limit.json')}`])).toMatchObject({ code: 0 });
  expect(await tenantry(['set', tenant, 'mode', '-'], { stdin: `${BOM}"on"` })).toMatchObject({ code: 0 });
  expect([await storedValue(mode), await storedValue(limit)]).toEqual(['on', 7]);
});
