import { element, keep } from './document.js';
import { post } from './post.js';
import { flatten, unflatten } from './setting-paths.js';

/** What the form of a setting that has no default asks for. */
const BLANK = { 'api-key': { provider: '', key: '' } };

/** Who writes, and why: kept with every version. */
export function identity() {
  const [actor, reason] = ['actor', 'reason'].map(id => document.getElementById(id).value.trim());
  return { ...(actor && { actor }), ...(reason && { reason }) };
}

/** The form of one setting. What the schema refuses is shown at the field that it names. */
export function createSettingForm(tenant, { setting, policy, groups, isSecret, value }) {
  let present = new Map();
  let version = 0;
  const fields = [...flatten(value ?? BLANK[setting])].map(([path, leaf]) => createField(path, leaf));
  const rest = element('p', { className: 'issue' });
  const unset = element(
    'button',
    { type: 'button', className: 'danger', onclick: () => write({ verb: 'unset' }) },
    'Unset',
  );

  async function write(what) {
    const request = { tenant, setting, ...what, options: { ...identity(), ifVersion: version } };
    const { error, issues = [] } = await post('/settings/write', request);
    for (const field of fields) field.say(issues.filter(({ path }) => path === field.path));
    const others = issues.filter(({ path }) => !fields.some(field => field.path === path));
    rest.textContent = others.map(({ path, message }) => `${path}: ${message}`).join('; ');
    // The other fields follow what is set again.
    if (error === undefined) for (const field of fields) field.isTouched = false;
    mark();
  }
  const mark = () => {
    for (const field of fields) field.input.classList.toggle('touched', field.isTouched);
  };
  const save = event => {
    event.preventDefault();
    write({ verb: 'set', value: unflatten(fields.map(field => [field.path, field.read()])) });
  };
  const title = element(
    'h3',
    {},
    element('b', {}, setting),
    ' ',
    element('span', { className: 'policy' }, policy),
    ' ',
  );
  title.append(...groups.map(group => element('span', { className: 'part' }, group)), isSecret ? ' secret' : '');
  const node = element(
    'form',
    { onsubmit: save, oninput: mark, noValidate: true },
    title,
    element('div', { className: 'fields' }, ...fields.map(({ label }) => label)),
    rest,
    element('p', { className: 'buttons' }, element('button', { type: 'submit', className: 'save' }, 'Save'), unset),
  );
  return {
    node,
    update(state) {
      version = state.version;
      unset.disabled = !state.isSet;
      present = flatten(state.value ?? BLANK[setting]);
      for (const field of fields) if (!field.isTouched) field.show(present.get(field.path));
      mark();
    },
  };
}

function createField(path, leaf) {
  const type = typeof leaf === 'boolean' ? 'checkbox' : typeof leaf === 'number' ? 'number' : 'text';
  const issue = element('span', { className: 'issue' });
  const input = element('input', {
    type,
    oninput: () => {
      field.isTouched = true;
    },
  });
  const field = {
    path,
    input,
    label: element('label', {}, path, input, issue),
    isTouched: false,
    // An empty number is nothing, and the schema says so.
    read: () =>
      type === 'checkbox'
        ? input.checked
        : type === 'number' && input.value !== ''
          ? Number(input.value)
          : type === 'number'
            ? null
            : input.value,
    show(value) {
      if (type === 'checkbox') input.checked = value === true;
      else if (input.value !== String(value ?? '')) input.value = String(value ?? '');
    },
    say(issues) {
      const text = issues.map(({ message }) => message).join('; ');
      keep(issue, text, [text]);
      input.classList.toggle('refused', text !== '');
    },
  };
  return field;
}
