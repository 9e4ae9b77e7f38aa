// Sends the files and folders of an intake in parts, a few at a time, and goes on where
// the line broke; what is dropped on the form is sent with what was chosen. Without
// scripts the form sends all of it whole.
const most = 8 * 1024 * 1024;
const sideBySide = 3;
const manyLines = 20;

for (const form of document.querySelectorAll("form[data-upload], form[data-begin]")) {
  const sending = { form, dropped: [], sent: new Set(), intake: form.dataset.upload };
  listen(sending);
  form.addEventListener("submit", (e) => {
    const files = chosen(sending);
    if (!files.length || e.defaultPrevented) return;
    e.preventDefault();
    sendAll(sending, files);
  });
}

// chosen are all files of the form, with their paths in the folders that were given.
function chosen({ form, dropped }) {
  const { files, folder } = form.elements;
  return [
    ...[...files.files].map((file) => ({ file, path: "" })),
    ...[...folder.files].map((file) => ({ file, path: file.webkitRelativePath })),
    ...dropped,
  ];
}

function listen(sending) {
  const { form } = sending;
  const place = form.querySelector(".drop");
  form.querySelector(".dropping").hidden = false;
  if (form.elements.authority) form.elements.authority.required = true; // else what was dropped would be lost with the answer
  const carries = (e) => e.dataTransfer && [...e.dataTransfer.types].includes("Files");
  for (const kind of ["dragenter", "dragover"]) {
    place.addEventListener(kind, (e) => {
      if (!carries(e)) return;
      e.preventDefault();
      place.classList.add("over");
    });
  }
  place.addEventListener("dragleave", (e) => {
    if (!place.contains(e.relatedTarget)) place.classList.remove("over");
  });
  place.addEventListener("drop", async (e) => {
    if (!carries(e)) return;
    e.preventDefault();
    place.classList.remove("over");
    // What was dropped can be asked for only now, before anything is waited for.
    const all = [...e.dataTransfer.items].map((i) => i.webkitGetAsEntry && i.webkitGetAsEntry());
    const plain = [...e.dataTransfer.files];
    if (all.some(Boolean)) for (const entry of all) entry && (await walk(entry, sending.dropped));
    else sending.dropped.push(...plain.map((file) => ({ file, path: "" })));
    say(sending);
  });
  form.addEventListener("change", () => say(sending));
  say(sending); // a browser may remember what was chosen
}

// walk collects the files of what was dropped, folder by folder.
async function walk(entry, out) {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed)).catch(() => null);
    if (file) out.push({ file, path: entry.fullPath.slice(1) });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed)).catch(() => []);
    if (!some.length) return; // a browser gives them out a hundred at a time
    for (const one of some) await walk(one, out);
  }
}

// say tells how much was chosen.
function say(sending) {
  const { form } = sending;
  const files = chosen(sending);
  form.querySelector(".chosen").textContent = files.length ? fill(form.dataset.chosen, number(files.length), bytes(files.reduce((n, f) => n + f.file.size, 0))) : "";
}

const fill = (text, ...with_) => text.replace(/\{(\d)\}/g, (_, n) => with_[n]);
const number = (n, options) => new Intl.NumberFormat(document.documentElement.lang, options).format(n);
function bytes(n) {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];
  let at = 0;
  while (n >= 1000 && at < units.length - 1) [n, at] = [n / 1000, at + 1];
  return number(n, { style: "unit", unit: units[at], unitDisplay: "short", maximumFractionDigits: at ? 1 : 0 });
}

// sendAll begins the intake, where that is still to be done, sends what was not sent
// before, and shows the intake. What failed stays: the form can be sent again.
async function sendAll(sending, files) {
  const { form, sent } = sending;
  const button = form.querySelector("button");
  button.disabled = true;
  const list = form.querySelector(".uploads");
  list.replaceChildren();
  list.hidden = false;
  list.setAttribute("aria-live", files.length > manyLines ? "off" : "polite"); // the count is told in any case
  try {
    sending.intake ||= await begin(form);
    if (!sending.intake) return;
    const left = files.filter((f) => !sent.has(f.file));
    const twins = alike(files);
    const status = form.querySelector(".chosen");
    const one = async () => {
      for (let f = left.shift(); f; f = left.shift()) {
        if (await send(sending, list, f, files.length, twins.has(f.file))) sent.add(f.file);
        status.textContent = fill(form.dataset.progress, number(files.filter((f) => sent.has(f.file)).length), number(files.length));
      }
    };
    await Promise.all(Array.from({ length: sideBySide }, one));
    if (!files.every((f) => sent.has(f.file))) {
      status.textContent += " ▲ " + form.dataset.broke;
      return;
    }
    if (form.dataset.begin !== undefined) {
      const res = await fetch(sending.intake + "/end", { method: "POST", body: new URLSearchParams() });
      if (!res.ok) throw new Error(String(res.status));
    }
    location.assign(sending.intake);
  } catch {
    line(list, "▲ " + form.dataset.broke);
  } finally {
    button.disabled = false;
  }
}

// begin sends the form without its files, and returns where the intake is. Where
// something in the form is wrong the page says so.
async function begin(form) {
  const body = new FormData(form);
  body.delete("files");
  body.delete("folder");
  const res = await fetch(form.action, { method: "POST", body });
  const at = new URL(res.url);
  if (res.ok && res.redirected && /^\/evidence\/intakes\/[^/]+$/.test(at.pathname)) return at.pathname;
  if (res.status >= 500) throw new Error(String(res.status));
  for (const name of ["files", "folder"]) form.elements[name].disabled = true;
  form.submit();
  return "";
}

function line(list, text) {
  const li = document.createElement("li");
  li.append(text);
  list.append(li);
  return li;
}

// alike are the files that look like another one of those that are sent: of one path, size
// and time. Each is sent whole and kept, for they need not be the same.
function alike(files) {
  const of = new Map();
  for (const { file, path } of files) {
    const looks = [path, file.name, file.size, file.lastModified].join("\n");
    of.set(looks, [...(of.get(looks) || []), file]);
  }
  return new Set([...of.values()].filter((all) => all.length > 1).flat());
}

async function send({ form, intake }, list, { file, path }, of, another) {
  const li = line(list, path || file.name);
  const bar = document.createElement("progress");
  bar.max = Math.max(1, file.size);
  bar.setAttribute("aria-label", file.name);
  li.append(" ", bar);
  try {
    const about = new URLSearchParams({ name: file.name, path, size: file.size, modified: file.lastModified });
    if (another) about.set("another", "yes");
    let at = await answer(await fetch(intake + "/uploads", { method: "POST", body: about }));
    while (!at.item && at.offset <= file.size) {
      bar.value = at.offset;
      const res = await fetch("/evidence/uploads/" + at.upload, {
        method: "PATCH",
        headers: { "Upload-Offset": String(at.offset), "Content-Type": "application/offset+octet-stream" },
        body: file.slice(at.offset, at.offset + most),
      });
      at = await answer(res);
    }
    bar.value = bar.max;
    if (of > manyLines) li.remove();
    else li.append(" ✓");
    return true;
  } catch {
    li.append(" ▲ " + form.dataset.broke);
    return false;
  }
}

async function answer(res) {
  if (!res.ok && res.status !== 409) throw new Error(String(res.status));
  return res.json();
}
