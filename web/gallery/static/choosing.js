// Choosing pictures of a list by mouse, shift and keys: the tiles of the grid, the hits of a search.
// Each `.choosable` of the list has a link, and a checkbox `.pick` whose value is the picture's id.
"use strict";

// `between(from, to)` answers the ids of a range of which an end is not in the page, or fails with
// a sentence; `more()` loads what follows. Both are for lists of which the page holds a part.
window.choosing = (list, { between = null, more = null } = {}) => {
  const form = list.closest("form");
  const bar = document.getElementById("actions");
  const why = document.getElementById("choosing-why");
  const chosen = new Set();
  let anchor = null;             // where a range begins
  let generation = 0;            // rises with every range; answers of an earlier one are dropped
  let current = null;            // the one link that Tab reaches

  const items = () => [...list.querySelectorAll(".choosable")];
  const boxes = () => [...list.querySelectorAll(".pick")];
  const linkOf = (item) => item.querySelector("a:not([aria-hidden])");
  const boxOf = (item) => item.querySelector(".pick");

  // -- what is chosen ----------------------------------------------------------------------------

  function choose(ids, on) {
    for (const id of ids) {
      if (on) chosen.add(id);
      else chosen.delete(id);
    }
    for (const box of boxes()) box.checked = chosen.has(box.value);
    say("");
    window.announce(chosen.size ? `${chosen.size} chosen` : "None chosen");
  }

  function say(text) {
    why.textContent = text;
    why.hidden = !text;
    bar.classList.toggle("shown", chosen.size > 0 || Boolean(text));
    form.classList.toggle("choosing", chosen.size > 0);
    document.getElementById("chosen-count").textContent = `${chosen.size.toLocaleString("en")} chosen`;
  }

  function toggle(box, on, extend) {
    const from = extend ? anchor : null;
    anchor = box.value;
    choose([box.value], on);
    if (from !== null && from !== box.value) chooseRange(from, box.value, on);
  }

  function chooseRange(from, to, on) {
    const ids = boxes().map((box) => box.value);
    const [first, last] = [ids.indexOf(from), ids.indexOf(to)].sort((a, b) => a - b);
    if (first >= 0) choose(ids.slice(first, last + 1), on);
    else if (between) chooseUnseen(from, to, on);
  }

  async function chooseUnseen(from, to, on) {
    const own = ++generation;
    busy(true);
    try {
      const ids = await between(from, to);
      if (own === generation) choose(ids, on);
    } catch (error) {
      if (own !== generation) return;
      anchor = from;
      say(error.message);
    } finally {
      if (own === generation) busy(false);
    }
  }

  // Nothing is done with a part of a range.
  function busy(on) {
    for (const button of bar.querySelectorAll("[formaction]")) button.disabled = on;
    if (on) say("Asking for the pictures between …");
  }

  function chooseNone() {
    generation += 1;
    busy(false);
    anchor = null;
    chosen.clear();
    if (bar.contains(document.activeElement)) current?.focus();   // the bar goes away
    choose([], false);
  }

  list.addEventListener("click", (event) => {
    const item = event.target.closest(".choosable");
    if (!item || !event.target.closest("a, .pick")) return;
    const box = boxOf(item);
    if (event.target === box) toggle(box, box.checked, event.shiftKey);
    else if (event.shiftKey || event.ctrlKey || event.metaKey || chosen.size) {
      event.preventDefault();
      toggle(box, event.shiftKey ? true : !box.checked, event.shiftKey);
    }
  });

  form.addEventListener("reset", () => setTimeout(chooseNone));

  // Chosen pictures that are scrolled away are sent, too, and where to come back to.
  form.addEventListener("formdata", (event) => {
    event.formData.delete("id");
    for (const id of chosen) event.formData.append("id", id);
    event.formData.set("back", location.pathname + location.search);
  });

  addEventListener("pageshow", () => {
    const ticked = boxes().filter((box) => box.checked).map((box) => box.value);
    if (ticked.length) choose(ticked, true);
  });

  // -- the keyboard ------------------------------------------------------------------------------

  function restore() {
    for (const box of boxes()) {
      box.checked = chosen.has(box.value);
      box.tabIndex = -1;
    }
    const links = items().map(linkOf);
    if (!links.includes(current)) current = links[0] || null;
    for (const link of links) link.tabIndex = link === current ? 0 : -1;
  }

  function makeCurrent(link) {
    if (current) current.tabIndex = -1;
    current = link;
    link.tabIndex = 0;
  }

  function go(item) {
    const link = linkOf(item);
    makeCurrent(link);
    link.focus({ preventScroll: true });
    const box = item.getBoundingClientRect();
    const head = window.headHeight();
    const foot = bar.offsetHeight ? bar.getBoundingClientRect().top : innerHeight;
    if (box.top < head) scrollBy(0, box.top - head - 8);
    else if (box.bottom > foot) scrollBy(0, box.bottom - foot + 8);
  }

  const center = (box) => box.left + box.width / 2;

  // The item of the next row (step 1) or the one before (-1) that is nearest to this one.
  function beside(item, step) {
    const own = item.getBoundingClientRect();
    let best = null;
    for (const other of items()) {
      const box = other.getBoundingClientRect();
      const gap = Math.round(step > 0 ? box.top - own.bottom : own.top - box.bottom);
      const aside = Math.abs(center(box) - center(own));
      if (gap < 0 || (best && (gap > best.gap || (gap === best.gap && aside >= best.aside)))) continue;
      best = { other, gap, aside };
    }
    return best?.other;
  }

  const sameRow = (item) => {
    const top = item.getBoundingClientRect().top;
    return items().filter((other) => Math.abs(other.getBoundingClientRect().top - top) < 2);
  };

  const STEPS = {
    ArrowRight: (item) => items()[items().indexOf(item) + 1],
    ArrowLeft: (item) => items()[items().indexOf(item) - 1],
    ArrowDown: (item) => beside(item, 1),
    ArrowUp: (item) => beside(item, -1),
    Home: (item) => sameRow(item)[0],
    End: (item) => sameRow(item).at(-1),
  };

  async function step(item, key, extend) {
    let found = STEPS[key](item);
    if (!found && more && (key === "ArrowRight" || key === "ArrowDown")) {
      await more();
      found = STEPS[key](item) || STEPS.ArrowRight(item);
    }
    if (!found) return;
    if (extend) {
      if (anchor === null || !boxOf(item).checked) toggle(boxOf(item), true, false);
      toggle(boxOf(found), true, true);
    }
    go(found);
  }

  list.addEventListener("focusin", (event) => {
    const item = event.target.closest(".choosable");
    if (item && event.target === linkOf(item)) makeCurrent(event.target);
  });

  list.addEventListener("keydown", (event) => {
    const item = event.target.closest(".choosable");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    if (STEPS[event.key]) {
      event.preventDefault();
      step(item, event.key, event.shiftKey);
    } else if (event.key === " ") {
      event.preventDefault();
      toggle(boxOf(item), !boxOf(item).checked, event.shiftKey);
    } else if (event.key === "Escape" && chosen.size) chooseNone();
  });

  restore();
  return { restore };
};

// A list that is in the page as a whole: the hits of a search.
document.addEventListener("DOMContentLoaded", () => {
  const hits = document.getElementById("hits");
  if (hits) window.choosing(hits);
});
