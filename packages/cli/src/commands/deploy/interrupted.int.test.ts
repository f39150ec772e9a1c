import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { eventually } from '@tenantry/testing';
import { expect, it, onTestFinished } from 'vitest';
import { mode, seats } from '../../../../admin/src/admin.fixture.ts';
import { lab, startTenantry, tenantry, useCliLab } from '../../cli.fixture.ts';
import { freshFolder } from '../../fresh-folder.fixture.ts';

useCliLab();

/** Passes everything on, and calls back when a write of several configs comes, or was answered. */
async function startProxy(onBulk: (moment: 'asked' | 'answered') => void): Promise<string> {
  const proxy = createServer((incoming, outgoing) => {
    const isBulk = incoming.method === 'POST' && incoming.url?.endsWith('/configs') === true;
    if (isBulk) onBulk('asked');
    const { port } = new URL(lab.url);
    const { method, url: path, headers } = incoming;
    const through = request({ port, method, path, headers }, answer => {
      if (isBulk) onBulk('answered');
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    through.on('error', () => outgoing.destroy());
    underWay.add(through);
    through.on('close', () => underWay.delete(through));
    incoming.pipe(through);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

/** What the server was asked and has not answered. */
const underWay = new Set<unknown>();

it.each(['asked', 'answered'] as const)(
  'Ctrl-C when the second scope was %s leaves no scope half written, begins no further one, and shows no stack',
  async when => {
    const dir = await freshFolder();
    const tenants = [1, 2, 3, 4].map(i => `${when}-${i}`);
    for (const tenant of tenants) {
      await mkdir(join(dir, 'tenants', tenant), { recursive: true });
      await writeFile(join(dir, 'tenants', tenant, 'mode.yaml'), '"on"\n');
      await writeFile(join(dir, 'tenants', tenant, 'seats.yaml'), 'seats: 5\n');
    }
    let interrupt = (): unknown => undefined;
    let count = 0;
    const url = await startProxy(moment => {
      if (moment === when && ++count === 2) interrupt();
    });
    const running = startTenantry(['apply', dir], { env: { TENANTRY_URL: url } });
    interrupt = () => running.interrupt();
    const { code, out, err } = await running.end;
    expect(code).toBe(130);
    expect(out + err).not.toMatch(/^\s+at /m);
    // The server goes on with what it was asked: whether it was done is seen when it is over.
    await eventually(() => expect(underWay.size).toBe(0));
    const found: [boolean, boolean][] = [];
    for (const tenant of tenants) {
      const configs = lab.store.tenant(tenant);
      found.push([(await configs.get(mode)) !== undefined, (await configs.get(seats)) !== undefined]);
    }
    for (const [hasMode, hasSeats] of found) expect(hasMode).toBe(hasSeats);
    expect(found[0]).toEqual([true, true]);
    expect(found.slice(2)).toEqual([
      [false, false],
      [false, false],
    ]);
    // Called again it goes on.
    expect(await tenantry(['apply', dir])).toMatchObject({ code: 0 });
  },
);
