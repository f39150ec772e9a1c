import { Cascade, Collection, type Ref as EntityRef } from '@mikro-orm/core';
import { Entity, ManyToMany, ManyToOne, OneToMany, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { defineSync } from '@tenantry/protocol';
import { eventually } from '@tenantry/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { openSystem, ownersIn, type SystemOptions, type TestSystem, withoutVersions } from '../system.fixture.ts';
import type { SyncEntry } from './definition-registry.ts';

let system: TestSystem;
afterEach(() => system?.[Symbol.asyncDispose]());

async function open(sync: readonly SyncEntry[], options: Partial<SystemOptions> = {}): Promise<void> {
  system = await openSystem({ sync, ...options });
}

async function expectConverged(): Promise<void> {
  expect(await withoutVersions(system)).toEqual(await system.expectedKeys());
}

const addresses = async () => Object.keys(await ownersIn(system));

describe('relations', () => {
  @Entity({ tableName: 'owner' })
  class Owner {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string' }) tenantId!: string;
    @ManyToMany(
      () => Tag,
      tag => tag.owners,
      { owner: true },
    )
    tags = new Collection<Tag>(this);
    @OneToMany(
      () => Part,
      part => part.owner,
      { orphanRemoval: true, cascade: [Cascade.ALL] },
    )
    parts = new Collection<Part>(this);
  }
  @Entity({ tableName: 'tag' })
  class Tag {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @ManyToMany(
      () => Owner,
      owner => owner.tags,
    )
    owners = new Collection<Owner>(this);
  }
  @Entity({ tableName: 'part' })
  class Part {
    @PrimaryKey({ type: 'integer' }) id!: number;
    @Property({ type: 'string' }) tenantId!: string;
    @ManyToOne(() => Owner, { ref: true }) owner!: EntityRef<Owner>;
  }
  const owners = defineSync<Owner>()({ name: 'owners', tenant: 'tenantId', keys: { id: ['id'] }, omit: ['parts'] });
  const parts = defineSync<Part>()({ name: 'parts', tenant: 'tenantId', keys: { id: ['id'], owner: ['owner', 'id'] } });
  const entities = [Owner, Tag, Part];

  async function openRelations(): Promise<void> {
    await open(
      [
        [Owner, owners],
        [Part, parts],
      ],
      { entities },
    );
    const em = system.em();
    const owner = em.create(Owner, { tenantId: 'acme', tags: [{}, {}] } as never) as Owner;
    em.create(Part, { tenantId: 'acme', owner });
    em.create(Part, { tenantId: 'acme', owner });
    em.create(Tag, {} as never);
    em.create(Owner, { tenantId: 'acme' } as never);
    await em.flush();
  }

  // R6
  it('to one are the other key, and can be keyed by', async () => {
    await openRelations();
    expect(await addresses()).toContain('acme/parts:owner:1:1');
    expect(await system.value('acme', 'parts:id:1')).toEqual({ id: 1, tenantId: 'acme', owner: 1 });
    const em = system.em();
    (await em.findOneOrFail(Part, 1)).owner = em.getReference(Owner, 2, { wrapped: true });
    await em.flush();
    expect(await addresses()).toContain('acme/parts:owner:2:1');
    expect(await addresses()).not.toContain('acme/parts:owner:1:1');
    await expectConverged();
  });

  // R6
  it('many to many are the list of keys, and a change of nothing else is seen from the owning side', async () => {
    await openRelations();
    expect(await system.value('acme', 'owners:id:1')).toEqual({ id: 1, tenantId: 'acme', tags: [1, 2] });
    const em = system.em();
    const owner = await em.findOneOrFail(Owner, 1, { populate: ['tags'] });
    owner.tags.remove(em.getReference(Tag, 1));
    owner.tags.add(em.getReference(Tag, 3));
    await em.flush();
    expect(await system.value('acme', 'owners:id:1')).toEqual({ id: 1, tenantId: 'acme', tags: [2, 3] });
    await expectConverged();
  });

  // R6, R7
  it('many to many are seen where the collection was never loaded', async () => {
    await openRelations();
    const em = system.em();
    ((await em.findOneOrFail(Owner, 1, { fields: ['id'] })) as unknown as Owner).tags.add(em.getReference(Tag, 3));
    await em.flush();
    expect(await system.value('acme', 'owners:id:1')).toMatchObject({ tags: [1, 2, 3] });
    await expectConverged();
  });

  // R6
  it('many to many are seen from the other side', async () => {
    await openRelations();
    const em = system.em();
    const tag = await em.findOneOrFail(Tag, 1, { populate: ['owners'] });
    tag.owners.add(em.getReference(Owner, 2));
    tag.owners.remove(em.getReference(Owner, 1));
    await em.flush();
    expect(await system.value('acme', 'owners:id:1')).toMatchObject({ tags: [2] });
    expect(await system.value('acme', 'owners:id:2')).toMatchObject({ tags: [1] });
    await expectConverged();
  });

  // R6
  it('many to many that lose a deleted row are seen', async () => {
    await openRelations();
    const em = system.em();
    em.remove(await em.findOneOrFail(Tag, 1, { populate: ['owners'] }));
    await em.flush();
    expect(await system.value('acme', 'owners:id:1')).toMatchObject({ tags: [2] });
  });

  // R9
  it('many to many that two transactions change at once end at both changes', async () => {
    await openRelations();
    const [slow, fast] = [system.em(), system.em()];
    const add = async (em: typeof slow, tag: number) =>
      ((await em.findOneOrFail(Owner, 2, { fields: ['id'] })) as unknown as Owner).tags.add(em.getReference(Tag, tag));
    await slow.begin();
    await add(slow, 1);
    await slow.flush();
    await add(fast, 2);
    let isDone = false;
    const flush = fast.flush().then(() => {
      isDone = true;
    });
    // Without the owner's lock the fast one would draw the higher version and publish without the slow one's tag.
    const ofOwner = expect.stringMatching(/from ['"`]owner['"`]/);
    await eventually(async () => expect(await system.lockWaits()).toContainEqual(ofOwner), { intervalMs: 150 });
    expect(isDone).toBe(false);
    await slow.commit();
    await flush;
    expect(await system.value('acme', 'owners:id:2')).toMatchObject({ tags: [1, 2] });
    await expectConverged();
  });

  // R6
  it('that orphan a row remove it', async () => {
    await openRelations();
    const em = system.em();
    const owner = await em.findOneOrFail(Owner, 1, { populate: ['parts'] });
    owner.parts.remove(owner.parts[0] as Part);
    await em.flush();
    await expectConverged();
    expect(await addresses()).not.toContain('acme/parts:id:1');
    owner.parts.removeAll();
    await em.flush();
    await expectConverged();
  });

  // R6
  it('that cascade a removal remove every row of it', async () => {
    await openRelations();
    const em = system.em();
    em.remove(await em.findOneOrFail(Owner, 1, { populate: ['parts'] }));
    await em.flush();
    expect(await addresses()).toEqual(['acme/owners:id:2']);
  });
});
