import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@tenantry/testing';
import type { Demo } from '../supervisor/demo.ts';
import type { ServiceProcess } from '../supervisor/service-process.ts';
import type { DemoServices } from '../supervisor/start-demo-services.ts';
import type { ServiceClient } from '../swaps/service-client.ts';
import { SteadyRequests } from '../swaps/steady-requests.ts';
import { check, type Step } from './step.ts';

const SWAPS = 50;

/** Passwords, templates and limits change while requests run, and no request fails. */
export const swapSteps: readonly Step[] = [
  {
    name: `change password, template, limits ×${SWAPS}`,
    async play(demo) {
      const { changes, clients } = servicesOf(demo);
      const requests = new SteadyRequests(clients, 'steady');
      const ms = await changes.swap(clients, SWAPS);
      await changes.areIn(clients);
      const count = await requests.noneFailed();
      check(count > SWAPS, `there were only ${count} requests`);
      const seen = `${SWAPS} rotations of a database password, ${count} requests, 0 failed; ms of the slowest`;
      return { affected: [], ms, seen };
    },
  },
  {
    name: 'a wrong password, a broken template',
    async play(demo) {
      const { changes, clients, rotation } = servicesOf(demo);
      const { writer } = demo.parts;
      const requests = new SteadyRequests(clients, 'kept');
      await writer.writeServiceConfigs({
        'database-login': { user: rotation.current, password: 'this-is-not-the-password' },
        'mail-template': { html: '<p>{{#never}}closed</p>' },
      });
      await Promise.all(clients.filter(({ name }) => name !== 'gate').map(saysWhy));
      await changes.areIn(clients);
      const ms = await changes.swap(clients, 1);
      for (const { name, status } of clients) {
        const { error } = await status();
        check(error === undefined, `${name} still says ${error}`);
      }
      const count = await requests.noneFailed();
      const seen = `the ones before stay, and say why; ${count} requests, 0 failed; then the next, ms from its write`;
      return { affected: [], ms, seen };
    },
  },
  {
    name: 'save two files, with tenantry load',
    async play(demo) {
      const { changes, clients, loader } = servicesOf(demo);
      const followers = clients.filter(({ name }) => name !== 'orders');
      const requests = new SteadyRequests(clients, 'files');
      const before = await Promise.all(followers.map(({ status }) => status()));
      const haveSwapped = (times: number) =>
        Promise.all(followers.map((service, n) => service.swapped((before[n]?.opened ?? 0) + times)));
      await loader.save(changes.next());
      loader.start();
      await haveSwapped(1);
      const startedAt = performance.now();
      await loader.save(changes.next());
      await haveSwapped(2);
      const ms = performance.now() - startedAt;
      await changes.areIn(clients);
      await loader.end();
      const count = await requests.noneFailed();
      return {
        affected: [],
        ms,
        seen: `a template and limits from files; ${count} requests, 0 failed; ms from saving`,
      };
    },
  },
  {
    name: 'change the password of a stopped service',
    async play(demo) {
      const { processes, changes, rotation } = servicesOf(demo);
      const [orders] = processes as [ServiceProcess];
      await orders.end();
      await eventually(async () => (await rotation.connections()) === 0, { message: 'the last connection to end' });
      await changes.change();
      await rotation.retire();
      const startedAt = performance.now();
      await orders.start();
      await changes.areIn(clientsOf(processes));
      const ms = performance.now() - startedAt;
      return { affected: [], ms, seen: 'it starts with the newest, the other two have it; ms from the start' };
    },
  },
];

/** The files of the services have everything but secrets; what is open stays. */
export const servicesAlone: Step = {
  name: 'restart services without Redis',
  leavesDown: true,
  async play(demo) {
    const { processes, changes, clients } = servicesOf(demo);
    const [orders] = clients as [ServiceClient];
    const requests = new SteadyRequests([orders], 'alone');
    const restarted = processes.filter(({ name }) => name !== 'orders');
    const startedAt = performance.now();
    await Promise.all(restarted.map(each => each.end()));
    await Promise.all(restarted.map(each => each.start()));
    await changes.areIn([orders, ...clientsOf(restarted)]);
    const ms = performance.now() - startedAt;
    const count = await requests.noneFailed();
    return { affected: [], ms, seen: `two start from their files; the pool of the third goes on, ${count} requests` };
  },
};

/** They follow still; and of all the passwords that there were, none was printed, reported or written to a file. */
export const noPasswordTold: Step = {
  name: 'a last rotation; look for passwords',
  async play(demo) {
    const { changes, clients, rotation } = servicesOf(demo);
    const { transcript, folder } = demo.parts;
    const ms = await changes.swap(clients, 1);
    await changes.areIn(clients);
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(each => each.isFile());
    for (const { parentPath, name } of files) transcript?.add(await readFile(join(parentPath, name), 'latin1'));
    check(transcript?.has('Letter') === true, 'the transcript lacks what was written to the files');
    const told = rotation.passwords.filter(password => transcript?.has(password)).length;
    check(told === 0, `${told} passwords were told`);
    const { passwords } = rotation;
    return { affected: [], ms, seen: `none of ${passwords.length} passwords in ${transcript?.size} lines and files` };
  },
};

async function saysWhy({ name, status }: ServiceClient): Promise<void> {
  const look = async (): Promise<boolean> => {
    const { error, open } = await status();
    if (error !== 'HANDLER_FAILED' || open !== 1) throw new Error(`it says ${error}, and ${open} are open`);
    return true;
  };
  await eventually(look, { message: `${name} to say that the new one is no good` });
}

function servicesOf(demo: Demo): DemoServices & { readonly clients: readonly ServiceClient[] } {
  const { services } = demo.parts;
  if (!services) throw new Error('The services run in the story alone');
  return { ...services, clients: clientsOf(services.processes) };
}

function clientsOf(processes: DemoServices['processes']): ServiceClient[] {
  return processes.map(({ client }) => client);
}
