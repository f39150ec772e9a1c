import { element } from './document.js';

const LOG_LINES = 200;
const list = document.querySelector('#log ol');

export function clearLog() {
  list.replaceChildren();
}

/** The newest first. */
export function showLine({ time, by, kind, text: line }) {
  list.prepend(
    element(
      'li',
      { className: kind },
      element('time', {}, new Date(time).toLocaleTimeString()),
      element('b', {}, by),
      line,
    ),
  );
  while (list.children.length > LOG_LINES) list.lastChild.remove();
}
