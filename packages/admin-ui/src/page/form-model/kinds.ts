import { isList, type Json, NumberText } from '../json/json-tree.ts';

/** What kind of JSON a value is, in the words of the page. */
export function kindOf(json: Json): string {
  if (json === null) return 'null';
  if (typeof json === 'string') return 'text';
  if (typeof json === 'boolean') return 'yes or no';
  if (json instanceof NumberText) return 'number';
  return isList(json) ? 'list' : 'object';
}
