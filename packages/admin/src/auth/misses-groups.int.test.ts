import { expect, it } from 'vitest';
import { openLab } from '../admin.fixture.ts';

it('of callers whose groups the identity provider left out it warns once, without a name, and each of them is told', async () => {
  const auth = (request: Request) => {
    const id = request.headers.get('x-user') ?? '';
    return { id, groups: [], ...(id !== 'root' && { missesGroups: true as const }) };
  };
  await using lab = await openLab({ admin: { auth } });
  expect((await lab.as('root').get('/me')).body).not.toHaveProperty('missesGroups');
  expect(lab.errors).toEqual([]);
  for (const user of ['ann', 'bob', 'ann'])
    expect((await lab.as(user).get('/me')).body).toMatchObject({ groups: [], missesGroups: true });
  expect(lab.errors).toEqual([
    expect.objectContaining({ message: expect.stringContaining('does not say all groups') }),
  ]);
  expect(String(lab.errors[0])).not.toMatch(/ann|bob/);
});
