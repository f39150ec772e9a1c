import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BUSY_MS, eventually } from '@tenantry/testing';
import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { withoutLogin } from '../supervisor/service-process.ts';
import { startServiceLab } from './service-lab.fixture.ts';
import { SteadyRequests } from './steady-requests.ts';

const SWAPS = 50;

// L12
it('a password, a template and a limit change 50 times while requests run, none fails, and no password is told', async () => {
  await using lab = await startServiceLab();
  await lab.changes.change();
  const services = (await lab.startAll()).map(({ client }) => client);
  const orders = await services[0]?.ask();
  const requests = new SteadyRequests(services, 'ann');
  await lab.changes.swap(services, SWAPS);
  await lab.changes.areIn(services);
  expect(await requests.noneFailed()).toBeGreaterThan(SWAPS);
  expect(await services[0]?.ask()).toEqual(orders); // after an even number of turns
  for (const service of services) expect(await service.status()).toEqual({ opened: SWAPS + 1, open: 1 });

  // They were real: of all passwords one is valid, and nobody is told any of them.
  const { users, passwords } = lab.rotation;
  expect(passwords).toHaveLength(2 + 1 + 2 * SWAPS);
  let valid = 0;
  for (const password of passwords.slice(-6))
    for (const user of users)
      await createConnection({ uri: withoutLogin(lab.databaseUrl), user, password }).then(
        connection => {
          valid++;
          return connection.end();
        },
        error => expect(error.code).toBe('ER_ACCESS_DENIED_ERROR'),
      );
  // That of the service, and that of the other user, which nobody was told.
  expect(valid).toBe(2);
  const files = await Promise.all((await readdir(lab.folder)).map(name => readFile(join(lab.folder, name), 'latin1')));
  expect(files.join()).toContain('Letter');
  for (const password of passwords) expect(`${lab.printed()} ${files.join()}`.includes(password)).toBe(false);
});

it('keeps what it has where a new password, user or template is no good, says so, and takes the next that is', async () => {
  await using lab = await startServiceLab();
  await lab.changes.change();
  const services = (await lab.startAll()).map(({ client }) => client);
  const [orders, mail] = services as [(typeof services)[0], (typeof services)[0]];
  const requests = new SteadyRequests(services, 'ann');
  await lab.write({
    'database-login': { user: lab.rotation.users[1], password: 'not-the-password' },
    'mail-template': { html: '<p>{{#never}}closed</p>' },
  });
  for (const service of [orders, mail])
    await eventually(async () =>
      expect(await service.status()).toEqual({ opened: 1, open: 1, error: 'HANDLER_FAILED' }),
    );
  await lab.changes.areIn(services);
  await lab.changes.change();
  for (const service of services) await service.swapped(2);
  await lab.changes.areIn(services);
  for (const service of services) expect(await service.status()).toEqual({ opened: 2, open: 1 });
  await requests.noneFailed();
  expect(lab.printed()).not.toContain('not-the-password');
});

it('starts with the newest after it was offline, and with its file while Redis is away, but for secrets', async () => {
  await using lab = await startServiceLab();
  await lab.changes.change();
  for (const { process } of await lab.startAll()) {
    await process.kill('SIGTERM');
    expect(await process.exit).toBe(0);
  }
  await lab.changes.change();
  const services = await lab.startAll();
  await lab.changes.areIn(services.map(({ client }) => client));
  for (const { process } of services) await process.kill('SIGTERM');

  lab.redisPath.set('refuse');
  const [orders, mail, gate] = (await lab.startAll()).map(({ client }) => client) as [never, never, never];
  await lab.changes.areIn([mail, gate]);
  // A file has no secrets, so this one has to wait.
  await expect((orders as (typeof services)[0]['client']).ask()).rejects.toThrow('orders answered 503, NOT_READY');
  lab.redisPath.set('pass');
  await eventually(() => lab.changes.areIn([orders]));
});

// L14
it('ends within its budget where it is told to while it swaps, and leaves no connection of either user', async () => {
  await using lab = await startServiceLab();
  await lab.changes.change();
  const { client, process } = await lab.start('orders');
  await client.ask();
  expect(await lab.rotation.connections()).toBeGreaterThan(0);
  const before = lab.databasePath.accepted;
  lab.databasePath.set('stall');
  const call = client.ask();
  call.catch(() => undefined);
  await lab.changes.change();
  // The new pool signs in, and the old one has a call: neither comes to an end.
  await eventually(() => expect(lab.databasePath.accepted).toBeGreaterThan(before));
  const began = performance.now();
  await process.kill('SIGTERM');
  expect(await process.exit, lab.printed()).toBe(0);
  expect(performance.now() - began).toBeLessThan(3_000 + BUSY_MS);
  await expect(call).rejects.toThrow();
  await eventually(async () => expect(await lab.rotation.connections()).toBe(0));
});
