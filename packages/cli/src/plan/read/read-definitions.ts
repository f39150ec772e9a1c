import type { AnswerOf } from '@tenantry/admin-api';
import type { Api } from '../../connection/api.ts';

/** A config that the server has registered. */
export type ServerDefinition = AnswerOf<'definitions.get'>;

/** The configs that the caller may see. */
export class ServerDefinitions {
  readonly #byName = new Map<string, ServerDefinition>();
  readonly #byAlias = new Map<string, ServerDefinition>();

  constructor(all: readonly ServerDefinition[]) {
    for (const definition of all) {
      this.#byName.set(definition.name, definition);
      for (const alias of definition.aliases) this.#byAlias.set(alias, definition);
    }
  }

  /** By its name, or by a former one. */
  find(name: string): ServerDefinition | undefined {
    return this.#byName.get(name) ?? this.#byAlias.get(name);
  }

  get all(): readonly ServerDefinition[] {
    return [...this.#byName.values()];
  }
}

export async function readDefinitions(api: Api): Promise<ServerDefinitions> {
  const all: ServerDefinition[] = [];
  for await (const page of api.pages('definitions.list')) all.push(...page);
  return new ServerDefinitions(all);
}
