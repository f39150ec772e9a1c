/** A Lua script with its contract in its first lines. Scripts live in code, not in files, so that bundled apps have them. */
export interface LuaScript {
  readonly numberOfKeys: number;
  readonly source: string;
}
