// The page, for who serves it.

export { createPage } from './create-page.ts';
export { type PageFile, type PageFilesOptions, pageFiles } from './page-files.ts';
export { PAGE_POLICY } from './page-policy.ts';
