// The page as files. Who serves them decides where, and who may ask.

export { type PageFile, type PageFilesOptions, pageFiles } from './page-files.ts';
export { PAGE_POLICY } from './page-policy.ts';
