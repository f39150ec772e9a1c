// What a person gives to `tenantry dev --definitions`.
export { configs, limits } from './folder.fixture.ts';

export const port = 4_000;
