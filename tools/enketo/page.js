// Takes the report form from a server as a field client does, renders it with
// Enketo, fills it in, sends it, and leaves what came of it in #out as JSON.
import { transform } from 'enketo-transformer/web';
import { Form } from 'enketo-core';

const out = document.getElementById('out');
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function get(url) {
  const r = await fetch(url);
  if (!r.ok) throw new Error(`${url}: ${r.status}`);
  return r.text();
}

async function run(server) {
  const list = new DOMParser().parseFromString(await get(`${server}/formList`), 'text/xml');
  const xform = await get(list.querySelector('xform > downloadUrl').textContent);
  const made = await transform({ xform });
  document.getElementById('host').append(document.createRange().createContextualFragment(made.form));
  const el = document.querySelector('form.or');
  const form = new Form(el, { modelStr: made.model, instanceStr: null, submitted: false, external: made.externalData || [] }, {});
  const result = { errors: form.init(), questions: el.querySelectorAll('.question').length, arabic: el.querySelectorAll('[lang="ar"]').length };

  const controls = (name) => [...el.querySelectorAll(`[name="/data/${name}"],[data-name="/data/${name}"]`)];
  const set = async (name, value) => {
    const all = controls(name);
    if (!all.length) throw new Error(`no control for ${name}`);
    const one = all[0].type === 'radio' || all[0].type === 'checkbox' ? all.find((c) => c.value === value) : all[0];
    if (one.type === 'radio' || one.type === 'checkbox') one.checked = true;
    else one.value = value;
    one.dispatchEvent(new Event('change', { bubbles: true }));
    await pause(60);
  };
  const shown = (name) => controls(name).every((c) => !c.closest('.disabled'));

  result.emptyIsValid = await form.validate();
  result.killedBefore = shown('killed');
  for (const [name, value] of [['source_type', 'civil-society'], ['observed', '2026-03-01'], ['country', 'CIV'], ['place', 'Old & New <Market>'],
    ['what', 'killing'], ['killed', '-3'], ['text', 'They came at night'], ['follow_up', 'no']]) await set(name, value);
  result.killedAfter = shown('killed');
  await pause(200);
  result.wrongIsValid = await form.validate();
  await set('killed', '3');
  await pause(200);
  result.valid = await form.validate();

  const send = async () => {
    const body = new FormData();
    body.append('xml_submission_file', new Blob([form.getDataStr({ irrelevant: false })], { type: 'text/xml' }), 'report.xml');
    const r = await fetch(`${server}/submission`, { method: 'POST', body });
    return { status: r.status, message: new DOMParser().parseFromString(await r.text(), 'text/xml').querySelector('message').textContent };
  };
  result.sent = await send();
  result.again = await send();
  return result;
}

run(document.body.dataset.server).then(
  (result) => { out.textContent = JSON.stringify(result); },
  (error) => { out.textContent = JSON.stringify({ failed: String(error.stack || error) }); },
).finally(() => { document.title = 'done'; });
