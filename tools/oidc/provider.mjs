// Starts a certified OpenID provider on this machine for a test.
//
//   node provider.mjs '{"client":"heed","secret":"…","redirect":"http://…","accounts":{"ana":{"email":"…","email_verified":true}}}'
//
// It prints its issuer as the first line and ends with its standard input.
// Whoever gives the name of an account at its sign-in page is that account.
import http from "node:http";
import Provider from "oidc-provider";

const o = JSON.parse(process.argv[2]);
const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: o.client, client_secret: o.secret, redirect_uris: [o.redirect], response_types: ["code"], grant_types: ["authorization_code"] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    pkce: { required: () => true },
    async findAccount(_, id) {
      return { accountId: id, claims: async () => ({ sub: id, ...o.accounts[id] }) };
    },
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
