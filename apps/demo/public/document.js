// Values reach the document only as text, never as markup.

/** Replaces the children only where what they show is different: buttons and selections survive the rest. */
export function keep(parent, mark, children) {
  if (parent.dataset.mark === mark) return;
  parent.dataset.mark = mark;
  parent.replaceChildren(...children);
}

export function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

export function badge(text, kind) {
  return element('span', { className: `badge ${kind}` }, text);
}

/** What belongs to the same row of the database stands in the same row of the grid, below the headings. */
export function placeInRow(node, i) {
  node.style.setProperty('--row', String(i + 2));
}
