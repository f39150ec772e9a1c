import { type Schema, Validator } from '@cfworker/json-schema';
import { wantedBySchema } from '@tenantry/protocol/internal';
import { parseJson } from '../json/raw-numbers.ts';
import type { PlannedChange, PlannedScope, PlanProblem } from './plan.ts';
import type { ServerDefinition, ServerDefinitions } from './read/read-definitions.ts';

/** Errors of the parts around the one that is wrong. */
const OUTER = new Set([
  'properties',
  'items',
  'additionalProperties',
  'patternProperties',
  'propertyNames',
  'anyOf',
  'oneOf',
  'allOf',
  '$ref',
]);

/**
 * What is no proof against a text. The flags of a regular expression are lost in JSON Schema, a text may be trimmed before it is compared, and libraries
 * take formats more widely than validators do.
 */
const UNSURE = new Set(['pattern', 'format']);
const EITHER = new Set(['anyOf', 'oneOf']);

/**
 * Values that the schema of their config does not let through, as far as its JSON Schema says. Of configs that tenants inherit the server itself is asked
 * (`measureReach`), since what comes of all scopes must be valid; of the others it has no such question. The server has the last word when the plan is applied.
 */
export function schemaProblems(
  scopes: readonly PlannedScope[],
  definitions: ServerDefinitions,
): { readonly problems: readonly PlanProblem[]; readonly refused: ReadonlySet<PlannedChange> } {
  const problems: PlanProblem[] = [];
  const refused = new Set<PlannedChange>();
  const validators = new Map<ServerDefinition, Validator>();
  for (const { scope, changes } of scopes)
    for (const change of changes) {
      const definition = definitions.find(change.config);
      const fault = definition && faultOf(change, definition, validators);
      if (fault === undefined) continue;
      refused.add(change);
      const { path, wanted } = fault;
      const where = path === '' ? 'the value' : path;
      const asWanted = wanted === undefined ? '' : `: ${wanted}`;
      const message = `${change.config} of ${scope}: ${where} is not as the schema wants it${asWanted}`;
      problems.push({ place: change.place, code: 'INVALID_VALUE', message });
    }
  return { problems, refused };
}

interface Fault {
  /** A JSON Pointer. */
  readonly path: string;
  /** Of the schema, never of the value. */
  readonly wanted: string | undefined;
}

/** Where the value is wrong; undefined: nowhere, or nobody knows before its secrets are there. */
function faultOf(
  change: PlannedChange,
  definition: ServerDefinition,
  validators: Map<ServerDefinition, Validator>,
): Fault | undefined {
  const { schema, inherit } = definition;
  if (change.op === 'unset' || change.isSecret || inherit !== 'none' || !schema) return undefined;
  try {
    const validator = validators.get(definition) ?? new Validator(structuredClone(schema) as Schema, '2020-12', false);
    validators.set(definition, validator);
    const { errors } = validator.validate(parseJson(change.json as string));
    const inner = errors.filter(({ keyword }) => !OUTER.has(keyword));
    const sure = inner.filter(({ keyword }) => !UNSURE.has(keyword));
    const isUnsure = sure.length < inner.length;
    // It may be the one of several that the text decides.
    if (isUnsure && (sure.length === 0 || errors.some(({ keyword }) => EITHER.has(keyword)))) return undefined;
    const [first] = [...sure, ...errors];
    return (
      first && { path: first.instanceLocation.replace(/^#/, ''), wanted: wantedBySchema(schema, first.keywordLocation) }
    );
  } catch {
    // A schema that this validator cannot follow is the server's to judge.
    return undefined;
  }
}
