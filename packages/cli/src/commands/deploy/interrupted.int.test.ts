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

/** Passes everything on, and calls back when a write of several configs comes, or was answered. `underWay`: how many the server has not ended. */
async function startProxy(
  onBulk: (moment: 'asked' | 'answered') => void,
): Promise<{ readonly url: string; underWay(): number }> {
  let underWay = 0;
  const proxy = createServer((incoming, outgoing) => {
    const isBulk = incoming.method === 'POST' && incoming.url?.endsWith('/configs') === true;
    if (isBulk) onBulk('asked');
    underWay++;
    const { port } = new URL(lab.url);
    const { method, url: path, headers } = incoming;
    const through = request({ port, method, path, headers }, answer => {
      if (isBulk) onBulk('answered');
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    through.on('error', () => outgoing.destroy());
    through.on('close', () => underWay--);
    incoming.pipe(through);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  return { url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, underWay: () => underWay };
}

it.each(['asked', 'answered'] as const)(
  'Ctrl-C when the second scope was %s leaves no scope half written, begins no further one, and shows no stack',
  async when => {
    const dir = await freshFolder();
    const tenants = Array.from({ length: 40 }, (_, i) => `${when}-${i + 10}`);
    for (const tenant of tenants) {
      await mkdir(join(dir, 'tenants', tenant), { recursive: true });
      await writeFile(join(dir, 'tenants', tenant, 'mode.yaml'), '"on"\n');
      await writeFile(join(dir, 'tenants', tenant, 'seats.yaml'), 'seats: 5\n');
    }
    let interrupt = (): unknown => undefined;
    let count = 0;
    const { url, underWay } = await startProxy(moment => {
      if (moment === when && ++count === 2) interrupt();
    });
    const running = startTenantry(['apply', dir], { env: { TENANTRY_URL: url } });
    interrupt = () => running.interrupt();
    const { code, out, err } = await running.end;
    expect(code).toBe(130);
    expect(out + err).not.toMatch(/^\s+at /m);
    // What the server was asked for it does, though nobody waits for the answer.
    await eventually(() => expect(underWay()).toBe(0));
    const found: [boolean, boolean][] = [];
    for (const tenant of tenants) {
      const configs = lab.store.tenant(tenant);
      found.push([(await configs.get(mode)) !== undefined, (await configs.get(seats)) !== undefined]);
    }
    for (const [hasMode, hasSeats] of found) expect(hasMode).toBe(hasSeats);
    // Some were being written beside each other.
    const begun = found.filter(([hasMode]) => hasMode).length;
    expect(begun).toBeGreaterThan(0);
    expect(begun).toBeLessThan(20);
    expect(found.slice(20).flat()).not.toContain(true);
    // Called again it goes on.
    expect(await tenantry(['apply', dir])).toMatchObject({ code: 0 });
  },
);
