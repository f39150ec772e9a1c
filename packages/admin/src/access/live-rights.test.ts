import { type Grant, may } from '@tenantry/admin-api';
import { eventually } from '@tenantry/testing';
import { Subject } from 'rxjs';
import { expect, it } from 'vitest';
import { LiveRights } from './live-rights.ts';

const ann = { id: 'ann', groups: [] };
const grantOf = (grant: Partial<Grant>): Grant => ({
  ...{ id: '1', who: 'user:ann', verbs: ['view'], scope: '*', config: '*', createdAt: 0, createdBy: 'root' },
  ...grant,
});

/** Rights over grants that a test puts into a list. */
function startLab(admins: readonly string[] = []) {
  const lab = {
    grants: [] as Grant[],
    reads: 0,
    isLive: true,
    fails: false,
    now: 1_000,
    changed$: new Subject<void>(),
    errors: [] as unknown[],
    rights: undefined as unknown as LiveRights,
    mayView: () => may(lab.rights.rightsOf(ann), 'view', 'global', 'app', lab.now),
  };
  lab.rights = new LiveRights({
    async all() {
      lab.reads++;
      if (lab.fails) throw new Error('away');
      return lab.grants;
    },
    ...{
      changed$: lab.changed$,
      isLive: () => lab.isLive,
      admins,
      now: () => lab.now,
      report: error => lab.errors.push(error),
    },
  });
  return lab;
}

it('a grant that is given or taken holds or ends as soon as the feed says so', async () => {
  const lab = startLab();
  await lab.rights.start();
  let told = 0;
  const stop = lab.rights.onChange(() => told++);
  expect(lab.mayView()).toBe(false);
  lab.grants = [grantOf({})];
  lab.changed$.next();
  await eventually(() => lab.mayView());
  lab.grants = [];
  lab.changed$.next();
  await eventually(() => !lab.mayView());
  expect(told).toBe(2);
  stop();
  lab.rights.close();
});

it('changes that come during a read are read after it', async () => {
  const lab = startLab();
  await lab.rights.start();
  for (let i = 0; i < 5; i++) lab.changed$.next();
  lab.grants = [grantOf({})];
  lab.changed$.next();
  await eventually(() => lab.mayView());
  expect(lab.reads).toBeLessThanOrEqual(3);
  lab.rights.close();
});

it('without a live feed they are asked for each second', async () => {
  const lab = startLab();
  await lab.rights.start();
  lab.isLive = false;
  lab.grants = [grantOf({})];
  await eventually(() => lab.mayView());
  lab.rights.close();
});

it('nobody may do anything before the grants were read, and what is known holds while they cannot be', async () => {
  const lab = startLab();
  lab.fails = true;
  await lab.rights.start();
  expect(lab.errors).toHaveLength(1);
  expect(() => lab.mayView()).toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
  lab.fails = false;
  lab.grants = [grantOf({})];
  await eventually(() => {
    try {
      return lab.mayView();
    } catch {
      return false;
    }
  });
  lab.fails = true;
  await lab.rights.refresh();
  expect(lab.mayView()).toBe(true);
  lab.rights.close();
});

it('a grant that ends by itself is told of', async () => {
  const lab = startLab();
  lab.grants = [grantOf({ expiresAt: 1_050 })];
  await lab.rights.start();
  expect(lab.mayView()).toBe(true);
  const ended = Promise.withResolvers<void>();
  lab.rights.onChange(() => ended.resolve());
  lab.now = 1_050;
  await ended.promise;
  expect(lab.mayView()).toBe(false);
  lab.rights.close();
});

it('those whom the options name may do everything', async () => {
  const lab = startLab(['user:ann']);
  await lab.rights.start();
  for (const target of ['installation', 'tenants/acme'] as const)
    expect(may(lab.rights.rightsOf(ann), 'grant', target, 'app', 0)).toBe(true);
  expect(may(lab.rights.rightsOf({ id: 'bob', groups: ['ann'] }), 'list', 'global', 'app', 0)).toBe(false);
  lab.rights.close();
});
