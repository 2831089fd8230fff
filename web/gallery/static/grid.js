// The grid while somebody scrolls: blocks of rows come from the server as they are needed and go
// when they are far; the address holds where one is. The box that scrolls is short at any size of
// the collection: it holds MOST_BLOCKS blocks, and the scrubber leads to any date.
"use strict";

(() => {
  const grid = document.getElementById("grid");
  if (!grid) return;
  const MOST_BLOCKS = 14;
  const PAUSE_MS = 5000;         // after a failure, so that a server in trouble is not asked without end
  const AHEAD = 2;               // windows of rows that are fetched before they are seen
  const query = grid.dataset.query;
  const form = document.getElementById("selection");
  const scrubber = document.getElementById("scrubber");
  const failed = document.getElementById("load-failed");
  const ended = { before: false, after: false };
  const loading = { before: null, after: null };
  let width = Number(grid.dataset.width);
  let pausedUntil = 0;
  let generation = 0;            // rises with every jump; answers of an earlier one are dropped
  let unreached = null;          // the jump that failed, for the button that tries it again

  const blocks = () => grid.querySelectorAll(".block");
  const links = () => [...grid.querySelectorAll(".tile a")];
  const total = () => Number(grid.querySelector(".block").dataset.total);

  document.querySelector("main").classList.add("endless");
  history.scrollRestoration = "manual";

  // -- blocks ------------------------------------------------------------------------------------

  function address(path, more) {
    const url = new URL(path, location.origin);
    url.search = query;
    for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
    return url;
  }

  async function fetchBlock(more) {
    const answer = await fetch(address("/gallery/blocks", { w: width, ...more }));
    if (answer.status === 204) return null;
    if (!answer.ok) throw new Error(`the grid was answered ${answer.status}`);
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    return holder.content.querySelector(".block");
  }

  function load(side) {
    if (loading[side] || ended[side] || Date.now() < pausedUntil) return loading[side];
    const own = generation;
    const edge = side === "after" ? grid.lastElementChild.dataset.last : grid.firstElementChild.dataset.first;
    loading[side] = fetchBlock({ [side]: edge })
      .then((block) => {
        if (own !== generation) return;
        reached();
        if (!block) ended[side] = true;
        else if (side === "after") append(block);
        else prepend(block);
      })
      .catch((error) => {
        pausedUntil = Date.now() + PAUSE_MS;
        setTimeout(settle, PAUSE_MS + 10);
        missed(error);
      })
      .finally(() => {
        if (own === generation) loading[side] = null;
      });
    return loading[side];
  }

  function reached() {
    failed.hidden = true;
    unreached = null;
  }

  function missed(error) {
    failed.hidden = false;
    console.warn(error.message);
  }

  document.getElementById("load-again").addEventListener("click", () => {
    pausedUntil = 0;
    if (unreached) jump(unreached);
    else settle();
  });

  function append(block) {
    dropRepeated(block, grid.lastElementChild);
    grid.append(block);
    while (blocks().length > MOST_BLOCKS && bottom(grid.firstElementChild) < -innerHeight * 3) {
      keepPlace(() => grid.firstElementChild.remove());
      ended.before = false;
    }
    restoreChosen(block);
  }

  function prepend(block) {
    const first = grid.firstElementChild;
    keepPlace(() => {
      dropRepeated(first, block);
      grid.prepend(block);
    }, first);
    while (blocks().length > MOST_BLOCKS && top(grid.lastElementChild) > innerHeight * 4) {
      grid.lastElementChild.remove();
      ended.after = false;
    }
    restoreChosen(block);
  }

  // A heading that was repeated because its group began before what was loaded.
  function dropRepeated(block, previous) {
    const repeated = block.querySelector(".group:first-child > h2.repeated");
    if (repeated && previous) repeated.remove();
  }

  const top = (element) => element.getBoundingClientRect().top;
  const bottom = (element) => element.getBoundingClientRect().bottom;

  // What is seen stays where it is while something above it changes.
  function keepPlace(change, seen) {
    const mark = seen || grid.children[1];
    const before = bottom(mark);
    change();
    scrollBy(0, bottom(mark) - before);
  }

  async function jump(more) {
    const own = ++generation;
    loading.before = loading.after = null;
    ended.before = ended.after = false;
    let block = null;
    try {
      block = await fetchBlock(more);
    } catch (error) {
      if (own === generation) unreached = more;
      missed(error);
      return;
    }
    if (own !== generation) return;
    reached();
    if (!block) return;
    grid.replaceChildren(block);
    restoreChosen(block);
    scrollTo(0, 0);
    if (!more.at && !more.position) return settle();
    await load("before");
    const place = document.getElementById(`p-${block.dataset.place}`);
    scrollTo(0, scrollY + top(place || block) - headerHeight() - 8);
    settle();
  }

  function settle() {
    if (bottom(grid) < innerHeight * (1 + AHEAD)) load("after")?.then(() => !ended.after && settle());
    if (top(grid) > -innerHeight * AHEAD) load("before");
    note();
  }

  // -- where one is ------------------------------------------------------------------------------

  function headerHeight() {
    const header = document.querySelector(".top");
    return getComputedStyle(header).position === "sticky" ? header.offsetHeight : 0;
  }

  function firstSeen() {
    const edge = headerHeight();
    for (const block of blocks()) {
      if (bottom(block) <= edge) continue;
      for (const row of block.querySelectorAll(".row")) {
        if (bottom(row) > edge + 10) return row.querySelector(".tile");
      }
    }
    return null;
  }

  function positionOf(tile) {
    return Number(tile.getAttribute("aria-posinset")) - 1;
  }

  let noted = null;
  function note() {
    const tile = firstSeen();
    if (!tile) return;
    moveThumb(positionOf(tile));
    const id = tile.querySelector("input").value;
    if (id === noted) return;
    noted = id;
    const at = positionOf(tile) === 0 ? {} : { at: id };
    const url = address("/gallery", at);   // without the password that the address may hold
    history.replaceState({ at: id }, "", url.pathname + url.search);
  }

  let waiting = null;
  addEventListener("scroll", () => {
    document.querySelector("main").classList.add("scrolling");
    if (waiting) return;
    waiting = setTimeout(() => {
      waiting = null;
      settle();
      setTimeout(() => !waiting && document.querySelector("main").classList.remove("scrolling"), 1500);
    }, 80);
  }, { passive: true });

  // -- the width of the window -------------------------------------------------------------------

  const CLASSES = [360, 480, 640, 800, 1000, 1280, 1600, 2000, 2560, 3200];
  const classOf = (px) => CLASSES.find((one) => one >= px) || CLASSES.at(-1);

  function fitWidth() {
    const wanted = classOf(Math.floor(grid.clientWidth));
    document.cookie = `media-width=${wanted}; path=/gallery; samesite=strict; max-age=31536000`;
    if (wanted === width) return false;
    width = wanted;
    const tile = firstSeen();
    const at = tile && (positionOf(tile) || grid.dataset.at) ? tile.querySelector("input").value : "";
    jump({ at });
    return true;
  }

  let resizing = null;
  addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(fitWidth, 200);
  });

  // -- the scrubber ------------------------------------------------------------------------------

  let moveThumb = () => {};
  if (scrubber) {
    const months = JSON.parse(scrubber.dataset.months);
    const thumb = document.createElement("div");
    const bubble = document.createElement("div");
    thumb.className = "thumb";
    bubble.className = "bubble";
    bubble.hidden = true;
    scrubber.append(thumb, bubble);
    const part = (position) => position / Math.max(1, total() - 1);
    const named = (month) => new Date(`${month}-01T00:00:00Z`).toLocaleDateString("en", { month: "short", year: "numeric", timeZone: "UTC" });
    const place = () => {
      let last = -99;
      for (const item of scrubber.querySelectorAll("li")) {
        const y = part(Number(item.dataset.first)) * scrubber.clientHeight;
        item.style.top = `${y}px`;
        item.classList.toggle("hidden", y - last < 24);
        if (y - last >= 24) last = y;
      }
    };
    moveThumb = (position) => {
      thumb.style.top = `${100 * part(position)}%`;
    };
    const under = (event) => {
      const box = scrubber.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientY - box.top) / box.height));
      const position = Math.round(share * (total() - 1));
      return { share, position, month: months.findLast(([, first]) => first <= position)[0] };
    };
    const show = (event) => {
      const { share, month } = under(event);
      bubble.hidden = false;
      bubble.textContent = named(month);
      bubble.style.top = `${100 * share}%`;
    };
    let timer = null;
    scrubber.addEventListener("pointermove", (event) => {
      show(event);
      if (!scrubber.classList.contains("held")) return;
      clearTimeout(timer);
      timer = setTimeout(() => jump({ position: under(event).position }), 120);
    });
    scrubber.addEventListener("pointerleave", () => { bubble.hidden = true; });
    scrubber.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      scrubber.setPointerCapture(event.pointerId);
      scrubber.classList.add("held");
    });
    scrubber.addEventListener("pointerup", (event) => {
      scrubber.classList.remove("held");
      clearTimeout(timer);
      jump({ position: under(event).position });
    });
    scrubber.addEventListener("click", (event) => {
      const link = event.target.closest("a");
      if (event.detail !== 0) event.preventDefault();        // the pointer has jumped already
      else if (link) {
        event.preventDefault();
        jump({ at: new URL(link.href).searchParams.get("at") });
      }
    });
    addEventListener("resize", place);
    place();
  }

  document.getElementById("choices")?.addEventListener("change", (event) => {
    if (event.target.tagName === "SELECT") event.target.form.requestSubmit();
  });
  document.getElementById("choices")?.addEventListener("formdata", (event) => {
    if (!event.formData.get("at")) event.formData.delete("at");
  });

  // -- choosing ----------------------------------------------------------------------------------

  const chosen = new Set();
  let anchor = null;
  const bar = document.getElementById("actions");

  function restoreChosen(root) {
    for (const box of root.querySelectorAll(".tile input")) box.checked = chosen.has(box.value);
    rove();
  }

  function choose(box, on) {
    box.checked = on;
    if (on) chosen.add(box.value);
    else chosen.delete(box.value);
  }

  function showChosen() {
    bar.classList.toggle("shown", chosen.size > 0);
    form.classList.toggle("choosing", chosen.size > 0);
    document.getElementById("chosen-count").textContent = `${chosen.size.toLocaleString("en")} chosen`;
    window.announce(chosen.size ? `${chosen.size} chosen` : "None chosen");
  }

  function toggle(box, on, extend) {
    const boxes = [...grid.querySelectorAll(".tile input")];
    const from = extend && anchor ? boxes.findIndex((one) => one.value === anchor) : -1;
    if (from < 0) choose(box, on);
    else {
      const to = boxes.indexOf(box);
      for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) choose(one, on);
    }
    anchor = box.value;
    showChosen();
  }

  grid.addEventListener("click", (event) => {
    const tile = event.target.closest(".tile");
    if (!tile) return;
    const box = tile.querySelector("input");
    if (event.target === box) toggle(box, box.checked, event.shiftKey);
    else if (event.shiftKey || event.ctrlKey || event.metaKey || chosen.size) {
      event.preventDefault();
      toggle(box, event.shiftKey ? true : !box.checked, event.shiftKey);
    }
  });

  function chooseNone() {
    chosen.clear();
    for (const box of grid.querySelectorAll(".tile input")) box.checked = false;
    showChosen();
  }
  form.addEventListener("reset", () => setTimeout(chooseNone));

  // Chosen pictures that are scrolled away are sent, too.
  form.addEventListener("formdata", (event) => {
    event.formData.delete("id");
    for (const id of chosen) event.formData.append("id", id);
  });

  // -- the keyboard ------------------------------------------------------------------------------

  let current = null;
  function rove() {
    const all = links();
    if (!all.includes(current)) current = all[0] || null;
    for (const link of all) link.tabIndex = link === current ? 0 : -1;
    for (const box of grid.querySelectorAll(".tile input")) box.tabIndex = -1;
  }

  function go(link) {
    if (!link) return;
    if (current) current.tabIndex = -1;
    current = link;
    link.tabIndex = 0;
    link.focus({ preventScroll: true });
    const edge = headerHeight();
    const box = link.getBoundingClientRect();
    if (box.top < edge) scrollBy(0, box.top - edge - 8);
    else if (box.bottom > innerHeight) scrollBy(0, box.bottom - innerHeight + 8);
  }

  function inRow(link, step) {
    const rows = [...grid.querySelectorAll(".row")];
    const row = rows[rows.indexOf(link.closest(".row")) + step];
    if (!row) return null;
    const center = (one) => { const box = one.getBoundingClientRect(); return box.left + box.width / 2; };
    const wanted = center(link);
    return [...row.querySelectorAll("a")].reduce((best, one) =>
      Math.abs(center(one) - wanted) < Math.abs(center(best) - wanted) ? one : best);
  }

  grid.addEventListener("focusin", (event) => {
    const link = event.target.closest(".tile a");
    if (link && link !== current) {
      if (current) current.tabIndex = -1;
      current = link;
      link.tabIndex = 0;
    }
  });

  grid.addEventListener("keydown", async (event) => {
    const link = event.target.closest(".tile")?.querySelector("a");
    if (!link || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = links();
    const at = all.indexOf(link);
    const next = {
      ArrowRight: () => all[at + 1],
      ArrowLeft: () => all[at - 1],
      ArrowDown: () => inRow(link, 1),
      ArrowUp: () => inRow(link, -1),
      Home: () => link.closest(".row").querySelector("a"),
      End: () => [...link.closest(".row").querySelectorAll("a")].at(-1),
    }[event.key];
    if (next) {
      event.preventDefault();
      let found = next();
      if (!found && (event.key === "ArrowRight" || event.key === "ArrowDown")) {
        await load("after");
        found = inRow(link, 1) || links()[links().indexOf(link) + 1];
      }
      if (found && event.shiftKey) {
        const own = link.parentElement.querySelector("input");
        if (!anchor || !own.checked) toggle(own, true, false);
        toggle(found.parentElement.querySelector("input"), true, true);
      }
      go(found);
    } else if (event.key === " ") {
      event.preventDefault();
      const box = link.parentElement.querySelector("input");
      toggle(box, !box.checked, event.shiftKey);
    } else if (event.key === "Escape" && chosen.size) {
      chooseNone();
    }
  });

  // -- beginning ---------------------------------------------------------------------------------

  addEventListener("pageshow", () => {
    for (const box of grid.querySelectorAll(".tile input:checked")) chosen.add(box.value);
    if (chosen.size) showChosen();
  });
  rove();
  if (!fitWidth()) {
    const place = grid.dataset.at && document.getElementById(`p-${grid.dataset.at}`);
    if (grid.dataset.at) {
      load("before").then(() => {
        const seen = place || grid.children[1] || grid.firstElementChild;
        if (!ended.before || place) scrollTo(0, scrollY + top(seen) - headerHeight() - 8);
        settle();
      });
    } else settle();
  }
})();
