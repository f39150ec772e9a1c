import { element, keep, placeInRow } from './document.js';
import { fieldsOf } from './fields.js';
import { post } from './post.js';

const parent = document.getElementById('forms');
const forms = new Map();

/** A form stays the same as long as its row does, so that nobody loses what they are typing. */
export function showForms(rows, tenantIds) {
  const wanted = rows.map((row, i) => {
    const id = `${row.source} ${row.id} ${row.values.tenantId}`;
    if (!forms.has(id)) forms.set(id, createForm(row, tenantIds));
    const form = forms.get(id);
    form.update(row.values);
    placeInRow(form.node, i);
    return form.node;
  });
  keep(parent, rows.map(({ source, id, values }) => [source, id, values.tenantId]).join(' '), wanted);
}

function createForm({ source, id, values }, tenantIds) {
  let present = values;
  const inputs = fieldsOf[source](values).map(field => ({ field, input: element('input', { type: field.type }) }));
  const isTouched = ({ field, input }) => String(readInput(input)) !== String(field.read(present));
  const save = event => {
    event.preventDefault();
    const patch = {};
    for (const { field, input } of inputs.filter(isTouched)) field.write(patch, input, present);
    if (Object.keys(patch).length > 0)
      post('/transactions', { operations: [{ op: 'update', source, id, values: patch }] });
  };
  const remove = () => post('/transactions', { operations: [{ op: 'delete', source, id }] });
  const moveTo = element('select', { ariaLabel: 'Move to another tenant' });
  moveTo.append(
    element('option', { value: '' }, 'move to…'),
    ...tenantIds
      .filter(tenantId => tenantId !== values.tenantId)
      .map(tenantId => element('option', { value: tenantId }, tenantId)),
  );
  moveTo.onchange = () => {
    if (moveTo.value !== '')
      post('/transactions', { operations: [{ op: 'update', source, id, values: { tenantId: moveTo.value } }] });
    moveTo.value = '';
  };
  const node = element(
    'form',
    { onsubmit: save },
    element('h3', {}, `${source} `, element('b', {}, `#${id}`)),
    element(
      'div',
      { className: 'fields' },
      ...inputs.map(({ field, input }) => element('label', {}, field.label, input)),
    ),
    element(
      'p',
      { className: 'buttons' },
      element('button', { type: 'submit', className: 'save' }, 'Save'),
      element('button', { type: 'button', className: 'danger', onclick: remove }, 'Delete'),
      moveTo,
    ),
  );
  for (const { field, input } of inputs) writeInput(input, field.read(values));
  const mark = () => {
    for (const each of inputs) each.input.classList.toggle('touched', isTouched(each));
  };
  node.oninput = mark;
  return {
    node,
    update(next) {
      for (const each of inputs) if (!isTouched(each)) writeInput(each.input, each.field.read(next));
      present = next;
      mark();
    },
  };
}

function readInput(input) {
  return input.type === 'checkbox' ? input.checked : input.value;
}

function writeInput(input, value) {
  if (input.type === 'checkbox') input.checked = value;
  else if (input.value !== String(value)) input.value = value;
}
