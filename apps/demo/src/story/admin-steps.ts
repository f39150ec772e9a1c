import { isDeepStrictEqual } from 'node:util';
import { eventually } from '@tenantry/testing';
import type { Browser } from 'playwright-core';
import { machineTime } from '../machine-time.ts';
import type { Demo } from '../supervisor/demo.ts';
import { readersHave, signIn, type Visitor } from './admin-visitor.ts';
import { affectedSetting, rowOf } from './setting-sight.ts';
import { check, type Step, type StepOutcome } from './step.ts';

const globex = { tenant: 'globex', setting: 'appearance' } as const;
const MAY_LOOK = 'You may look at this value, and not change it.';

/** The admin in a browser: Vera may look, Ann may edit, and Olga may do everything. */
export function adminSteps(browser: Browser): readonly Step[] {
  let vera: Visitor;
  let ann: Visitor;
  let before: Readonly<Record<string, unknown>>;
  return [
    {
      name: 'sign in to the admin as a viewer',
      async play(demo) {
        vera = await signIn(demo, browser, 'vera', globex);
        await vera.says(MAY_LOOK);
        await vera.says('live');
        const { value } = await rowOf(demo, globex);
        const shown = await vera.valueOf('greeting');
        check(shown === (value as { greeting: string }).greeting, `the page shows the greeting "${shown}"`);
        check((await saveButtons(vera)) === 0, 'a viewer can save');
        return { affected: [], seen: 'the value as in the database, and no way to save' };
      },
    },
    {
      name: 'an editor changes a setting there',
      async play(demo) {
        ann = await signIn(demo, browser, 'ann', globex);
        await ann.says('live');
        await ann.fill('itemsPerPage', '75');
        const value = { ...((await rowOf(demo, globex)).value as object), itemsPerPage: 75 };
        const outcome = await written(demo, ann, { versions: 1, value }, () => ann.save('a wish'));
        await eventually(async () => check((await vera.valueOf('itemsPerPage')) === '75', "Vera's page is behind"));
        const { updatedBy } = await rowOf(demo, globex);
        check(updatedBy === 'ann', `the row says that ${updatedBy} wrote it`);
        return { ...outcome, seen: "both readers, and Vera's open page; ms from the click" };
      },
    },
    {
      name: 'two edit the same setting',
      async play(demo) {
        before = (await rowOf(demo, globex)).value as typeof before;
        await ann.fill('greeting', 'Good to see you');
        const theirs = { ...globex, verb: 'patch', value: { theme: 'dark' }, options: { actor: 'bob' } } as const;
        const both = { ...before, greeting: 'Good to see you', theme: 'dark' };
        const outcome = await written(demo, ann, { versions: 2, value: both }, async () => {
          await ann.save('friendlier', () => demo.writeSetting(theirs));
          await ann.says('Both changes are in your draft');
          await ann.page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
        });
        return { ...outcome, seen: 'the late one was refused, then merged field by field' };
      },
    },
    {
      name: 'an editor goes back to a version',
      async play(demo) {
        const { version } = await rowOf(demo, globex);
        await ann.open(globex, '?tab=history');
        // Two versions ago: before the two who met.
        await ann.page.getByRole('button', { name: `Set again v${version - 2}` }).click();
        const outcome = await written(demo, ann, { versions: 1, value: before }, () =>
          ann.page.getByRole('button', { name: `Set v${version - 2} again` }).click(),
        );
        return { ...outcome, seen: 'both readers have the old value, as a new version' };
      },
    },
    {
      name: 'a right is taken while a page is open',
      async play(demo) {
        await ann.open(globex);
        await ann.says('Nothing to save.');
        const olga = await signIn(demo, browser, 'olga', globex);
        const { items } = await call(olga, 'GET', 'grants?who=user:ann');
        const [grant] = items as { id: string; verbs: string[]; scope: string; config: string; who: string }[];
        check(grant !== undefined, 'Ann has no grant');
        const since = machineTime();
        await call(olga, 'DELETE', `grants/${grant?.id}`);
        await ann.says(MAY_LOOK);
        const ms = machineTime() - since;
        check((await saveButtons(ann)) === 0, 'Ann can still save');
        const refused = await put(ann);
        check(refused === 403, `what Ann sends all the same is answered with ${refused}`);
        const { who, verbs, scope, config } = grant as NonNullable<typeof grant>;
        await call(olga, 'POST', 'grants', { who, verbs, scope, config });
        await ann.says('Nothing to save.');
        for (const visitor of [vera, ann, olga]) await visitor.page.context().close();
        return { affected: [], ms, seen: 'the open page takes no more changes, and does again with the right back' };
      },
    },
  ];
}

const saveButtons = (visitor: Visitor): Promise<number> =>
  visitor.page.getByRole('button', { name: 'Look and save' }).count();

/** What `write` does makes so many versions, the last of them with this value, and reaches both readers. */
async function written(
  demo: Demo,
  visitor: Visitor,
  { versions, value }: { readonly versions: number; readonly value: object },
  write: () => Promise<unknown>,
): Promise<Omit<StepOutcome, 'seen'>> {
  const version = (await rowOf(demo, globex)).version + versions;
  const since = machineTime();
  await write();
  await visitor.says(new RegExp(`(Saved|stands again,) as v${version}`));
  const row = await rowOf(demo, globex);
  check(row.version === version, `the row is at version ${row.version}, not ${version}`);
  check(isDeepStrictEqual(row.value, value), `the row has ${JSON.stringify(row.value)}`);
  const ms = await readersHave(demo, globex, version, value, since);
  return { affected: [affectedSetting({ name: globex.setting }, value)], ms };
}

/** A call of the API by the page that somebody has open. */
async function call(visitor: Visitor, method: string, path: string, body?: object) {
  const { page } = visitor;
  const answered = await page.evaluate(fetchFromPage, { method, path, body: body && JSON.stringify(body) });
  check(answered.status < 300, `${method} ${path} was answered with ${answered.status}: ${answered.text}`);
  return answered.text === '' ? undefined : JSON.parse(answered.text);
}

async function put(visitor: Visitor): Promise<number> {
  const path = `tenants/${globex.tenant}/configs/${globex.setting}`;
  const body = JSON.stringify({ json: '{}' });
  const { status } = await visitor.page.evaluate(fetchFromPage, { method: 'PUT', path, body, ifMatch: '*' });
  return status;
}

/** Runs in the page, with its cookies. */
async function fetchFromPage({
  method,
  path,
  body,
  ifMatch,
}: {
  method: string;
  path: string;
  body?: string | undefined;
  ifMatch?: string;
}) {
  const headers = { 'content-type': 'application/json', ...(ifMatch && { 'if-match': ifMatch }) };
  const response = await fetch(`/api/v1/${path}`, { method, headers, ...(body && { body }) });
  return { status: response.status, text: await response.text() };
}
