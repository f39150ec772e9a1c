import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { mode } from '../../../../admin/src/admin.fixture.ts';
import { lab, tenantry, useCliLab } from '../../cli.fixture.ts';

useCliLab();

it('the audit log is printed line by line, oldest first', async () => {
  await lab.store.tenant('acme').set(mode, 'on', { actor: 'ann' });
  await lab.store.tenant('acme').set(mode, 'off', { actor: 'bob' });
  const { code, out } = await tenantry(['audit', 'export', '--scope', 'acme', '--since', '1h']);
  expect(code).toBe(0);
  expect(
    out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).actor),
  ).toEqual(['ann', 'bob']);
  expect(out.endsWith('\n')).toBe(true);
});

it('an export that is cut off ends with 4, and its lines are whole', async () => {
  // A server that dies in the middle of a line.
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write('{"id":"1"}\n{"id":"2"}\n{"id":', () => response.destroy());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, out, err } = await tenantry(['audit', 'export'], { env: { TENANTRY_URL: url } });
  expect([code, out, err]).toEqual([4, '{"id":"1"}\n{"id":"2"}\n', expect.stringMatching(/^tenantry: CUT_OFF: /)]);
  await new Promise(resolve => server.close(resolve));
});
