import { later } from '../parts/later.tsx';

/** Few change groups: its code is loaded with the rest of the pages. */
export const LaterGroupsDialog = later(async () => (await import('../shell/rest-of-pages.ts')).GroupsDialog);
