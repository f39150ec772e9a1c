import { Properties } from 'properties-file/parser';
import { describe, expect, it } from 'vitest';
import { importFrom } from './import-from.ts';
import { NO_MAP, readImportMap } from './import-map.ts';

const apollo = (file: string, text: string, map = NO_MAP) => importFrom('apollo', [{ file, text }], map);

it('reads properties as Java writes them', () => {
  const text = [
    '# comment',
    '! another',
    'a=1',
    'b : two words  ',
    'c three',
    'path=C\\:\\\\temp',
    'long=one,\\',
    '     two',
    'umlaut=\\u00fc\\tx',
    'key\\ with\\=signs = v',
    'empty',
    'even=ends with two\\\\',
    'full\u3000width=\u3000x\u00a0',
    'form\f=\ffeed',
    '',
  ].join('\n');
  expect(new Properties(text).getProperties().map(({ key, value }) => [key, value])).toEqual([
    ['a', '1'],
    ['b', 'two words  '],
    ['c', 'three'],
    ['path', 'C:\\temp'],
    ['long', 'one,two'],
    ['umlaut', 'ü\tx'],
    ['key with=signs', 'v'],
    ['empty', ''],
    ['even', 'ends with two\\'],
    ['full\u3000width', '\u3000x\u00a0'],
    ['form', 'feed'],
  ]);
});

describe('a file that Apollo exported', () => {
  const properties = 'db.pool.size = 5\ndb.url=jdbc:x\nbatch = 200\nzip=00501\n';

  it('is one config with the name of the namespace, and each dot goes a name deeper', () => {
    expect(apollo('shop+default+application.properties', properties)).toMatchObject({
      entries: [
        {
          ...{ scope: 'global', config: 'application' },
          json: '{"db":{"pool":{"size":5},"url":"jdbc:x"},"batch":200,"zip":"00501"}',
        },
      ],
      notes: [],
    });
  });

  it('of another cluster stands in the group of that name, or where the map says', () => {
    expect(apollo('shop+eu+application.properties', 'a=1').entries[0]).toMatchObject({ scope: 'groups/eu' });
    const map = readImportMap('scopes: { eu: tenants/acme, us: null }', 'm');
    expect(apollo('shop+eu+application.properties', 'a=1', map).entries[0]).toMatchObject({ scope: 'tenants/acme' });
    expect(apollo('shop+us+application.properties', 'a=1', map)).toMatchObject({ entries: [], notes: [] });
  });

  it('may have its keys in several configs by a map', () => {
    const map = readImportMap('configs: { application/batch: batch-size, application: shop, zip: null }', 'm');
    expect(apollo('shop+default+application.properties', properties, map).entries).toMatchObject([
      { scope: 'global', config: 'shop', json: '{"db":{"pool":{"size":5},"url":"jdbc:x"}}' },
      { scope: 'global', config: 'batch-size', json: '200' },
    ]);
  });

  it('of JSON, YAML or text is the value itself, with all digits', () => {
    expect(apollo('shop+default+limits.json', '{"seats":5,"big":9007199254740993}').entries[0]).toMatchObject({
      ...{ scope: 'global', config: 'limits', json: '{"seats":5,"big":9007199254740993}' },
    });
    expect(
      apollo('shop+default+limits.yaml', 'seats: 5\nday: 2026-01-31\nbig: 9007199254740993\n').entries[0]?.json,
    ).toBe('{"seats":5,"day":"2026-01-31","big":9007199254740993}');
    expect(apollo('shop+default+motd.txt', 'hello\n').entries[0]?.json).toBe('"hello\\n"');
  });

  it('of XML is noted, and what is no file of Apollo is refused', () => {
    expect(apollo('shop+default+spring.xml', '<a/>')).toMatchObject({
      entries: [],
      notes: [{ name: 'spring', message: expect.stringContaining('xml') }],
    });
    expect(() => apollo('application.properties', 'a=1')).toThrow('app+cluster+namespace');
    expect(() => apollo('shop+default+limits.json', '{')).toThrow('no JSON');
    expect(() => apollo('list.json', '[{"a":1}]')).toThrow('open API');
  });

  it('notes a key that is a value and has others below it', () => {
    const { entries, notes } = apollo('shop+default+application.properties', 'log=on\nlog.level=debug\n');
    expect(entries[0]?.json).toBe('{"log":"on"}');
    expect(notes).toMatchObject([{ name: 'application log.level' }]);
  });
});

it('namespaces as the open API answers them come together', () => {
  const text = JSON.stringify([
    {
      ...{ appId: 'shop', clusterName: 'default', namespaceName: 'application', format: 'properties' },
      items: [
        { key: 'batch', value: '100', comment: 'rows' },
        { key: '', value: '', comment: 'a line of its own' },
      ],
    },
    {
      ...{ appId: 'shop', clusterName: 'eu', namespaceName: 'limits.json', format: 'json' },
      items: [{ key: 'content', value: '{"seats":9}' }],
    },
  ]);
  expect(apollo('namespaces.json', text)).toMatchObject({
    entries: [
      { scope: 'global', config: 'application', json: '{"batch":100}' },
      { scope: 'groups/eu', config: 'limits', json: '{"seats":9}' },
    ],
    notes: [],
  });
});

// Newer releases of Apollo write these, with the names that earlier ones gave to texts.
it('a file whose text is the list of its items is read item by item, of whatever format', () => {
  const item = (key: string, value: string, more = {}) => ({ id: 0, namespaceId: 0, key, value, lineNum: 1, ...more });
  const list = [item('', '', { comment: '# ports' }), item('db.port', '5432'), item('zip', '007')];
  expect(apollo('shop+eu+application.properties', JSON.stringify(list))).toMatchObject({
    entries: [{ scope: 'groups/eu', config: 'application', json: '{"db":{"port":5432},"zip":"007"}' }],
    notes: [],
  });
  const content = (text: string) => JSON.stringify([item('content', text)]);
  expect(apollo('shop+default+limits.json', content('{"seats":9}')).entries[0]?.json).toBe('{"seats":9}');
  expect(apollo('shop+default+limits.yml', content('seats: 9\n')).entries[0]?.json).toBe('{"seats":9}');
  expect(apollo('shop+default+motd.txt', content('hi')).entries[0]?.json).toBe('"hi"');
  expect(apollo('shop+default+application.properties', '[]')).toEqual({ entries: [], notes: [] });
  // An empty list of items, or a value that is an empty list: nobody knows.
  for (const file of ['shop+default+limits.json', 'shop+default+limits.yaml', 'shop+default+motd.txt'])
    expect(apollo(file, '[]')).toMatchObject({
      entries: [],
      notes: [{ message: expect.stringMatching(/^it has no content: .* \[\] itself/) }],
    });
  // What only looks so is what it always was.
  expect(apollo('shop+default+list.json', '[{"key":"a","value":"b"}]').entries[0]?.json).toBe(
    '[{"key":"a","value":"b"}]',
  );
  expect(apollo('shop+default+application.properties', '[a]=1\n').entries[0]?.json).toBe('{"[a]":1}');
});

it('a namespace in YAML whose names are one in JSON is refused, and null is a name', () => {
  const file = 'shop+default+ports.yaml';
  expect(() => apollo(file, '8080: web\n"8080": admin\n')).toThrow(/the name "8080" twice/);
  expect(() => apollo(file, '? [a]\n: b\n')).toThrow(/a list or a map/);
  expect(apollo(file, "null: 'off'\n16: {deep: 9007199254740993}\n").entries).toMatchObject([
    expect.objectContaining({ config: 'ports', json: '{"16":{"deep":9007199254740993},"null":"off"}' }),
  ]);
});

it('an item without a key, or without a text as its value, is noted and becomes no empty text', () => {
  const items = [{ key: 'k', value: '1' }, { key: '', value: 'x' }, { key: 'q' }, { key: 'n', value: 5 }, 5];
  const { entries, notes } = apollo('n.json', JSON.stringify([{ clusterName: 'default', namespaceName: 'n', items }]));
  expect(entries).toMatchObject([{ scope: 'global', config: 'n', json: '{"k":1}' }]);
  expect(notes.map(({ name }) => name)).toEqual(['n item 2', 'n item 3', 'n item 4', 'n item 5']);
});
