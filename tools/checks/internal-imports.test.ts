import { expect, it } from 'vitest';
import { internalImports } from './internal-imports.ts';

it('keeps applications away from what only the packages may use', () => {
  expect(internalImports('apps/demo/src/page.ts', ['@tenantry/protocol', '@tenantry/protocol/wire', 'zod'])).toEqual(
    [],
  );
  expect(internalImports('apps/demo/src/page.ts', ['@tenantry/protocol/internal'])).toHaveLength(1);
});
