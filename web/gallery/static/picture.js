// One picture: zoom and the keyboard.
"use strict";

(() => {
  const stage = document.getElementById("stage");
  if (!stage) return;
  const canvas = document.getElementById("canvas");
  const LARGEST = 8;
  let zoom = 1;

  function setZoom(wanted, x, y) {
    const before = canvas.getBoundingClientRect();
    const at = { x: x ?? stage.clientWidth / 2, y: y ?? stage.clientHeight / 2 };
    const frame = stage.getBoundingClientRect();
    const share = {
      x: (frame.left + at.x - before.left) / before.width,
      y: (frame.top + at.y - before.top) / before.height,
    };
    zoom = Math.min(LARGEST, Math.max(1, wanted));
    stage.classList.toggle("zoomed", zoom > 1);
    canvas.style.width = zoom > 1 ? `${Math.round(fitted() * zoom)}px` : "";
    const after = canvas.getBoundingClientRect();
    stage.scrollLeft += after.left + share.x * after.width - frame.left - at.x;
    stage.scrollTop += after.top + share.y * after.height - frame.top - at.y;
  }

  function fitted() {
    const width = canvas.style.width;
    stage.classList.remove("zoomed");
    canvas.style.width = "";
    const found = canvas.getBoundingClientRect().width;
    canvas.style.width = width;
    stage.classList.toggle("zoomed", zoom > 1);
    return found;
  }

  const buttons = document.getElementById("zoom");
  buttons.hidden = false;
  buttons.addEventListener("click", (event) => {
    const how = event.target.dataset.zoom;
    if (how) setZoom(how === "in" ? zoom * 1.5 : how === "out" ? zoom / 1.5 : 1);
  });
  stage.addEventListener("dblclick", (event) => {
    const frame = stage.getBoundingClientRect();
    setZoom(zoom > 1 ? 1 : 2.5, event.clientX - frame.left, event.clientY - frame.top);
  });
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const frame = stage.getBoundingClientRect();
    setZoom(zoom * Math.exp(-event.deltaY / 300), event.clientX - frame.left, event.clientY - frame.top);
  }, { passive: false });

  let held = null;
  stage.addEventListener("pointerdown", (event) => {
    if (zoom === 1 || event.pointerType !== "mouse" || event.target.closest("a")) return;
    held = { x: event.clientX, y: event.clientY, left: stage.scrollLeft, top: stage.scrollTop };
    event.preventDefault();
  });
  addEventListener("pointermove", (event) => {
    if (!held) return;
    stage.scrollLeft = held.left - (event.clientX - held.x);
    stage.scrollTop = held.top - (event.clientY - held.y);
  });
  addEventListener("pointerup", () => { held = null; });

  function openEdit() {
    const edit = document.getElementById("edit");
    if (!edit) return;
    edit.open = true;
    edit.scrollIntoView({ block: "nearest" });
    edit.querySelector("form input:not([type=hidden]), form textarea").focus();
  }

  const follow = (id) => () => document.getElementById(id)?.click();
  const KEYS = {
    ArrowLeft: follow("to-before"),
    ArrowRight: follow("to-after"),
    Escape: follow("to-grid"),
    e: openEdit,
    "+": () => setZoom(zoom * 1.5),
    "=": () => setZoom(zoom * 1.5),
    "-": () => setZoom(zoom / 1.5),
    0: () => setZoom(1),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (typing) {
      if (event.key === "Escape") typing.blur();
      return;
    }
    if (zoom > 1 && event.key.startsWith("Arrow")) return;
    if (zoom > 1 && event.key === "Escape") setZoom(1);
    else if (KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });
})();
