// puppeteer-core, one JSON line in, one out. Arguments: its folder of modules, the browser, headed, flags.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, executablePath, headed, ...args] = process.argv.slice(2);
const puppeteer = createRequire(`${modules}/`)("puppeteer-core");
const browser = await puppeteer.launch({ executablePath, headless: headed !== "true", args });
const [page] = await browser.pages();
const settle = () => new Promise((done) => setTimeout(done, 250));

const press = async (selector) => {
  const link = await page.$(selector);
  if (!link) return 404;
  try {
    await Promise.all([page.waitForNavigation({ waitUntil: "load", timeout: 8000 }), link.click()]);
  } catch {
    return 404;
  }
  return 200;
};

for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  let status = 200;
  if (told.url) await page.goto(told.url, { waitUntil: "load" });
  if (told.press) status = await press(told.press);
  await settle();
  const text = told.press ? "" : await page.content();
  process.stdout.write(JSON.stringify({ status, text }) + "\n");
}
await browser.close();
