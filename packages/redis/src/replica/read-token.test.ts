import { GLOBAL_TENANT, type Tenant } from '@tenantry/protocol';
import { seededRandom } from '@tenantry/testing';
import { describe, expect, it } from 'vitest';
import { BEGINNING, decodeReadToken, encodeReadToken } from './read-token.ts';

const moment = { epoch: 'AbCdEf012345', seq: 7, tag: '00ff00ff00ff00ff' };

describe('a read token', () => {
  it('is a short text for urls and headers, and does not show the tenant', () => {
    const token = encodeReadToken('acme', moment);
    expect(token).toMatch(/^[\w-]{47}$/);
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('acme');
    // What other processes have in their hands must go on being understood.
    expect(token).toBe('AQAAAAAAAAAHAP8A_wD_AP-CKzOth8FBYkNkRWYwMTIzNDU');
  });

  it.each([moment, { ...moment, seq: Number.MAX_SAFE_INTEGER }, { ...BEGINNING, tag: '0000000000000000' }])(
    'gives back what it names: %o',
    each => {
      expect(decodeReadToken(encodeReadToken('acme', each))).toMatchObject(each);
    },
  );

  it('is of one tenant and of no other', () => {
    const tenants: readonly Tenant[] = ['acme', 'Acme', 'global', '@global', GLOBAL_TENANT];
    for (const tenant of tenants) {
      const token = decodeReadToken(encodeReadToken(tenant, moment));
      expect(tenants.filter(each => token.isOf(each))).toEqual([tenant]);
    }
  });

  it.each([
    undefined,
    null,
    7,
    {},
    '',
    'xyz',
    ' ',
    encodeReadToken('acme', moment).slice(0, 20),
    `${encodeReadToken('acme', moment)}=`,
    `${encodeReadToken('acme', moment)}\n`,
    Buffer.from(JSON.stringify(['a transaction'])).toString('base64url'),
    Buffer.alloc(30, 2).toString('base64url'),
    Buffer.alloc(500, 1).toString('base64url'),
    encodeReadToken('acme', { ...moment, seq: 0 }),
    encodeReadToken('acme', { ...moment, epoch: '' }),
  ])('is refused where it is none: %o', token => {
    expect(() => decodeReadToken(token)).toThrow(expect.objectContaining({ code: 'INVALID_TOKEN' }));
  });

  it('of any bytes is a token or an INVALID_TOKEN', () => {
    const random = seededRandom();
    for (let i = 0; i < 2_000; i++) {
      const bytes = Buffer.from(Array.from({ length: random.int(0, 60) }, () => random.int(0, 255)));
      if (random.chance(0.7)) bytes[0] = 1;
      try {
        decodeReadToken(bytes.toString('base64url'));
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_TOKEN' });
      }
    }
  });
});
