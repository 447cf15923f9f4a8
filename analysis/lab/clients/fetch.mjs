// Node's fetch, one JSON line in, one out. It keeps cookies only where it is told to, as fetch has no jar.
import { createInterface } from "node:readline";

const jar = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  const { url, form, headers, keep } = JSON.parse(line);
  const sent = { ...headers };
  if (keep && jar.size) sent.cookie = [...jar].map(([name, text]) => `${name}=${text}`).join("; ");
  const asked = form === null ? { headers: sent } : {
    method: "POST", body: form, headers: { ...sent, "content-type": "application/x-www-form-urlencoded" },
  };
  const answer = await fetch(url, asked);
  for (const cookie of answer.headers.getSetCookie()) {
    const [pair] = cookie.split(";");
    jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
  }
  process.stdout.write(JSON.stringify({ status: answer.status, text: await answer.text() }) + "\n");
}
