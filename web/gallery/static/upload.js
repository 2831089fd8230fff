// Sends files piece by piece (tus 1.0), two at a time, and goes on where a broken connection ended.
"use strict";
(() => {
  const form = document.getElementById("upload");
  if (!form) return;
  const PIECE = 8 * 1024 * 1024, AT_ONCE = 2, LONGEST_WAIT_MS = 30000, MOST_SHOWN = 200;
  const byId = (id) => document.getElementById(id);
  const drop = byId("drop"), chosen = byId("files"), list = byId("list");
  const queue = [], totals = { files: 0, bytes: 0, whole: 0, refused: 0, ready: 0 };
  let under_way = 0;
  chosen.multiple = true;
  chosen.required = false;

  const wait = (ms) => new Promise((go) => setTimeout(go, ms));
  const base64 = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text.toWellFormed())));
  const size = (bytes) => bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  const headers = (more) => ({
    "Tus-Resumable": "1.0.0", "X-Form-Token": document.body.dataset.formToken, ...more,
  });

  class Refused extends Error {}

  // The answer; whatever may pass (no connection, a busy server) is tried again for as long as it takes.
  async function ask(address, options, onBroken) {
    for (let pause = 1000; ; pause = Math.min(pause * 2, LONGEST_WAIT_MS)) {
      let answer = null;
      try { answer = await fetch(address, options); } catch { answer = null; }
      if (answer && answer.ok) return answer;
      if (answer && answer.status === 409) return answer;
      if (answer && answer.status < 500 && answer.status !== 423 && answer.status !== 400) throw await refusal(answer);
      if (answer && answer.status === 507) throw await refusal(answer);
      if (answer && answer.status === 400 && !onBroken) throw await refusal(answer);
      if (onBroken) { onBroken(); await wait(pause); return null; }
      await wait(pause);
    }
  }

  async function refusal(answer) {
    const isText = (answer.headers.get("Content-Type") || "").startsWith("text/plain");
    const text = isText ? (await answer.text()).slice(0, 500) : "";
    const refused = new Refused(text || "It was refused. Load the page again, and add it once more.");
    refused.status = answer.status;
    return refused;
  }

  const memory = (file, batch) => `upload:${batch}:${file.name}:${file.size}:${file.lastModified}`;

  const isWhole = (answer) => answer.headers.get("Upload-Complete") === "?1";

  // The address of the upload and how far it is: the one begun before, else a new one.
  async function begin(file, batch) {
    const before = localStorage.getItem(memory(file, batch));
    if (before) {
      try {
        const answer = await ask(before, { method: "HEAD", headers: headers({}) });
        if (!isWhole(answer)) return [before, Number(answer.headers.get("Upload-Offset"))];
      } catch (error) { if (error.status !== 404) throw error; }
      localStorage.removeItem(memory(file, batch));
    }
    const said = `filename ${base64(file.name)},batch ${base64(batch)},modified ${base64(String(Math.max(0, file.lastModified)))}`;
    const asked = { method: "POST", headers: headers({ "Upload-Length": String(file.size), "Upload-Metadata": said }) };
    const address = (await ask("/gallery/uploads", asked)).headers.get("Location");
    localStorage.setItem(memory(file, batch), address);
    return [address, 0];
  }

  async function send(item) {
    const { file, batch } = item;
    let [address, come] = await begin(file, batch);
    reach(item, come);
    for (let whole = file.size === 0; !whole;) {
      const piece = file.slice(come, come + PIECE);
      const sent = headers({ "Upload-Offset": String(come), "Content-Type": "application/offset+octet-stream" });
      const broken = () => say(item, "The connection broke: it goes on by itself.");
      let answer = await ask(address, { method: "POST", headers: sent, body: piece }, broken);
      if (!answer || !answer.ok) answer = await ask(address, { method: "HEAD", headers: headers({}) });
      come = Number(answer.headers.get("Upload-Offset"));
      whole = isWhole(answer);
      reach(item, come);
    }
    localStorage.removeItem(memory(file, batch));
  }

  function say(item, text) { item.state.textContent = text; }

  function reach(item, come) {
    totals.ready += come - item.come;
    item.come = come;
    say(item, `${size(come)} of ${size(item.file.size)}`);
    showTotal();
  }

  function showTotal() {
    const { files, bytes, whole, refused, ready } = totals;
    byId("all").value = bytes ? ready / bytes : files === whole ? 1 : 0;
    const left = refused ? `, ${refused} not taken` : "";
    byId("total").textContent = `${whole} of ${files} added${left}`;
  }

  async function work() {
    if (under_way >= AT_ONCE || !queue.length) return;
    const item = queue.shift();
    under_way += 1;
    try {
      if (item.file.size > Number(form.dataset.most)) throw new Refused(`It is too large: ${size(item.file.size)}.`);
      await send(item);
      totals.whole += 1;
      item.row.className = "whole";
      say(item, "added");
      byId("to-batch").href = `/gallery?batch=${encodeURIComponent(item.batch)}`;
      byId("done").hidden = false;
    } catch (error) {
      totals.refused += 1;
      totals.bytes -= item.file.size;
      totals.ready -= item.come;
      item.row.className = "refused";
      say(item, error instanceof Refused ? error.message : "The file cannot be read any more.");
      list.prepend(item.row);
    }
    under_way -= 1;
    showTotal();
    if (!queue.length && !under_way) window.announce(byId("total").textContent);
    work();
  }

  function add(file) {
    const batch = byId("batch").value.trim();
    const row = document.createElement("li"), name = document.createElement("span"), state = document.createElement("span");
    name.className = "name";
    name.textContent = file.name;
    state.className = "state";
    state.textContent = "waits";
    row.append(name, state);
    if (list.children.length < MOST_SHOWN) list.append(row);
    totals.files += 1;
    totals.bytes += file.size;
    queue.push({ file, batch, row, state, come: 0 });
    byId("sent").hidden = false;
    showTotal();
    work();
  }

  function addAll(files) {
    if (!byId("batch").reportValidity()) return;
    for (const file of files) add(file);
  }

  // The files of a dropped folder, with those of the folders in it.
  async function walk(entry) {
    if (entry.isFile) return add(await new Promise((found, lost) => entry.file(found, lost)));
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((found, lost) => reader.readEntries(found, lost));
      if (!some.length) return;
      for (const one of some) await walk(one);
    }
  }

  chosen.addEventListener("change", () => { addAll([...chosen.files]); chosen.value = ""; });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (!byId("batch").reportValidity()) return;
    const entries = [...event.dataTransfer.items].map((one) => one.webkitGetAsEntry()).filter(Boolean);
    for (const entry of entries) {
      try { await walk(entry); } catch { window.announce(`${entry.name} cannot be read.`); }
    }
  });
  window.addEventListener("beforeunload", (event) => { if (under_way) event.preventDefault(); });
})();
