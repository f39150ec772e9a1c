// Imports nothing at run time: the page bundles it, and the command line starts with it.

export { PATHS } from './routes/paths.ts';
