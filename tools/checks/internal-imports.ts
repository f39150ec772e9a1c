/** One sentence for each import of an application's file that only the packages of Tenantry may have. */
export function internalImports(file: string, imports: readonly string[]): string[] {
  return imports
    .filter(specifier => /^@tenantry\/[^/]+\/internal$/.test(specifier))
    .map(specifier => `${file} imports ${specifier}: an application uses only what is public`);
}
