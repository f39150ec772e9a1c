const text = name => ({
  label: name,
  type: 'text',
  read: values => values[name] ?? '',
  write: (patch, input) => {
    patch[name] = input.value === '' ? null : input.value;
  },
});
const number = name => ({
  ...text(name),
  type: 'number',
  write: (patch, input) => {
    patch[name] = Number(input.value);
  },
});
const day = name => ({
  ...text(name),
  type: 'date',
  read: values => values[name].slice(0, 10),
  write: (patch, input) => {
    patch[name] = `${input.value}T00:00:00.000Z`;
  },
});
const part = (whole, name, type) => ({
  label: name,
  type,
  read: values => values[whole][name],
  write: (patch, input, values) => {
    const value = type === 'checkbox' ? input.checked : type === 'number' ? Number(input.value) : input.value;
    patch[whole] = { ...(patch[whole] ?? values[whole]), [name]: value };
  },
});

/** How a row's properties are edited: each field reads its text from the values and writes it into a patch. */
export const fieldsOf = {
  'plan-settings': ({ limits }) => [
    text('slug'),
    text('name'),
    number('seats'),
    text('price'),
    ...Object.keys(limits).map(name => part('limits', name, 'number')),
    day('renewsAt'),
  ],
  'feature-settings': ({ flags }) => [
    text('key'),
    number('rollout'),
    ...Object.keys(flags).map(name => part('flags', name, 'checkbox')),
  ],
  branding: ({ colours }) => [
    text('domain'),
    ...Object.keys(colours).map(name => part('colours', name, 'color')),
    text('logoUrl'),
  ],
};
