// Adds a reading cursor to monthly charts. The numbers come from the page's
// own data table, so without scripts nothing is lost but the cursor.
for (const svg of document.querySelectorAll("svg[data-table]")) {
  const table = document.getElementById(svg.dataset.table);
  const cursor = svg.querySelector(".cursor");
  const out = svg.parentElement.querySelector(".readout");
  if (!table || !cursor || !out) continue;
  const heads = [...table.tHead.rows[0].cells].map((c) => c.textContent.trim());
  const rows = [...table.tBodies[0].rows].map((r) => [...r.cells].map((c) => c.textContent.trim()));
  const at = svg.dataset.x.split(" ").map(Number);
  svg.addEventListener("pointermove", (e) => {
    const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.getScreenCTM().inverse());
    let best = 0;
    for (let i = 1; i < at.length; i++) if (Math.abs(at[i] - p.x) < Math.abs(at[best] - p.x)) best = i;
    cursor.setAttribute("x1", at[best]);
    cursor.setAttribute("x2", at[best]);
    const row = rows[best];
    if (row) out.textContent = row[0] + " — " + heads.slice(1).map((h, i) => `${h}: ${row[i + 1]}`).join(" · ");
  });
}
// Escape folds away what the bar has unfolded.
for (const more of document.querySelectorAll("details.more")) {
  more.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || !more.open) return;
    more.open = false;
    more.querySelector("summary").focus();
  });
}
// A form that changes something is sent once.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (e) => {
    if (form.dataset.sent) e.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
}
// A one-time link may carry its code behind a #, which no server sees.
const code = document.getElementById("f-code");
if (code && !code.value && location.hash.length > 1) {
  code.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}
