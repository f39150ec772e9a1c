import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPageLab, type PageLab } from './page-lab.fixture.ts';

let lab: PageLab;
beforeAll(async () => {
  lab = await openPageLab();
});
afterAll(() => lab?.[Symbol.asyncDispose]());

describe('the operations', () => {
  it('show what the doctor finds, what is wrong first, and look again with the keyboard', async () => {
    await using visit = await lab.visit('root');
    const { page } = visit;
    await visit.open('/operations');
    await page.getByRole('link', { name: 'Doctor' }).press('Enter');
    const row = page.getByRole('row', { name: /outbox/ });
    await row.getByText('fine').waitFor();
    const hourAgo = Date.now() - 3_600_000;
    await lab.lab.system.sql(
      `insert into tenantry_outbox (transaction_id, source, record_id, op, created_at, available_at) values ('waits', 'gone', '1', 'update', ${hourAgo}, ${Date.now() + 600_000})`,
    );
    await page.getByRole('button', { name: 'Look now' }).press('Enter');
    await row.getByText('wrong').waitFor();
    expect(await row.textContent()).toMatch(/the oldest for 1 h.*Look whether a worker runs/);
    expect(await page.getByRole('row').nth(1).textContent()).toContain('wrong');
    await page.getByRole('status').getByText('want somebody to look').waitFor();
    expect(await visit.violations()).toEqual([]);
    await lab.lab.system.sql(`delete from tenantry_outbox where source = 'gone'`);
    await page.getByRole('button', { name: 'Look now' }).press('Enter');
    await row.getByText('fine').waitFor();
    expect(visit.complaints).toEqual([]);
  });

  it('say of a worker what its number and its time are', async () => {
    // As BullMQ names the connection of a worker.
    const queue = Buffer.from('tenantry').toString('base64');
    const worker = lab.lab.system.redis.duplicate({ connectionName: `bull:${queue}` });
    try {
      const id = await worker.client('ID');
      await using visit = await lab.visit('root');
      await visit.open('/operations');
      const card = visit.page.getByRole('region', { name: 'Workers' });
      await card.getByText('1 connection', { exact: true }).waitFor();
      expect(await card.textContent()).toContain('on the queue tenantry');
      expect(await card.textContent()).toMatch(new RegExp(`connection ${id}, heard`));
    } finally {
      worker.disconnect();
    }
  });
});
