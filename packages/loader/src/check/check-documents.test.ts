import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig } from '@tenantry/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { folderWith } from '../folder/folder.fixture.ts';
import { scanFolder } from '../folder/scan-folder.ts';
import { resolveSecrets } from '../secrets/resolve-secrets.ts';
import { checkDocuments } from './check-documents.ts';

const server = z.object({ host: z.string(), port: z.number().int() });
const DEFINITIONS = [
  defineConfig({
    name: 'servers',
    aliases: ['hosts'],
    schema: z.object({ 'main.list': z.array(server) }),
    inherit: 'replace',
  }),
  defineConfig({ name: 'limits', schema: z.object({ max: z.number() }), maxBytes: 20 }),
  defineConfig({ name: 'smtp', schema: z.object({ host: z.string(), password: z.string().min(8) }), secret: true }),
];

afterEach(() => vi.unstubAllEnvs());

async function check(files: Record<string, string>) {
  const { documents, problems } = checkDocuments(await scanFolder(await folderWith(files)), DEFINITIONS);
  return {
    documents,
    configs: documents.map(({ scope, config }) => `${scope} ${config}`),
    problems: problems.map(({ path, line, column, code }) => `${path}:${line}:${column} ${code}`),
    messages: problems.map(({ message }) => message).join('\n'),
  };
}

describe('values of files', () => {
  it.each([
    ['yaml', 'main.list:\n  - host: a\n    port: 1\n  - host: b\n    port: x\n', '5:5'],
    ['json', '{"main.list": [\n  {"host": "a", "port": 1},\n  {"host": "b", "port": "x"}\n]}', '3:17'],
    ['toml', '[["main.list"]]\nhost = "a"\nport = 1\n[["main.list"]]\nhost = "b"\nport = "x"\n', '6:1'],
  ])('that the schema refuses in %s are named with their places', async (end, text, place) => {
    const { configs, problems } = await check({ [`tenants/acme/servers.${end}`]: text });
    expect(configs).toEqual([]);
    expect(problems).toEqual([`tenants/acme/servers.${end}:${place} INVALID_VALUE`]);
  });

  it('are refused for their scope, their name and their size', async () => {
    const { configs, problems } = await check({
      'tenants/acme/limits.yaml': 'max: 1',
      'tenants/b/limits.yaml': `max: ${'1'.repeat(15)}\nmore: 1`,
      'global/limits.yaml': 'max: 1',
      'global/servers.yaml': 'main.list: []',
      'global/unknown.yaml': 'a: 1',
      'global/@groups.yaml': '[]',
      'groups/eu/@groups.yaml': '["not a name"]',
      'groups/eu/servers.yaml': 'main.list: []',
      'groups/eu/hosts.yaml': 'main.list: []',
      'groups/us/hosts.yaml': 'main.list: []',
    });
    expect(configs).toEqual(['global servers', 'groups/us servers', 'tenants/acme limits']);
    expect(problems.sort()).toEqual([
      'global/@groups.yaml:1:1 NO_SCOPE',
      'global/limits.yaml:1:1 NOT_INHERITED',
      'global/unknown.yaml:1:1 UNKNOWN_CONFIG',
      'groups/eu/@groups.yaml:1:2 INVALID_VALUE',
      'groups/eu/hosts.yaml:1:1 DUPLICATE',
      'groups/eu/servers.yaml:1:1 DUPLICATE',
      'tenants/b/limits.yaml:1:1 PAYLOAD_TOO_LARGE',
    ]);
  });
});

it('a file with a problem speaks of its config, also by a former name of it', async () => {
  const { configs, problems } = await check({
    'global/servers.yaml': 'main.list: []',
    'global/hosts.yaml': 'main.list: [',
    'groups/eu/hosts.json': '{',
  });
  expect(configs).toEqual([]);
  expect(problems.map(problem => problem.replace(/:.*:.* /, ' '))).toEqual([
    'global/hosts.yaml NOT_PARSED',
    'groups/eu/hosts.json NOT_PARSED',
    'global/servers.yaml DUPLICATE',
  ]);
});

describe('references to secrets', () => {
  it('are replaced where they may stand', async () => {
    const files = { 'tenants/acme/smtp.yaml': 'host: a\npassword: { $secret: { env: ACME_SMTP } }\n' };
    const { documents, problems } = await check(files);
    expect(problems).toEqual([]);
    expect((await resolveSecrets(documents)).problems).toMatchObject([{ line: 2, column: 1, code: 'SECRET_MISSING' }]);
    vi.stubEnv('ACME_SMTP', '');
    expect((await resolveSecrets(documents)).problems[0]?.message).toBe('the variable ACME_SMTP is empty');
    vi.stubEnv('ACME_SMTP', 'hunter2hunter2');
    const { documents: resolved } = await resolveSecrets(documents);
    expect(JSON.parse(resolved[0]?.json ?? '')).toEqual({ host: 'a', password: 'hunter2hunter2' });
    expect((await resolveSecrets(documents, { env: ['OTHER'] })).documents).toEqual([]);
  });

  it('are read from files, as text or as JSON', async () => {
    const secrets = await folderWith({
      password: 'hunter2hunter2\n',
      whole: '{"host":"a","password":"hunter2hunter2"}',
    });
    const { documents } = await check({
      'tenants/a/smtp.yaml': `host: a\npassword: { $secret: { file: ${secrets}/password } }\n`,
      'tenants/b/smtp.yaml': `$secret: { file: ${secrets}/whole, as: json }\n`,
      'tenants/c/smtp.yaml': `$secret: { file: ${secrets}/none }\n`,
    });
    const { documents: resolved, problems } = await resolveSecrets(documents);
    const value = { host: 'a', password: 'hunter2hunter2' };
    expect(resolved.map(({ json }) => JSON.parse(json))).toEqual([value, value]);
    expect(problems).toMatchObject([{ path: 'tenants/c/smtp.yaml', code: 'SECRET_MISSING' }]);
    expect((await resolveSecrets(documents, { files: [] })).documents).toEqual([]);
  });

  it('are taken whole or not at all: no pipe, no device, no half of a file, no other digits', async () => {
    const secrets = await folderWith({
      empty: '',
      line: '\r\n',
      large: '{"n":9007199254740993}',
      twice: '{"n":1,"n":2}',
    });
    await writeFile(join(secrets, 'binary'), Buffer.from([0x68, 0xff, 0x68]));
    execFileSync('mkfifo', [join(secrets, 'pipe')]);
    const named = Object.fromEntries([
      ['/dev/zero', ''],
      ...['empty', 'line', 'binary', 'pipe'].map(name => [join(secrets, name), '']),
      ...['large', 'twice'].map(name => [join(secrets, name), ', as: json']),
    ]);
    const { documents } = await check(
      Object.fromEntries(
        Object.entries(named).map(([file, as], i) => [`tenants/t${i}/smtp.yaml`, `$secret: { file: ${file}${as} }\n`]),
      ),
    );
    expect(documents).toHaveLength(7);
    const { documents: resolved, problems } = await resolveSecrets(documents);
    expect(resolved).toEqual([]);
    expect(problems.map(({ code }) => code)).toEqual(Array(7).fill('SECRET_MISSING'));
    expect(problems.map(({ message }) => message).join('\n')).not.toMatch(/9007|hunter2/);
  });

  it('are refused in configs that are shown, and where they are none', async () => {
    const { problems, messages } = await check({
      'tenants/a/limits.yaml': 'max: { $secret: { env: X } }',
      'tenants/b/smtp.yaml': 'password: { $secret: hunter2hunter2 }',
      'tenants/c/smtp.yaml': 'host: a\npassword: hunter2',
    });
    expect(problems).toEqual([
      'tenants/a/limits.yaml:1:1 SECRET_REFUSED',
      'tenants/b/smtp.yaml:1:1 SECRET_REFUSED',
      'tenants/c/smtp.yaml:2:1 INVALID_VALUE',
    ]);
    expect(messages).not.toContain('hunter2');
  });
});
