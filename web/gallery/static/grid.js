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
  const scrubber = document.getElementById("scrubber");
  const failed = document.getElementById("load-failed");
  const ended = { before: false, after: false };
  const loading = { before: null, after: null };
  let width = Number(grid.dataset.width);
  let pausedUntil = 0;
  let generation = 0;            // rises with every jump; answers of an earlier one are dropped
  let unreached = null;          // the jump that failed, for the button that tries it again

  const blocks = () => grid.querySelectorAll(".block");
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
    restore();
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
    restore();
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
    restore();
    scrollTo(0, 0);
    if (!more.at && !more.position) return settle();
    await load("before");
    const place = document.getElementById(`p-${block.dataset.place}`);
    scrollTo(0, scrollY + top(place || block) - window.headHeight() - 8);
    settle();
  }

  function settle() {
    if (bottom(grid) < innerHeight * (1 + AHEAD)) load("after")?.then(() => !ended.after && settle());
    if (top(grid) > -innerHeight * AHEAD) load("before");
    note();
  }

  // -- where one is ------------------------------------------------------------------------------

  function firstSeen() {
    const edge = window.headHeight();
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

  const NO_ANSWER = "The pictures between could not be asked for. Choose the last one again.";

  async function between(from, to) {
    const answer = await fetch(address("/gallery/range", { from, to })).catch(() => null);
    const said = await answer?.json().catch(() => null);
    if (!answer?.ok || !said) throw new Error(said?.detail || NO_ANSWER);
    return said.ids;
  }

  const { restore } = window.choosing(grid, { between, more: () => load("after") });

  // -- beginning ---------------------------------------------------------------------------------

  if (!fitWidth()) {
    const place = grid.dataset.at && document.getElementById(`p-${grid.dataset.at}`);
    if (grid.dataset.at) {
      load("before").then(() => {
        const seen = place || grid.children[1] || grid.firstElementChild;
        if (!ended.before || place) scrollTo(0, scrollY + top(seen) - window.headHeight() - 8);
        settle();
      });
    } else settle();
  }
})();
