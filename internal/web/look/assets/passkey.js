// Passkeys: sign in, add a key, and sign a decision. Each form with
// data-passkey first asks the server for a challenge (data-begin), lets the
// reader's device answer it, and then posts the answer as an ordinary form.
const decode = (s) => Uint8Array.from(atob(s.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const encode = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function asked(o) {
  const k = o.publicKey ?? o;
  k.challenge = decode(k.challenge);
  if (k.user) k.user.id = decode(k.user.id);
  for (const c of [...(k.allowCredentials ?? []), ...(k.excludeCredentials ?? [])]) c.id = decode(c.id);
  return k;
}

function answered(c) {
  const r = c.response, out = { id: c.id, rawId: encode(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(), response: { clientDataJSON: encode(r.clientDataJSON) } };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) if (r[part]) out.response[part] = encode(r[part]);
  if (r.getTransports) out.response.transports = r.getTransports();
  return JSON.stringify(out);
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  form.hidden = false;
  form.addEventListener("submit", async (e) => {
    if (form.elements.response.value) return;
    e.preventDefault();
    const say = form.querySelector("[role=status]");
    try {
      const res = await fetch(form.dataset.begin, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "error" });
      if (!res.ok) throw new Error(String(res.status));
      const { state, options } = await res.json();
      const key = asked(options);
      const c = form.dataset.passkey === "create" ? await navigator.credentials.create({ publicKey: key }) : await navigator.credentials.get({ publicKey: key });
      form.elements.state.value = state;
      form.elements.response.value = answered(c);
      form.submit();
    } catch {
      say.textContent = form.dataset.failed;
      delete form.dataset.sent;
    }
  });
}
