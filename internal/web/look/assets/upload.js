// Sends the files of an intake in parts, and goes on where the line broke.
// Without scripts the form sends them whole.
const most = 8 * 1024 * 1024;
for (const form of document.querySelectorAll("form[data-upload]")) {
  const list = form.querySelector("ul.uploads");
  form.addEventListener("submit", async (e) => {
    const files = [...form.elements.files.files];
    if (!files.length) return;
    e.preventDefault();
    list.hidden = false;
    let whole = true;
    for (const file of files) whole = (await send(form, list, file)) && whole;
    if (whole) location.reload();
  });
}

async function send(form, list, file) {
  const line = document.createElement("li");
  const bar = document.createElement("progress");
  bar.max = Math.max(1, file.size);
  bar.setAttribute("aria-label", file.name);
  line.append(file.name, " ", bar);
  list.append(line);
  try {
    const begin = new URLSearchParams({ name: file.name, size: file.size, modified: file.lastModified });
    let at = await answer(await fetch(form.dataset.upload, { method: "POST", body: begin }));
    do {
      bar.value = at.offset;
      const res = await fetch("/evidence/uploads/" + at.upload, {
        method: "PATCH",
        headers: { "Upload-Offset": String(at.offset), "Content-Type": "application/offset+octet-stream" },
        body: file.slice(at.offset, at.offset + most),
      });
      at = await answer(res);
    } while (!at.item && at.offset <= file.size);
    bar.value = bar.max;
    line.append(" ✓");
    return true;
  } catch {
    line.append(" ▲ " + form.dataset.broke);
    return false;
  }
}

async function answer(res) {
  if (!res.ok && res.status !== 409) throw new Error(String(res.status));
  return res.json();
}
