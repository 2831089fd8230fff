// What every page has: the form token for htmx, a voice for screen readers, the height of its head.
"use strict";
document.documentElement.classList.add("scripted");

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-Form-Token"] = document.body.dataset.formToken;
});

// A part of the page that comes anew keeps open what is open in it.
let opened = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  opened = [...event.detail.target.querySelectorAll("details[open][id]")].map((one) => one.id);
});
document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
});

window.announce = (text) => {
  document.getElementById("announcer").textContent = text;
};

// How much of the window the head of the page covers, in px.
window.headHeight = () => {
  const head = document.querySelector(".top");
  return getComputedStyle(head).position === "sticky" ? head.offsetHeight : 0;
};

// On a phone a row of links may be wider than the window: the one that one is at is seen.
for (const link of document.querySelectorAll("nav [aria-current]")) {
  const row = link.closest("ul");
  row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
}

document.addEventListener("keydown", (event) => {
  const search = document.querySelector(".search input");
  if (event.key === "/" && search && !event.target.closest("input, textarea, select")) {
    event.preventDefault();
    search.focus();
  }
});
