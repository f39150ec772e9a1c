import { Properties } from 'properties-file/parser';
import { wrongUse } from '../failures/failure.ts';
import { isObject } from '../json/is-object.ts';
import { CollectedValues } from './collect-values.ts';
import type { ImportMap } from './import-map.ts';
import type { Imported, ImportSource } from './imported.ts';
import { objectsOf, readJson, textOf } from './look-into.ts';
import { readYaml } from './read-yaml.ts';
import { scalarOf } from './scalar-of.ts';

/** One namespace of one cluster. */
interface Namespace {
  readonly name: string;
  readonly cluster: string;
  readonly format: string;
  /** What the namespace says, where it is no file of properties; undefined: its items do not say it. */
  readonly content: string | undefined;
  readonly items: readonly Item[];
  /** The places of items that cannot be read, from 1. */
  readonly unread: readonly number[];
}

interface Item {
  readonly key: string;
  readonly value: string;
}

/**
 * Apollo: a file of its export (`app+cluster+namespace.format`: the text itself, or its items in JSON), or namespaces as its open API answers
 * them (JSON). A namespace becomes the config of its name; of properties each dot in a key goes a name deeper. The cluster `default` is the scope for
 * everybody, any other the group of its name.
 */
export function fromApollo(source: ImportSource, map: ImportMap): Imported {
  const values = new CollectedValues(source.file);
  for (const namespace of namespacesOf(source)) {
    const { name, cluster, format, unread } = namespace;
    for (const item of unread) values.note(`${name} item ${item}`, 'it has no key, or no text as its value');
    const scope = scopeOf(cluster, source, map);
    const to = map.configOf(name);
    if (scope === null || to === null) continue;
    const { config, path } = to ?? { config: name, path: [] };
    if (format === 'properties') {
      for (const { key, value } of namespace.items) {
        const own = map.configOf(`${name}/${key}`) ?? map.configOf(key);
        if (own === null || map.configOf(`${name}/${key}`) === null) continue;
        const given = own?.as === 'text' ? value : scalarOf(value);
        if (own) values.put(`${name} ${key}`, scope, own.config, own.path, given);
        else values.put(`${name} ${key}`, scope, config, [...path, ...key.split('.')], given);
      }
      continue;
    }
    if (namespace.content === undefined) {
      values.note(name, 'it has no content: its list of items is empty. If its value is [] itself, set that here');
      continue;
    }
    const value = contentOf(name, format, namespace.content);
    if (value === undefined) values.note(name, `the format ${format} has no value that a config can have`);
    else values.put(name, scope, config, path, value.is);
  }
  return values.done();
}

function scopeOf(cluster: string, { scope = 'global' }: ImportSource, map: ImportMap): string | null {
  const mapped = map.scopeOf(cluster);
  if (mapped !== undefined) return mapped;
  return cluster === 'default' ? scope : `groups/${cluster}`;
}

function namespacesOf({ text, file }: ImportSource): readonly Namespace[] {
  const parts = file.split('+');
  if (parts.length === 3) return [namespaceOfFile(parts as [string, string, string], text)];
  if (!file.endsWith('.json'))
    throw wrongUse(
      `${file} is called otherwise than Apollo calls what it exports: app+cluster+namespace.properties. Unpack its archive first.`,
    );
  const found = objectsOf(readJson(text, file));
  if (found.length === 0 || !found.every(each => textOf(each.namespaceName) !== undefined && Array.isArray(each.items)))
    throw wrongUse(`${file} has no namespaces as the open API of Apollo answers them.`);
  return found.map(each => {
    const format = textOf(each.format) ?? 'properties';
    const full = textOf(each.namespaceName) as string;
    const name = full.endsWith(`.${format}`) ? full.slice(0, -format.length - 1) : full;
    return {
      name,
      cluster: textOf(each.clusterName) ?? 'default',
      format,
      ...itemsOf(each.items as readonly unknown[]),
    };
  });
}

function itemsOf(items: readonly unknown[]): Pick<Namespace, 'items' | 'content' | 'unread'> {
  const read = items.map(itemOf);
  // Lines that are empty or a comment have no key.
  const named = read.flatMap(item => (item && item.key !== '' ? item : []));
  const content = named.find(({ key }) => key === 'content')?.value;
  return { items: named, content, unread: read.flatMap((item, i) => (item === undefined ? [i + 1] : [])) };
}

function itemOf(item: unknown): Item | undefined {
  const [key, value] = isObject(item) ? [textOf(item.key), textOf(item.value)] : [];
  return key !== undefined && value !== undefined && (key !== '' || value === '') ? { key, value } : undefined;
}

function namespaceOfFile([, cluster, last]: [string, string, string], text: string): Namespace {
  const at = last.lastIndexOf('.');
  const [name, format] = at === -1 ? [last, 'properties'] : [last.slice(0, at), last.slice(at + 1).toLowerCase()];
  const listed = listedItems(text);
  if (listed) return { name, cluster, format, ...itemsOf(listed) };
  const items = format === 'properties' ? new Properties(text).getProperties() : [];
  return { name, cluster, format, content: text, items, unread: [] };
}

/** Newer releases of Apollo write a file of any format as the list of its items in JSON, whatever its name ends with; undefined: it is none. */
function listedItems(text: string): readonly unknown[] | undefined {
  try {
    const items: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    const isList = Array.isArray(items) && items.every(item => isObject(item) && typeof item.namespaceId === 'number');
    return isList ? items : undefined;
  } catch {
    return undefined;
  }
}

function contentOf(name: string, format: string, content: string): { readonly is: unknown } | undefined {
  if (format === 'json') return { is: readJson(content, name) };
  if (format === 'txt') return { is: content };
  if (format !== 'yaml' && format !== 'yml') return undefined;
  return { is: readYaml(content, name) };
}
