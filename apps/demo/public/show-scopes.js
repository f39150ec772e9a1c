import { element, keep } from './document.js';
import { post } from './post.js';
import { identity } from './setting-form.js';
import { flatten, unflatten } from './setting-paths.js';
import { readerHead } from './show-settings.js';

const parent = document.getElementById('scopes');
const cards = new Map();

/** What each scope says of the inherited setting, what readers make of it, and where each field comes from. */
export function showScopes(tenant, state) {
  if (!cards.has(tenant)) cards.set(tenant, createCard(tenant, state));
  const card = cards.get(tenant);
  card.update(state);
  keep(parent, tenant, [card.node]);
}

function createCard(tenant, { setting, group, scopes, readers, default: fallback }) {
  const columns = scopes.map(({ scope }) => createColumn(scope, flatten(fallback)));
  const membership = element('button', { type: 'button' });
  const issue = element('p', { className: 'issue' });
  const head = element('tr');
  const lines = [...flatten(fallback)].map(([path, leaf]) => createLine(path, leaf, columns, readers));
  const saves = columns.map(column => {
    const onclick = () => save(column);
    return element('td', {}, element('button', { type: 'button', className: 'save', onclick }, 'Save'));
  });

  async function save(column) {
    const { error, issues = [] } = await post('/scopes/write', { ...column.write(), options: identity() });
    issue.textContent = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
    if (error === undefined) column.forget();
  }

  const foot = element('tr', {}, element('th'), ...saves);
  const body = element('tbody', {}, ...lines.map(({ node }) => node), foot);
  const title = element('h3', {}, element('b', {}, setting), ' of ', element('b', {}, tenant), ' ', membership);
  return {
    node: element(
      'article',
      { className: 'row wide' },
      title,
      element('table', {}, element('thead', {}, head), body),
      issue,
    ),
    update(state) {
      const { isMember } = state;
      membership.textContent = isMember ? `Take it out of ${group}` : `Put it into ${group}`;
      membership.onclick = () => post('/scopes/membership', { tenant, isMember: !isMember });
      for (const [i, column] of columns.entries()) column.update(state.scopes[i].value, state.from);
      for (const line of lines) line.update(state);
      const names = [tenant, isMember ? group : `${group} (not in it)`, 'all tenants', 'default'];
      const heads = state.readers.map((reader, i) => readerHead(reader, i, true));
      const nodes = ['', ...names].map(name => element('th', {}, name));
      keep(head, JSON.stringify([names, state.readers]), [...nodes, ...heads]);
    },
  };
}

/** One field. Its cells stay, so that nobody loses what they type. */
function createLine(path, leaf, columns, readers) {
  const plain = element('td', {}, String(leaf));
  const cells = readers.map(() => element('td'));
  const inputs = columns.map(({ cells }) => cells.get(path));
  return {
    node: element('tr', {}, element('th', {}, path), ...inputs, plain, ...cells),
    update({ from, value, readers }) {
      plain.className = from[pointerTo(path)] === 'default' ? 'source' : '';
      const wanted = flatten(value).get(path);
      cells.forEach((cell, i) => {
        const part = flatten(readers[i].value).get(path);
        const origin = readers[i].from[pointerTo(path)];
        cell.className = part === wanted ? '' : 'old';
        const nodes = [part === undefined ? 'none' : `${part} `];
        if (origin !== undefined) nodes.push(element('small', {}, `from ${nameOf(origin)}`));
        keep(cell, JSON.stringify([part, origin]), nodes);
      });
    },
  };
}

/** The fields of one scope; empty ones are inherited. */
function createColumn(scope, leaves) {
  const touched = new Set();
  const inputs = new Map([...leaves].map(([path, leaf]) => [path, createInput(path, leaf)]));

  function createInput(path, leaf) {
    const input = element('input', { type: typeof leaf === 'number' ? 'number' : 'text', placeholder: 'inherited' });
    input.ariaLabel = `${path} of ${scope}`;
    input.oninput = () => {
      touched.add(path);
      input.classList.add('touched');
    };
    return input;
  }

  return {
    cells: new Map([...inputs].map(([path, input]) => [path, element('td', {}, input)])),
    write() {
      const filled = [...inputs].filter(([, { value }]) => value !== '');
      if (filled.length === 0) return { scope, verb: 'unset' };
      const read = ({ type, value }) => (type === 'number' ? Number(value) : value);
      return { scope, verb: 'set', value: unflatten(filled.map(([path, input]) => [path, read(input)])) };
    },
    /** The fields follow what is set again. */
    forget() {
      touched.clear();
    },
    update(value, from) {
      const said = flatten(value);
      for (const [path, input] of inputs) {
        const text = String(said.get(path) ?? '');
        if (!touched.has(path) && input.value !== text) input.value = text;
        input.classList.toggle('touched', touched.has(path));
        input.classList.toggle('source', from[pointerTo(path)] === scope);
      }
    },
  };
}

function nameOf(scope) {
  return scope === 'global' ? 'all tenants' : scope === 'default' ? 'the default' : scope.replace(/^\w+\//, '');
}

function pointerTo(path) {
  return `/${path.replaceAll('.', '/')}`;
}
