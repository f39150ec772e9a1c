import { expect, it } from 'vitest';
import { lab, limit, mode, useLab } from '../../admin.fixture.ts';

useLab();

const root = () => lab.as('root');

// Two configs that bulks lock in either order, and a rollback of one of them between.
it('of bulks and a rollback that see the same version one is made, whole, and the others say what stands', async () => {
  const path = '/tenants/at-once/configs';
  await lab.store.tenant('at-once').set(mode, 'off');
  await lab.store.tenant('at-once').set(limit, 0);
  for (let round = 1; round <= 25; round++) {
    const { etag, body: before } = await root().get(`${path}/mode`);
    const { body: other } = await root().get(`${path}/app%2Flimit`);
    const changes = [
      { config: 'mode', json: '"on"', ifVersion: before.version },
      { config: 'app/limit', json: String(round), ifVersion: other.version },
    ];
    const answers = await Promise.all([
      root().send('POST', path, { changes }),
      root().send('POST', `${path}/mode/rollback`, { version: 1 }, { 'if-match': etag }),
      root().send('POST', path, {
        changes: changes
          .toReversed()
          .map(each => (each.config === 'mode' ? { ...each, json: '"off"' } : { ...each, json: String(-round) })),
      }),
    ]);
    expect(answers.map(({ status }) => status).sort(), JSON.stringify(answers)).toEqual([200, 412, 412]);
    const winner = answers.findIndex(({ status }) => status === 200);
    const [after, limitAfter] = [
      (await root().get(`${path}/mode`)).body,
      (await root().get(`${path}/app%2Flimit`)).body,
    ];
    expect([after.version, limitAfter.version]).toEqual([before.version + 1, other.version + (winner === 1 ? 0 : 1)]);
    expect(after.json).toBe(winner === 0 ? '"on"' : '"off"');
    expect(limitAfter.json).toBe([String(round), other.json, String(-round)][winner]);
    for (const refused of answers.filter(({ status }) => status === 412))
      expect(refused.body).toMatchObject({ code: 'CONFLICT', details: { currentVersion: expect.any(Number) } });
  }
  expect(lab.errors).toEqual([]);
  await lab.system.drain();
  const history = (await lab.store.tenant('at-once').history(mode)).items;
  expect(history.map(({ version }) => version)).toEqual(history.map((_, i) => 26 - i));
});
