import type { AnyConfig } from '@tenantry/protocol';
import { jsonSchemaOf, unnamedFields } from '@tenantry/protocol/internal';
import type { FileWarning } from '../folder/file-problem.ts';
import type { FolderDocument } from '../folder/folder-document.ts';
import { firstOf } from './first-of.ts';

/**
 * Fields that no schema names, of documents that `checkDocuments` let through: they may be misspelt, and the value counts all the same. Nothing is said of a
 * secret, and of a config whose library does not say its schema as JSON Schema.
 */
export function findWarnings(documents: readonly FolderDocument[], definitions: Iterable<AnyConfig>): FileWarning[] {
  const byName = new Map([...definitions].map(each => [each.name, each]));
  return documents.flatMap(document => warningsOf(document, byName.get(document.config)));
}

/** Finds the warnings of a document. */
export type FindWarnings = typeof warningsOf;

/** Remembers what was found of a document that a later scan has again. */
export function rememberWarnings(): FindWarnings {
  const remembered = new WeakMap<FolderDocument, readonly FileWarning[]>();
  return (document, definition) => {
    const known = remembered.get(document);
    if (known) return known;
    const found = warningsOf(document, definition);
    remembered.set(document, found);
    return found;
  };
}

function warningsOf(document: FolderDocument, definition: AnyConfig | undefined): readonly FileWarning[] {
  // A field of a secret may be one itself.
  const schema = definition && !definition.secret ? jsonSchemaOf(definition).schema : undefined;
  if (!schema) return [];
  const { path, scope, config, json, place } = document;
  const toWarning = (pointer: string, field: string) => ({
    ...{ path, ...place(pointer), scope, config },
    message: `warning: "${config}": the schema does not name ${field}`,
  });
  return firstOf(
    unnamedFields(schema, JSON.parse(json)),
    pointer => toWarning(pointer, pointer),
    left => toWarning('', `${left} more fields`),
  );
}
