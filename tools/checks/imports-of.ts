import { parseSync, Visitor } from 'oxc-parser';

/** Every module that a source file names, types included: import, export from, import(), typeof import(). */
export function importsOf(path: string, source: string): string[] {
  const { program, errors } = parseSync(path, source);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  const found = new Set<string>();
  const add = (node: { readonly value?: unknown } | null): void => {
    if (typeof node?.value === 'string') found.add(node.value);
  };
  new Visitor({
    ImportDeclaration: node => add(node.source),
    ExportNamedDeclaration: node => add(node.source),
    ExportAllDeclaration: node => add(node.source),
    ImportExpression: node => add('value' in node.source ? node.source : null),
    TSImportType: node => add(node.source),
    TSExternalModuleReference: node => add('value' in node.expression ? node.expression : null),
  }).visit(program);
  return [...found];
}
