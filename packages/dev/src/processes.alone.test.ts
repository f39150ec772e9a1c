import { fileURLToPath } from 'node:url';
import { createClient } from '@tenantry/sdk';
import { eventually, spawnNode } from '@tenantry/testing';
import { expect, it } from 'vitest';
import { configs, freshDir, limits, QUICK } from './folder.fixture.ts';
import { openFolder } from './index.ts';

const PROGRAM = new URL('../../cli/src/main.ts', import.meta.url);
const DEFINITIONS = fileURLToPath(new URL('./definitions.fixture.ts', import.meta.url));

it('a service in another process reads the same folder, and sees what the page writes', async () => {
  await using files = await freshDir();
  await files.write('tenants/acme/limits.yaml', '# kept\nseats: 2\n');
  await using folder = await openFolder({ dir: files.dir, configs, ...QUICK });
  await using client = await createClient({ replica: folder.replica });
  const acme = client.tenant('acme');
  expect(await acme.get(limits)).toEqual({ seats: 2 });
  await using program = spawnNode(PROGRAM, ['dev', files.dir, '--definitions', DEFINITIONS, '--port', '0']);
  const [, url] = /ready at (.*)$/.exec(await program.waitForLine(/ready at/)) ?? [];
  const address = `${url}/api/v1/tenants/acme/configs/limits`;
  const etag = (await fetch(address)).headers.get('etag') ?? '';
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'none', 'if-match': etag };
  const answer = await fetch(address, { method: 'PUT', headers, body: '{"value":{"seats":3}}' });
  expect(answer.status).toBe(200);
  await eventually(() => expect(acme.peek(limits)).toEqual({ seats: 3 }));
  expect(await files.read('tenants/acme/limits.yaml')).toBe('# kept\nseats: 3\n');
});
