/** What a grant must be for, beside configs, so that one may change which groups a scope is in. The server asks for the same. */
export const GROUPS = '@groups';
