import { expect, it } from 'vitest';
import { withProfile } from './profile-meant.ts';

const all = { current: 'a', profiles: { a: { url: 'http://x', token: 'old' }, b: { url: 'http://y' } } };

it('a token is kept beside whatever else has become of the file, and for the address that it was tried at', () => {
  const signedIn = { name: 'a', profile: { url: 'http://x', token: 'new' } };
  expect(withProfile(all, '/file', signedIn)).toEqual({ ...all, profiles: { ...all.profiles, a: signedIn.profile } });
  const moved = { ...all, profiles: { a: { url: 'http://z' } } };
  expect(() => withProfile(moved, '/file', signedIn)).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
  expect(() => withProfile({ profiles: {} }, '/file', signedIn)).toThrow(
    expect.objectContaining({ code: 'NOT_CONFIGURED' }),
  );
});
