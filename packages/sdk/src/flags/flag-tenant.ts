import { tenantId } from '@tenantry/protocol';

/** Why an evaluation has no tenant. No message shows what an application's own error says. */
export interface NoFlagTenant {
  readonly code: 'INVALID_CONTEXT' | 'TARGETING_KEY_MISSING';
  readonly why: string;
}

/** The id of the tenant of an evaluation, or why there is none. */
export function tenantIdOf<C>(tenantOf: (context: C) => unknown, context: C): { readonly id: string } | NoFlagTenant {
  let id: unknown;
  try {
    id = tenantOf(context);
  } catch (error) {
    return { code: 'INVALID_CONTEXT', why: thrownBy('tenantOf', error) };
  }
  if (id === undefined || id === null || id === '')
    return {
      code: 'TARGETING_KEY_MISSING',
      why: 'The context names no tenant: its `targetingKey` is missing.',
    };
  try {
    return { id: tenantId(id as string) };
  } catch (error) {
    return { code: 'INVALID_CONTEXT', why: (error as Error).message };
  }
}

/** The message of an error of the application's may show a value: only its name is told. */
export function thrownBy(option: string, error: unknown): string {
  return `\`${option}\` has thrown ${error instanceof Error ? error.name : typeof error}.`;
}
