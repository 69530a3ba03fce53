// @ts-check
// Draws the page after a change: once, however many changes there were.

/** @type {() => void} */
let draw = () => {};
let due = false;
/** @type {(() => void)[]} */
let then = [];

/** @param {() => void} f Draws everything. */
export const onDraw = (f) => { draw = f; };

/** Something changed: draw soon. */
export function update() {
  if (due) return;
  due = true;
  queueMicrotask(() => {
    due = false;
    draw();
    const todo = then;
    then = [];
    for (const f of todo) f();
  });
}

/** Draws, then calls f: for the focus, which needs the element. @param {() => void} f */
export function afterDraw(f) {
  then.push(f);
  update();
}

/** Moves the focus to an element once it is drawn. @param {string} selector */
export const focusOn = (selector) => afterDraw(() => {
  const el = document.querySelector(selector);
  if (el instanceof HTMLElement || el instanceof SVGElement) el.focus();
});
