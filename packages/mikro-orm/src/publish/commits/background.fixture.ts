import { Plan, plans } from '../../plans.fixture.ts';
import { holdNextApply, openSystem, type SystemOptions, type TestSystem } from '../../system.fixture.ts';

/** An application that publishes in the background, and what a test does with it. */
export interface BackgroundSystem extends TestSystem {
  /** Creates so many rows of one tenant, in one transaction. */
  create(count: number): Promise<void>;
  /** Does all that comes before the commit of so many rows, and answers how to commit them: what is held has a budget of 5 s. */
  prepare(count: number): Promise<() => Promise<void>>;
  /** Holds the publish of one transaction that no other shares a row with, and answers how to let it go on. */
  holdPublish(): Promise<() => void>;
  /** How many changes each message of the tenant's feed has. */
  sizes(): Promise<number[]>;
}

export async function openBackground({ tenantry, ...options }: Partial<SystemOptions> = {}): Promise<BackgroundSystem> {
  const system = await openSystem({
    sync: [[Plan, plans]],
    ...options,
    tenantry: { publish: 'background', ...tenantry },
  });
  const background: BackgroundSystem = {
    ...system,
    async create(count) {
      const em = system.em();
      for (let i = 0; i < count; i++) em.create(Plan, { tenantId: 'acme' });
      await em.flush();
    },
    async prepare(count) {
      const em = system.em();
      await em.begin();
      for (let i = 0; i < count; i++) em.create(Plan, { tenantId: 'acme' });
      await em.flush();
      return () => em.commit();
    },
    async holdPublish() {
      await system.replication.settled();
      const held = holdNextApply(system);
      await background.create(1);
      await held.reached;
      return held.release;
    },
    sizes: async () => (await system.feed('acme')).map(({ changes }) => changes.length),
  };
  return background;
}
