import type { Json } from '../json/json-tree.ts';
import { NumberText } from '../json/json-tree.ts';
import type { Branch, FieldModel } from './field-model.ts';

/**
 * What a field begins with when somebody sets it: as little as can be. Never the schema's default: a default that was written down no longer
 * follows the schema. Only what has one value at all (a tag) is filled in.
 */
export function startingValue(model: FieldModel): Json {
  switch (model.kind) {
    case 'object':
      return new Map(model.fields.flatMap(field => onlyValue(field.name, field.required, field.model)));
    case 'record':
      return new Map();
    case 'list':
      return [];
    case 'text':
      return '';
    case 'number':
      return new NumberText(String(Math.max(model.least ?? 0, Math.min(0, model.most ?? 0))));
    case 'boolean':
      return false;
    case 'choice':
      return model.options[0] ?? null;
    case 'union': {
      const [first] = model.branches;
      return first === undefined ? null : startingBranch(model.tag, first);
    }
    default:
      return null;
  }
}

export function startingBranch(tag: string | undefined, branch: Branch): Json {
  const start = startingValue(branch.model());
  if (tag === undefined || branch.tagged === undefined || !(start instanceof Map)) return start;
  return new Map([[tag, branch.tagged], ...start]);
}

function onlyValue(name: string, required: boolean, model: () => FieldModel): [string, Json][] {
  if (!required) return [];
  const inner = model();
  return inner.kind === 'choice' && inner.options.length === 1 ? [[name, inner.options[0] as Json]] : [];
}
